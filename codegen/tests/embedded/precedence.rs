//! How operators bind. `precedence.txt` holds random expressions over boolean columns, each with what PostgreSQL makes of
//! it: `pg_get_viewdef` of a view of that expression, which prints every parenthesis. All operators were defined for
//! booleans there, so that any of them may stand next to any other.

use pgmutate_codegen::source::SourceMap;
use pgmutate_codegen::sql::cursor::significant;
use pgmutate_codegen::sql::embedded::{ExpressionTree, expression};
use pgmutate_codegen::sql::lexer::{Mode, PositionMap};
use sqlparser::ast::{BinaryOperator, Expr};

/// The expression with every parenthesis, and with the words that the server prints as operators.
fn parenthesised(expr: &Expr) -> String {
    let p = parenthesised;
    match expr {
        Expr::Nested(inner) => p(inner),
        Expr::Identifier(name) => name.value.clone(),
        Expr::BinaryOp { left, op: BinaryOperator::PGCustomBinaryOperator(path), right } => {
            format!("({} {} {})", p(left), path.last().unwrap(), p(right))
        }
        Expr::BinaryOp { left, op, right } => format!("({} {op} {})", p(left), p(right)),
        Expr::UnaryOp { op, expr } => format!("({} {})", op.to_string().trim(), p(expr)),
        Expr::IsNull(inner) => format!("({} IS NULL)", p(inner)),
        Expr::IsNotNull(inner) => format!("({} IS NOT NULL)", p(inner)),
        Expr::IsTrue(inner) => format!("({} IS TRUE)", p(inner)),
        Expr::IsNotFalse(inner) => format!("({} IS NOT FALSE)", p(inner)),
        Expr::IsUnknown(inner) => format!("({} IS UNKNOWN)", p(inner)),
        Expr::IsDistinctFrom(left, right) => format!("({} IS DISTINCT FROM {})", p(left), p(right)),
        Expr::IsNotDistinctFrom(left, right) => format!("(NOT ({} IS DISTINCT FROM {}))", p(left), p(right)),
        Expr::Like { negated, expr, pattern, .. } => {
            format!("({} {} {})", p(expr), if *negated { "!~~" } else { "~~" }, p(pattern))
        }
        Expr::ILike { negated: false, expr, pattern, .. } => format!("({} ~~* {})", p(expr), p(pattern)),
        Expr::Between { expr, negated: false, low, high } => {
            format!("(({0} >= {1}) AND ({0} <= {2}))", p(expr), p(low), p(high))
        }
        Expr::Between { expr, negated: true, low, high } => {
            format!("(({0} < {1}) OR ({0} > {2}))", p(expr), p(low), p(high))
        }
        Expr::InList { expr, list, negated: false } => {
            format!("(({0} = {1}) OR ({0} = {2}))", p(expr), p(&list[0]), p(&list[1]))
        }
        Expr::InList { expr, list, negated: true } => {
            format!("(({0} <> {1}) AND ({0} <> {2}))", p(expr), p(&list[0]), p(&list[1]))
        }
        other => panic!("{other:?} is in no expression of precedence.txt"),
    }
}

fn read(text: &str) -> String {
    let mut sources = SourceMap::new();
    let file = sources.add("precedence.txt", text).unwrap();
    match expression(text, &significant(text, Mode::Server), &PositionMap::shifted(file, 0)).tree {
        ExpressionTree::Expr(expr) => parenthesised(&expr),
        tree => panic!("{text} is {tree:?}"),
    }
}

#[test]
fn operators_bind_as_on_the_server() {
    let lines: Vec<_> = include_str!("precedence.txt").lines().collect();
    assert_eq!(lines.len(), 800);
    for pair in lines.chunks(2) {
        // The server's spelling is read too: its parentheses leave nothing to precedence.
        assert_eq!(read(pair[0]), read(pair[1].trim()), "{}", pair[0]);
    }
}
