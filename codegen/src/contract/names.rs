//! Names that become Rust: that they can be names there, and that no two of them become one.

use std::collections::{BTreeSet, HashMap};

use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{Manifest, Name};
use crate::naming::{is_rust_identifier, pascal_case, screaming_case};

/// Names that generated code means types of Rust's own by.
const TAKEN: [&str; 13] = [
    "Clone",
    "Debug",
    "Default",
    "Err",
    "None",
    "Ok",
    "Option",
    "PartialEq",
    "Result",
    "Self",
    "Some",
    "String",
    "Vec",
];

/// Rust's own types in lower case, which an input or enum could hide.
const PRIMITIVE: [&str; 17] = [
    "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "isize", "str", "u128", "u16", "u32", "u64", "u8",
    "usize",
];

/// The modules of generated code beside those of SQL schemas.
const MODULES: [&str; 5] = ["contracts", "events", "inputs", "objects", "types"];

/// Reports every name of the manifest that generated code could not use.
pub(super) fn check(manifest: &Manifest, diagnostics: &mut Vec<Diagnostic>) {
    let schemas = manifest.mutations.iter().filter_map(|mutation| Some(mutation.function.qualified()?.schema));
    let modules = schemas.chain(MODULES.map(str::to_owned)).collect::<BTreeSet<_>>();
    let inputs = manifest.inputs.iter().map(|input| &input.name);
    let types = manifest.types.iter().map(|object| &object.name);
    let tables = types.chain(manifest.unions.iter().map(|union| &union.name));
    let enums = manifest.enums.iter().map(|definition| &definition.name);
    for name in inputs.chain(enums).chain(tables.clone()) {
        let own = TAKEN.contains(&name.text.as_str()) || PRIMITIVE.contains(&name.text.as_str());
        usable(name, own, diagnostics);
        if modules.contains(&name.text) {
            let message = format!("`{}` is a type and a module", name.text);
            let diagnostic = Diagnostic::new(Code::NAME_COLLISION, message)
                .at(name.span, "generated code has a module of this name")
                .note("every SQL schema with mutations is a module, and so are `contracts`, `events`, `inputs`, `objects` and `types`");
            diagnostics.push(diagnostic.help("choose another name, such as one in camel case"));
        }
    }
    let mutations = manifest.mutations.iter().map(|mutation| &mutation.name);
    for name in mutations.clone() {
        usable(name, TAKEN.contains(&pascal_case(&name.text).as_str()), diagnostics);
    }
    distinct(mutations.clone(), diagnostics);
    distinct(tables.clone(), diagnostics);
    answers(tables, mutations, diagnostics);
}

/// A name must be one in Rust, and must not hide one of Rust's `own`.
fn usable(name: &Name, own: bool, diagnostics: &mut Vec<Diagnostic>) {
    if !is_rust_identifier(&name.text) {
        diagnostics.push(
            Diagnostic::new(Code::UNUSABLE_NAME, format!("`{}` cannot be a name in Rust", name.text))
                .at(name.span, "it becomes a name in generated code")
                .help("write it with the letters a to z, digits and `_`, and with no digit first"),
        );
    } else if own {
        diagnostics.push(
            Diagnostic::new(Code::NAME_COLLISION, format!("`{}` would hide a type of Rust's own", name.text))
                .at(name.span, "generated code needs this name")
                .help("choose another"),
        );
    }
}

/// Reports different names that become one struct or one constant.
fn distinct<'m>(names: impl Iterator<Item = &'m Name>, diagnostics: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<String, &Name> = HashMap::new();
    for name in names {
        let constant = screaming_case(&pascal_case(&name.text));
        match seen.get(&constant) {
            // The same name twice is a mistake that has been reported.
            Some(first) if first.text != name.text => diagnostics.push(
                Diagnostic::new(
                    Code::NAME_COLLISION,
                    format!("`{}` and `{}` become one name in Rust", first.text, name.text),
                )
                .at(name.span, format!("this becomes `{constant}`, too"))
                .and(first.span, format!("this becomes the constant `{constant}`"))
                .help("let them differ in more than upper case and `_`"),
            ),
            Some(_) => {}
            None => {
                seen.insert(constant, name);
            }
        }
    }
}

/// Reports types that are called as the answer of a mutation is.
fn answers<'m>(
    tables: impl Iterator<Item = &'m Name>,
    mutations: impl Iterator<Item = &'m Name>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let of_mutation = |name: &'m Name| {
        let answers = ["Success", "Error", "Code"].map(|answer| format!("{}{answer}", pascal_case(&name.text)));
        answers.map(|answer| (screaming_case(&answer), (answer, name)))
    };
    let answers = mutations.flat_map(of_mutation).collect::<HashMap<_, _>>();
    for name in tables {
        if let Some((answer, mutation)) = answers.get(&screaming_case(&name.text)) {
            diagnostics.push(
                Diagnostic::new(Code::NAME_COLLISION, format!("`{}` is a type and an answer", name.text))
                    .at(name.span, "declared here")
                    .and(mutation.span, format!("this mutation answers a `{answer}`"))
                    .help("give the type another name"),
            );
        }
    }
}

/// Reports keys that become the same field of a Rust struct.
pub(super) fn fields_differ<'m>(
    fields: impl Iterator<Item = (proc_macro2::Ident, &'m Name)>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut seen: HashMap<String, &Name> = HashMap::new();
    for (ident, key) in fields {
        let ident = ident.to_string();
        match seen.get(&ident) {
            // The same key twice is a mistake that has been reported.
            Some(first) if first.text != key.text => diagnostics.push(
                Diagnostic::new(
                    Code::NAME_COLLISION,
                    format!("`{}` and `{}` become one field in Rust", first.text, key.text),
                )
                .at(key.span, format!("this becomes `{ident}`, too"))
                .and(first.span, format!("this becomes `{ident}`")),
            ),
            Some(_) => {}
            None => {
                seen.insert(ident, key);
            }
        }
    }
}
