//! Scalars, and the types of Rust and of the wire that stand for SQL types.

use super::model::Rust;
use crate::catalog::{Builtin, Catalog, Type, TypeKind};
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest;
use crate::suggest;

/// A scalar of GraphQL or of the manifest.
#[derive(Clone, Copy)]
pub(super) enum Scalar<'m> {
    /// One that needs no declaration, by its SQL type.
    BuiltIn(Builtin),
    /// One that the manifest declares.
    Custom(&'m manifest::Scalar),
}

/// The scalars that need no declaration: GraphQL's own, and those that most schemas agree on.
pub(super) const BUILT_IN: &[(&str, Scalar<'static>)] = &[
    ("ID", Scalar::BuiltIn(Builtin::TEXT)),
    ("String", Scalar::BuiltIn(Builtin::TEXT)),
    ("Int", Scalar::BuiltIn(Builtin::INT4)),
    ("Float", Scalar::BuiltIn(Builtin::FLOAT8)),
    ("Boolean", Scalar::BuiltIn(Builtin::BOOL)),
    ("UUID", Scalar::BuiltIn(Builtin::UUID)),
    ("BigInt", Scalar::BuiltIn(Builtin::INT8)),
    ("Decimal", Scalar::BuiltIn(Builtin::NUMERIC)),
    ("DateTime", Scalar::BuiltIn(Builtin::TIMESTAMPTZ)),
    ("Date", Scalar::BuiltIn(Builtin::DATE)),
    ("Time", Scalar::BuiltIn(Builtin::TIME)),
    ("JSON", Scalar::BuiltIn(Builtin::JSONB)),
];

/// Whether `name` is a scalar that needs no declaration.
pub fn is_known_scalar(name: &str) -> bool {
    BUILT_IN.iter().any(|(known, _)| *known == name)
}

/// Whether a declared scalar says no more than what is known of its name.
pub fn is_scalar_as_known(scalar: &manifest::Scalar) -> bool {
    let known = BUILT_IN.iter().find(|(known, _)| *known == scalar.name.text);
    scalar.rust.is_none() && known.is_some_and(|(_, known)| known.builtin() == builtin(&scalar.sql.text))
}

impl Scalar<'_> {
    /// Whether it holds any JSON, whose keys are left alone.
    pub(super) fn is_json(self) -> bool {
        matches!(self.builtin(), Some(Builtin::JSON | Builtin::JSONB))
    }

    /// Its SQL type, where that is one of PostgreSQL's own.
    pub(super) fn builtin(self) -> Option<Builtin> {
        match self {
            Scalar::BuiltIn(builtin) => Some(builtin),
            Scalar::Custom(scalar) => builtin(&scalar.sql.text),
        }
    }

    /// The Rust type of a value inside an input.
    pub(super) fn rust(self) -> Rust {
        if let Scalar::Custom(manifest::Scalar { rust: Some(rust), .. }) = self {
            return Rust::Named(rust.text.clone());
        }
        self.builtin().map_or(Rust::Std("String"), |builtin| binding(builtin).rust)
    }
}

/// The type that SQL writes as `text`: one word, or several (`double precision`), with or without a modifier.
fn builtin(text: &str) -> Option<Builtin> {
    let plain = text.split('(').next().unwrap_or_default().trim().to_lowercase();
    Builtin::word(&plain).or_else(|| Builtin::all().find(|builtin| builtin.sql_name() == plain))
}

/// Checks that the SQL and Rust types of custom scalars are types.
pub(super) fn check(catalog: &Catalog, manifest: &manifest::Manifest, diagnostics: &mut Vec<Diagnostic>) {
    for scalar in &manifest.scalars {
        let sql = &scalar.sql;
        let element = sql.text.trim_end_matches("[]").trim();
        // Of an extension's types the schema is rarely written.
        let own = element.split_once('.').map_or(element, |(_, own)| own);
        if builtin(element).is_none() && !catalog.types().any(|(_, definition)| definition.name.name == own) {
            let types = catalog.types().map(|(_, definition)| definition.name.to_string());
            let known = Builtin::all().map(|builtin| builtin.sql_name().to_owned()).chain(types).collect::<Vec<_>>();
            let diagnostic = Diagnostic::new(Code::UNKNOWN_TYPE, format!("SQL type `{}` does not exist", sql.text))
                .at(sql.span, "neither PostgreSQL nor an SQL file defines it");
            diagnostics
                .push(suggest::did_you_mean(diagnostic, suggest::nearest(&sql.text, known.iter().map(String::as_str))));
        }
        let Some(rust) = &scalar.rust else { continue };
        if syn::parse_str::<syn::Type>(&rust.text).is_err() {
            diagnostics.push(
                Diagnostic::new(Code::MANIFEST_TYPE, format!("`{}` is not a type in Rust", rust.text))
                    .at(rust.span, "a path is expected")
                    .help("write it as seen from everywhere: `crate::money::Money`, `::rust_decimal::Decimal`"),
            );
        }
    }
}

/// The built-in scalar that stands for the SQL type `name`.
pub(super) fn of_sql_type(name: &str) -> Option<&'static str> {
    let builtin = builtin(name)?;
    let text = [Builtin::VARCHAR, Builtin::BPCHAR].contains(&builtin).then_some("String");
    let same = |(_, scalar): &&(&str, Scalar<'_>)| matches!(scalar, Scalar::BuiltIn(of) if *of == builtin);
    // `ID` is a text as well, and is not what `text` means.
    let exact = BUILT_IN.iter().skip(1).find(same).map(|(name, _)| *name);
    exact.or(text)
}

/// How a built-in type is bound: the marker in `pgmutate::sql`, the Rust type, and whether a cast leads back to the SQL type.
pub(super) struct Binding {
    pub(super) marker: &'static str,
    pub(super) rust: Rust,
    pub(super) cast: bool,
}

fn binding(builtin: Builtin) -> Binding {
    let exact = |marker, rust| Binding { marker, rust, cast: false };
    match builtin {
        Builtin::BOOL => exact("Bool", Rust::Std("bool")),
        Builtin::INT2 => exact("Int2", Rust::Std("i16")),
        Builtin::INT4 => exact("Int4", Rust::Std("i32")),
        Builtin::INT8 => exact("Int8", Rust::Std("i64")),
        Builtin::FLOAT4 => exact("Float4", Rust::Std("f32")),
        Builtin::FLOAT8 => exact("Float8", Rust::Std("f64")),
        Builtin::NUMERIC => exact("Numeric", Rust::Runtime("Numeric")),
        Builtin::TEXT => exact("Text", Rust::Std("String")),
        Builtin::BYTEA => exact("Bytea", Rust::Runtime("Bytes")),
        Builtin::UUID => exact("Uuid", Rust::Runtime("Uuid")),
        Builtin::JSON => exact("Json", Rust::Runtime("RawJson")),
        Builtin::JSONB => exact("Jsonb", Rust::Runtime("RawJson")),
        // Everything else travels as its text, which PostgreSQL reads back without loss.
        _ => Binding { marker: "Text", rust: Rust::Std("String"), cast: true },
    }
}

/// How an argument of any type is bound: built-in types only, so that no driver has to look up the catalogue.
pub(super) struct ArgumentBinding {
    pub(super) marker: String,
    pub(super) rust: Rust,
    /// What stands before and behind the placeholder, such as `::app.order_status`.
    pub(super) around: (String, String),
}

/// Binds an argument of the type `ty`.
pub(super) fn bind(catalog: &Catalog, ty: &Type) -> ArgumentBinding {
    let composite = |ty: &Type| matches!(ty, Type::Defined(id) if matches!(catalog.type_def(*id).kind, TypeKind::Composite(_) | TypeKind::Row(_)));
    let scalar = |ty: &Type| match catalog.base_type(ty) {
        Type::Builtin(builtin) => {
            let binding = binding(*builtin);
            // A domain over a type that travels as it is still needs its own name.
            Binding { cast: binding.cast || matches!(ty, Type::Defined(_)), ..binding }
        }
        // Enums, ranges and what no source defines.
        _ => Binding { marker: "Text", rust: Rust::Std("String"), cast: true },
    };
    let cast = |needed: bool| if needed { format!("::{}", catalog.display(ty)) } else { String::new() };
    match ty {
        Type::Array(element) => {
            let binding = scalar(element);
            ArgumentBinding {
                marker: format!("Array<{}>", binding.marker),
                rust: Rust::List(Box::new(binding.rust), false),
                around: (String::new(), cast(binding.cast)),
            }
        }
        _ if composite(ty) => ArgumentBinding {
            marker: "Jsonb".to_owned(),
            rust: Rust::Runtime("RawJson"),
            around: (format!("jsonb_populate_record(NULL::{}, ", catalog.display(ty)), ")".to_owned()),
        },
        _ => {
            let binding = scalar(ty);
            ArgumentBinding {
                marker: binding.marker.to_owned(),
                rust: binding.rust,
                around: (String::new(), cast(binding.cast)),
            }
        }
    }
}
