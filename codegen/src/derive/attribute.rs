//! The attributes that the derives understand: `#[mutation(...)]`, `#[argument(...)]` and `#[input(...)]`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::meta::ParseNestedMeta;
use syn::{Attribute, LitStr, Path, Token, Type};

use super::mistakes::Errors;
use super::words::{self, Grammar};

/// What `#[mutation(...)]` says of a struct.
#[derive(Default)]
pub(super) struct MutationAttribute {
    /// `function = "app.create_order"`, on a hand-written struct.
    pub(super) function: Option<LitStr>,
    /// `typename = "CreateOrderSuccess"`: what the writer of the struct believes, to be checked.
    pub(super) typename: Option<LitStr>,
    /// `contract = path`, on a generated struct.
    pub(super) contract: Option<Path>,
    /// `success = path`: what `call` reads a successful answer into.
    pub(super) success: Option<Type>,
    /// `error = path`: what `call` reads an unsuccessful answer into.
    pub(super) error: Option<Type>,
    /// `crate = path`, where the runtime goes by another name.
    pub(super) runtime: Option<Path>,
    /// Something was not understood: what seems to be missing may be it.
    pub(super) mistaken: bool,
}

/// What `#[argument(...)]` says of a field.
#[derive(Default)]
pub(super) struct ArgumentAttribute {
    /// `name = "type"`, where the field is not called as the argument is.
    pub(super) name: Option<LitStr>,
    /// `sql = Uuid`, on a generated struct: the marker in `pgmutate::sql`.
    pub(super) sql: Option<TokenStream>,
    /// `optional`, on a generated struct.
    pub(super) optional: bool,
    /// See [`MutationAttribute::mistaken`].
    pub(super) mistaken: bool,
}

/// What `#[input(...)]` says of a struct or a field.
#[derive(Default)]
pub(super) struct InputAttribute {
    /// `typename = "CustomerInput"`: the input that the struct stands for.
    pub(super) typename: Option<LitStr>,
    /// `key = "type"`, where the field is not called as the key is.
    pub(super) key: Option<LitStr>,
    /// `crate = path`, where the runtime goes by another name.
    pub(super) runtime: Option<Path>,
}

/// What `#[output(...)]` says of a type, a field or a variant.
#[derive(Default)]
pub(super) struct OutputAttribute {
    /// `typename = "Customer"`: the type of the manifest that this one stands for.
    pub(super) typename: Option<LitStr>,
    /// `key = "type"`, where the field is not called as the key is.
    pub(super) key: Option<LitStr>,
    /// `value = "card"`: the string that a variant stands for; several stand for several.
    pub(super) values: Vec<LitStr>,
    /// `code = "OUT_OF_STOCK"`: the code that a variant stands for.
    pub(super) code: Option<LitStr>,
    /// `discriminator = "kind"`: the key that tells the variant of a union.
    pub(super) discriminator: Option<LitStr>,
    /// `crate = path`, where the runtime goes by another name.
    pub(super) runtime: Option<Path>,
    /// See [`MutationAttribute::mistaken`].
    pub(super) mistaken: bool,
}

/// What `#[event(...)]` says of a struct.
#[derive(Default)]
pub(super) struct EventAttribute {
    pub(super) name: Option<LitStr>,
    pub(super) entity: Option<LitStr>,
    pub(super) operation: Option<LitStr>,
    /// `foreign`: it is not of the manifest.
    pub(super) foreign: bool,
    /// `crate = path`, where the runtime goes by another name.
    pub(super) runtime: Option<Path>,
    /// See [`MutationAttribute::mistaken`].
    pub(super) mistaken: bool,
}

impl MutationAttribute {
    pub(super) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        const HERE: Grammar = Grammar {
            name: "mutation",
            words: &["function", "typename", "success", "error", "crate"],
            elsewhere: &[("name", "to a field: `#[argument(name = \"...\")]`")],
        };
        let mut this = Self::default();
        this.mistaken = HERE.read(attributes, errors, |word, meta| match word {
            "function" => words::string(&mut this.function, meta),
            "typename" => words::string(&mut this.typename, meta),
            "contract" => words::plain(&mut this.contract, meta),
            "success" => words::ty(&mut this.success, meta),
            "error" => words::ty(&mut this.error, meta),
            "crate" => words::plain(&mut this.runtime, meta),
            _ => Ok(false),
        });
        this
    }
}

impl ArgumentAttribute {
    pub(super) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        const HERE: Grammar = Grammar { name: "argument", words: &["name"], elsewhere: &[] };
        let mut this = Self::default();
        this.mistaken = HERE.read(attributes, errors, |word, meta| {
            match word {
                "name" => return words::string(&mut this.name, meta),
                "sql" => this.sql = Some(until_comma(meta)?),
                "optional" => this.optional = true,
                _ => return Ok(false),
            }
            Ok(true)
        });
        this.mistaken |=
            misplaced(attributes, "mutation", "the struct; a field says `#[argument(name = \"...\")]`", errors);
        this
    }
}

/// Reports an attribute that has no meaning here; returns whether there is one.
pub(super) fn misplaced(attributes: &[Attribute], name: &str, place: &str, errors: &mut Errors) -> bool {
    let found = attributes.iter().find(|attribute| attribute.path().is_ident(name));
    if let Some(attribute) = found {
        errors.at(attribute.path(), format!("`#[{name}(...)]` belongs to {place}"));
    }
    found.is_some()
}

/// The marker's tokens: a type such as `Array<Text>`, whose commas stand inside angle brackets only.
fn until_comma(meta: &ParseNestedMeta<'_>) -> syn::Result<TokenStream> {
    let value = meta.value()?;
    let path: Path = value.parse()?;
    if !value.is_empty() && !value.peek(Token![,]) {
        return Err(value.error("a marker of `pgmutate::sql` is expected, such as `Uuid` or `Array<Text>`"));
    }
    Ok(path.into_token_stream())
}

impl InputAttribute {
    pub(super) fn of_struct(attributes: &[Attribute], errors: &mut Errors) -> Self {
        Self::read(&["typename", "crate"], &[("key", A_FIELD)], attributes, errors)
    }

    pub(super) fn of_field(attributes: &[Attribute], errors: &mut Errors) -> Self {
        Self::read(&["key"], &[("typename", THE_STRUCT), ("crate", THE_STRUCT)], attributes, errors)
    }

    fn read(
        words: &'static [&'static str],
        elsewhere: &'static [(&'static str, &'static str)],
        attributes: &[Attribute],
        errors: &mut Errors,
    ) -> Self {
        let mut this = Self::default();
        Grammar { name: "input", words, elsewhere }.read(attributes, errors, |word, meta| match word {
            "key" => words::string(&mut this.key, meta),
            "typename" => words::string(&mut this.typename, meta),
            "crate" => words::plain(&mut this.runtime, meta),
            _ => Ok(false),
        });
        this
    }
}

const A_FIELD: &str = "to a field";
const A_VARIANT: &str = "to a variant";
const THE_STRUCT: &str = "to the struct";
const THE_TYPE: &str = "to the type";
const A_UNION: &str = "to an enum whose variants hold one type each";
const OF_ERRORS: &str = "to a variant of a `MutationError`";

/// Where an `#[output(...)]` stands.
#[derive(Clone, Copy)]
pub(super) enum On {
    /// A struct, or the errors of a mutation.
    Type,
    Event,
    /// An enum of words or of types.
    Enum,
    Field,
    /// A variant of such an enum.
    Variant,
    /// A variant of the errors of a mutation.
    Code,
}

impl OutputAttribute {
    pub(super) fn read(on: On, attributes: &[Attribute], errors: &mut Errors) -> Self {
        let (words, elsewhere): (&[_], &[_]) = match on {
            On::Type => (
                &["typename", "crate"],
                &[("key", A_FIELD), ("value", A_VARIANT), ("code", A_VARIANT), ("discriminator", A_UNION)],
            ),
            On::Event => (
                &["crate"],
                &[
                    ("typename", "to an `Output`: an event goes by its `name`"),
                    ("key", A_FIELD),
                    ("value", A_VARIANT),
                    ("code", A_VARIANT),
                    ("discriminator", A_UNION),
                ],
            ),
            On::Enum => (
                &["discriminator", "typename", "crate"],
                &[("key", A_FIELD), ("value", A_VARIANT), ("code", OF_ERRORS)],
            ),
            On::Field => (
                &["key"],
                &[
                    ("typename", THE_TYPE),
                    ("crate", THE_TYPE),
                    ("value", A_VARIANT),
                    ("code", A_VARIANT),
                    ("discriminator", A_UNION),
                ],
            ),
            On::Variant => (
                &["value"],
                &[
                    ("typename", THE_TYPE),
                    ("crate", THE_TYPE),
                    ("key", A_FIELD),
                    ("code", OF_ERRORS),
                    ("discriminator", A_UNION),
                ],
            ),
            On::Code => (
                &["code"],
                &[
                    ("typename", THE_TYPE),
                    ("crate", THE_TYPE),
                    ("key", A_FIELD),
                    ("value", "to an `Output`"),
                    ("discriminator", A_UNION),
                ],
            ),
        };
        let mut this = Self::default();
        let grammar = Grammar { name: "output", words, elsewhere };
        this.mistaken = grammar.read(attributes, errors, |word, meta| match word {
            "key" => words::string(&mut this.key, meta),
            "value" => {
                this.values.push(words::literal(meta)?);
                Ok(true)
            }
            "code" => words::string(&mut this.code, meta),
            "discriminator" => words::string(&mut this.discriminator, meta),
            "typename" => words::string(&mut this.typename, meta),
            "crate" => words::plain(&mut this.runtime, meta),
            _ => Ok(false),
        });
        this
    }
}

impl EventAttribute {
    pub(super) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        const HERE: Grammar =
            Grammar { name: "event", words: &["name", "entity", "operation", "foreign", "crate"], elsewhere: &[] };
        let mut this = Self::default();
        this.mistaken = HERE.read(attributes, errors, |word, meta| match word {
            "name" => words::string(&mut this.name, meta),
            "entity" => words::string(&mut this.entity, meta),
            "operation" => words::string(&mut this.operation, meta),
            "foreign" => {
                this.foreign = true;
                Ok(true)
            }
            "crate" => words::plain(&mut this.runtime, meta),
            _ => Ok(false),
        });
        this
    }
}

/// The path by which expanded code reaches the runtime.
pub(super) fn runtime_path(written: Option<&Path>) -> TokenStream {
    written.map_or_else(|| quote!(::pgmutate), ToTokens::to_token_stream)
}
