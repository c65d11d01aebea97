//! Scalars, and the types of Rust and of the wire that stand for SQL types.

use super::model::Rust;
use crate::catalog::{Builtin, Catalog, QualifiedName, Type, TypeKind};
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

    /// The Rust type of a value in JSON.
    pub(super) fn rust(self, catalog: &Catalog) -> Rust {
        match self {
            Scalar::BuiltIn(builtin) => binding(builtin).rust,
            Scalar::Custom(manifest::Scalar { rust: Some(rust), .. }) => Rust::Named(rust.text.clone()),
            Scalar::Custom(scalar) => match scalar.sql.text.strip_suffix("[]") {
                Some(element) => Rust::List(Box::new(named(catalog, element.trim_end()).rust), true),
                None => named(catalog, &scalar.sql.text).rust,
            },
        }
    }
}

/// How values of the SQL type of this name are bound; what is not known is a text.
fn named(catalog: &Catalog, name: &str) -> Binding {
    let qualified = QualifiedName::parse(name);
    let is_it = |definition: &crate::catalog::TypeDef| match &qualified {
        Some(name) => definition.name == *name,
        None => definition.name.name == name,
    };
    match builtin(name) {
        Some(builtin) => binding(builtin),
        None => catalog
            .types()
            .find(|(_, definition)| is_it(definition))
            .map_or_else(text, |(id, _)| scalar(catalog, &Type::Defined(id))),
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
        let own = QualifiedName::parse(element).map_or_else(|| element.to_owned(), |name| name.name);
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

/// Gives the scalar `name` this Rust type, as the manifest could; a mistake where there is no such scalar.
pub(crate) fn name_rust_type(manifest: &mut manifest::Manifest, name: &str, rust: &str) -> Option<Box<Diagnostic>> {
    let span = crate::source::Span { file: manifest.file, start: 0, end: 0 };
    let named = |text: &str| manifest::Name { text: text.to_owned(), span };
    if let Some(scalar) = manifest.scalars.iter_mut().find(|scalar| scalar.name.text == name) {
        scalar.rust = Some(named(rust));
        return None;
    }
    if let Some((_, Scalar::BuiltIn(builtin))) = BUILT_IN.iter().find(|(known, _)| *known == name) {
        let sql = named(builtin.sql_name());
        manifest.scalars.push(manifest::Scalar { name: named(name), sql, rust: Some(named(rust)), description: None });
        return None;
    }
    let known = manifest.scalars.iter().map(|scalar| scalar.name.text.as_str());
    let known = known.chain(BUILT_IN.iter().map(|(name, _)| *name)).collect::<Vec<_>>();
    let diagnostic = Diagnostic::new(Code::UNKNOWN_TYPE, format!("scalar `{name}` does not exist"))
        .note("the build script names its Rust type");
    Some(Box::new(suggest::did_you_mean(diagnostic, suggest::nearest(name, known))))
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
struct Binding {
    marker: String,
    rust: Rust,
    cast: bool,
}

fn binding(builtin: Builtin) -> Binding {
    let exact = |marker: &str, rust| Binding { marker: marker.to_owned(), rust, cast: false };
    match builtin {
        Builtin::BOOL => exact("Bool", Rust::Std("bool")),
        Builtin::INT2 => exact("Int2", Rust::Std("i16")),
        Builtin::INT4 => exact("Int4", Rust::Std("i32")),
        Builtin::INT8 => exact("Int8", Rust::Std("i64")),
        Builtin::FLOAT4 => exact("Float4", Rust::Std("f32")),
        Builtin::FLOAT8 => exact("Float8", Rust::Std("f64")),
        Builtin::NUMERIC => exact("Numeric", Rust::Runtime("Numeric")),
        Builtin::OID => exact("Oid", Rust::Std("u32")),
        Builtin::TEXT => exact("Text", Rust::Std("String")),
        Builtin::BYTEA => exact("Bytea", Rust::Runtime("Bytes")),
        Builtin::UUID => exact("Uuid", Rust::Runtime("Uuid")),
        Builtin::TIMESTAMPTZ => exact("Timestamptz", Rust::Runtime("Timestamptz")),
        Builtin::TIMESTAMP => exact("Timestamp", Rust::Runtime("Timestamp")),
        Builtin::DATE => exact("Date", Rust::Runtime("Date")),
        Builtin::TIME => exact("Time", Rust::Runtime("Time")),
        Builtin::TIMETZ => exact("Timetz", Rust::Runtime("Timetz")),
        Builtin::INTERVAL => exact("Interval", Rust::Runtime("Interval")),
        Builtin::INET => exact("Inet", Rust::Runtime("Inet")),
        Builtin::CIDR => exact("Cidr", Rust::Runtime("Cidr")),
        Builtin::MACADDR => exact("Macaddr", Rust::Runtime("MacAddr")),
        Builtin::MACADDR8 => exact("Macaddr8", Rust::Runtime("MacAddr8")),
        Builtin::JSON => exact("Json", Rust::Runtime("RawJson")),
        Builtin::JSONB => exact("Jsonb", Rust::Runtime("RawJson")),
        Builtin::INT4RANGE => range_of("Range", Builtin::INT4),
        Builtin::INT8RANGE => range_of("Range", Builtin::INT8),
        Builtin::NUMRANGE => range_of("Range", Builtin::NUMERIC),
        Builtin::DATERANGE => range_of("Range", Builtin::DATE),
        Builtin::TSRANGE => range_of("Range", Builtin::TIMESTAMP),
        Builtin::TSTZRANGE => range_of("Range", Builtin::TIMESTAMPTZ),
        Builtin::INT4MULTIRANGE => range_of("Multirange", Builtin::INT4),
        Builtin::INT8MULTIRANGE => range_of("Multirange", Builtin::INT8),
        Builtin::NUMMULTIRANGE => range_of("Multirange", Builtin::NUMERIC),
        Builtin::DATEMULTIRANGE => range_of("Multirange", Builtin::DATE),
        Builtin::TSMULTIRANGE => range_of("Multirange", Builtin::TIMESTAMP),
        Builtin::TSTZMULTIRANGE => range_of("Multirange", Builtin::TIMESTAMPTZ),
        _ => text(),
    }
}

/// Everything else travels as its text, which PostgreSQL reads back without loss.
fn text() -> Binding {
    Binding { marker: "Text".to_owned(), rust: Rust::Std("String"), cast: true }
}

/// A range of a type that is bound as it is.
fn range_of(range: &'static str, bound: Builtin) -> Binding {
    let Binding { marker, rust, .. } = binding(bound);
    Binding { marker: format!("{range}<{marker}>"), rust: Rust::RuntimeOf(range, Box::new(rust)), cast: true }
}

/// How an argument of any type is bound: built-in types only, so that no driver has to look up the catalogue.
pub(super) struct ArgumentBinding {
    pub(super) marker: String,
    pub(super) rust: Rust,
    /// What stands before and behind the placeholder, such as `::app.order_status`.
    pub(super) around: (String, String),
}

/// Types that a `String` never stands for.
const NEVER_TEXT: [Builtin; 11] = [
    Builtin::BOOL,
    Builtin::INT2,
    Builtin::INT4,
    Builtin::INT8,
    Builtin::FLOAT4,
    Builtin::FLOAT8,
    Builtin::NUMERIC,
    Builtin::BYTEA,
    Builtin::UUID,
    Builtin::JSON,
    Builtin::JSONB,
];

/// Binds an argument of the type `ty`.
pub(super) fn bind(catalog: &Catalog, ty: &Type) -> ArgumentBinding {
    bind_as(catalog, ty, &|ty| scalar(catalog, ty))
}

/// The same as text, for a manifest that says `String`.
pub(super) fn bind_as_text(catalog: &Catalog, ty: &Type) -> ArgumentBinding {
    bind_as(catalog, ty, &|ty| match catalog.base_type(ty) {
        Type::Builtin(builtin) if NEVER_TEXT.contains(builtin) => scalar(catalog, ty),
        _ => Binding { cast: *ty != Type::Builtin(Builtin::TEXT), ..text() },
    })
}

/// One value that is no array.
fn scalar(catalog: &Catalog, ty: &Type) -> Binding {
    match catalog.base_type(ty) {
        Type::Builtin(builtin) => {
            let binding = binding(*builtin);
            // A domain over a type that travels as it is still needs its own name.
            Binding { cast: binding.cast || matches!(ty, Type::Defined(_)), ..binding }
        }
        Type::Defined(id) => match &catalog.type_def(*id).kind {
            TypeKind::Range { subtype } => range_of_own(catalog, "Range", &subtype.ty),
            TypeKind::Multirange { range: Type::Defined(range) } => match &catalog.type_def(*range).kind {
                TypeKind::Range { subtype } => range_of_own(catalog, "Multirange", &subtype.ty),
                _ => text(),
            },
            _ => text(),
        },
        // Enums, and what no source defines.
        _ => text(),
    }
}

/// A range of one's own, where its bounds have a text in Rust that PostgreSQL reads.
fn range_of_own(catalog: &Catalog, range: &'static str, subtype: &Type) -> Binding {
    match catalog.base_type(subtype) {
        Type::Builtin(builtin) if *builtin == Builtin::TEXT || !binding(*builtin).cast => match *builtin {
            Builtin::BYTEA | Builtin::JSON | Builtin::JSONB => text(),
            builtin => range_of(range, builtin),
        },
        _ => text(),
    }
}

fn bind_as(catalog: &Catalog, ty: &Type, scalar: &dyn Fn(&Type) -> Binding) -> ArgumentBinding {
    let composite = |ty: &Type| matches!(catalog.base_type(ty), Type::Defined(id) if matches!(catalog.type_def(*id).kind, TypeKind::Composite(_) | TypeKind::Row(_)));
    let cast = |needed: bool| if needed { format!("::{}", cast_name(catalog, ty)) } else { String::new() };
    match catalog.base_type(ty) {
        Type::Array(element) if composite(element) => ArgumentBinding {
            marker: "Jsonb".to_owned(),
            rust: Rust::Runtime("RawJson"),
            around: (
                "(SELECT elements FROM jsonb_to_record(jsonb_build_object('elements', ".to_owned(),
                format!(")) AS record(elements {}))", catalog.display(ty)),
            ),
        },
        Type::Array(element) => {
            let binding = scalar(element);
            ArgumentBinding {
                marker: format!("Array<{}>", binding.marker),
                rust: Rust::List(Box::new(binding.rust), false),
                around: (String::new(), cast(binding.cast || matches!(ty, Type::Defined(_)))),
            }
        }
        _ if composite(ty) => ArgumentBinding {
            marker: "Jsonb".to_owned(),
            rust: Rust::Runtime("RawJson"),
            around: (format!("jsonb_populate_record(NULL::{}, ", catalog.display(ty)), ")".to_owned()),
        },
        _ => {
            let binding = scalar(ty);
            ArgumentBinding { marker: binding.marker, rust: binding.rust, around: (String::new(), cast(binding.cast)) }
        }
    }
}

/// The type for a cast that cuts nothing off: `character` and `bit` alone mean one character and one bit.
fn cast_name(catalog: &Catalog, ty: &Type) -> String {
    match ty {
        Type::Builtin(Builtin::BPCHAR) => "bpchar".to_owned(),
        Type::Builtin(Builtin::BIT) => "\"bit\"".to_owned(),
        Type::Array(element) => format!("{}[]", cast_name(catalog, element)),
        _ => catalog.display(ty).to_string(),
    }
}
