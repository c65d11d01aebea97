//! Names that SQL or GraphQL writes in another style than Rust: no reason for a warning in a user's build.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

/// For a module, or for a struct with such fields: rustc asks the struct, not the field.
pub(super) fn snake_case<'a>(names: impl IntoIterator<Item = &'a Ident>) -> Option<TokenStream> {
    let unlike = |name: String| name.chars().any(char::is_uppercase) || name.contains("__");
    names.into_iter().map(plain).any(unlike).then(|| quote!(#[allow(non_snake_case)]))
}

/// For a struct or an enum.
pub(super) fn camel_case(name: &Ident) -> Option<TokenStream> {
    let name = plain(name);
    let unlike = name.contains('_') || name.starts_with(char::is_lowercase);
    unlike.then(|| quote!(#[allow(non_camel_case_types)]))
}

/// Underscores at both ends are of no style.
fn plain(name: &Ident) -> String {
    name.to_string().trim_start_matches("r#").trim_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_another_style_are_allowed() {
        let ident = |name: &str| Ident::new(name, proc_macro2::Span::call_site());
        for (name, snake, camel) in [
            ("order_id", true, false),
            ("_id", true, false),
            ("orderId", false, false),
            ("a__b", false, false),
            ("OrderInput", false, true),
            ("Order_Input", false, false),
        ] {
            let allowed = (snake_case([&ident(name)]).is_none(), camel_case(&ident(name)).is_none());
            assert_eq!(allowed, (snake, camel), "{name}");
        }
        assert!(snake_case([&Ident::new_raw("type", proc_macro2::Span::call_site())]).is_none());
    }
}
