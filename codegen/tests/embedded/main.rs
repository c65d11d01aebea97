//! How statements of SQL are read: PostgreSQL's syntax where sqlparser alone reads another or none.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop at once")]

mod precedence;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use pgmutate_codegen::source::SourceMap;
use pgmutate_codegen::sql::cursor::significant;
use pgmutate_codegen::sql::embedded::{Command, CommandTree, Expression, ExpressionTree, command};
use pgmutate_codegen::sql::lexer::{Mode, PositionMap};

fn read(line: &str) -> Command {
    let mut sources = SourceMap::new();
    let file = sources.add("statements.sql", line).unwrap();
    command(line, &significant(line, Mode::Server), &PositionMap::shifted(file, 0), None)
}

fn dump(command: &Command) -> String {
    let mut dumped = match &command.tree {
        CommandTree::Statement(statement) => format!("{statement}\n"),
        CommandTree::Utility(words) => format!("utility {words}\n"),
        CommandTree::Unknown(unknown) => format!("UNKNOWN {}: {}\n", unknown.span.start, unknown.reason),
    };
    for Expression { tree, .. } in &command.aside {
        match tree {
            ExpressionTree::Expr(expr) => writeln!(dumped, "  aside {expr}").unwrap(),
            tree => writeln!(dumped, "  aside {tree:?}").unwrap(),
        }
    }
    dumped.replace('\0', "\\0")
}

/// Set `UPDATE_EXPECTED=1` to write what is found over what is expected, and review the difference.
#[test]
fn statements_are_read_as_postgresql_reads_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/embedded");
    let statements = fs::read_to_string(folder.join("statements.sql")).unwrap();
    let found: String = statements.lines().map(|line| format!("{line}\n  {}", dump(&read(line)))).collect();
    let path = folder.join("statements.trees");
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        fs::write(&path, &found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    for (number, (expected, found)) in expected.lines().zip(found.lines()).enumerate() {
        assert_eq!(expected, found, "statements.trees:{}", number + 1);
    }
    assert_eq!(expected.lines().count(), found.lines().count());
}

/// A keyword that PostgreSQL reserves never comes as a plain name: it would be looked up as a column or a function.
#[test]
fn reserved_words_are_no_names() {
    const RESERVED: &[&str] = &[
        "all",
        "and",
        "any",
        "asymmetric",
        "both",
        "case",
        "cast",
        "check",
        "collate",
        "column",
        "concurrently",
        "cross",
        "desc",
        "distinct",
        "else",
        "end",
        "except",
        "false",
        "fetch",
        "for",
        "from",
        "full",
        "grant",
        "group",
        "having",
        "ilike",
        "in",
        "inner",
        "intersect",
        "into",
        "is",
        "isnull",
        "join",
        "lateral",
        "leading",
        "like",
        "limit",
        "natural",
        "not",
        "notnull",
        "null",
        "offset",
        "on",
        "only",
        "or",
        "order",
        "outer",
        "overlaps",
        "returning",
        "select",
        "similar",
        "some",
        "symmetric",
        "table",
        "tablesample",
        "then",
        "trailing",
        "true",
        "union",
        "using",
        "when",
        "where",
        "window",
        "with",
    ];
    let statements = include_str!("statements.sql");
    for line in statements.lines().filter(|line| !line.to_lowercase().contains(" as select") && !line.contains("t.end"))
    {
        if let CommandTree::Statement(statement) = read(line).tree {
            let tree = format!("{statement:?}");
            for word in RESERVED {
                let name = format!("Ident {{ value: \"{word}\", quote_style: None");
                assert!(!tree.contains(&name), "`{word}` is a name in {line}\n{tree}");
            }
        }
    }
}

/// Every name of a tree leads back to where it is written.
#[test]
fn places_of_names_are_those_of_the_text() {
    let mut checked = 0;
    for line in include_str!("statements.sql").lines() {
        let CommandTree::Statement(statement) = read(line).tree else { continue };
        for found in format!("{statement:?}").split("Ident { value: \"").skip(1) {
            let Some((value, rest)) = found.split_once("\", quote_style: None, span: Span(Location(1,") else {
                continue;
            };
            if value.contains('"') {
                continue;
            }
            let (start, rest) = rest.split_once(')').unwrap();
            let (_, rest) = rest.split_once("Location(1,").unwrap();
            let (end, _) = rest.split_once(')').unwrap();
            let (start, end): (usize, usize) = (start.parse().unwrap(), end.parse().unwrap());
            let written = line[start - 1..end - 1].to_lowercase();
            // A prefix of two words is named by the first.
            assert!(
                written == value || value.starts_with(&format!("{written} ")),
                "`{value}` at `{written}` in {line}"
            );
            checked += 1;
        }
    }
    assert!(checked > 500, "{checked}");
}
