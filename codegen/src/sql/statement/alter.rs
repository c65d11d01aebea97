//! ALTER.

use super::create;
use super::function::{self, FunctionReference};
use super::options::{self, Options};
use super::table::{self, ColumnClause, ConstraintClause, GeneratedClause};
use super::trigger::{self, PolicyConditions};
use super::types::{self, FieldClause};
use super::{Misread, Parsed, Statement, piece, relation_kind};
use crate::catalog::{AttachmentKind, Firing, RelationKind, Text};
use crate::sql::cursor::Cursor;
use crate::sql::name::{Name, Path};
use crate::sql::type_name::TypeName;

/// ALTER
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AlterStatement {
    /// ALTER TABLE, VIEW, SEQUENCE
    Relation(AlterRelation),
    /// ALTER FUNCTION, PROCEDURE, AGGREGATE
    Function(AlterFunction),
    /// ALTER TYPE
    Type(AlterType),
    /// ALTER DOMAIN
    Domain(AlterDomain),
    /// ALTER SCHEMA ... RENAME TO
    RenameSchema {
        /// The schema.
        name: Name,
        /// Its new name.
        to: Name,
    },
    /// ALTER INDEX ... RENAME TO
    RenameIndex {
        /// The index.
        name: Path,
        /// Its new name.
        to: Name,
    },
    /// ALTER POLICY, ALTER TRIGGER
    Attachment(AlterAttachment),
}

/// ALTER POLICY, ALTER TRIGGER
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlterAttachment {
    /// Whether it is a policy or a trigger.
    pub kind: AttachmentKind,
    /// Its name.
    pub name: Name,
    /// The table.
    pub table: Path,
    /// What changes.
    pub change: AttachmentChange,
}

/// A change of a policy or a trigger.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AttachmentChange {
    /// RENAME TO
    Rename(Name),
    /// USING and WITH CHECK of a policy: those that are written.
    Conditions(PolicyConditions),
}

/// ALTER TABLE, VIEW, SEQUENCE
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlterRelation {
    /// Its name.
    pub name: Path,
    /// IF EXISTS
    pub if_exists: bool,
    /// ONLY: its children stay as they are.
    pub only: bool,
    /// What changes, in order.
    pub changes: Vec<RelationChange>,
}

/// One change of a table or view.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RelationChange {
    /// ADD COLUMN
    AddColumn {
        /// The column.
        column: Box<ColumnClause>,
        /// IF NOT EXISTS
        if_not_exists: bool,
    },
    /// DROP COLUMN
    DropColumn {
        /// The column.
        name: Name,
        /// CASCADE
        cascade: bool,
    },
    /// ALTER COLUMN
    AlterColumn {
        /// The column.
        name: Name,
        /// What changes.
        change: ColumnChange,
    },
    /// RENAME COLUMN
    RenameColumn {
        /// The column.
        name: Name,
        /// Its new name.
        to: Name,
    },
    /// ADD CONSTRAINT
    AddConstraint(ConstraintClause),
    /// DROP CONSTRAINT
    DropConstraint(Name),
    /// RENAME CONSTRAINT
    RenameConstraint {
        /// The constraint.
        name: Name,
        /// Its new name.
        to: Name,
    },
    /// OWNER TO: the role, unless it is the one that runs the statement.
    Owner(Option<Name>),
    /// ENABLE, DISABLE, FORCE or NO FORCE ROW LEVEL SECURITY: what is said of each.
    RowSecurity {
        /// ENABLE or DISABLE
        enabled: Option<bool>,
        /// FORCE or NO FORCE
        forced: Option<bool>,
    },
    /// ENABLE or DISABLE TRIGGER
    Firing {
        /// The trigger; none for all of them.
        name: Option<Name>,
        /// When it fires from now on.
        firing: Firing,
    },
    /// RENAME TO
    Rename(Name),
    /// SET SCHEMA
    SetSchema(Name),
    /// INHERIT
    Inherit(Path),
    /// NO INHERIT
    NoInherit(Path),
    /// ATTACH PARTITION
    Attach(Path),
    /// DETACH PARTITION
    Detach(Path),
    /// OWNED BY, of a sequence: a column, or none.
    OwnedBy(Option<Path>),
}

/// A change of a column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ColumnChange {
    /// SET DATA TYPE
    Type(TypeName),
    /// SET DEFAULT
    Default(Text),
    /// DROP DEFAULT
    DropDefault,
    /// SET NOT NULL, DROP NOT NULL
    NotNull(bool),
    /// ADD GENERATED, SET GENERATED
    Generated(GeneratedClause),
    /// SET EXPRESSION: when it is computed stays.
    Expression(Text),
    /// DROP IDENTITY, DROP EXPRESSION
    DropGenerated,
}

/// ALTER FUNCTION, PROCEDURE, AGGREGATE
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlterFunction {
    /// The function.
    pub function: FunctionReference,
    /// What changes.
    pub change: FunctionChange,
}

/// A change of a function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FunctionChange {
    /// RENAME TO
    Rename(Name),
    /// SET SCHEMA
    SetSchema(Name),
    /// OWNER TO: the role, unless it is the one that runs the statement.
    Owner(Option<Name>),
    /// Options.
    Options(Box<Options>),
}

/// ALTER TYPE
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlterType {
    /// The type.
    pub name: Path,
    /// What changes, in order.
    pub changes: Vec<TypeChange>,
}

/// A change of a type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TypeChange {
    /// RENAME TO
    Rename(Name),
    /// SET SCHEMA
    SetSchema(Name),
    /// ADD VALUE
    AddLabel {
        /// The label.
        label: String,
        /// Where it goes.
        position: Position,
    },
    /// RENAME VALUE
    RenameLabel {
        /// The label.
        label: String,
        /// Its new text.
        to: String,
    },
    /// ADD ATTRIBUTE
    AddField(FieldClause),
    /// DROP ATTRIBUTE
    DropField(Name),
    /// ALTER ATTRIBUTE
    FieldType {
        /// The field.
        name: Name,
        /// Its new type.
        ty: TypeName,
    },
    /// RENAME ATTRIBUTE
    RenameField {
        /// The field.
        name: Name,
        /// Its new name.
        to: Name,
    },
}

/// Where ADD VALUE puts a label.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Position {
    /// Behind all.
    Last,
    /// BEFORE another.
    Before(String),
    /// AFTER another.
    After(String),
}

/// ALTER DOMAIN
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlterDomain {
    /// The domain.
    pub name: Path,
    /// What changes.
    pub change: DomainChange,
}

/// A change of a domain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DomainChange {
    /// RENAME TO
    Rename(Name),
    /// SET SCHEMA
    SetSchema(Name),
    /// SET DEFAULT, DROP DEFAULT
    Default(Option<Text>),
    /// SET NOT NULL, DROP NOT NULL
    NotNull(bool),
    /// ADD CHECK
    AddCheck(Option<Name>, Text),
    /// DROP CONSTRAINT
    DropCheck(Name),
    /// RENAME CONSTRAINT
    RenameCheck {
        /// The constraint.
        name: Name,
        /// Its new name.
        to: Name,
    },
}

/// Reads what follows ALTER.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Parsed<Statement> {
    let alter = if let Some(kind) = relation_kind(cursor) {
        AlterStatement::Relation(relation(cursor, kind)?)
    } else if cursor.is_any_word(&["function", "procedure", "routine", "aggregate"]) {
        cursor.advance();
        match self::function(cursor)? {
            Some(function) => AlterStatement::Function(function),
            None => return Ok(Statement::NoEffect),
        }
    } else if cursor.eat_word("type") {
        AlterStatement::Type(self::type_(cursor)?)
    } else if cursor.eat_word("domain") {
        match domain(cursor)? {
            Some(domain) => AlterStatement::Domain(domain),
            None => return Ok(Statement::NoEffect),
        }
    } else if cursor.eat_word("schema") {
        let name = piece::name(cursor)?;
        if !cursor.eat_words(&["rename", "to"]) {
            return Ok(Statement::NoEffect);
        }
        AlterStatement::RenameSchema { name, to: piece::name(cursor)? }
    } else if cursor.eat_word("index") {
        piece::if_exists(cursor);
        let name = piece::path(cursor)?;
        if !cursor.eat_words(&["rename", "to"]) {
            return Ok(Statement::NoEffect);
        }
        AlterStatement::RenameIndex { name, to: piece::name(cursor)? }
    } else if cursor.eat_word("policy") {
        AlterStatement::Attachment(attachment(cursor, AttachmentKind::Policy)?)
    } else if cursor.eat_word("trigger") {
        AlterStatement::Attachment(attachment(cursor, AttachmentKind::Trigger)?)
    } else if cursor.is_word("extension") && cursor.is_word_at(2, "set") {
        return Err(Misread::at(cursor, "moving an extension is not followed"));
    } else {
        // Of an object that the catalogue does not hold, or a default that is no part of it.
        return Ok(Statement::NoEffect);
    };
    Ok(Statement::Alter(Box::new(alter)))
}

fn attachment(cursor: &mut Cursor<'_>, kind: AttachmentKind) -> Parsed<AlterAttachment> {
    let name = piece::name(cursor)?;
    piece::expect_word(cursor, "on")?;
    let table = piece::path(cursor)?;
    let change = match cursor.eat_words(&["rename", "to"]) {
        true => AttachmentChange::Rename(piece::name(cursor)?),
        false => AttachmentChange::Conditions(trigger::conditions(cursor)?),
    };
    Ok(AlterAttachment { kind, name, table, change })
}

fn relation(cursor: &mut Cursor<'_>, kind: RelationKind) -> Parsed<AlterRelation> {
    let if_exists = piece::if_exists(cursor);
    if cursor.are_words(&["all", "in", "tablespace"]) {
        return Err(Misread::at(cursor, "tables of a tablespace are not known"));
    }
    let only = cursor.eat_word("only");
    let name = piece::path(cursor)?;
    cursor.eat_operator("*");
    if kind == RelationKind::Sequence && !cursor.is_any_word(&["owner", "rename", "set"]) {
        let changes = create::owner(cursor)?.map(RelationChange::OwnedBy).into_iter().collect();
        return Ok(AlterRelation { name, if_exists, only, changes });
    }
    let changes = piece::comma_list(cursor, relation_change)?;
    piece::end(cursor)?;
    Ok(AlterRelation { name, if_exists, only, changes: changes.into_iter().flatten().collect() })
}

fn relation_change(cursor: &mut Cursor<'_>) -> Parsed<Option<RelationChange>> {
    if cursor.eat_word("add") {
        let is_column = cursor.eat_word("column");
        let if_not_exists = piece::if_not_exists(cursor);
        if !is_column
            && !if_not_exists
            && let Some(constraint) = table::table_constraint(cursor)?
        {
            return Ok(Some(RelationChange::AddConstraint(constraint)));
        }
        let column = Box::new(table::column(cursor, true)?);
        return Ok(Some(RelationChange::AddColumn { column, if_not_exists }));
    }
    if cursor.eat_word("drop") {
        let is_constraint = cursor.eat_word("constraint");
        let _word = !is_constraint && cursor.eat_word("column");
        piece::if_exists(cursor);
        let name = piece::name(cursor)?;
        let cascade = cursor.eat_word("cascade");
        cursor.eat_word("restrict");
        return Ok(Some(match is_constraint {
            true => RelationChange::DropConstraint(name),
            false => RelationChange::DropColumn { name, cascade },
        }));
    }
    if cursor.eat_words(&["alter", "constraint"]) {
        return rest(cursor);
    }
    if cursor.eat_word("alter") {
        cursor.eat_word("column");
        let name = piece::name(cursor)?;
        let change = column_change(cursor)?;
        return Ok(change.map(|change| RelationChange::AlterColumn { name, change }));
    }
    if cursor.eat_word("rename") {
        return rename(cursor).map(Some);
    }
    if cursor.eat_words(&["set", "schema"]) {
        return piece::name(cursor).map(RelationChange::SetSchema).map(Some);
    }
    if cursor.eat_word("inherit") {
        return piece::path(cursor).map(RelationChange::Inherit).map(Some);
    }
    if cursor.eat_words(&["no", "inherit"]) {
        return piece::path(cursor).map(RelationChange::NoInherit).map(Some);
    }
    if cursor.eat_words(&["attach", "partition"]) {
        let partition = piece::path(cursor)?;
        // FOR VALUES, DEFAULT
        rest(cursor)?;
        return Ok(Some(RelationChange::Attach(partition)));
    }
    if cursor.eat_words(&["detach", "partition"]) {
        let partition = piece::path(cursor)?;
        let _how = cursor.eat_word("concurrently") || cursor.eat_word("finalize");
        return Ok(Some(RelationChange::Detach(partition)));
    }
    if let Some(change) = row_security(cursor) {
        return Ok(Some(change));
    }
    if let Some(firing) = firing(cursor) {
        let all = cursor.is_any_word(&["all", "user"]);
        let name = piece::name(cursor)?;
        return Ok(Some(RelationChange::Firing { name: (!all || name.quoted).then_some(name), firing }));
    }
    if cursor.eat_words(&["owner", "to"]) {
        return piece::role(cursor).map(|role| Some(RelationChange::Owner(role)));
    }
    if cursor.is_any_word(&[
        "cluster", "disable", "enable", "force", "no", "not", "of", "options", "replica", "reset", "set", "validate",
    ]) {
        return rest(cursor);
    }
    Err(Misread::at(cursor, "this change of a table is not known"))
}

fn row_security(cursor: &mut Cursor<'_>) -> Option<RelationChange> {
    const CHANGES: [(&[&str], Option<bool>, Option<bool>); 4] = [
        (&["enable"], Some(true), None),
        (&["disable"], Some(false), None),
        (&["force"], None, Some(true)),
        (&["no", "force"], None, Some(false)),
    ];
    CHANGES.into_iter().find_map(|(words, enabled, forced)| {
        let words = [words, &["row", "level", "security"]].concat();
        cursor.eat_words(&words).then_some(RelationChange::RowSecurity { enabled, forced })
    })
}

/// Reads the words up to the name of the trigger.
fn firing(cursor: &mut Cursor<'_>) -> Option<Firing> {
    const CHANGES: [(&[&str], Firing); 4] = [
        (&["enable", "trigger"], Firing::Origin),
        (&["enable", "replica", "trigger"], Firing::Replica),
        (&["enable", "always", "trigger"], Firing::Always),
        (&["disable", "trigger"], Firing::Never),
    ];
    CHANGES.into_iter().find(|(words, _)| cursor.eat_words(words)).map(|(_, firing)| firing)
}

/// Passes over a change that the catalogue does not hold.
fn rest(cursor: &mut Cursor<'_>) -> Parsed<Option<RelationChange>> {
    piece::expression(cursor, |_| false).map(|_| None)
}

fn rename(cursor: &mut Cursor<'_>) -> Parsed<RelationChange> {
    if cursor.eat_word("to") {
        return piece::name(cursor).map(RelationChange::Rename);
    }
    let is_constraint = cursor.eat_word("constraint");
    let _word = !is_constraint && (cursor.eat_word("column") || cursor.eat_word("attribute"));
    let name = piece::name(cursor)?;
    piece::expect_word(cursor, "to")?;
    let to = piece::name(cursor)?;
    Ok(match is_constraint {
        true => RelationChange::RenameConstraint { name, to },
        false => RelationChange::RenameColumn { name, to },
    })
}

fn column_change(cursor: &mut Cursor<'_>) -> Parsed<Option<ColumnChange>> {
    if cursor.eat_words(&["set", "data", "type"]) || cursor.eat_word("type") {
        let ty = piece::type_name(cursor)?;
        if cursor.eat_word("collate") {
            piece::path(cursor)?;
        }
        if cursor.eat_word("using") {
            piece::expression(cursor, |_| false)?;
        }
        return Ok(Some(ColumnChange::Type(ty)));
    }
    let change = if cursor.eat_words(&["set", "default"]) {
        ColumnChange::Default(piece::expression(cursor, |_| false)?)
    } else if cursor.eat_words(&["drop", "default"]) {
        ColumnChange::DropDefault
    } else if cursor.eat_words(&["set", "not", "null"]) {
        ColumnChange::NotNull(true)
    } else if cursor.eat_words(&["drop", "not", "null"]) {
        ColumnChange::NotNull(false)
    } else if cursor.eat_words(&["drop", "identity"]) || cursor.eat_words(&["drop", "expression"]) {
        piece::if_exists(cursor);
        ColumnChange::DropGenerated
    } else if cursor.eat_words(&["add", "generated", "always", "as", "identity"]) {
        piece::skip_parenthesized(cursor)?;
        ColumnChange::Generated(GeneratedClause::IdentityAlways)
    } else if cursor.eat_words(&["add", "generated", "by", "default", "as", "identity"]) {
        piece::skip_parenthesized(cursor)?;
        ColumnChange::Generated(GeneratedClause::IdentityByDefault)
    } else if cursor.eat_words(&["set", "generated", "always"]) {
        ColumnChange::Generated(GeneratedClause::IdentityAlways)
    } else if cursor.eat_words(&["set", "generated", "by", "default"]) {
        ColumnChange::Generated(GeneratedClause::IdentityByDefault)
    } else if cursor.eat_words(&["set", "expression", "as"]) {
        ColumnChange::Expression(piece::parenthesized(cursor)?)
    } else {
        // SET STATISTICS, SET STORAGE, SET (…), RESET (…), OPTIONS (…)
        piece::expression(cursor, |_| false)?;
        return Ok(None);
    };
    // `SET GENERATED … RESTART`, `DROP EXPRESSION IF EXISTS`
    while !matches!(cursor.kind(), None | Some(crate::sql::lexer::TokenKind::Comma)) {
        cursor.advance();
    }
    Ok(Some(change))
}

fn function(cursor: &mut Cursor<'_>) -> Parsed<Option<AlterFunction>> {
    let function = function::reference(cursor)?;
    let change = if cursor.eat_words(&["rename", "to"]) {
        FunctionChange::Rename(piece::name(cursor)?)
    } else if cursor.eat_words(&["set", "schema"]) {
        FunctionChange::SetSchema(piece::name(cursor)?)
    } else if cursor.eat_words(&["owner", "to"]) {
        FunctionChange::Owner(piece::role(cursor)?)
    } else if cursor.is_any_word(&["depends", "no"]) {
        return Ok(None);
    } else {
        let mut options = Options::default();
        while !cursor.is_at_end() && !cursor.eat_word("restrict") {
            if !options::parse_one(cursor, &mut options)? {
                return Err(Misread::at(cursor, "this option is not known"));
            }
        }
        FunctionChange::Options(Box::new(options))
    };
    Ok(Some(AlterFunction { function, change }))
}

fn type_(cursor: &mut Cursor<'_>) -> Parsed<AlterType> {
    let name = piece::path(cursor)?;
    let changes = piece::comma_list(cursor, type_change)?;
    Ok(AlterType { name, changes: changes.into_iter().flatten().collect() })
}

fn type_change(cursor: &mut Cursor<'_>) -> Parsed<Option<TypeChange>> {
    let change = if cursor.eat_words(&["rename", "to"]) {
        TypeChange::Rename(piece::name(cursor)?)
    } else if cursor.eat_words(&["set", "schema"]) {
        TypeChange::SetSchema(piece::name(cursor)?)
    } else if cursor.eat_words(&["add", "value"]) {
        piece::if_not_exists(cursor);
        let label = piece::string(cursor)?;
        let position = if cursor.eat_word("before") {
            Position::Before(piece::string(cursor)?)
        } else if cursor.eat_word("after") {
            Position::After(piece::string(cursor)?)
        } else {
            Position::Last
        };
        TypeChange::AddLabel { label, position }
    } else if cursor.eat_words(&["rename", "value"]) {
        let label = piece::string(cursor)?;
        piece::expect_word(cursor, "to")?;
        TypeChange::RenameLabel { label, to: piece::string(cursor)? }
    } else if cursor.eat_words(&["add", "attribute"]) {
        TypeChange::AddField(types::field(cursor)?)
    } else if cursor.eat_words(&["drop", "attribute"]) {
        piece::if_exists(cursor);
        TypeChange::DropField(piece::name(cursor)?)
    } else if cursor.eat_words(&["alter", "attribute"]) {
        let name = piece::name(cursor)?;
        cursor.eat_words(&["set", "data"]);
        piece::expect_word(cursor, "type")?;
        let ty = piece::type_name(cursor)?;
        if cursor.eat_word("collate") {
            piece::path(cursor)?;
        }
        TypeChange::FieldType { name, ty }
    } else if cursor.eat_words(&["rename", "attribute"]) {
        let name = piece::name(cursor)?;
        piece::expect_word(cursor, "to")?;
        TypeChange::RenameField { name, to: piece::name(cursor)? }
    } else if cursor.is_any_word(&["owner", "set"]) {
        piece::expression(cursor, |_| false)?;
        return Ok(None);
    } else {
        return Err(Misread::at(cursor, "this change of a type is not known"));
    };
    let _tail = cursor.eat_word("cascade") || cursor.eat_word("restrict");
    Ok(Some(change))
}

fn domain(cursor: &mut Cursor<'_>) -> Parsed<Option<AlterDomain>> {
    let name = piece::path(cursor)?;
    let change = if cursor.eat_words(&["rename", "to"]) {
        DomainChange::Rename(piece::name(cursor)?)
    } else if cursor.eat_words(&["set", "schema"]) {
        DomainChange::SetSchema(piece::name(cursor)?)
    } else if cursor.eat_words(&["set", "default"]) {
        DomainChange::Default(Some(piece::expression(cursor, |_| false)?))
    } else if cursor.eat_words(&["drop", "default"]) {
        DomainChange::Default(None)
    } else if cursor.eat_words(&["set", "not", "null"]) {
        DomainChange::NotNull(true)
    } else if cursor.eat_words(&["drop", "not", "null"]) {
        DomainChange::NotNull(false)
    } else if cursor.eat_word("add") {
        let name = if cursor.eat_word("constraint") { Some(piece::name(cursor)?) } else { None };
        if cursor.eat_words(&["not", "null"]) {
            DomainChange::NotNull(true)
        } else {
            piece::expect_word(cursor, "check")?;
            DomainChange::AddCheck(name, piece::parenthesized(cursor)?)
        }
    } else if cursor.eat_words(&["drop", "constraint"]) {
        piece::if_exists(cursor);
        DomainChange::DropCheck(piece::name(cursor)?)
    } else if cursor.eat_words(&["rename", "constraint"]) {
        let name = piece::name(cursor)?;
        piece::expect_word(cursor, "to")?;
        DomainChange::RenameCheck { name, to: piece::name(cursor)? }
    } else {
        // OWNER TO, VALIDATE CONSTRAINT
        return Ok(None);
    };
    Ok(Some(AlterDomain { name, change }))
}
