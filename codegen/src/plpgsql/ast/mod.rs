//! The tree of a PL/pgSQL body: every statement of the language, each with its place in the file.

mod declaration;

pub use declaration::{
    AliasOf, CursorDeclaration, CursorParameter, DataType, DataTypeKind, Declaration, DeclarationKind, Variable,
};

use crate::source::Span;
use crate::sql::embedded::{Command, Expression, Tally, Unknown};
use crate::sql::name::{Name, Path};

/// The body of a PL/pgSQL function or of a `DO` command.
#[derive(Clone, PartialEq, Debug)]
pub struct Body {
    /// The `#...` lines before the block.
    pub options: Vec<CompileOption>,
    /// The outermost block, or why there is none.
    pub block: Result<Block, Unknown>,
    /// What was parsed and what was not.
    pub tally: Tally,
}

/// `#variable_conflict use_column` and its like.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CompileOption {
    /// The whole line's tokens.
    pub span: Span,
    /// Such as `variable_conflict`.
    pub name: Name,
    /// Such as `use_column`.
    pub value: Option<Name>,
}

/// `[<<label>>] [DECLARE ...] BEGIN ... [EXCEPTION ...] END`.
#[derive(Clone, PartialEq, Debug)]
pub struct Block {
    /// From the label, or `DECLARE` or `BEGIN`, to `END` and its label.
    pub span: Span,
    /// The name that `EXIT` and qualified variables use.
    pub label: Option<Name>,
    /// The variables, in order; each is visible to those behind it.
    pub declarations: Vec<Declaration>,
    /// The statements between `BEGIN` and `EXCEPTION` or `END`.
    pub statements: Vec<Statement>,
    /// The `WHEN`s of `EXCEPTION`; without it, none.
    pub handlers: Vec<Handler>,
}

/// A statement and where it stands, without its semicolon.
#[derive(Clone, PartialEq, Debug)]
pub struct Statement {
    /// From its label or first word to its last token.
    pub span: Span,
    /// What it does.
    pub kind: StatementKind,
}

/// The statements of PL/pgSQL.
#[derive(Clone, PartialEq, Debug)]
pub enum StatementKind {
    /// A block in a block.
    Block(Block),
    /// `target := value`.
    Assign(Assignment),
    /// `IF ... ELSIF ... ELSE ... END IF`.
    If(If),
    /// `CASE ... WHEN ... ELSE ... END CASE`.
    Case(Case),
    /// Any of the loops.
    Loop(Loop),
    /// `EXIT [label] [WHEN condition]`.
    Exit(Jump),
    /// `CONTINUE [label] [WHEN condition]`.
    Continue(Jump),
    /// `RETURN [value]`.
    Return(Option<Expression>),
    /// `RETURN NEXT [value]`.
    ReturnNext(Option<Expression>),
    /// `RETURN QUERY query`.
    ReturnQuery(Command),
    /// `RETURN QUERY EXECUTE text [USING values]`.
    ReturnQueryExecute(Dynamic),
    /// `RAISE`.
    Raise(Raise),
    /// `ASSERT condition [, message]`.
    Assert(Assert),
    /// `PERFORM`: the query with `SELECT` in its place.
    Perform(Command),
    /// A statement of SQL, with what it stores its row in.
    Sql(SqlStatement),
    /// `CALL procedure(...)`.
    Call(Command),
    /// `EXECUTE text [INTO targets] [USING values]`.
    Execute(Execute),
    /// `GET [CURRENT | STACKED] DIAGNOSTICS target = item, ...`.
    GetDiagnostics(GetDiagnostics),
    /// `OPEN cursor ...`.
    Open(Open),
    /// `FETCH [direction FROM] cursor INTO targets`.
    Fetch(Fetch),
    /// `MOVE [direction FROM] cursor`.
    Move(Move),
    /// `CLOSE cursor`.
    Close(Path),
    /// `COMMIT [AND [NO] CHAIN]`.
    Commit(Chain),
    /// `ROLLBACK [AND [NO] CHAIN]`.
    Rollback(Chain),
    /// `NULL`: nothing.
    Null,
    /// It could not be read.
    Unknown(Unknown),
}

/// An assignment.
#[derive(Clone, PartialEq, Debug)]
pub struct Assignment {
    /// What is assigned to.
    pub target: Target,
    /// The value.
    pub value: Expression,
}

/// What is assigned to: a variable, or a part of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Target {
    /// From the name to the last step.
    pub span: Span,
    /// The variable, with its label or its fields: which of the names is the variable, only its scope tells.
    pub path: Path,
    /// What is behind the first subscript, outermost first; empty for a plain variable or field.
    pub steps: Vec<Step>,
}

/// A step into a variable.
#[derive(Clone, PartialEq, Debug)]
pub enum Step {
    /// `.name`, behind a subscript.
    Field(Name),
    /// `[index]`: an element of an array, or a key of a jsonb.
    Element(Expression),
    /// `[lower:upper]`: a slice of an array.
    Slice(Option<Expression>, Option<Expression>),
}

/// An `IF`.
#[derive(Clone, PartialEq, Debug)]
pub struct If {
    /// `IF` and the `ELSIF`s, in order; never empty.
    pub branches: Vec<Branch>,
    /// The statements of `ELSE`.
    pub otherwise: Option<Vec<Statement>>,
}

/// A condition and what is done if it is the first that is true.
#[derive(Clone, PartialEq, Debug)]
pub struct Branch {
    /// From `IF` or `ELSIF` to the last statement.
    pub span: Span,
    /// The condition.
    pub condition: Expression,
    /// The statements.
    pub statements: Vec<Statement>,
}

/// A `CASE` statement.
#[derive(Clone, PartialEq, Debug)]
pub struct Case {
    /// What is compared with the values; without it, they are conditions.
    pub operand: Option<Expression>,
    /// The `WHEN`s, in order; never empty.
    pub arms: Vec<Arm>,
    /// The statements of `ELSE`; without it, no match raises `CASE_NOT_FOUND`.
    pub otherwise: Option<Vec<Statement>>,
}

/// A `WHEN` of a `CASE`.
#[derive(Clone, PartialEq, Debug)]
pub struct Arm {
    /// From `WHEN` to the last statement.
    pub span: Span,
    /// The values, of which one has to match; without an operand, one condition.
    pub values: Vec<Expression>,
    /// The statements.
    pub statements: Vec<Statement>,
}

/// A loop.
#[derive(Clone, PartialEq, Debug)]
pub struct Loop {
    /// The name that `EXIT` and `CONTINUE` use.
    pub label: Option<Name>,
    /// What is repeated over.
    pub kind: LoopKind,
    /// The statements between `LOOP` and `END LOOP`.
    pub statements: Vec<Statement>,
}

/// What a loop repeats over.
#[derive(Clone, PartialEq, Debug)]
pub enum LoopKind {
    /// `LOOP`: until it is left.
    Forever,
    /// `WHILE condition LOOP`.
    While(Expression),
    /// `FOR name IN [REVERSE] from .. to [BY step] LOOP`. The name is a new integer variable.
    Integers {
        /// The variable, which only the loop sees.
        variable: Name,
        /// Whether it counts down.
        reverse: bool,
        /// The first value.
        from: Expression,
        /// The last value.
        to: Expression,
        /// The step, by default 1.
        step: Option<Expression>,
    },
    /// `FOR targets IN query LOOP`.
    Rows {
        /// One record or row, or a list of scalars.
        targets: Vec<Path>,
        /// The query.
        query: Command,
    },
    /// `FOR name IN cursor [(arguments)] LOOP`. The name is a new record variable.
    Cursor {
        /// The variable, which only the loop sees.
        variable: Name,
        /// The bound cursor.
        cursor: Path,
        /// Its arguments.
        arguments: Vec<CursorArgument>,
    },
    /// `FOR targets IN EXECUTE text [USING values] LOOP`.
    Dynamic {
        /// One record or row, or a list of scalars.
        targets: Vec<Path>,
        /// The query.
        query: Dynamic,
    },
    /// `FOREACH targets [SLICE n] IN ARRAY array LOOP`.
    Elements {
        /// One variable, or a list of scalars.
        targets: Vec<Path>,
        /// How many dimensions a target takes; 0 for single elements.
        slice: u32,
        /// The array.
        array: Expression,
    },
}

/// A value for an argument of a bound cursor.
#[derive(Clone, PartialEq, Debug)]
pub struct CursorArgument {
    /// The argument's name, unless it is given by position.
    pub name: Option<Name>,
    /// The value.
    pub value: Expression,
}

/// An `EXIT` or a `CONTINUE`.
#[derive(Clone, PartialEq, Debug)]
pub struct Jump {
    /// The loop or block; without it, the innermost loop.
    pub label: Option<Name>,
    /// The condition behind `WHEN`.
    pub condition: Option<Expression>,
}

/// A statement made at run time.
#[derive(Clone, PartialEq, Debug)]
pub struct Dynamic {
    /// Its text.
    pub text: Expression,
    /// The values of `$1`, `$2`, ...
    pub using: Vec<Expression>,
}

/// A `RAISE`.
#[derive(Clone, PartialEq, Debug)]
pub struct Raise {
    /// How severe it is; by default `EXCEPTION`.
    pub level: RaiseLevel,
    /// What is raised.
    pub what: Raised,
    /// The options behind `USING`.
    pub options: Vec<RaiseOption>,
}

/// How severe a `RAISE` is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RaiseLevel {
    /// `DEBUG`.
    Debug,
    /// `LOG`.
    Log,
    /// `INFO`.
    Info,
    /// `NOTICE`.
    Notice,
    /// `WARNING`.
    Warning,
    /// `EXCEPTION`, also when none is given: it ends the block.
    Exception,
}

/// What a `RAISE` raises.
#[derive(Clone, PartialEq, Debug)]
pub enum Raised {
    /// `RAISE` alone, in a handler: the error that is being handled.
    Again,
    /// `RAISE 'format', values`.
    Message {
        /// The text with its `%`s.
        format: Box<str>,
        /// Where the text stands.
        span: Span,
        /// What the `%`s stand for.
        arguments: Vec<Expression>,
    },
    /// `RAISE name` or `RAISE SQLSTATE 'code'`.
    Condition(Condition),
    /// Only what the options say.
    Options,
}

/// An option of a `RAISE`.
#[derive(Clone, PartialEq, Debug)]
pub struct RaiseOption {
    /// The option.
    pub kind: RaiseOptionKind,
    /// Its value.
    pub value: Expression,
}

/// The options of a `RAISE`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RaiseOptionKind {
    /// `ERRCODE`.
    Errcode,
    /// `MESSAGE`.
    Message,
    /// `DETAIL`.
    Detail,
    /// `HINT`.
    Hint,
    /// `COLUMN`.
    Column,
    /// `CONSTRAINT`.
    Constraint,
    /// `DATATYPE`.
    Datatype,
    /// `TABLE`.
    Table,
    /// `SCHEMA`.
    Schema,
}

/// A `WHEN` of `EXCEPTION`.
#[derive(Clone, PartialEq, Debug)]
pub struct Handler {
    /// From `WHEN` to the last statement.
    pub span: Span,
    /// The conditions, of which one has to hold; never empty.
    pub conditions: Vec<Condition>,
    /// The statements.
    pub statements: Vec<Statement>,
}

/// An error as a handler or a `RAISE` names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Condition {
    /// A condition by name, such as `unique_violation`.
    Named(Name),
    /// `SQLSTATE 'code'`.
    Sqlstate {
        /// The five characters.
        code: Box<str>,
        /// Where the code stands.
        span: Span,
    },
    /// `OTHERS`: every error but a few.
    Others(Span),
}

/// An `ASSERT`.
#[derive(Clone, PartialEq, Debug)]
pub struct Assert {
    /// What has to be true.
    pub condition: Expression,
    /// What is said if it is not.
    pub message: Option<Expression>,
}

/// A statement of SQL in a body.
#[derive(Clone, PartialEq, Debug)]
pub struct SqlStatement {
    /// The statement without its `INTO`.
    pub command: Command,
    /// Where its row goes.
    pub into: Option<Into>,
}

/// `INTO [STRICT] targets`.
#[derive(Clone, PartialEq, Debug)]
pub struct Into {
    /// From `INTO` to the last target.
    pub span: Span,
    /// Whether exactly one row has to come.
    pub strict: bool,
    /// One record or row, or a list of scalars.
    pub targets: Vec<Path>,
}

/// An `EXECUTE`.
#[derive(Clone, PartialEq, Debug)]
pub struct Execute {
    /// The statement.
    pub statement: Dynamic,
    /// Where its row goes.
    pub into: Option<Into>,
}

/// A `GET DIAGNOSTICS`.
#[derive(Clone, PartialEq, Debug)]
pub struct GetDiagnostics {
    /// Whether it asks for the error that is being handled (`STACKED`).
    pub stacked: bool,
    /// What goes where.
    pub items: Vec<DiagnosticsItem>,
}

/// `target = item`.
#[derive(Clone, PartialEq, Debug)]
pub struct DiagnosticsItem {
    /// The variable.
    pub target: Target,
    /// Such as `row_count`.
    pub item: Name,
}

/// An `OPEN`.
#[derive(Clone, PartialEq, Debug)]
pub struct Open {
    /// The cursor variable.
    pub cursor: Path,
    /// What it is opened for.
    pub kind: OpenKind,
}

/// What a cursor is opened for.
#[derive(Clone, PartialEq, Debug)]
pub enum OpenKind {
    /// The query it was declared with.
    Bound(Vec<CursorArgument>),
    /// `[[NO] SCROLL] FOR query`.
    Query {
        /// `SCROLL` (true), `NO SCROLL` (false) or neither.
        scroll: Option<bool>,
        /// The query.
        query: Command,
    },
    /// `[[NO] SCROLL] FOR EXECUTE text [USING values]`.
    Dynamic {
        /// `SCROLL` (true), `NO SCROLL` (false) or neither.
        scroll: Option<bool>,
        /// The query.
        query: Dynamic,
    },
}

/// A `FETCH`.
#[derive(Clone, PartialEq, Debug)]
pub struct Fetch {
    /// Which row.
    pub direction: Direction,
    /// The cursor variable.
    pub cursor: Path,
    /// One record or row, or a list of scalars.
    pub targets: Vec<Path>,
}

/// A `MOVE`.
#[derive(Clone, PartialEq, Debug)]
pub struct Move {
    /// Where to.
    pub direction: Direction,
    /// The cursor variable.
    pub cursor: Path,
}

/// Where a cursor goes.
#[derive(Clone, PartialEq, Debug)]
pub enum Direction {
    /// `NEXT`, also when none is given.
    Next,
    /// `PRIOR`.
    Prior,
    /// `FIRST`.
    First,
    /// `LAST`.
    Last,
    /// `ABSOLUTE n`.
    Absolute(Expression),
    /// `RELATIVE n`.
    Relative(Expression),
    /// `FORWARD n`, or `n` alone.
    Forward(Option<Expression>),
    /// `FORWARD ALL` or `ALL`.
    ForwardAll,
    /// `BACKWARD [n]`.
    Backward(Option<Expression>),
    /// `BACKWARD ALL`.
    BackwardAll,
}

/// Whether a transaction is followed by another of the same kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Chain {
    /// By one with the default settings.
    No,
    /// `AND CHAIN`.
    Yes,
}
