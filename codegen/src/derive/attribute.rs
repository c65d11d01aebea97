//! The attributes that the derives understand: `#[mutation(...)]`, `#[argument(...)]` and `#[input(...)]`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::meta::ParseNestedMeta;
use syn::{Attribute, LitStr, Path, Token, Type};

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
}

/// What `#[event(...)]` says of a struct.
#[derive(Default)]
pub(super) struct EventAttribute {
    pub(super) name: Option<LitStr>,
    pub(super) entity: Option<LitStr>,
    pub(super) operation: Option<LitStr>,
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

fn each(
    attributes: &[Attribute],
    (name, words): (&str, &str),
    errors: &mut Errors,
    mut read: impl FnMut(&ParseNestedMeta<'_>) -> syn::Result<bool>,
) {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident(name)) {
        let parsed = attribute.parse_nested_meta(|meta| match read(&meta) {
            Ok(true) => Ok(()),
            Ok(false) => Err(meta.error(format!("`#[{name}(...)]` knows {words}, and not this"))),
            Err(error) => Err(error),
        });
        if let Err(error) = parsed {
            errors.push(error);
        }
    }
}

impl MutationAttribute {
    pub(super) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut this = Self::default();
        each(attributes, ("mutation", "`function`, `typename`, `success`, `error` and `crate`"), errors, |meta| {
            if meta.path.is_ident("function") {
                this.function = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("typename") {
                this.typename = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("contract") {
                this.contract = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("success") {
                this.success = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("error") {
                this.error = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("crate") {
                this.runtime = Some(meta.value()?.parse()?);
            } else {
                return Ok(false);
            }
            Ok(true)
        });
        this
    }
}

impl ArgumentAttribute {
    pub(super) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut this = Self::default();
        each(attributes, ("argument", "`name`"), errors, |meta| {
            if meta.path.is_ident("name") {
                this.name = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("sql") {
                this.sql = Some(until_comma(meta)?);
            } else if meta.path.is_ident("optional") {
                this.optional = true;
            } else {
                return Ok(false);
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
        each(attributes, ("input", "`key` and `crate`"), errors, |meta| {
            if meta.path.is_ident("key") {
                this.key = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("crate") {
                this.runtime = Some(meta.value()?.parse()?);
            } else {
                return Ok(false);
            }
            Ok(true)
        });
        this
    }
}

impl OutputAttribute {
    pub(super) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut this = Self::default();
        each(attributes, ("output", "`key`, `value`, `code`, `discriminator` and `crate`"), errors, |meta| {
            if meta.path.is_ident("key") {
                this.key = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("value") {
                this.values.push(meta.value()?.parse()?);
            } else if meta.path.is_ident("code") {
                this.code = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("discriminator") {
                this.discriminator = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("crate") {
                this.runtime = Some(meta.value()?.parse()?);
            } else {
                return Ok(false);
            }
            Ok(true)
        });
        this
    }
}

impl EventAttribute {
    pub(super) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut this = Self::default();
        each(attributes, ("event", "`name`, `entity` and `operation`"), errors, |meta| {
            if meta.path.is_ident("name") {
                this.name = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("entity") {
                this.entity = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("operation") {
                this.operation = Some(meta.value()?.parse()?);
            } else {
                return Ok(false);
            }
            Ok(true)
        });
        this
    }
}

/// The path by which expanded code reaches the runtime.
pub(super) fn runtime_path(written: Option<&Path>) -> TokenStream {
    written.map_or_else(|| quote!(::pgmutate), ToTokens::to_token_stream)
}
