//! Names: snake case of SQL to camel case of GraphQL and to Rust.

/// The name of `key` for clients: each `_` that follows a letter or digit goes, and what it preceded becomes upper case.
///
/// Digits stay where they are (`address_line_1` becomes `addressLine1`); leading, trailing and doubled underscores stay, so
/// that `_id` and `id` remain two names. An acronym is a word like any other (`http_url` becomes `httpUrl`). The runtime's
/// rename rule is the same; a test holds the two together.
pub fn camel_case(key: &str) -> String {
    let mut name = String::with_capacity(key.len());
    let mut chars = key.chars().peekable();
    let mut joins = false;
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(next) if c == '_' && joins && next.is_ascii_alphanumeric() => {
                name.push(next.to_ascii_uppercase());
                chars.next();
                joins = true;
            }
            _ => {
                name.push(c);
                joins = c.is_ascii_alphanumeric();
            }
        }
    }
    name
}

/// `createOrder` and `create_order` as a Rust type: `CreateOrder`.
pub fn pascal_case(name: &str) -> String {
    let camel = camel_case(name);
    let mut chars = camel.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// `OUT_OF_STOCK`, `out-of-stock` and `order.created` as Rust types or variants: `OutOfStock`; nothing where that is no name.
pub fn words_to_pascal_case(text: &str) -> Option<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let lowered =
        words.map(|word| if word.chars().all(|c| !c.is_lowercase()) { word.to_lowercase() } else { word.to_owned() });
    let name: String = lowered.map(|word| pascal_case(&word)).collect();
    is_rust_identifier(&name).then_some(name)
}

/// `createOrder` as a Rust function or module: `create_order`.
pub fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    let mut before: Option<char> = None;
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        let starts_word = c.is_uppercase()
            && before.is_some_and(|before| {
                before != '_' && (!before.is_uppercase() || chars.peek().is_some_and(|next| next.is_lowercase()))
            });
        if starts_word {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
        before = Some(c);
    }
    snake
}

/// `CreateOrderSuccess` as a Rust static: `CREATE_ORDER_SUCCESS`.
pub fn screaming_case(name: &str) -> String {
    snake_case(name).to_uppercase()
}

/// Whether `name` can be a Rust identifier once it is made raw where it is a keyword.
pub fn is_rust_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    let head = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    head && chars.all(|c| c.is_ascii_alphanumeric() || c == '_') && name != "_"
}

/// A name in SQL as a Rust identifier: keywords become raw (`r#type`) or, where Rust has no raw form, get an underscore.
///
/// What cannot be one gets underscores in place of what stands in the way. The contract has reported it; the code beside it is
/// still written.
pub fn rust_identifier(name: &str) -> proc_macro2::Ident {
    let span = proc_macro2::Span::call_site();
    match name {
        "self" | "Self" | "super" | "crate" => proc_macro2::Ident::new(&format!("{name}_"), span),
        // Asked for first: a parser would skip the white space around a name.
        _ if is_rust_identifier(name) => match syn::parse_str::<syn::Ident>(name) {
            Ok(_) => proc_macro2::Ident::new(name, span),
            Err(_) => proc_macro2::Ident::new_raw(name, span),
        },
        _ => {
            let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
            proc_macro2::Ident::new(&format!("_{plain}_"), span)
        }
    }
}

/// The field of an input struct for the key at `index`: the key itself, or a numbered name for what cannot be one.
pub fn input_field(index: usize, key: &str) -> proc_macro2::Ident {
    if is_rust_identifier(key) { rust_identifier(key) } else { rust_identifier(&format!("field_{}", index + 1)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_names() {
        for (key, name) in [
            ("id", "id"),
            ("first_name", "firstName"),
            ("address_line_1", "addressLine1"),
            ("line1_text", "line1Text"),
            ("http_url", "httpUrl"),
            ("_id", "_id"),
            ("a__b", "a__b"),
            ("trailing_", "trailing_"),
            ("alreadyCamel", "alreadyCamel"),
            ("a_b_c", "aBC"),
            ("größe_x", "größeX"),
            ("x_ß", "x_ß"),
        ] {
            assert_eq!(camel_case(key), name);
        }
    }

    #[test]
    fn names_become_rust() {
        assert_eq!(pascal_case("createOrder"), "CreateOrder");
        assert_eq!(pascal_case("create_order"), "CreateOrder");
        assert_eq!(screaming_case("CreateOrderSuccess"), "CREATE_ORDER_SUCCESS");
        assert_eq!(screaming_case("HTTPRequest"), "HTTP_REQUEST");
        assert_eq!(rust_identifier("type").to_string(), "r#type");
        assert_eq!(rust_identifier("self").to_string(), "self_");
        assert_eq!(rust_identifier("\n_success").to_string(), "___success_");
        assert_eq!(rust_identifier("email").to_string(), "email");
        for (name, identifier) in [("", "__"), ("_", "___"), ("2D-Point", "_2D_Point_"), ("r#x", "_r_x_")] {
            assert_eq!(rust_identifier(name).to_string(), identifier);
        }
    }
}
