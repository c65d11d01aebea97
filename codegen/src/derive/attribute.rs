//! The attributes that the derives understand: `#[mutation(...)]`, `#[argument(...)]` and `#[input(...)]`.

use std::collections::HashMap;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::meta::ParseNestedMeta;
use syn::parse::Parse;
use syn::{Attribute, Expr, Ident, LitStr, Path, Token, Type};

use crate::suggest;

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
    /// `key = "type"`, where the field is not called as the key is.
    pub(super) key: Option<LitStr>,
    /// `crate = path`, where the runtime goes by another name.
    pub(super) runtime: Option<Path>,
}

/// What `#[output(...)]` says of a type, a field or a variant.
#[derive(Default)]
pub(super) struct OutputAttribute {
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
    /// See [`MutationAttribute::mistaken`].
    pub(super) mistaken: bool,
}

/// Mistakes in attributes, collected so that all are reported at once.
#[derive(Default)]
pub(super) struct Errors(Option<syn::Error>);

impl Errors {
    pub(super) fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            None => self.0 = Some(error),
        }
    }

    pub(super) fn at(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    pub(super) fn at_span(&mut self, span: Span, message: impl std::fmt::Display) {
        self.push(syn::Error::new(span, message));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// One `compile_error!` for each mistake.
    pub(super) fn into_tokens(self) -> TokenStream {
        self.0.map(|error| error.into_compile_error()).unwrap_or_default()
    }
}

/// Strings that stand for one thing each.
#[derive(Default)]
pub(super) struct Distinct<'a>(HashMap<String, &'a Ident>);

impl<'a> Distinct<'a> {
    pub(super) fn add(&mut self, string: &LitStr, of: &'a Ident, errors: &mut Errors) {
        if let Some(first) = self.0.insert(string.value(), of) {
            errors.at(string, format!("`{}` is that of `{first}` already", string.value()));
        }
    }
}

/// Reads all attributes of one name, word by word. `words` are those that people write; `read` returns `false` for one that it does not know. Returns whether
/// something was not understood.
fn each(
    attributes: &[Attribute],
    (name, words): (&str, &[&str]),
    errors: &mut Errors,
    mut read: impl FnMut(&str, &ParseNestedMeta<'_>) -> syn::Result<bool>,
) -> bool {
    let mut mistaken = false;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident(name)) {
        let parsed = attribute.parse_nested_meta(|meta| {
            let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            if read(&word, &meta)? {
                return Ok(());
            }
            mistaken = true;
            errors.at(&meta.path, unknown_word(name, &word, words));
            // What is behind it is read all the same.
            if meta.input.peek(Token![=]) { meta.value()?.parse::<Expr>().map(drop) } else { Ok(()) }
        });
        if let Err(error) = parsed {
            mistaken = true;
            errors.push(error);
        }
    }
    mistaken
}

fn unknown_word(name: &str, word: &str, words: &[&str]) -> String {
    match suggest::nearest(word, words.iter().copied()) {
        Some(near) => format!("`#[{name}(...)]` knows no `{word}`\nhelp: did you mean `{near}`?"),
        None => format!("`#[{name}(...)]` knows `{}`, and not this", words.join("`, `")),
    }
}

/// Reads what a word is said to be, which it is once.
fn once<T: Parse>(slot: &mut Option<T>, meta: &ParseNestedMeta<'_>) -> syn::Result<bool> {
    let value = meta.value()?.parse()?;
    if slot.is_some() {
        return Err(syn::Error::new_spanned(&meta.path, "this is said twice"));
    }
    *slot = Some(value);
    Ok(true)
}

impl MutationAttribute {
    pub(super) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut this = Self::default();
        let words = &["function", "typename", "success", "error", "crate"];
        this.mistaken = each(attributes, ("mutation", words), errors, |word, meta| match word {
            "function" => once(&mut this.function, meta),
            "typename" => once(&mut this.typename, meta),
            "contract" => once(&mut this.contract, meta),
            "success" => once(&mut this.success, meta),
            "error" => once(&mut this.error, meta),
            "crate" => once(&mut this.runtime, meta),
            _ => Ok(false),
        });
        this
    }
}

impl ArgumentAttribute {
    pub(super) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut this = Self::default();
        this.mistaken = each(attributes, ("argument", &["name"]), errors, |word, meta| {
            match word {
                "name" => return once(&mut this.name, meta),
                "sql" => this.sql = Some(until_comma(meta)?),
                "optional" => this.optional = true,
                _ => return Ok(false),
            }
            Ok(true)
        });
        this
    }
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
    pub(super) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut this = Self::default();
        each(attributes, ("input", &["key", "crate"]), errors, |word, meta| match word {
            "key" => once(&mut this.key, meta),
            "crate" => once(&mut this.runtime, meta),
            _ => Ok(false),
        });
        this
    }
}

impl OutputAttribute {
    pub(super) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut this = Self::default();
        let words = &["key", "value", "code", "discriminator", "crate"];
        this.mistaken = each(attributes, ("output", words), errors, |word, meta| match word {
            "key" => once(&mut this.key, meta),
            "value" => {
                this.values.push(meta.value()?.parse()?);
                Ok(true)
            }
            "code" => once(&mut this.code, meta),
            "discriminator" => once(&mut this.discriminator, meta),
            "crate" => once(&mut this.runtime, meta),
            _ => Ok(false),
        });
        this
    }
}

impl EventAttribute {
    pub(super) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut this = Self::default();
        this.mistaken =
            each(attributes, ("event", &["name", "entity", "operation"]), errors, |word, meta| match word {
                "name" => once(&mut this.name, meta),
                "entity" => once(&mut this.entity, meta),
                "operation" => once(&mut this.operation, meta),
                _ => Ok(false),
            });
        this
    }
}

/// The path by which expanded code reaches the runtime.
pub(super) fn runtime_path(written: Option<&Path>) -> TokenStream {
    written.map_or_else(|| quote!(::pgmutate), ToTokens::to_token_stream)
}
