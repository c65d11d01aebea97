//! CREATE TABLE: columns, constraints, and what a table takes from others.

use super::{Misread, Parsed, Statement, index, piece, view};
use crate::catalog::{Computed, Text};
use crate::source::Span;
use crate::sql::cursor::Cursor;
use crate::sql::lexer::TokenKind;
use crate::sql::name::{Name, Path};
use crate::sql::type_name::TypeName;

/// CREATE TABLE
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TableStatement {
    /// Its name.
    pub name: Path,
    /// TEMPORARY
    pub temporary: bool,
    /// FOREIGN
    pub foreign: bool,
    /// IF NOT EXISTS
    pub if_not_exists: bool,
    /// PARTITION BY
    pub partitioned: bool,
    /// PARTITION OF
    pub partition_of: Option<Path>,
    /// OF a composite type.
    pub of_type: Option<Path>,
    /// INHERITS
    pub inherits: Vec<Path>,
    /// Columns, constraints and LIKE, in order.
    pub elements: Vec<TableElement>,
}

/// What stands between the parentheses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TableElement {
    /// A column.
    Column(ColumnClause),
    /// A constraint of the table.
    Constraint(ConstraintClause),
    /// LIKE
    Like {
        /// The table whose columns are copied.
        table: Path,
        /// Whether defaults, identities, generated columns, constraints and indexes are copied too.
        including: Including,
    },
}

/// What LIKE copies beside names, types and NOT NULL.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Including {
    /// DEFAULTS
    pub defaults: bool,
    /// IDENTITY
    pub identity: bool,
    /// GENERATED
    pub generated: bool,
    /// CONSTRAINTS: CHECK alone.
    pub constraints: bool,
    /// INDEXES: keys too.
    pub indexes: bool,
    /// COMMENTS
    pub comments: bool,
}

/// A column's definition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ColumnClause {
    /// Its name.
    pub name: Name,
    /// Its type; `None` in a table OF a type or a partition, where the column exists already.
    pub ty: Option<TypeName>,
    /// NOT NULL or NULL; `None` if neither is written.
    pub not_null: Option<bool>,
    /// DEFAULT
    pub default: Option<Text>,
    /// GENERATED
    pub generated: Option<GeneratedClause>,
    /// Keys and checks.
    pub constraints: Vec<ConstraintClause>,
}

/// GENERATED
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GeneratedClause {
    /// ALWAYS AS IDENTITY
    IdentityAlways,
    /// BY DEFAULT AS IDENTITY
    IdentityByDefault,
    /// ALWAYS AS (expression)
    Expression {
        /// The expression.
        expression: Text,
        /// STORED or VIRTUAL; virtual where neither is written.
        computed: Computed,
    },
}

/// A constraint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConstraintClause {
    /// CONSTRAINT
    pub name: Option<Name>,
    /// What it demands.
    pub form: ConstraintForm,
    /// INCLUDE of a key.
    pub include: Vec<Name>,
    /// Where it is.
    pub span: Span,
}

/// What a constraint demands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ConstraintForm {
    /// PRIMARY KEY; no columns on a column of its own.
    PrimaryKey {
        /// Its columns.
        columns: Vec<Name>,
        /// USING INDEX
        index: Option<Name>,
    },
    /// UNIQUE
    Unique {
        /// Its columns.
        columns: Vec<Name>,
        /// NULLS NOT DISTINCT
        nulls_not_distinct: bool,
        /// USING INDEX
        index: Option<Name>,
    },
    /// FOREIGN KEY or REFERENCES
    ForeignKey {
        /// Its columns.
        columns: Vec<Name>,
        /// The table referred to.
        table: Path,
        /// Its columns there.
        referenced: Vec<Name>,
    },
    /// CHECK
    Check {
        /// The expression.
        expression: Text,
    },
    /// EXCLUDE
    Exclude {
        /// What follows the word.
        definition: Text,
        /// What is compared.
        keys: Vec<IndexKeyClause>,
    },
    /// NOT NULL as a table's constraint, of PostgreSQL 18.
    NotNull {
        /// The column.
        column: Name,
    },
}

/// A key of a unique index.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum IndexKeyClause {
    /// A column.
    Column(Name),
    /// An expression.
    Expression(Text),
}

/// What stands before TABLE.
pub(super) struct Start {
    pub(super) temporary: bool,
    pub(super) foreign: bool,
}

pub(super) fn create(cursor: &mut Cursor<'_>, start: Start) -> Parsed<Statement> {
    let if_not_exists = piece::if_not_exists(cursor);
    let before_name = cursor.index();
    let mut table = TableStatement {
        name: piece::path(cursor)?,
        temporary: start.temporary,
        foreign: start.foreign,
        if_not_exists,
        partitioned: false,
        partition_of: None,
        of_type: None,
        inherits: Vec::new(),
        elements: Vec::new(),
    };
    if cursor.eat_words(&["partition", "of"]) {
        table.partition_of = Some(piece::path(cursor)?);
    } else if cursor.eat_word("of") {
        table.of_type = Some(piece::path(cursor)?);
    } else if view::is_table_as(cursor) {
        cursor.seek(before_name);
        return view::create_table_as(cursor, start.temporary, if_not_exists);
    }
    let is_partition = table.partition_of.is_some();
    if cursor.eat(TokenKind::LeftParen) && !cursor.eat(TokenKind::RightParen) {
        let typed = !is_partition && table.of_type.is_none();
        table.elements = piece::comma_list(cursor, |cursor| element(cursor, typed))?;
        piece::expect(cursor, TokenKind::RightParen, "`,` or `)`")?;
    }
    while !cursor.is_at_end() {
        clause(cursor, &mut table)?;
    }
    Ok(Statement::Table(Box::new(table)))
}

/// Reads one of the clauses behind the columns.
fn clause(cursor: &mut Cursor<'_>, table: &mut TableStatement) -> Parsed<()> {
    if cursor.eat_word("inherits") {
        piece::expect(cursor, TokenKind::LeftParen, "`(`")?;
        if !cursor.eat(TokenKind::RightParen) {
            table.inherits = piece::comma_list(cursor, piece::path)?;
            piece::expect(cursor, TokenKind::RightParen, "`)`")?;
        }
    } else if cursor.eat_words(&["partition", "by"]) {
        table.partitioned = true;
        piece::name(cursor)?;
        piece::parenthesized(cursor)?;
    } else if cursor.eat_words(&["for", "values"]) {
        while matches!(cursor.kind(), Some(TokenKind::LeftParen)) || cursor.is_any_word(&["in", "from", "to", "with"]) {
            if !piece::skip_parenthesized(cursor)? {
                cursor.advance();
            }
        }
    } else if cursor.eat_word("default") || cursor.eat_words(&["without", "oids"]) {
    } else if cursor.eat_word("with") || cursor.eat_word("options") {
        piece::parenthesized(cursor)?;
    } else if cursor.eat_words(&["on", "commit"]) {
        while cursor.is_any_word(&["preserve", "delete", "drop", "rows"]) {
            cursor.advance();
        }
    } else if cursor.eat_word("tablespace") || cursor.eat_word("using") || cursor.eat_word("server") {
        piece::name(cursor)?;
    } else {
        return Err(Misread::at(cursor, "this clause of CREATE TABLE is not known"));
    }
    Ok(())
}

fn element(cursor: &mut Cursor<'_>, typed: bool) -> Parsed<TableElement> {
    if cursor.is_word("like") {
        cursor.advance();
        return like(cursor);
    }
    if let Some(constraint) = table_constraint(cursor)? {
        return Ok(TableElement::Constraint(constraint));
    }
    column(cursor, typed).map(TableElement::Column)
}

fn like(cursor: &mut Cursor<'_>) -> Parsed<TableElement> {
    let table = piece::path(cursor)?;
    let mut including = Including::default();
    while cursor.is_any_word(&["including", "excluding"]) {
        let on = cursor.is_word("including");
        cursor.advance();
        let what = piece::name(cursor)?;
        match &*what.value {
            "all" => {
                including =
                    Including { defaults: on, identity: on, generated: on, constraints: on, indexes: on, comments: on }
            }
            "defaults" => including.defaults = on,
            "identity" => including.identity = on,
            "generated" => including.generated = on,
            "constraints" => including.constraints = on,
            "indexes" => including.indexes = on,
            "comments" => including.comments = on,
            _ => {}
        }
    }
    Ok(TableElement::Like { table, including })
}

/// Reads a column; `typed` says whether a type must follow its name.
pub(super) fn column(cursor: &mut Cursor<'_>, typed: bool) -> Parsed<ColumnClause> {
    let name = piece::name(cursor)?;
    let ty = if typed { Some(piece::type_name(cursor)?) } else { None };
    if !typed {
        cursor.eat_words(&["with", "options"]);
    }
    let mut column = ColumnClause { name, ty, not_null: None, default: None, generated: None, constraints: Vec::new() };
    while !matches!(cursor.kind(), None | Some(TokenKind::Comma | TokenKind::RightParen)) {
        column_clause(cursor, &mut column)?;
    }
    Ok(column)
}

fn column_clause(cursor: &mut Cursor<'_>, column: &mut ColumnClause) -> Parsed<()> {
    let start = cursor.index();
    let name = if cursor.eat_word("constraint") { Some(piece::name(cursor)?) } else { None };
    let mut constraint = |form, include, span| {
        column.constraints.push(ConstraintClause { name: name.clone(), form, include, span });
    };
    if cursor.eat_words(&["not", "null"]) {
        column.not_null = Some(true);
        cursor.eat_words(&["no", "inherit"]);
    } else if cursor.eat_word("null") {
        column.not_null = Some(false);
    } else if cursor.eat_word("default") {
        column.default = Some(piece::expression(cursor, ends_default)?);
    } else if cursor.eat_word("generated") {
        column.generated = Some(generated(cursor)?);
    } else if cursor.eat_words(&["primary", "key"]) {
        let include = index_parameters(cursor)?;
        constraint(ConstraintForm::PrimaryKey { columns: Vec::new(), index: None }, include, cursor.span_from(start));
    } else if cursor.eat_word("unique") {
        let nulls_not_distinct = nulls_not_distinct(cursor);
        let include = index_parameters(cursor)?;
        let form = ConstraintForm::Unique { columns: Vec::new(), nulls_not_distinct, index: None };
        constraint(form, include, cursor.span_from(start));
    } else if cursor.eat_word("check") {
        let expression = piece::parenthesized(cursor)?;
        cursor.eat_words(&["no", "inherit"]);
        constraint(ConstraintForm::Check { expression }, Vec::new(), cursor.span_from(start));
    } else if cursor.is_word("references") {
        let form = references(cursor, Vec::new())?;
        constraint(form, Vec::new(), cursor.span_from(start));
    } else if cursor.eat_word("collate") {
        piece::path(cursor)?;
    } else if cursor.eat_word("storage") || cursor.eat_word("compression") {
        piece::name(cursor)?;
    } else if cursor.eat_word("options") {
        piece::parenthesized(cursor)?;
    } else if !constraint_attribute(cursor) {
        return Err(Misread::at(cursor, "this clause of a column is not known"));
    }
    Ok(())
}

/// Words that cannot go on an expression of DEFAULT, and so start the next clause of the column.
fn ends_default(cursor: &Cursor<'_>) -> bool {
    cursor.are_words(&["not", "null"])
        || cursor.are_words(&["primary", "key"])
        || cursor.is_any_word(&[
            "constraint",
            "null",
            "unique",
            "check",
            "references",
            "generated",
            "collate",
            "deferrable",
            "initially",
            "storage",
            "compression",
            "default",
        ])
}

fn generated(cursor: &mut Cursor<'_>) -> Parsed<GeneratedClause> {
    if cursor.eat_words(&["by", "default", "as", "identity"]) {
        piece::skip_parenthesized(cursor)?;
        return Ok(GeneratedClause::IdentityByDefault);
    }
    piece::expect_word(cursor, "always")?;
    piece::expect_word(cursor, "as")?;
    if cursor.eat_word("identity") {
        piece::skip_parenthesized(cursor)?;
        return Ok(GeneratedClause::IdentityAlways);
    }
    let expression = piece::parenthesized(cursor)?;
    let computed = if cursor.eat_word("stored") { Computed::Stored } else { Computed::Virtual };
    cursor.eat_word("virtual");
    Ok(GeneratedClause::Expression { expression, computed })
}

/// Reads a table's constraint if one is next.
pub(super) fn table_constraint(cursor: &mut Cursor<'_>) -> Parsed<Option<ConstraintClause>> {
    let start = cursor.index();
    let name = match cursor.is_word("constraint") {
        true => {
            cursor.advance();
            Some(piece::name(cursor)?)
        }
        false => None,
    };
    let mut include = Vec::new();
    let Some(form) = constraint_form(cursor, &mut include)? else {
        return match name {
            None => Ok(None),
            Some(_) => Err(Misread::at(cursor, "this kind of constraint is not known")),
        };
    };
    while constraint_attribute(cursor) {}
    Ok(Some(ConstraintClause { name, form, include, span: cursor.span_from(start) }))
}

/// Reads what a constraint demands, and what it includes.
fn constraint_form(cursor: &mut Cursor<'_>, include: &mut Vec<Name>) -> Parsed<Option<ConstraintForm>> {
    let next_is_paren = |cursor: &Cursor<'_>, n| cursor.peek_nth(n).is_some_and(|t| t.kind == TokenKind::LeftParen);
    Ok(Some(if cursor.eat_words(&["primary", "key"]) {
        let index = using_index(cursor)?;
        let columns = key_columns(cursor, index.is_some())?;
        *include = index_parameters(cursor)?;
        ConstraintForm::PrimaryKey { columns, index }
    } else if cursor.eat_word("unique") {
        let nulls_not_distinct = nulls_not_distinct(cursor);
        let index = using_index(cursor)?;
        let columns = key_columns(cursor, index.is_some())?;
        *include = index_parameters(cursor)?;
        ConstraintForm::Unique { columns, nulls_not_distinct, index }
    } else if cursor.eat_words(&["foreign", "key"]) {
        let columns = key_columns(cursor, false)?;
        references(cursor, columns)?
    } else if cursor.is_word("check") && next_is_paren(cursor, 1) {
        cursor.advance();
        ConstraintForm::Check { expression: piece::parenthesized(cursor)? }
    } else if cursor.is_word("exclude") && (next_is_paren(cursor, 1) || cursor.is_word_at(1, "using")) {
        cursor.advance();
        let start = cursor.index();
        if cursor.eat_word("using") {
            piece::name(cursor)?;
        }
        piece::expect(cursor, TokenKind::LeftParen, "`(`")?;
        let keys = piece::comma_list(cursor, index::key)?;
        cursor.seek(start);
        let definition = piece::expression(cursor, |cursor| {
            cursor.is_any_word(&["deferrable", "initially"]) || cursor.are_words(&["not", "deferrable"])
        })?;
        ConstraintForm::Exclude { definition, keys }
    } else if cursor.eat_words(&["not", "null"]) {
        ConstraintForm::NotNull { column: piece::name(cursor)? }
    } else {
        return Ok(None);
    }))
}

/// `(a, b)`, also `(a, b WITHOUT OVERLAPS)` and `(a, PERIOD b)` of PostgreSQL 18.
fn key_columns(cursor: &mut Cursor<'_>, has_index: bool) -> Parsed<Vec<Name>> {
    if has_index {
        return Ok(Vec::new());
    }
    piece::expect(cursor, TokenKind::LeftParen, "`(`")?;
    let columns = piece::comma_list(cursor, |cursor| {
        if cursor.is_word("period") && cursor.peek_nth(1).is_some_and(|token| token.kind == TokenKind::Word) {
            cursor.advance();
        }
        let column = piece::name(cursor)?;
        cursor.eat_words(&["without", "overlaps"]);
        Ok(column)
    })?;
    piece::expect(cursor, TokenKind::RightParen, "`)`")?;
    Ok(columns)
}

fn references(cursor: &mut Cursor<'_>, columns: Vec<Name>) -> Parsed<ConstraintForm> {
    piece::expect_word(cursor, "references")?;
    let table = piece::path(cursor)?;
    let referenced = match cursor.is(TokenKind::LeftParen) {
        true => key_columns(cursor, false)?,
        false => Vec::new(),
    };
    loop {
        if cursor.eat_word("match") {
            piece::name(cursor)?;
        } else if cursor.eat_words(&["on", "delete"]) || cursor.eat_words(&["on", "update"]) {
            if cursor.eat_word("set") || cursor.eat_word("no") {
                cursor.advance();
                piece::skip_parenthesized(cursor)?;
            } else {
                piece::name(cursor)?;
            }
        } else {
            break;
        }
    }
    Ok(ConstraintForm::ForeignKey { columns, table, referenced })
}

pub(super) fn nulls_not_distinct(cursor: &mut Cursor<'_>) -> bool {
    cursor.eat_words(&["nulls", "not", "distinct"]) || {
        cursor.eat_words(&["nulls", "distinct"]);
        false
    }
}

fn using_index(cursor: &mut Cursor<'_>) -> Parsed<Option<Name>> {
    if cursor.are_words(&["using", "index"]) && !cursor.is_word_at(2, "tablespace") {
        cursor.eat_words(&["using", "index"]);
        return piece::name(cursor).map(Some);
    }
    Ok(None)
}

fn index_parameters(cursor: &mut Cursor<'_>) -> Parsed<Vec<Name>> {
    let mut include = Vec::new();
    loop {
        if cursor.is_word("include") {
            include = included(cursor)?;
        } else if cursor.eat_word("with") {
            piece::parenthesized(cursor)?;
        } else if cursor.eat_words(&["using", "index", "tablespace"]) {
            piece::name(cursor)?;
        } else {
            return Ok(include);
        }
    }
}

/// Reads `INCLUDE (a, b)`.
pub(super) fn included(cursor: &mut Cursor<'_>) -> Parsed<Vec<Name>> {
    piece::expect_word(cursor, "include")?;
    piece::expect(cursor, TokenKind::LeftParen, "`(`")?;
    let columns = piece::comma_list(cursor, piece::name)?;
    piece::expect(cursor, TokenKind::RightParen, "`)`")?;
    Ok(columns)
}

/// DEFERRABLE and its like, which may follow any constraint.
fn constraint_attribute(cursor: &mut Cursor<'_>) -> bool {
    const ATTRIBUTES: [&[&str]; 8] = [
        &["not", "deferrable"],
        &["deferrable"],
        &["initially", "deferred"],
        &["initially", "immediate"],
        &["not", "valid"],
        &["no", "inherit"],
        &["not", "enforced"],
        &["enforced"],
    ];
    ATTRIBUTES.into_iter().any(|words| cursor.eat_words(words))
}
