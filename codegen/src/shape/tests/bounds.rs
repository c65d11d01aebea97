//! What has no bound in the SQL has one here.

use super::*;
use crate::catalog::FunctionId;
use crate::sql::input::{Source, SourceKind};

/// The shape of `app.f` of this SQL, rendered.
fn shape_of(sql: &str) -> String {
    let mut sources = SourceMap::new();
    let file = sources.add("f.sql", sql).unwrap();
    let mut files = vec![Source::whole(&sources, file, SourceKind::Schema)];
    files.extend(event_log::source(&mut sources, "app"));
    let (catalog, _) = catalog::read(&sources, &files);
    let [id]: [FunctionId; 1] = catalog.overloads("app", "f").try_into().unwrap();
    let shapes = analyse(&crate::body::Bodies::new(&catalog, &sources), "app", [id]);
    render(shapes.get(id).unwrap(), catalog.function(id), &catalog, &sources)
}

fn function(name: &str, arguments: &str, body: &str) -> String {
    format!("CREATE FUNCTION app.{name}({arguments}) RETURNS jsonb LANGUAGE plpgsql AS $$ {body} $$;\n")
}

#[test]
fn a_function_of_ten_thousand_lines_has_a_shape() {
    let branches = (0..1_000)
        .map(|n| format!("IF x = {n} THEN\n result := result || jsonb_build_object('k{n}', {n}); END IF;\n"))
        .collect::<String>();
    let body = format!("DECLARE result jsonb := '{{}}'; BEGIN {branches} RETURN result; END;");
    let shape = shape_of(&function("f", "x integer", &body));
    assert!(shape.contains("other keys (it has no bound)"), "{}", &shape[..200.min(shape.len())]);

    let branches = (0..5_000)
        .map(|n| format!("IF x = {n} THEN\n RETURN jsonb_build_object('success', false, 'number', {n}); END IF;\n"))
        .collect::<String>();
    let body = format!("BEGIN {branches} RETURN jsonb_build_object('success', true); END;");
    let shape = shape_of(&function("f", "x integer", &body));
    assert!(shape.contains("number: integer") && shape.contains("success: true"), "{shape}");
}

#[test]
fn recursion_with_ever_other_arguments_ends() {
    let body = "BEGIN IF random() < 0.5 THEN RETURN input; END IF;
        RETURN app.f(jsonb_build_object('deeper', input) || jsonb_build_object('more', app.f(input -> 'deeper'))); END;";
    let shape = shape_of(&function("f", "input jsonb", body));
    assert!(shape.contains("opaque"), "{shape}");
}

#[test]
fn calls_that_double_at_every_level_end() {
    let mut sql = function("g0", "x jsonb", "BEGIN RETURN x; END;");
    for level in 1..24 {
        let below = level - 1;
        sql += &function(
            &format!("g{level}"),
            "x jsonb",
            &format!(
                "BEGIN RETURN jsonb_build_object('a{level}', app.g{below}(x), 'b{level}', app.g{below}(jsonb_build_array(x))); END;"
            ),
        );
    }
    sql += &function("f", "x jsonb", "BEGIN RETURN jsonb_build_object('all', app.g23(x)); END;");
    assert!(shape_of(&sql).contains("all: "));
}

#[test]
fn an_object_that_grows_in_a_loop_ends() {
    let body = "DECLARE result jsonb := '[]'; BEGIN
        WHILE jsonb_array_length(result) < 10 LOOP
            result := jsonb_build_array(result, jsonb_build_object('inner', result));
        END LOOP; RETURN jsonb_build_object('result', result); END;";
    assert!(shape_of(&function("f", "", body)).contains("result: "));
}

#[test]
fn what_cannot_be_read_is_opaque() {
    let body = "BEGIN this is no statement; RETURN jsonb_build_object('a', 1 +* 2, 'b', nowhere.f(), 'c', 1); END;";
    let shape = shape_of(&function("f", "", body));
    assert!(shape.contains("f") && !shape.contains("panicked"), "{shape}");
    let shape = shape_of("CREATE FUNCTION app.f() RETURNS jsonb LANGUAGE c AS 'lib', 'symbol';");
    assert!(shape.contains("opaque (the function is not followed)"), "{shape}");
}

#[test]
fn a_view_of_itself_ends() {
    let sql = "CREATE VIEW app.a AS SELECT b.x FROM app.b AS b; CREATE VIEW app.b AS SELECT a.x FROM app.a AS a;";
    let body = "BEGIN RETURN (SELECT jsonb_build_object('x', a.x) FROM app.a AS a); END;";
    assert!(shape_of(&format!("{sql}{}", function("f", "", body))).contains("x: "));
}
