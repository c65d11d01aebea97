//! How the work of reading SQL that is meant to hurt grows with its length. `benches/catalog/work.sh` runs it under callgrind, which
//! counts the instructions of [`measured`].

use pgmutate_codegen::body::Bodies;
use pgmutate_codegen::catalog;
use pgmutate_codegen::resolve::{self, Majors};
use pgmutate_codegen::source::SourceMap;
use pgmutate_codegen::sql::embedded;
use pgmutate_codegen::sql::input::{Source, SourceKind};

/// Bytes of the shortest text; the others are twice and four times as long.
const SIZE: usize = 8 << 10;

/// Reads and resolves a text as a schema file.
#[inline(never)]
fn measured(text: &str) -> usize {
    let mut sources = SourceMap::new();
    let Ok(file) = sources.add("work.sql", text) else { return 0 };
    let (catalog, mistakes) = catalog::read(&sources, &[Source::whole(&sources, file, SourceKind::Schema)]);
    let checked = resolve::check(&Bodies::new(&catalog, &sources), Majors::ALL);
    mistakes.len() + checked.diagnostics.len() + catalog.unknown().len()
}

/// What is repeated, alone, and where it stands: `~` is the place.
const FORMS: &[(&str, &[&str])] = &[
    // Anything at all.
    (
        "~",
        &[
            "x ",
            "'a' ",
            "( ",
            ") ",
            "; ",
            "$a",
            "$$",
            "/*",
            "*/",
            "--\n",
            "\"",
            "'",
            "E'\\'",
            "U&'\\00",
            "\\i x\n",
            "\\",
            "CREATE ",
            "SELECT 1;",
            "COPY t FROM stdin;\n",
            "\u{feff}",
            "\r\n",
            "BEGIN ",
            "END; ",
            "BEGIN ATOMIC ",
            "CASE ",
            "\0",
            "a.",
            "[",
            "::",
            "/*/*",
            "$a$ $b$",
            "DO $$ BEGIN END $$;",
            "DROP TABLE t;",
            "DROP INDEX t;",
            "COMMENT ON TABLE t IS 'x';",
            "CREATE TABLE t (a int);",
            "CREATE VIEW v AS SELECT 1 AS a;",
            "CREATE TYPE e AS ENUM ('a');",
            "GRANT SELECT ON t TO x;",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';",
            "ALTER TABLE t ADD COLUMN IF NOT EXISTS a int;",
            "CREATE INDEX ON t (a);",
            "CREATE POLICY p ON t USING (true);",
            "CREATE SCHEMA s CREATE TABLE t (a int);",
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN x.y; END';",
            "ALTER TYPE e ADD VALUE 'b';",
        ],
    ),
    // A query.
    (
        "CREATE TABLE t (a int, b text);\nCREATE VIEW v AS SELECT ~ 1 AS x FROM t",
        &[
            "a, ",
            "(a), ",
            "a + ",
            "f(",
            "a.b.c, ",
            "*, ",
            "t.*, ",
            "CASE WHEN a THEN 1 END, ",
            "'x' ",
            "ARRAY[1], ",
            "a::int, ",
            "coalesce(a, 1), ",
            "(SELECT 1), ",
            "xmlelement(NAME a), ",
            "json_value(a, '$' DEFAULT ",
            "json_value(a, '$'), ",
            "json_object('a' VALUE 1), ",
            "a IS DISTINCT FROM b, ",
            "int '1', ",
            "count(*) OVER (), ",
            "(a).*, ",
            "a[1], ",
        ],
    ),
    (
        "CREATE TABLE t (a int, b text);\nCREATE VIEW v AS SELECT 1 AS x FROM t ~ WHERE a > 1",
        &[
            ", t",
            ", ONLY (t)",
            ", (SELECT 1) AS q",
            " JOIN t AS u USING (a)",
            " NATURAL JOIN t",
            ", t *",
            ", LATERAL f(1)",
            ", unnest(a)",
            ", ROWS FROM (f())",
            ", JSON_TABLE(b, '$' COLUMNS (a int))",
            ", XMLTABLE('/a' PASSING b COLUMNS a int)",
            ", JSON_TABLE(b, '$' COLUMNS (NESTED '$' COLUMNS (",
            ", generate_series(1, 2) WITH ORDINALITY",
        ],
    ),
    (
        "CREATE TABLE t (a int, b text);\nCREATE VIEW v AS WITH q AS (SELECT 1) ~ SELECT 1 AS x FROM t",
        &[", r AS (SELECT 1)", ") SEARCH ", ") CYCLE ", ") SEARCH a SET b ", ", r AS (TABLE t)", "UNION SELECT 1 "],
    ),
    // A list of columns that one statement has.
    (
        "CREATE TABLE t (~ z int)",
        &["a int, ", "a int DEFAULT 1, ", "CHECK (a > 1), ", "LIKE t, ", "UNIQUE (a), ", "a int PRIMARY KEY, "],
    ),
    (
        "CREATE FUNCTION f(~ z int) RETURNS void LANGUAGE sql AS ''",
        &["a int, ", "int, ", "a int DEFAULT 1, ", "OUT a int, "],
    ),
    ("CREATE TABLE t (a int); INSERT INTO t (~ a) VALUES (1)", &["a, ", "a[1], "]),
    // A body.
    (
        "CREATE TABLE t (a int, b text);\nCREATE FUNCTION f(p int) RETURNS int LANGUAGE plpgsql AS $body$ DECLARE n int; r record; BEGIN ~ RETURN 1; END $body$;",
        &[
            "n := 1; ",
            "n := p + nothing; ",
            "SELECT a INTO n FROM t; ",
            "FOR r IN SELECT a FROM t LOOP n := r.a; END LOOP; ",
            "IF n > 1 THEN ",
            "IF n > 1 THEN n := 2; END IF; ",
            "BEGIN ",
            "BEGIN n := 1; END; ",
            "EXECUTE 'x'; ",
            "PERFORM f(1); ",
            "RAISE NOTICE '%', n; ",
            "CREATE TEMP TABLE x (a int); ",
            "INSERT INTO t (a) VALUES (1) ON CONFLICT (a) WHERE a > 1 DO NOTHING; ",
            "UPDATE t SET a = 1, b = DEFAULT WHERE a = n RETURNING a INTO n; ",
            "CASE n WHEN 1 THEN n := 2; END CASE; ",
            "x ",
            "( ",
            "' ",
            "; ",
            "SELECT * INTO r FROM t; n := r.a; ",
            "CALL p(n); ",
            "DELETE FROM t RETURNING WITH (OLD AS o) o.a INTO n; ",
            "<<l>> LOOP EXIT l; END LOOP; ",
        ],
    ),
    (
        "CREATE TABLE t (a int); CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $body$ DECLARE ~ BEGIN RETURN 1; END $body$;",
        &["x int; ", "x t%ROWTYPE; ", "x "],
    ),
    (
        "CREATE TABLE t (a int); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $body$ ~ SELECT 1 $body$;",
        &["SELECT a FROM t; ", "INSERT INTO t VALUES (1), (2); ", "(", "SELECT "],
    ),
    (
        "CREATE TABLE t (a int); CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $body$ BEGIN INSERT INTO t (a) VALUES ~ (1); RETURN 1; END $body$;",
        &["(1), ", "('x'), ", "(DEFAULT), "],
    ),
];

/// Statements that differ by a number.
const NUMBERED: &[&str] = &[
    "CREATE TABLE t# (id serial PRIMARY KEY, a int UNIQUE, b int REFERENCES t0);\n",
    "CREATE TABLE t0 (a int);\nCREATE VIEW v# AS SELECT * FROM t0;\n",
    "CREATE FUNCTION f#(a int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN f0(a); END $$;\n",
    "CREATE TYPE c# AS (a int);\nCREATE DOMAIN d# AS int CHECK (VALUE > #);\n",
    "CREATE TABLE t0 (a int);\nCREATE INDEX i# ON t0 (a);\n",
    "CREATE TABLE t0 (a int);\nCREATE POLICY p# ON t0 USING (a > #);\n",
    "CREATE TABLE t# (a int);\nALTER TABLE t# ADD COLUMN b text, DROP COLUMN a;\n",
    "CREATE TABLE t# (a int);\nDROP TABLE t#;\n",
    "CREATE TABLE t# (a int);\nCREATE UNIQUE INDEX i# ON t# (a);\nDROP INDEX i#;\n",
    "CREATE FUNCTION f#() RETURNS int LANGUAGE sql AS 'SELECT 1';\nDROP FUNCTION f#();\n",
    "CREATE TABLE t# (a int);\nALTER TABLE t# RENAME TO u#;\n",
    "CREATE TABLE t# (a int);\nCOMMENT ON COLUMN t#.a IS 'x';\n",
    "CREATE SCHEMA s#;\nCREATE TABLE s#.t (a int);\n",
    "CREATE TYPE e# AS ENUM ('a');\nCREATE TABLE t# (a e#);\nDROP TABLE t#;\nDROP TYPE e#;\n",
    "CREATE FUNCTION f#() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';\nCREATE TABLE t# (a int);\nCREATE TRIGGER g BEFORE INSERT ON t# EXECUTE FUNCTION f#();\n",
];

/// Without arguments the names of the texts, one in a line; with a text's number and a factor its work.
fn main() -> std::io::Result<()> {
    let repeated = FORMS.iter().flat_map(|(frame, pieces)| pieces.iter().map(move |piece| (*frame, *piece)));
    let numbered = NUMBERED.iter().map(|statement| ("numbered", *statement));
    let texts: Vec<(&str, &str)> = repeated.chain(numbered).collect();
    let mut arguments = std::env::args().skip(1).flat_map(|argument| argument.parse::<usize>());
    let (Some(number), Some(factor)) = (arguments.next(), arguments.next()) else {
        texts.iter().for_each(|(frame, piece)| println!("{piece:?} in {frame:?}"));
        return Ok(());
    };
    let (frame, piece) = texts[number];
    let count = factor * SIZE / piece.len();
    let text = match frame {
        "numbered" => (0..count).map(|n| piece.replace('#', &n.to_string())).collect(),
        frame => frame.replacen('~', &piece.repeat(count), 1),
    };
    // All of it on one stack: what makes a thread of its own is not counted.
    embedded::with_deep_stack(|| {
        std::hint::black_box(measured(&text));
    })
}
