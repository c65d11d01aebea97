//! Random text: the lexer loses no byte, and the parser answers whatever it is given.

use pgmutate_codegen::plpgsql;
use pgmutate_codegen::source::SourceMap;
use pgmutate_codegen::sql::lexer::{Embedded, Lexer, Mode, PositionMap};
use proptest::prelude::*;

/// Pieces of which tokens, and statements, are made.
const PIECES: &[&str] = &[
    "'",
    "''",
    "\"",
    "$$",
    "$a$",
    "$1",
    "E'",
    "U&'",
    "U&\"",
    "\\",
    "\\'",
    "--",
    "/*",
    "*/",
    "\n",
    " ",
    "\t",
    "\r\n",
    "(",
    ")",
    "[",
    "]",
    ",",
    ";",
    ":",
    "::",
    ":=",
    "=>",
    "..",
    ".",
    "+",
    "-",
    "*",
    "/",
    "<",
    ">",
    "=",
    "!",
    "@",
    "#",
    "%",
    "|",
    "?",
    "0",
    "1",
    "0x",
    "_",
    "e",
    "é",
    "\u{feff}",
    "\0",
    "a",
    "b.c",
    "BEGIN",
    "END",
    "DECLARE",
    "IF",
    "THEN",
    "ELSIF",
    "ELSE",
    "CASE",
    "WHEN",
    "LOOP",
    "WHILE",
    "FOR",
    "FOREACH",
    "IN",
    "ARRAY",
    "REVERSE",
    "BY",
    "EXIT",
    "CONTINUE",
    "RETURN",
    "NEXT",
    "QUERY",
    "EXECUTE",
    "USING",
    "INTO",
    "STRICT",
    "RAISE",
    "NOTICE",
    "EXCEPTION",
    "OTHERS",
    "SQLSTATE",
    "GET",
    "DIAGNOSTICS",
    "OPEN",
    "FETCH",
    "MOVE",
    "CLOSE",
    "CURSOR",
    "PERFORM",
    "SELECT",
    "FROM",
    "WHERE",
    "INSERT",
    "UPDATE",
    "SET",
    "DELETE",
    "VALUES",
    "ON CONFLICT",
    "DO",
    "RETURNING",
    "WITH",
    "AS",
    "NULL",
    "NOT",
    "AND",
    "OR",
    "IS",
    "ISNULL",
    "ANY",
    "ALL",
    "LIKE",
    "BETWEEN",
    "COLLATE",
    "OPERATOR",
    "VARIADIC",
    "CURRENT OF",
    "ROW",
    "int",
    "text[]",
    "%TYPE",
    "record",
    "TABLE",
    "ONLY",
    "UNION",
    "ORDER BY",
    "GROUP BY",
    "LIMIT",
    "JOIN",
    "LATERAL",
    "INTERVAL",
    "EXTRACT",
    "CAST",
    "MERGE",
    "CREATE",
    "COMMIT",
    "<<",
    ">>",
    "CALL",
    "ASSERT",
    "CONSTANT",
    "DEFAULT",
    "ALIAS",
    "UESCAPE",
    "FOR NO KEY UPDATE",
    "TRIM",
    "EXISTS",
];

fn text_of(pieces: &[prop::sample::Index], spaced: bool) -> String {
    let pieces: Vec<_> = pieces.iter().map(|index| *index.get(PIECES)).collect();
    pieces.join(if spaced { " " } else { "" })
}

fn assert_tiles(text: &str) {
    for mode in [Mode::Script, Mode::Server] {
        let mut at = 0;
        for token in Lexer::new(text, mode) {
            assert_eq!(token.start as usize, at);
            assert!(token.end > token.start);
            assert!(text.is_char_boundary(token.end as usize));
            at = token.end as usize;
        }
        assert_eq!(at, text.len());
    }
}

fn assert_answers(text: &str) {
    let mut sources = SourceMap::new();
    let file = sources.add("random.sql", text).unwrap();
    let body = plpgsql::parse(text, &PositionMap::shifted(file, 0));
    for unknown in &body.tally.unknown {
        assert!(unknown.span.start <= unknown.span.end && unknown.span.end as usize <= text.len());
        assert!(text.get(unknown.span.range()).is_some(), "{unknown:?} cuts a character");
    }
    for token in Lexer::new(text, Mode::Script) {
        if let Some(Ok(body)) = Embedded::new(token, text, file) {
            let range = body.map.span(0..body.text.len()).range();
            assert!(token.range().start < range.start && range.end < token.range().end);
        }
    }
}

proptest! {
    #[test]
    fn tokens_tile_any_text(text in any::<String>()) {
        assert_tiles(&text);
    }

    #[test]
    fn tokens_tile_pieces_of_sql(pieces in prop::collection::vec(any::<prop::sample::Index>(), 0..60), spaced: bool) {
        assert_tiles(&text_of(&pieces, spaced));
    }

    #[test]
    fn every_text_is_answered(text in any::<String>()) {
        assert_answers(&text);
    }

    #[test]
    fn pieces_of_sql_are_answered(pieces in prop::collection::vec(any::<prop::sample::Index>(), 0..60)) {
        assert_answers(&text_of(&pieces, true));
        assert_answers(&format!("BEGIN {}; END", text_of(&pieces, true)));
        assert_answers(&format!("BEGIN PERFORM {}; SELECT {}; END", text_of(&pieces, true), text_of(&pieces, false)));
    }
}
