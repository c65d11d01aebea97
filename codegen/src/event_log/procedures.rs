//! Functions that call the procedures of mutations: CALL stands alone, and a mutation is one statement.

use crate::catalog::{Argument, Catalog, Function, FunctionKind, Mode};
use crate::manifest::Manifest;
use crate::sql_text::{identifier, literal};

/// The name of the function that calls `procedure`, quoted as SQL needs it; it is in the log's schema.
pub(crate) fn caller(log_schema: &str, procedure: &Function) -> String {
    let name = format!("call_{}_{}", procedure.name.schema, procedure.name.name);
    format!("{}.{}", identifier(log_schema), identifier(&name))
}

/// The SQL of the functions that call the manifest's procedures; empty where there are none.
///
/// They run with the caller's rights and answer the procedure's OUT parameters as one jsonb object, or nothing.
pub fn procedures(manifest: &Manifest, catalog: &Catalog) -> String {
    let called = manifest.mutations.iter().filter_map(|mutation| {
        let name = mutation.function.qualified()?;
        match catalog.overloads(&name.schema, &name.name) {
            [only] => Some(catalog.function(*only)),
            _ => None,
        }
    });
    let procedures = called.filter(|function| function.kind == FunctionKind::Procedure);
    procedures.map(|procedure| format!("\n{}", definition(&manifest.log_schema, procedure, catalog))).collect()
}

fn definition(log_schema: &str, procedure: &Function, catalog: &Catalog) -> String {
    let ty = |argument: &Argument| catalog.display_use(&argument.ty).to_string();
    let parameters = procedure.inputs().map(|input| {
        let variadic = if input.mode == Mode::Variadic { "VARIADIC " } else { "" };
        let name = input.name.as_deref().map(identifier).unwrap_or_default();
        let default = input.default.as_ref().map(|default| format!(" DEFAULT {}", default.text)).unwrap_or_default();
        format!("{variadic}{name} {}{default}", ty(input))
    });
    let parameters = parameters.collect::<Vec<_>>().join(", ");
    let (mut declared, mut given, mut answered, mut inputs) = (String::new(), Vec::new(), Vec::new(), 0);
    for (i, argument) in procedure.arguments.iter().enumerate() {
        let input = argument.mode.is_input().then(|| {
            inputs += 1;
            format!("${inputs}")
        });
        if !argument.mode.is_output() {
            let variadic = if argument.mode == Mode::Variadic { "VARIADIC " } else { "" };
            given.push(format!("{variadic}{}", input.unwrap_or_default()));
            continue;
        }
        let first = input.map(|input| format!(" := {input}")).unwrap_or_default();
        declared.push_str(&format!("    out_{} {}{first};\n", i + 1, ty(argument)));
        given.push(format!("out_{}", i + 1));
        let name = argument.name.clone().unwrap_or_else(|| format!("column{}", answered.len() + 1));
        answered.push(format!("{}, out_{}", literal(&name), i + 1));
    }
    let (returns, answer) = match answered.is_empty() {
        true => ("void", String::new()),
        false => ("jsonb", format!("    RETURN jsonb_build_object({});\n", answered.join(", "))),
    };
    let declare = if declared.is_empty() { String::new() } else { format!("DECLARE\n{declared}") };
    let (caller, given) = (caller(log_schema, procedure), given.join(", "));
    let body = format!("{declare}BEGIN\n    CALL {}({given});\n{answer}END;\n", procedure.name);
    // No name or default can end the quotes.
    let tag = (0..).map(|i: u32| format!("$call{i}$")).find(|tag| !body.contains(tag.as_str())).unwrap_or_default();
    format!(
        "CREATE OR REPLACE FUNCTION {caller}({parameters}) RETURNS {returns}\nLANGUAGE plpgsql\nAS {tag}\n{body}{tag};\n"
    )
}
