//! Mistakes in what a derive stands on, each at its token.

use std::collections::HashMap;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{Ident, LitStr};

/// Mistakes, collected so that all are reported at once.
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

/// A name of the derive's own, for what is written at a token of the user's: there it would be another, where a macro by example has made the token.
pub(super) fn own(name: &str, at: Span) -> Ident {
    Ident::new(name, Span::call_site().located_at(at))
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
