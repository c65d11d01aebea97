//! What has no bound in the SQL has one here.

use super::*;
use crate::catalog::FunctionId;
use crate::sql::input::{Source, SourceKind};

/// The shape of `app.f` of this SQL, rendered.
fn shape_of(sql: &str) -> String {
    shapes_of(sql, ["f"]).concat()
}

/// The shapes of these functions of `app`, analysed together.
fn shapes_of<const N: usize>(sql: &str, names: [&str; N]) -> [String; N] {
    let mut sources = SourceMap::new();
    let file = sources.add("f.sql", sql).unwrap();
    let mut files = vec![Source::whole(&sources, file, SourceKind::Schema)];
    files.extend(event_log::source(&mut sources, "app"));
    let (catalog, _) = catalog::read(&sources, &files);
    let ids = names.map(|name| {
        let [id]: [FunctionId; 1] = catalog.overloads("app", name).try_into().unwrap();
        id
    });
    let shapes = analyse(&crate::body::Bodies::new(&catalog, &sources), &Known::of_log("app"), ids);
    ids.map(|id| render(shapes.get(id).unwrap(), catalog.function(id), &catalog, &sources))
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

/// Bodies whose documents would have more values than there is memory, or whose analysis more steps than there is time.
#[test]
fn what_grows_without_bound_is_given_up() {
    let doubled = "j := jsonb_build_object('a', j, 'b', j);\n".repeat(100);
    let merged = (0..40).map(|i| format!("j := j || jsonb_build_object('a{i}', j, 'b', j);\n")).collect::<String>();
    let chosen = (0..100).map(|i| format!("j := COALESCE(j -> 'a{i}', j -> 'b{i}');\n")).collect::<String>();
    let depth = 40;
    let nested = (0..depth).map(|i| format!("FOR i{i} IN 1..9 LOOP j := j || jsonb_build_object('k{i}', j);\n"));
    let nested = format!("{}{}", nested.collect::<String>(), "END LOOP;".repeat(depth));
    let handled =
        (0..depth).map(|i| format!("EXCEPTION WHEN others THEN j := jsonb_build_object('h{i}', j, 'g', j); END;\n"));
    let handled = format!("{}j := '{{}}';{}", "BEGIN ".repeat(depth), handled.collect::<String>());
    let logged = (0..300).map(|i| {
        format!(
            "IF random() < {i} THEN PERFORM app.log_cdc_event('E{i}', 'e', NULL, 'CREATE', NULL, j, NULL); END IF;\n"
        )
    });
    for body in [doubled, merged, chosen, nested, handled, logged.collect()] {
        let shape = shape_of(&function("f", "j jsonb", &format!("BEGIN {body} RETURN j; END;")));
        assert!(shape.contains("opaque (") && shape.len() < 2_000_000, "{}", &shape[..shape.len().min(500)]);
    }
}

#[test]
fn every_function_calls_every_function() {
    let sql = (0..20).map(|i| {
        let calls = (0..20).map(|j| format!("app.c{j}(x)")).collect::<Vec<_>>().join(" || ");
        function(&format!("c{i}"), "x jsonb", &format!("BEGIN RETURN {calls} || jsonb_build_object('k{i}', x); END;"))
    });
    let sql =
        sql.collect::<String>() + &function("f", "", "BEGIN RETURN jsonb_build_object('all', app.c0('{}')); END;");
    shape_of(&sql);
}

/// What one function uses up is not missing to another that calls the same ones.
#[test]
fn a_function_that_is_given_up_leaves_the_others_alone() {
    let doubled = "j := jsonb_build_object('a', j, 'b', j);\n".repeat(3_000);
    let sql = function("a", "j jsonb", &format!("BEGIN {doubled} RETURN app.plain(); END;"))
        + &function("plain", "", "BEGIN RETURN jsonb_build_object('plain', 1); END;")
        + &function("f", "", "BEGIN RETURN app.plain(); END;");
    let [wasteful, other] = shapes_of(&sql, ["a", "f"]);
    assert!(wasteful.contains("returns opaque (it has no bound)"), "{wasteful}");
    assert!(other.contains("plain: 1"), "{other}");
}
