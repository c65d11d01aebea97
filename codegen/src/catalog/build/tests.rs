//! What is wrong with sources, and sources that are meant to break the reader.

use crate::catalog::{self, Catalog, RelationKind};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::SourceMap;
use crate::sql::input::{Source, SourceKind};

fn read(files: &[(&str, &str)], kind: SourceKind) -> (Catalog, Vec<Diagnostic>, SourceMap) {
    let mut map = SourceMap::new();
    let ids: Vec<_> = files.iter().map(|(name, text)| map.add(*name, *text).unwrap()).collect();
    let sources: Vec<_> = ids.into_iter().map(|id| Source::whole(&map, id, kind)).collect();
    let (catalog, mistakes) = catalog::read(&map, &sources);
    (catalog, mistakes, map)
}

fn schema(text: &str) -> (Catalog, Vec<Diagnostic>, SourceMap) {
    read(&[("a.sql", text)], SourceKind::Schema)
}

fn messages(mistakes: &[Diagnostic], map: &SourceMap) -> Vec<String> {
    let place = |m: &Diagnostic| m.primary.as_ref().map(|label| map.location(label.span)).unwrap_or_default();
    mistakes.iter().map(|mistake| format!("{}: {}", place(mistake), mistake.message)).collect()
}

#[test]
fn the_same_object_in_two_files_is_a_mistake() {
    let first = "CREATE TABLE t (a int);\nCREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';";
    let second = "\nCREATE FUNCTION f(integer) RETURNS int LANGUAGE sql AS 'SELECT 2';\nCREATE TABLE t (b int);\nCREATE FUNCTION f(a text) RETURNS int LANGUAGE sql AS 'SELECT 3';";
    let (catalog, mistakes, map) = read(&[("b.sql", second), ("a.sql", first)], SourceKind::Schema);
    assert_eq!(
        messages(&mistakes, &map),
        ["b.sql:2: function `public.f(integer)` is defined twice", "b.sql:3: table `public.t` is defined twice"]
    );
    assert!(mistakes.iter().all(|mistake| mistake.code == Code::DUPLICATE_DEFINITION));
    let table = catalog.relation(catalog.find_relation("public", "t").unwrap());
    assert_eq!(table.columns[0].name, "a");
    let (_, none, _) = read(&[("a.sql", first), ("b.sql", second)], SourceKind::Migration);
    assert!(none.is_empty());
}

#[test]
fn what_another_file_defines_is_found_whatever_the_order() {
    let view = "CREATE VIEW lib.list AS SELECT b.*, lib.shelf(b.id) AS shelf FROM lib.book b;\nCREATE FUNCTION lib.all() RETURNS SETOF lib.list LANGUAGE sql AS 'SELECT * FROM lib.list';\nCOMMENT ON COLUMN lib.list.shelf IS 'where';";
    let table = "CREATE TABLE lib.book (LIKE lib.thing INCLUDING ALL, kind lib.kind);\nCREATE FUNCTION lib.shelf(id lib.thing.id%TYPE) RETURNS text LANGUAGE sql AS 'SELECT 1';";
    let base = "CREATE SCHEMA lib;\nCREATE TABLE lib.thing (id uuid PRIMARY KEY);\nCREATE TYPE lib.kind AS ENUM ('a');";
    for files in [[("a", view), ("b", table), ("c", base)], [("a", base), ("b", table), ("c", view)]] {
        let (catalog, mistakes, _) = read(&files, SourceKind::Schema);
        assert!(mistakes.is_empty());
        assert_eq!(catalog.unknown(), []);
        let list = catalog.relation(catalog.find_relation("lib", "list").unwrap());
        let columns: Vec<_> =
            list.columns.iter().map(|column| format!("{} {}", column.name, catalog.display(&column.ty.ty))).collect();
        assert_eq!(columns, ["id uuid", "kind lib.kind", "shelf text"]);
        assert_eq!(list.columns[2].comment.as_deref(), Some("where"));
        assert_eq!(catalog.overloads("lib", "all").len(), 1);
    }
}

#[test]
fn what_needs_itself_is_told_and_does_not_hang() {
    let (catalog, _, map) = schema(
        "CREATE DOMAIN a AS b; CREATE DOMAIN b AS a; CREATE VIEW v AS SELECT * FROM w; CREATE VIEW w AS SELECT * FROM v; CREATE TABLE p () INHERITS (q); CREATE TABLE q () INHERITS (p);",
    );
    assert_eq!(catalog.relations().filter(|(_, relation)| relation.kind == RelationKind::View).count(), 2);
    assert!(!catalog.unknown().is_empty(), "{}", map.files().count());
}

#[test]
fn what_is_not_closed_is_told_where_it_opens() {
    for (text, expected) in [
        ("SELECT 1;\nSELECT 'abc;\nCREATE TABLE t ();", "a.sql:2: a string is not closed"),
        ("SELECT \"abc;\n", "a.sql:1: a quoted identifier is not closed"),
        ("\n\n/* /* */ CREATE TABLE t ();", "a.sql:3: a comment is not closed"),
        ("DO $body$ BEGIN END $bod$;", "a.sql:1: a dollar quote is not closed"),
        (
            "CREATE TABLE t (\n  a int;\nCREATE TABLE u (b int);",
            "a.sql:1: a parenthesis is not closed before its statement ends",
        ),
    ] {
        let (_, mistakes, map) = schema(text);
        assert_eq!(messages(&mistakes, &map), [expected]);
        assert_eq!(mistakes[0].code, Code::UNTERMINATED);
    }
    let (catalog, ..) = schema("CREATE TABLE t (\n  a int;\nCREATE TABLE u (b int);");
    assert!(catalog.find_relation("public", "u").is_some());
}

#[test]
fn deep_and_long_input_is_refused_with_a_bounded_stack() {
    let deep = format!("CREATE VIEW deep AS SELECT {}1{};", "(".repeat(10_000), ")".repeat(10_000));
    let chain = format!("CREATE VIEW chain AS SELECT {}1;", "1 + ".repeat(100_000));
    let default = format!("CREATE TABLE t (a int DEFAULT {}1{}, b int);", "(".repeat(10_000), ")".repeat(10_000));
    let big = format!("INSERT INTO t VALUES {}(1);", "(1, 'some text that is inserted'), ".repeat(100_000));
    let blocks = format!("DO $$ {} NULL; {} $$;", "BEGIN ".repeat(10_000), "END; ".repeat(10_000));
    let (catalog, mistakes, _) = schema(&format!("{deep}{chain}{default}{big}{blocks}CREATE TABLE last (id int);"));
    assert!(mistakes.is_empty());
    assert_eq!(catalog.unknown().len(), 2);
    assert!(catalog.relation(catalog.find_relation("public", "t").unwrap()).column("b").is_some());
    assert!(catalog.find_relation("public", "last").is_some());
    assert!(!catalog.relation(catalog.find_relation("public", "deep").unwrap()).columns_known);
}

#[test]
fn stubs_declare_what_others_bring() {
    let mut map = SourceMap::new();
    let stub = map.add("stub.sql", "CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql;").unwrap();
    let own = map.add("own.sql", "CREATE VIEW me AS SELECT auth.uid() AS id, auth.jwt() AS jwt;").unwrap();
    let sources = [Source::whole(&map, own, SourceKind::Schema), Source::whole(&map, stub, SourceKind::External)];
    let (catalog, _) = catalog::read(&map, &sources);
    let view = catalog.relation(catalog.find_relation("public", "me").unwrap());
    assert_eq!(catalog.display(&view.columns[0].ty.ty).to_string(), "uuid");
    assert!(view.columns[1].ty.ty.is_unknown());
}
