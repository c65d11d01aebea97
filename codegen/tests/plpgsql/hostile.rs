//! Input that is meant to hurt: deep, long, cut off. Each is answered with a place, on a small stack, and a doubling of
//! the input doubles the work and does not square it.

use pgmutate_codegen::plpgsql::{self, ast::Body};
use pgmutate_codegen::source::SourceMap;
use pgmutate_codegen::sql::lexer::PositionMap;

fn parse(text: &str) -> Body {
    let mut sources = SourceMap::new();
    let file = sources.add("hostile.sql", text).unwrap();
    plpgsql::parse(text, &PositionMap::shifted(file, 0))
}

/// The first reason why something is unknown, and the text from its place on.
fn unknown(text: &str) -> (String, &str) {
    let body = parse(text);
    let unknown = body.tally.unknown.first().expect("something is unknown");
    (unknown.reason.to_string(), &text[unknown.span.start as usize..])
}

#[test]
fn nesting_is_refused_where_it_goes_too_deep() {
    for (open, close) in
        [("(", ")"), ("f(", ")"), ("a[", "]"), ("CASE WHEN ", " THEN 1 END"), ("(SELECT ", ")"), ("ARRAY[", "]")]
    {
        let text = format!("BEGIN x := {}1{}; y := 2; END", open.repeat(10_000), close.repeat(10_000));
        let (reason, place) = unknown(&text);
        assert_eq!(reason, "nested more than 100 deep");
        assert!(place.len() < text.len() - 99 * open.len(), "{place}");
        assert_eq!(parse(&text).tally.unknown.len(), 1, "the next statement is read");
    }
}

#[test]
fn prefixes_without_parentheses_are_refused() {
    for prefix in ["NOT ", "- ", "+", "~ ", "@ ", "INTERVAL ", "VARIADIC "] {
        let text = format!("BEGIN x := {}1; y := 2; END", prefix.repeat(100_000));
        assert_eq!(parse(&text).tally.unknown.len(), 1, "{prefix}");
    }
}

#[test]
fn chains_are_refused_before_they_make_a_tree() {
    for link in [
        " + 1",
        " || 'a'",
        " AND b",
        "::int",
        "[1]",
        " IS NULL",
        " COLLATE c",
        " AT TIME ZONE 'UTC'",
        "-1",
        " UNION SELECT 1",
        " ISNULL",
        " IN (1)",
    ] {
        let text = format!("BEGIN x := a{}; y := 2; END", link.repeat(100_000));
        assert_eq!(parse(&text).tally.unknown.len(), 1, "{link}");
        let short = format!("BEGIN PERFORM a{}; END", link.repeat(100));
        if link != " COLLATE c" && link != " UNION SELECT 1" {
            assert!(parse(&short).tally.unknown.is_empty(), "{link} {:?}", parse(&short).tally.unknown);
        }
    }
    let joins = format!("BEGIN PERFORM 1 FROM t{}; END", " JOIN t".repeat(100_000));
    assert_eq!(parse(&joins).tally.unknown.len(), 1);
}

/// As high as the guard lets a tree be, it is made, compared and dropped on the stack that tests run on.
#[test]
fn the_highest_tree_is_safe_on_a_small_stack() {
    let deep = [
        ("(", ")"),
        ("f(", ")"),
        ("(SELECT * FROM (SELECT ", ") x)"),
        ("CASE WHEN ", " THEN 1 END"),
        ("EXISTS (SELECT 1 WHERE ", ")"),
    ];
    for (open, close) in deep {
        for levels in [20, 45, 90] {
            let text = format!("BEGIN x := {}1{}; END", open.repeat(levels), close.repeat(levels));
            assert_eq!(parse(&text), parse(&text), "{open}");
        }
    }
    let chain = format!("BEGIN x := a{}; END", " || b".repeat(395));
    let body = parse(&chain);
    assert!(body.tally.unknown.is_empty(), "{:?}", body.tally.unknown);
}

#[test]
fn blocks_and_loops_are_refused_where_they_go_too_deep() {
    for (open, close) in
        [("BEGIN ", "END; "), ("IF a THEN ", "END IF; "), ("LOOP ", "END LOOP; "), ("CASE WHEN a THEN ", "END CASE; ")]
    {
        let text = format!("BEGIN {}NULL; {} END", open.repeat(10_000), close.repeat(10_000));
        assert_eq!(unknown(&text).0, "nested more than 100 deep", "{open}");
    }
}

#[test]
fn what_is_cut_off_is_unknown_with_its_place() {
    for (text, reason, place) in [
        ("BEGIN x := 'abc; END", "a string is not closed", "'abc; END"),
        ("BEGIN x := \"abc; END", "a quoted identifier is not closed", "\"abc; END"),
        ("BEGIN x := 1; /* y := 2; END", "a comment is not closed", "/* y := 2; END"),
        ("BEGIN PERFORM $a$ x $b$; END", "a dollar quote is not closed", "$a$ x $b$; END"),
        ("BEGIN x := 1; y\0 := 2; END", "a NUL byte stands in the text", "\0 := 2; END"),
        ("BEGIN IF a THEN b := 1;", "`END` is missing at the end of the body", ""),
        ("BEGIN x := (1; y := 2; END", "", "(1"),
        ("DECLARE x", "a type is missing at the end of the body", ""),
        ("", "`BEGIN` is missing at the end of the body", ""),
        ("BEGIN END x", "the label `x` is not the one at the beginning", "x"),
        ("BEGIN NULL; END; NULL;", "`NULL` instead of the end of the body", "NULL;"),
    ] {
        let (found, at) = unknown(text);
        assert!(found.contains(reason), "{text}: {found}");
        assert!(at.starts_with(place) || reason.is_empty(), "{text}: {at:?}");
    }
}

#[test]
fn a_statement_that_is_not_read_leaves_the_others() {
    let body = parse("BEGIN a := 1; b := := 2; IF c THEN d = = 3; e := 4; END IF; RAISE NOTICE; f := 5; END");
    let block = body.block.expect("a block");
    assert_eq!(block.statements.len(), 5);
    assert_eq!(body.tally.statements, 7);
    assert_eq!(body.tally.unknown.len(), 3, "{:?}", body.tally.unknown);
}

/// Work that grew with the square would not end. Each unknown lies in the text.
fn assert_read(text: &str) {
    let body = parse(text);
    assert!(body.tally.unknown.iter().all(|unknown| unknown.span.end as usize <= text.len()));
}

#[test]
fn much_of_anything_takes_linear_work() {
    const SIZE: usize = 1 << 18;
    let pieces = [
        "x ",
        "'a' ",
        "( ",
        ") ",
        "; ",
        "a := 1; ",
        "+",
        "IF ",
        "BEGIN ",
        "END; ",
        "DECLARE ",
        "x int; ",
        "$a",
        "INTO ",
        "/*",
        "CASE ",
        "FOR x IN ",
        "ON CONFLICT (",
        "SET a[",
        ",",
        "[",
    ];
    for piece in pieces {
        let filler = piece.repeat(SIZE / piece.len());
        assert_read(&format!("BEGIN {filler}; END"));
        assert_read(&format!("DECLARE {filler} BEGIN END"));
        assert_read(&format!("BEGIN x := {filler}; END"));
        assert_read(&format!("BEGIN INSERT INTO t VALUES (1) {filler}; END"));
    }
}

#[test]
fn ten_megabytes_of_one_statement_are_refused() {
    let text = format!("BEGIN x := f({}); y := 1; END", "a, ".repeat(7 << 19));
    assert_eq!(unknown(&text).0, "more than 200000 tokens in one statement");
    assert_eq!(parse(&text).tally.statements, 2);
}
