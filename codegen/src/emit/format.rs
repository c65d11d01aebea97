//! Tokens to text as a person would format it.

use proc_macro2::{Literal, TokenStream};

/// Stands between items where the text gets an empty line: tokens know none.
const EMPTY_LINE: &str = "pgmutate_empty_line!();";

/// Items with an empty line between each two.
pub(super) fn spaced(items: impl IntoIterator<Item = TokenStream>) -> TokenStream {
    let mut out = TokenStream::new();
    for item in items.into_iter().filter(|item| !item.is_empty()) {
        if !out.is_empty() {
            out.extend(quote::quote!(pgmutate_empty_line!();));
        }
        out.extend(item);
    }
    out
}

/// A whole file: the header, then the items.
pub(super) fn file(header: &str, items: TokenStream) -> String {
    let text = match syn::parse2::<syn::File>(items.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        // Only a Rust type that the manifest names can be no Rust: rustc says so, with the place.
        Err(_) => items.to_string(),
    };
    let mut out = String::from(header);
    for line in text.lines() {
        out.push_str(if line.trim() == EMPTY_LINE { "" } else { line });
        out.push('\n');
    }
    out
}

/// An expression as a file of its own, for `include!`.
pub(super) fn expression(header: &str, block: &TokenStream) -> String {
    let wrapped = quote::quote!(const WRAPPED: () = #block;);
    let text = file("", wrapped);
    let body = text.trim_start_matches("const WRAPPED: () = ").trim_end().trim_end_matches(';');
    format!("{header}{body}\n")
}

/// A string that is easier to read over several lines: a raw literal.
pub(super) fn block(text: &str) -> Literal {
    let hashes = (0..).map(|count| "#".repeat(count)).find(|hashes| !text.contains(&format!("\"{hashes}")));
    let raw = |hashes: String| format!("r{hashes}\"{text}\"{hashes}").parse::<Literal>();
    // A raw literal cannot hold a bare carriage return.
    if text.contains('\r') || !text.contains(['\n', '"', '\\']) {
        return Literal::string(text);
    }
    hashes.and_then(|hashes| raw(hashes).ok()).unwrap_or_else(|| Literal::string(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_any_text() {
        for text in ["plain", "two\nlines", "a \"quoted\" word", "hash \"# inside", "back\\slash", "cr\r\nlf", ""] {
            let literal: syn::LitStr = syn::parse_str(&block(text).to_string()).unwrap();
            assert_eq!(literal.value(), text);
        }
    }
}
