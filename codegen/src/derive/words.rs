//! Reads attributes word by word: `#[mutation(function = "app.create_order")]`.

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::meta::ParseNestedMeta;
use syn::parse::Parse;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta, Token, Type};

use super::mistakes::Errors;
use crate::suggest;

/// What an attribute is called, and the words that people write in it.
pub(super) struct Grammar {
    pub(super) name: &'static str,
    /// Those that have a meaning here, the first of them as an example.
    pub(super) words: &'static [&'static str],
    /// Those that have one elsewhere, and where.
    pub(super) elsewhere: &'static [(&'static str, &'static str)],
}

impl Grammar {
    /// Reads all attributes of the name; `read` returns `false` for a word that it does not know. Returns whether something was not understood.
    pub(super) fn read(
        &self,
        attributes: &[Attribute],
        errors: &mut Errors,
        mut read: impl FnMut(&str, &ParseNestedMeta<'_>) -> syn::Result<bool>,
    ) -> bool {
        let mut mistaken = false;
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident(self.name)) {
            if let Some(error) = self.outer(attribute) {
                mistaken = true;
                errors.push(error);
                continue;
            }
            let parsed = attribute.parse_nested_meta(|meta| {
                let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
                let elsewhere = self.elsewhere.iter().any(|(other, _)| *other == word);
                if !elsewhere && read(&word, &meta)? {
                    return Ok(());
                }
                mistaken = true;
                errors.at(&meta.path, self.unknown(&word));
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

    /// What is wrong before the first word.
    fn outer(&self, attribute: &Attribute) -> Option<syn::Error> {
        let (name, example) = (self.name, self.words.first()?);
        match &attribute.meta {
            Meta::List(list) => match list.tokens.clone().into_iter().next()? {
                TokenTree::Literal(literal) => Some(syn::Error::new(
                    literal.span(),
                    format!("say what this is: `#[{name}({example} = {literal})]`"),
                )),
                _ => None,
            },
            Meta::NameValue(pair) => {
                let value = pair.value.to_token_stream();
                let message = format!("write `#[{name}({example} = {value})]`");
                Some(syn::Error::new_spanned(&pair.value, message))
            }
            Meta::Path(path) => {
                Some(syn::Error::new_spanned(path, format!("this says nothing yet: `#[{name}({example} = \"...\")]`")))
            }
        }
    }

    fn unknown(&self, word: &str) -> String {
        let Self { name, words, elsewhere } = self;
        if let Some((_, place)) = elsewhere.iter().find(|(other, _)| *other == word) {
            return format!("`{word}` belongs {place}\nnote: here `#[{name}(...)]` knows `{}`", words.join("`, `"));
        }
        // An abbreviation is farther away than a slip of the pen.
        let longer = words.iter().copied().find(|known| word.len() > 2 && known.starts_with(word));
        match suggest::nearest(word, words.iter().copied()).or(longer) {
            Some(near) => format!("`#[{name}(...)]` knows no `{word}`\nhelp: did you mean `{near}`?"),
            None => format!("`#[{name}(...)]` knows `{}`, and not this", words.join("`, `")),
        }
    }
}

/// Keeps what a word is said to be, which it is once.
fn once<T>(slot: &mut Option<T>, value: T, meta: &ParseNestedMeta<'_>) -> syn::Result<bool> {
    if slot.is_some() {
        return Err(syn::Error::new_spanned(&meta.path, "this is said twice"));
    }
    *slot = Some(value);
    Ok(true)
}

/// Reads a path, or what else has a form of its own.
pub(super) fn plain<T: Parse>(slot: &mut Option<T>, meta: &ParseNestedMeta<'_>) -> syn::Result<bool> {
    let value = meta.value()?.parse()?;
    once(slot, value, meta)
}

/// Reads a type.
pub(super) fn ty(slot: &mut Option<Type>, meta: &ParseNestedMeta<'_>) -> syn::Result<bool> {
    let value = meta.value()?;
    if value.peek(LitStr) {
        let literal: LitStr = value.parse()?;
        return Err(syn::Error::new_spanned(&literal, format!("a type stands without quotes: `{}`", literal.value())));
    }
    once(slot, value.parse()?, meta)
}

/// Reads a string.
pub(super) fn string(slot: &mut Option<LitStr>, meta: &ParseNestedMeta<'_>) -> syn::Result<bool> {
    let value = literal(meta)?;
    once(slot, value, meta)
}

/// A word's string.
pub(super) fn literal(meta: &ParseNestedMeta<'_>) -> syn::Result<LitStr> {
    let mut value = meta.value()?.parse()?;
    // What a macro by example has put in its place.
    while let Expr::Group(group) = value {
        value = *group.expr;
    }
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(literal), .. }) => Ok(literal),
        other => {
            let text = other.to_token_stream().to_string().replace(' ', "").replace("::", ".");
            let help = if matches!(other, Expr::Path(_) | Expr::Field(_)) {
                format!("a string stands in quotes: `\"{text}\"`")
            } else {
                "a string is expected, in quotes".to_owned()
            };
            Err(syn::Error::new_spanned(&other, help))
        }
    }
}
