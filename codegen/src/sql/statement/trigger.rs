//! CREATE TRIGGER and CREATE POLICY: what is tied to a table and has expressions over its columns.

use super::{Parsed, Statement, piece};
use crate::catalog::Text;
use crate::sql::cursor::Cursor;
use crate::sql::name::{Name, Path};

/// CREATE TRIGGER
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TriggerStatement {
    /// Its name.
    pub name: Name,
    /// The table or view.
    pub table: Path,
    /// REFERENCING: the names of the sets of rows before and after.
    pub transition_tables: Vec<Name>,
    /// WHEN
    pub condition: Option<Text>,
    /// The function that it runs.
    pub function: Path,
}

/// CREATE POLICY
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyStatement {
    /// Its name.
    pub name: Name,
    /// The table.
    pub table: Path,
    /// Its conditions.
    pub conditions: PolicyConditions,
}

/// USING and WITH CHECK of a policy.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct PolicyConditions {
    /// USING: which rows are seen.
    pub using: Option<Text>,
    /// WITH CHECK: which rows may be written.
    pub check: Option<Text>,
}

/// Reads what follows CREATE [OR REPLACE] [CONSTRAINT] TRIGGER.
pub(super) fn create(cursor: &mut Cursor<'_>) -> Parsed<Statement> {
    let name = piece::name(cursor)?;
    while !cursor.is_at_end() && !cursor.is_word("on") {
        cursor.advance();
    }
    piece::expect_word(cursor, "on")?;
    let table = piece::path(cursor)?;
    let (mut transition_tables, mut condition) = (Vec::new(), None);
    while !cursor.is_at_end() && !cursor.is_word("execute") {
        if cursor.eat_word("when") {
            condition = Some(piece::parenthesized(cursor)?);
        } else if cursor.is_any_word(&["old", "new"]) && cursor.is_word_at(1, "table") {
            cursor.seek(cursor.index() + 2);
            cursor.eat_word("as");
            transition_tables.push(piece::name(cursor)?);
        } else {
            cursor.advance();
        }
    }
    piece::expect_word(cursor, "execute")?;
    if !cursor.eat_word("procedure") {
        piece::expect_word(cursor, "function")?;
    }
    let function = piece::path(cursor)?;
    Ok(Statement::Trigger(Box::new(TriggerStatement { name, table, transition_tables, condition, function })))
}

/// Reads what follows CREATE POLICY.
pub(super) fn create_policy(cursor: &mut Cursor<'_>) -> Parsed<Statement> {
    let name = piece::name(cursor)?;
    piece::expect_word(cursor, "on")?;
    let table = piece::path(cursor)?;
    Ok(Statement::Policy(Box::new(PolicyStatement { name, table, conditions: conditions(cursor)? })))
}

/// Reads the conditions of a policy to the end of the statement; roles and commands are passed over.
pub(super) fn conditions(cursor: &mut Cursor<'_>) -> Parsed<PolicyConditions> {
    let mut conditions = PolicyConditions::default();
    while !cursor.is_at_end() {
        if cursor.eat_word("using") {
            conditions.using = Some(piece::parenthesized(cursor)?);
        } else if cursor.eat_words(&["with", "check"]) {
            conditions.check = Some(piece::parenthesized(cursor)?);
        } else {
            cursor.advance();
        }
    }
    Ok(conditions)
}
