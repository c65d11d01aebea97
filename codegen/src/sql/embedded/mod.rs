//! Expressions and statements of SQL, wherever they stand: in bodies, defaults, views.
//!
//! The trees are sqlparser's. What stands between our tokens and that parser is here: a guard that refuses what would
//! overflow its stack, the conversion of tokens, PostgreSQL's syntax where sqlparser reads another or none, and places:
//! a span of a tree leads back into the file through [`place`].
//!
//! In the trees, identifiers are folded as PostgreSQL folds them, quoted or not; strings are without quotes and escapes,
//! whichever way they were written.

mod convert;
mod dialect;
mod guard;
mod keyword;
mod parse;
mod rewrite;
mod stack;

pub use convert::place;
pub use parse::{command, expression};
pub use stack::with_deep_stack;

use sqlparser::ast::{DataType, Expr, FunctionArg, FunctionArgExpr, Ident, SelectItem};

use crate::source::Span;

/// The prefix of an argument that is spread: `f(VARIADIC list)` is an `Expr::Prefixed` with this name.
pub const VARIADIC: &str = "variadic";

/// The prefix of a cursor's name in `WHERE CURRENT OF cursor`, which is an `Expr::Prefixed` with this name.
pub const CURRENT_OF: &str = "current of";

/// The prefix of an operand in `COLLATION FOR (operand)`, which is an `Expr::Prefixed` with this name.
pub const COLLATION_FOR: &str = "collation for";

/// What begins the prefix of an operand of a prefix operator that sqlparser does not know; the operator follows it.
pub const PREFIX_OPERATOR: &str = "prefix operator ";

/// The quoted field in `(row).*`: an `Expr::CompoundFieldAccess` that ends with this field has one column for each field.
pub const EVERY_FIELD: &str = "*";

/// The name of the function whose arguments are those of `ROWS FROM (f(), g())`.
pub const ROWS_FROM: &str = "rows from";

/// The name of the function that stands for `JSON_TABLE(...)`: [`json_table_columns`] are its arguments, what it reads is aside.
pub const JSON_TABLE: &str = "json table";

/// The columns of [`JSON_TABLE`] in the arguments of its call; `None` stands where they were not understood.
pub fn json_table_columns(args: &[FunctionArg]) -> impl Iterator<Item = Option<(&Ident, &DataType)>> {
    args.iter().map(|arg| match arg {
        FunctionArg::ExprNamed {
            name: Expr::Identifier(name),
            arg: FunctionArgExpr::Expr(Expr::Cast { data_type, .. }),
            ..
        }
        | FunctionArg::Named { name, arg: FunctionArgExpr::Expr(Expr::Cast { data_type, .. }), .. } => {
            Some((name, data_type))
        }
        _ => None,
    })
}

/// What begins the name of a query in `WITH` that only says which columns `SEARCH` and `CYCLE` add to the one before it; a NUL stands
/// before each of them.
pub const ADDED_COLUMNS: &str = "search and cycle";

/// What stands behind a column of [`ADDED_COLUMNS`] that is true or false.
pub const BOOLEAN_MARK: char = '\u{1}';

/// What begins the name of a column that stands for `LIKE schema.table` among the columns of a table: a NUL stands before each name.
pub const COLUMNS_LIKE: &str = "columns like";

/// What begins the last name of `USING (a, b) AS alias`: a NUL and the alias follow it.
pub const USING_ALIAS: &str = "alias of using";

/// What begins the name that stands first in `RETURNING WITH (OLD AS a, NEW AS b)`: NUL, `a`, NUL, `b`, either of them empty.
const ROW_ALIASES: &str = "rows of returning";

/// What `RETURNING WITH (OLD AS a, NEW AS b)` calls the row before and after.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RowAliases<'a> {
    /// The row before.
    pub old: &'a str,
    /// The row after.
    pub new: &'a str,
}

/// What a `RETURNING` calls the row before and after, and its own items.
pub fn returning(items: &[SelectItem]) -> (RowAliases<'_>, &[SelectItem]) {
    let mut aliases = RowAliases { old: "old", new: "new" };
    let [SelectItem::UnnamedExpr(Expr::Identifier(first)), rest @ ..] = items else { return (aliases, items) };
    let Some(written) = first.value.strip_prefix(ROW_ALIASES) else { return (aliases, items) };
    let mut names = written.split('\0').skip(1);
    for alias in [&mut aliases.old, &mut aliases.new] {
        if let Some(name) = names.next().filter(|name| !name.is_empty()) {
            *alias = name;
        }
    }
    (aliases, rest)
}

/// That a `SELECT` stands before the tokens, in the place of the word at this span.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Select(pub Span);

/// What was not understood, where, and why. It is no error in itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unknown {
    /// The place.
    pub span: Span,
    /// The reason, in lower case.
    pub reason: Box<str>,
}

/// An expression of SQL.
#[derive(Clone, PartialEq, Debug)]
pub struct Expression {
    /// From its first token to its last.
    pub span: Span,
    /// What it says.
    pub tree: ExpressionTree,
}

/// What an expression says.
#[derive(Clone, PartialEq, Debug)]
pub enum ExpressionTree {
    /// An expression.
    Expr(Box<sqlparser::ast::Expr>),
    /// What PL/pgSQL also takes for an expression: the rest of a `SELECT`, as in `IF count(*) > 0 FROM t THEN`.
    Query(Box<sqlparser::ast::Query>),
    /// It was not understood.
    Unknown(Unknown),
}

/// A statement of SQL.
#[derive(Clone, PartialEq, Debug)]
pub struct Command {
    /// From its first token to its last.
    pub span: Span,
    /// What it says.
    pub tree: CommandTree,
    /// Expressions of it that its tree has no place for, such as the predicate of `ON CONFLICT (key) WHERE predicate`
    /// and the subscripts of `SET list[1] = 2`.
    pub aside: Vec<Expression>,
}

/// What a statement says.
#[derive(Clone, PartialEq, Debug)]
pub enum CommandTree {
    /// A statement.
    Statement(Box<sqlparser::ast::Statement>),
    /// A command that returns no rows and reads none, known by its first words only, such as `set constraints`.
    Utility(Box<str>),
    /// It was not understood.
    Unknown(Unknown),
}

/// How much of a text was understood.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Tally {
    /// Statements, those of SQL and those of PL/pgSQL.
    pub statements: usize,
    /// Expressions, without those inside statements of SQL.
    pub expressions: usize,
    /// Which of them were not understood, in the order of the text.
    pub unknown: Vec<Unknown>,
}
