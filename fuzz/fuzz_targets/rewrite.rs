//! Any text as an expression and as a statement inside of a body: what the rewriting hands to sqlparser is read or refused, and what is
//! told, kept aside and named has a place in the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pgmutate_codegen::source::{SourceMap, Span};
use pgmutate_codegen::sql::cursor::significant;
use pgmutate_codegen::sql::embedded::{self, CommandTree, Expression, ExpressionTree, Select};
use pgmutate_codegen::sql::lexer::{Mode, PositionMap};
use sqlparser::ast::Spanned;

fuzz_target!(|text: &str| {
    let Ok(file) = SourceMap::new().add("fuzz.sql", text) else { return };
    let (tokens, map) = (significant(text, Mode::Server), PositionMap::shifted(file, 0));
    assert_expression(text, &embedded::expression(text, &tokens, &map));
    for select in [None, Some(Select(Span::new(file, 0, 0)))] {
        let command = embedded::command(text, &tokens, &map, select);
        match &command.tree {
            CommandTree::Statement(statement) => {
                if let Some(place) = embedded::place(file, statement.span()) {
                    assert!(text.get(place.range()).is_some(), "{place:?}");
                }
                // The stack that it is dropped on is small.
                assert_eq!(statement, &statement.clone());
            }
            CommandTree::Utility(words) => assert!(!words.is_empty()),
            CommandTree::Unknown(unknown) => assert!(text.get(unknown.span.range()).is_some(), "{unknown:?}"),
        }
        command.aside.iter().for_each(|expression| assert_expression(text, expression));
    }
});

fn assert_expression(text: &str, expression: &Expression) {
    assert!(text.get(expression.span.range()).is_some(), "{:?}", expression.span);
    match &expression.tree {
        ExpressionTree::Expr(tree) => {
            if let Some(place) = embedded::place(expression.span.file, tree.span()) {
                assert!(text.get(place.range()).is_some(), "{place:?}");
            }
        }
        ExpressionTree::Query(_) => {}
        ExpressionTree::Unknown(unknown) => assert!(text.get(unknown.span.range()).is_some(), "{unknown:?}"),
    }
}
