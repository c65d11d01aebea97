//! What a block declares.

use crate::source::Span;
use crate::sql::embedded::{Command, Expression, Unknown};
use crate::sql::name::{Name, Path};

/// One entry of `DECLARE`.
#[derive(Clone, PartialEq, Debug)]
pub struct Declaration {
    /// Without the semicolon.
    pub span: Span,
    /// The declared name.
    pub name: Name,
    /// What it names.
    pub kind: DeclarationKind,
}

/// What a declared name stands for.
#[derive(Clone, PartialEq, Debug)]
pub enum DeclarationKind {
    /// `name [CONSTANT] type [COLLATE c] [NOT NULL] [:= value]`.
    Variable(Variable),
    /// `name ALIAS FOR other`.
    Alias(AliasOf),
    /// `name [[NO] SCROLL] CURSOR [(arguments)] FOR query`.
    Cursor(CursorDeclaration),
    /// It could not be read; the name is declared all the same.
    Unknown(Unknown),
}

/// A declared variable.
#[derive(Clone, PartialEq, Debug)]
pub struct Variable {
    /// Whether it is `CONSTANT`.
    pub constant: bool,
    /// Its type.
    pub data_type: DataType,
    /// The name behind `COLLATE`.
    pub collation: Option<Path>,
    /// Whether it is `NOT NULL`.
    pub not_null: bool,
    /// The value behind `:=`, `=` or `DEFAULT`; without it, NULL.
    pub default: Option<Expression>,
}

/// What an alias stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AliasOf {
    /// A variable, or an argument by name.
    Variable(Path),
    /// An argument by position, `$1`.
    Parameter(u32),
}

/// A bound cursor.
#[derive(Clone, PartialEq, Debug)]
pub struct CursorDeclaration {
    /// `SCROLL` (true), `NO SCROLL` (false) or neither.
    pub scroll: Option<bool>,
    /// Its arguments.
    pub arguments: Vec<CursorParameter>,
    /// What it reads.
    pub query: Command,
}

/// An argument that a bound cursor takes.
#[derive(Clone, PartialEq, Debug)]
pub struct CursorParameter {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub data_type: DataType,
}

/// A type as a declaration names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DataType {
    /// From its first word to its last.
    pub span: Span,
    /// How it is named.
    pub kind: DataTypeKind,
}

/// How a declaration names a type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DataTypeKind {
    /// `RECORD`: any row.
    Record,
    /// `variable%TYPE` or `table.column%TYPE`, or an array of it (`[]` behind, from PostgreSQL 17 on).
    TypeOf {
        /// The variable or column.
        path: Path,
        /// Whether it is an array of that type.
        array: bool,
    },
    /// `table%ROWTYPE`, or an array of it.
    RowOf {
        /// The table or view.
        path: Path,
        /// Whether it is an array of that type.
        array: bool,
    },
    /// Any other type, as it is written: words in lower case, single spaces, no comments.
    Named(Box<str>),
}
