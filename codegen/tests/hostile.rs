//! SQL that is meant to hurt, as a whole run meets it: each is answered, with a place where something is wrong, and with work and stack
//! that do not grow beyond the input. The lexer, the splitter and the parsers of bodies have tests of their own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop at once")]

use std::fmt::Write as _;

use pgmutate_codegen::body::Bodies;
use pgmutate_codegen::catalog::{self, Catalog};
use pgmutate_codegen::diagnostic::Diagnostic;
use pgmutate_codegen::resolve::{self, Checked, Majors};
use pgmutate_codegen::source::SourceMap;
use pgmutate_codegen::sql::input::{Source, SourceKind};

struct Run {
    catalog: Catalog,
    mistakes: Vec<Diagnostic>,
    checked: Checked,
}

/// Reads and resolves a text, on a stack that deep recursion would overflow.
fn run(text: &str) -> Run {
    let work = || {
        let mut sources = SourceMap::new();
        let file = sources.add("hostile.sql", text).unwrap();
        let (catalog, mistakes) = catalog::read(&sources, &[Source::whole(&sources, file, SourceKind::Schema)]);
        let checked = resolve::check(&Bodies::new(&catalog, &sources), Majors::ALL);
        Run { catalog, mistakes, checked }
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(256 << 10).spawn_scoped(scope, work).unwrap();
        thread.join().unwrap()
    })
}

impl Run {
    /// Every place that is told, as `reason` of what is not understood, or message of what is wrong; each lies in the text.
    fn told(&self, text: &str) -> Vec<String> {
        let mut told = Vec::new();
        let statements = self.catalog.unknown().iter().map(|unknown| (unknown.span, unknown.reason.clone()));
        let parts = self.checked.tally.unknown.iter().chain(&self.checked.standing.unknown);
        for (span, reason) in statements.chain(parts.map(|unknown| (unknown.span, unknown.reason.to_string()))) {
            assert!(text.get(span.range()).is_some(), "{reason}");
            told.push(reason);
        }
        for mistake in self.mistakes.iter().chain(&self.checked.diagnostics) {
            let label = mistake.primary.as_ref().expect("a mistake has a place");
            assert!(text.get(label.span.range()).is_some(), "{}", mistake.message);
            told.push(mistake.message.clone());
        }
        told
    }
}

/// The statement behind what hurts is read all the same.
fn after(text: &str) -> Run {
    let text = format!("{text}\n;CREATE TABLE after_all (id integer PRIMARY KEY);");
    let run = run(&text);
    assert!(run.catalog.find_relation("public", "after_all").is_some());
    run.told(&text);
    run
}

#[test]
fn ten_megabytes_of_one_statement() {
    let view = after(&format!("CREATE VIEW v AS SELECT {}a FROM t", "a,".repeat(5 << 20)));
    assert_eq!(view.catalog.unknown()[0].reason, "more than 200000 tokens in one statement");
    let values = "(1, 'x'), ".repeat(1 << 20);
    assert!(after(&format!("INSERT INTO t VALUES {values}(2, 'y')")).catalog.unknown().is_empty());
    let columns: String = (0..100_000).fold(String::new(), |mut columns, i| {
        write!(columns, "c{i} integer, ").unwrap();
        columns
    });
    after(&format!("CREATE TABLE wide ({columns} last integer)"));
    after(&format!("CREATE FUNCTION wide({columns} last integer) RETURNS void LANGUAGE sql AS 'SELECT 1'"));
    after(&format!("COMMENT ON TABLE t IS '{}'", "x".repeat(10 << 20)));
}

#[test]
fn ten_thousand_parentheses() {
    let (open, close) = ("(".repeat(10_000), ")".repeat(10_000));
    for text in [
        format!("CREATE VIEW v AS SELECT {open}1{close} AS x"),
        format!("CREATE VIEW v AS {open}SELECT 1{close}"),
        format!("CREATE TABLE t (a integer DEFAULT {open}1{close})"),
        format!("CREATE TABLE t (a integer CHECK {open}a > 1{close})"),
        format!("CREATE TABLE t (a numeric{open}1{close})"),
        format!("CREATE FUNCTION f(a integer DEFAULT {open}1{close}) RETURNS integer LANGUAGE sql AS 'SELECT 1'"),
        format!("CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS $$ SELECT {open}1{close} $$"),
        format!("CREATE FUNCTION f() RETURNS integer RETURN {open}1{close}"),
        format!("CREATE INDEX ON t ({open}1{close})"),
        format!("CREATE POLICY p ON t USING {open}true{close}"),
        format!("CREATE DOMAIN d AS integer CHECK {open}VALUE > 1{close}"),
        open.clone(),
        close.clone(),
        format!("SELECT {}", "[".repeat(10_000)),
        format!("CREATE FUNCTION f() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN {} $$", "BEGIN ".repeat(10_000)),
    ] {
        let run = run(&text);
        run.told(&text);
    }
}

#[test]
fn a_chain_of_a_hundred_thousand_operators() {
    for link in [" + 1", " || 'a'", " AND true", "::integer", " UNION SELECT 1", " IS NULL", ".a", "[1]"] {
        let chain = link.repeat(100_000);
        for text in [
            format!("CREATE VIEW v AS SELECT 1{chain} AS x"),
            format!("CREATE TABLE t (a integer DEFAULT 1{chain})"),
            format!("CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS $$ SELECT 1{chain} $$"),
        ] {
            after(&text);
        }
    }
}

#[test]
fn what_is_not_closed_is_told_where_it_begins() {
    for open in ["'", "\"", "/*", "$$", "$tag$ $$", "E'\\'", "U&'", "U&\"", "B'", "n'"] {
        let text = format!("CREATE TABLE before (id integer);\nSELECT {open} and so on;\nCREATE TABLE lost ();\n");
        let run = run(&text);
        assert_eq!(run.mistakes.len(), 1, "{open}");
        let place = run.mistakes[0].primary.as_ref().unwrap().span.range().start;
        assert_eq!(place, text.find(open).unwrap(), "{open}: {}", run.mistakes[0].message);
        assert!(run.catalog.find_relation("public", "before").is_some());
        assert!(run.catalog.find_relation("public", "lost").is_none());
    }
}

#[test]
fn bytes_that_are_no_text_of_sql() {
    let binary: String = (0..100_000u32).map(|i| char::from((i.wrapping_mul(2_654_435_761) >> 24) as u8)).collect();
    run(&binary).told(&binary);
    let text = "CREATE TABLE a\0b (id integer); \u{1}\u{2} \u{feff} SELECT \u{202e}1; CREATE TABLE c (id integer);";
    run(text).told(text);
}

/// Views that show each other twice: 2^30 columns, where the server stops at 1,664.
#[test]
fn columns_that_double() {
    let mut text = "CREATE TABLE t (a integer, b integer);\nCREATE VIEW v0 AS SELECT * FROM t;\n".to_owned();
    for i in 1..30 {
        writeln!(text, "CREATE VIEW v{i} AS SELECT x.*, y.* FROM v{} AS x, v{} AS y;", i - 1, i - 1).unwrap();
    }
    let run = run(&text);
    run.told(&text);
    let last = run.catalog.relation(run.catalog.find_relation("public", "v29").unwrap());
    assert!(last.columns.len() <= 1664 && !last.columns_known);

    let ctes: Vec<String> =
        (1..30).map(|i| format!("c{i} AS (SELECT x.*, y.* FROM c{} AS x, c{} AS y)", i - 1, i - 1)).collect();
    let query = format!("WITH c0 AS (SELECT 1 AS a), {} SELECT * FROM c29", ctes.join(", "));
    let rows: Vec<String> = (1..30).map(|i| format!("c{i} AS (SELECT x AS a, x AS b FROM c{} AS x)", i - 1)).collect();
    let nested = format!("WITH c0 AS (SELECT 1 AS a), {} SELECT * FROM c29", rows.join(", "));
    for query in [query, nested] {
        let text = format!(
            "CREATE VIEW v AS {query};\nCREATE FUNCTION f() RETURNS integer LANGUAGE plpgsql AS $$ DECLARE r record; BEGIN FOR r IN {query} LOOP RETURN r.a; END LOOP; SELECT * INTO r FROM ({query}) AS q; END $$;"
        );
        crate::run(&text).told(&text);
    }
}

/// Domains, types, views and tables in rings: schema files have no order that would forbid them.
#[test]
fn rings() {
    let text = "CREATE DOMAIN a AS b; CREATE DOMAIN b AS a; CREATE TYPE c AS (d e); CREATE TYPE e AS (f c);
        CREATE VIEW g AS SELECT * FROM h; CREATE VIEW h AS SELECT * FROM g; CREATE TABLE i (LIKE j); CREATE TABLE j (LIKE i);
        CREATE TABLE k () INHERITS (l); CREATE TABLE l () INHERITS (k); CREATE DOMAIN m AS m[];
        CREATE FUNCTION n() RETURNS n LANGUAGE sql AS 'SELECT n()';";
    run(text).told(text);
}

#[test]
fn ten_thousand_of_anything() {
    for piece in [
        "CREATE TABLE t (a integer);",
        "CREATE VIEW v AS SELECT 1 AS a;",
        "CREATE OR REPLACE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1';",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN x.y; END';",
        "DROP TABLE IF EXISTS t;",
        "CREATE TRIGGER x BEFORE INSERT ON t EXECUTE FUNCTION f();",
        "CREATE SCHEMA s CREATE TABLE t (a integer) CREATE VIEW v AS SELECT a FROM t;",
        "CREATE OPERATOR + (RIGHTARG = integer, FUNCTION = f);",
        "DO $$ BEGIN EXECUTE 'CREATE TABLE x (a integer)'; END $$;",
        "CREATE UNIQUE INDEX ON t (a) NULLS NOT UNIQUE;",
        "CREATE",
        "$1",
        "\\i x\n",
        "GRANT",
    ] {
        let text = piece.repeat(10_000);
        run(&text).told(&text);
    }
}
