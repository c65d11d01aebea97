//! The derives as functions from tokens to tokens: what they accept, and every mistake at its token.

use std::fs;
use std::path::Path;

use proc_macro2::TokenStream;
use quote::quote;

use super::{ArgumentLine, ContractFile, FOLDER, Presence, derive_mutation, file_stem};

/// The derives in a crate without a build script.
fn derive_input(tokens: TokenStream) -> TokenStream {
    super::derive_input(tokens, None)
}

fn derive_output(tokens: TokenStream) -> TokenStream {
    super::derive_output(tokens, None)
}

fn derive_mutation_error(tokens: TokenStream) -> TokenStream {
    super::derive_mutation_error(tokens, None)
}

fn derive_event(tokens: TokenStream) -> TokenStream {
    super::derive_event(tokens, None, None)
}

fn contract() -> ContractFile {
    let argument = |name: &str, sql_type: &str, marker: &str, optional, line| ArgumentLine {
        name: name.into(),
        sql_type: sql_type.into(),
        marker: marker.into(),
        rust: if marker == "Text" { "String".into() } else { format!("pgmutate::types::{marker}") },
        presence: if optional { Presence::Optional } else { Presence::Required },
        source: format!("sql/customer.sql:{line}"),
    };
    ContractFile {
        version: env!("CARGO_PKG_VERSION").into(),
        mutation: "updateCustomer".into(),
        function: "app.update_customer".into(),
        source: "sql/customer.sql:3".into(),
        typename: "UpdateCustomerSuccess".into(),
        error: "UpdateCustomerError".into(),
        arguments: vec![
            argument("customer_id", "uuid", "Uuid", false, 4),
            argument("type", "text", "Text", false, 5),
            argument("note", "text", "Text", true, 6),
        ],
    }
}

/// An OUT_DIR in which the build script has left one contract.
fn out_dir() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let contracts = folder.path().join(FOLDER);
    fs::create_dir(&contracts).unwrap();
    let stem = file_stem("app.update_customer");
    fs::write(contracts.join(format!("{stem}.contract")), contract().render()).unwrap();
    fs::write(contracts.join(format!("{}.broken", file_stem("app.broken"))), "a key is missing\n").unwrap();
    folder
}

/// The messages of all `compile_error!`s, in order.
pub(super) fn errors(tokens: TokenStream) -> Vec<String> {
    let file: syn::File = syn::parse2(tokens).unwrap();
    let messages = file.items.iter().filter_map(|item| match item {
        syn::Item::Macro(item) if item.mac.path.segments.last()?.ident == "compile_error" => {
            syn::parse2::<syn::LitStr>(item.mac.tokens.clone()).ok().map(|message| message.value())
        }
        _ => None,
    });
    messages.collect()
}

fn derive(tokens: TokenStream) -> (Vec<String>, String) {
    let folder = out_dir();
    let expanded = derive_mutation(tokens, Some(folder.path()), None);
    let text = prettyplease::unparse(&syn::parse2(expanded.clone()).unwrap());
    (errors(expanded), text.replace(&folder.path().display().to_string(), "OUT_DIR"))
}

#[test]
fn a_struct_that_fits_is_bound_in_the_contracts_order() {
    let (errors, text) = derive(quote! {
        #[mutation(function = "app.update_customer", typename = "UpdateCustomerSuccess")]
        struct Update<'a> {
            note: Option<&'a str>,
            r#type: String,
            #[argument(name = "customer_id")]
            id: Uuid,
        }
    });
    assert_eq!(errors, Vec::<String>::new());
    let dense = text.split_whitespace().collect::<String>();
    assert_eq!(dense.matches("arguments.put::<").count(), 2, "{text}");
    assert_eq!(dense.matches("arguments.put_optional::<").count(), 1, "{text}");
    assert_eq!(dense.matches("::bind(&self.").count(), 3, "{text}");
    assert!(text.find("\"customer_id\"").unwrap() < text.find("\"type\"").unwrap(), "{text}");
    assert!(text.find("\"type\"").unwrap() < text.find("\"note\"").unwrap(), "{text}");
    assert!(dense.contains("include!(\"OUT_DIR/pgmutate/app.update_customer.rs\")"), "{text}");
    assert!(text.contains("(sql/customer.sql:4)"), "{text}");
}

#[test]
fn an_optional_argument_may_be_left_out_of_the_struct() {
    let (errors, text) = derive(quote! {
        #[mutation(function = "app.update_customer")]
        struct Update { customer_id: Uuid, r#type: String }
    });
    assert_eq!(errors, Vec::<String>::new());
    assert!(text.contains("arguments.leave_out();"), "{text}");
}

#[test]
fn every_mistake_in_the_fields_is_reported_with_the_line_of_sql() {
    let (errors, text) = derive(quote! {
        #[mutation(function = "app.update_customer", typename = "Customer")]
        struct Update { custmer_id: Uuid, color: String }
    });
    assert_eq!(
        errors,
        [
            "a successful `app.update_customer` answers a `UpdateCustomerSuccess` (sql/customer.sql:3)",
            "`app.update_customer` has no argument `custmer_id` (sql/customer.sql:3)\nhelp: did you mean `customer_id`?",
            "`app.update_customer` has no argument `color` (sql/customer.sql:3)\n\
             help: if its argument `type` is meant, say so: `#[argument(name = \"type\")]`",
        ]
    );
    assert!(text.contains("contract::SKELETON"), "one mistake must stay one error: {text}");
}

#[test]
fn a_field_too_many_and_an_argument_too_few_are_two_mistakes_where_their_types_differ() {
    let (errors, _) = derive(quote! {
        #[mutation(function = "app.update_customer")]
        struct Update { customer_id: Uuid, color: bool }
    });
    assert_eq!(
        errors,
        [
            "`app.update_customer` has no argument `color` (sql/customer.sql:3)\n\
             note: its arguments: `customer_id`, `type`, `note`",
            "`app.update_customer` needs the argument `type text` (sql/customer.sql:5)\nhelp: add a field `r#type: String`",
        ]
    );
}

#[test]
fn an_argument_that_is_never_null_is_no_option() {
    let (errors, _) = derive(quote! {
        #[mutation(function = "app.update_customer")]
        struct Update { customer_id: core::option::Option<Uuid>, r#type: String, note: Option<String> }
    });
    assert_eq!(
        errors,
        ["the argument `customer_id` of `app.update_customer` is never null by the manifest (sql/customer.sql:4)\n\
             help: send `pgmutate::types::Uuid`"]
    );
}

#[test]
fn an_unknown_or_broken_function_says_what_there_is() {
    let (errors, _) = derive(quote!(
        #[mutation(function = "app.update_custommer")]
        struct A;
    ));
    assert_eq!(
        errors,
        [
            "no mutation of the manifest calls a function `app.update_custommer`\nhelp: did you mean `app.update_customer`?"
        ]
    );
    for meant in ["update_customer", "updateCustomer", "App.UpdateCustomer", "update_custommer"] {
        let (errors, _) = derive(quote!(
            #[mutation(function = #meant)]
            struct A;
        ));
        assert!(errors[0].ends_with("help: did you mean `app.update_customer`?"), "{meant}: {errors:?}");
    }
    let (errors, _) = derive(quote!(
        #[mutation(function = "app.broken")]
        struct A;
    ));
    assert_eq!(errors, ["`app.broken` cannot be called: a key is missing"]);
}

#[test]
fn what_is_no_struct_with_named_fields_is_refused() {
    for tokens in [
        quote!(
            #[mutation(function = "app.update_customer")]
            struct A(Uuid);
        ),
        quote!(
            #[mutation(function = "app.update_customer")]
            enum A {
                B,
            }
        ),
        quote!(
            struct A;
        ),
        quote!(
            #[mutation(function = "a", contract = b)]
            struct A;
        ),
    ] {
        let (errors, text) = derive(tokens.clone());
        assert!(!errors.is_empty(), "{tokens}: {text}");
    }
}

#[test]
fn without_a_build_script_the_derive_says_how_to_add_one() {
    let struct_ = quote!(
        #[mutation(function = "app.update_customer")]
        struct A;
    );
    let missing = errors(derive_mutation(struct_.clone(), None, None));
    assert!(missing[0].contains("build.rs") && missing.len() == 1, "{missing:?}");
    let folder = tempfile::tempdir().unwrap();
    let silent = errors(derive_mutation(struct_.clone(), Some(folder.path()), None));
    assert!(silent[0].contains("has left no contracts"), "{silent:?}");
    let other = Path::new(FOLDER).join("app.update_customer.contract");
    fs::create_dir(folder.path().join(FOLDER)).unwrap();
    let older = ContractFile { version: "0.0.1".into(), ..contract() };
    fs::write(folder.path().join(other), older.render()).unwrap();
    let older = errors(derive_mutation(struct_, Some(folder.path()), None));
    assert!(older[0].contains("another version of pgmutate-codegen"), "{older:?}");
}

#[test]
fn inputs_write_their_fields_under_their_keys() {
    let tokens = derive_input(quote! {
        struct Item { r#type: String, #[input(key = "unit-price")] unit_price: Numeric }
    });
    let text = prettyplease::unparse(&syn::parse2(tokens).unwrap());
    assert!(text.contains(".put(\"type\", &self.r#type)"), "{text}");
    assert!(text.contains(".put(\"unit-price\", &self.unit_price)"), "{text}");
    assert_eq!(
        errors(derive_input(quote!(
            enum A {
                B,
            }
        )))
        .len(),
        1
    );
}

#[test]
fn a_word_that_an_attribute_does_not_know_is_one_error() {
    let known = |name: &str, word: &str, near: &str| {
        format!("`#[{name}(...)]` knows no `{word}`\nhelp: did you mean `{near}`?")
    };
    let (mutation, _) = derive(quote!(
        #[mutation(functon = "app.update_customer", succes = A)]
        struct A;
    ));
    assert_eq!(mutation, [known("mutation", "functon", "function"), known("mutation", "succes", "success")]);
    let (argument, _) = derive(quote!(
        #[mutation(function = "app.update_customer")]
        struct A {
            #[argument(nme = "customer_id")]
            id: Uuid,
            r#type: String,
        }
    ));
    assert_eq!(argument, [known("argument", "nme", "name")]);
    for tokens in [
        quote!(
            enum A {
                #[output(valu = "a")]
                B,
            }
        ),
        quote!(
            #[output(discriminator = "kind")]
            enum A {
                #[output(valu = "a")]
                B(C),
            }
        ),
    ] {
        assert_eq!(errors(derive_output(tokens)), [known("output", "valu", "value")]);
    }
    let union = quote!(
        #[output(discriminater = "kind")]
        enum A {
            #[output(valu = "a")]
            B(C),
        }
    );
    assert_eq!(
        errors(derive_output(union)),
        [known("output", "discriminater", "discriminator"), known("output", "valu", "value")]
    );
    let code = quote!(
        enum A {
            #[output(cod = "A")]
            B,
        }
    );
    assert_eq!(errors(derive_mutation_error(code)), [known("output", "cod", "code")]);
    let event = quote!(
        #[event(name = "A", entity = "a", opration = "CREATE")]
        struct A;
    );
    assert_eq!(errors(derive_event(event)), [known("event", "opration", "operation")]);
    let input = quote!(
        struct A {
            #[input(rename = "b")]
            a: String,
        }
    );
    assert_eq!(errors(derive_input(input)), ["`#[input(...)]` knows `key`, and not this"]);
}

#[test]
fn what_is_said_twice_is_an_error() {
    let (mutation, _) = derive(quote!(
        #[mutation(function = "app.update_customer", function = "app.other")]
        struct A {
            customer_id: Uuid,
            r#type: String,
        }
    ));
    assert_eq!(mutation, ["this is said twice"]);
    let word = quote!(
        enum A {
            #[output(value = "a")]
            B,
            #[output(value = "b", value = "a")]
            C,
        }
    );
    assert_eq!(errors(derive_output(word)), ["`a` is that of `B` already"]);
    let code = quote!(
        enum A {
            #[output(code = "A")]
            B,
            #[output(code = "A")]
            C,
        }
    );
    assert_eq!(errors(derive_mutation_error(code)), ["`A` is that of `B` already"]);
    let key = quote!(
        struct A {
            a: String,
            #[input(key = "a")]
            b: String,
        }
    );
    assert_eq!(errors(derive_input(key)), ["`a` is that of `a` already"]);
}

#[test]
fn what_an_attribute_cannot_be_says_how_it_is_written() {
    let first = |tokens: TokenStream| {
        let (errors, _) = derive(quote!(#tokens struct A { customer_id: Uuid, r#type: String }));
        assert_eq!(errors.len(), 1, "{errors:?}");
        errors.into_iter().next().unwrap()
    };
    assert_eq!(first(quote!(#[mutation])), "this says nothing yet: `#[mutation(function = \"...\")]`");
    assert_eq!(first(quote!(#[mutation("app.f")])), "say what this is: `#[mutation(function = \"app.f\")]`");
    assert_eq!(first(quote!(#[mutation = "app.f"])), "write `#[mutation(function = \"app.f\")]`");
    assert_eq!(first(quote!(#[mutation(function = app.f)])), "a string stands in quotes: `\"app.f\"`");
    assert_eq!(first(quote!(#[mutation(function = app::f)])), "a string stands in quotes: `\"app.f\"`");
    assert_eq!(first(quote!(#[mutation(function = 1)])), "a string is expected, in quotes");
    assert_eq!(
        first(quote!(#[mutation(func = "app.f")])),
        "`#[mutation(...)]` knows no `func`\nhelp: did you mean `function`?"
    );
    let done = quote!(#[mutation(function = "app.update_customer", success = "Done", error = Bad)]);
    assert_eq!(first(done), "a type stands without quotes: `Done`");
}

#[test]
fn a_word_in_the_wrong_place_says_where_it_belongs() {
    let belongs = |errors: Vec<String>| {
        assert_eq!(errors.len(), 1, "{errors:?}");
        errors[0].lines().next().unwrap().to_owned()
    };
    let output = |tokens| belongs(errors(derive_output(tokens)));
    assert_eq!(
        output(quote!(
            #[output(key = "a")]
            struct A;
        )),
        "`key` belongs to a field"
    );
    assert_eq!(
        output(quote!(
            struct A {
                #[output(value = "a")]
                a: String,
            }
        )),
        "`value` belongs to a variant"
    );
    assert_eq!(
        output(quote!(
            enum A {
                #[output(code = "a")]
                B,
            }
        )),
        "`code` belongs to a variant of a `MutationError`"
    );
    let error = quote!(
        enum A {
            #[output(value = "a")]
            B,
        }
    );
    assert_eq!(belongs(errors(derive_mutation_error(error))), "`value` belongs to an `Output`");
    assert_eq!(
        belongs(errors(derive_input(quote!(
            #[input(key = "a")]
            struct A;
        )))),
        "`key` belongs to a field"
    );
    let event = quote!(
        #[event(name = "A", entity = "a", operation = "CREATE")]
        struct A {
            #[event(name = "b")]
            b: String,
        }
    );
    assert_eq!(belongs(errors(derive_event(event))), "`#[event(...)]` belongs to the struct");
    let (argument, _) = derive(quote!(
        #[mutation(function = "app.update_customer")]
        #[argument(name = "customer_id")]
        struct A {
            customer_id: Uuid,
            r#type: String,
        }
    ));
    assert_eq!(belongs(argument), "`#[argument(...)]` belongs to a field");
    let (field, _) = derive(quote!(
        #[mutation(function = "app.update_customer")]
        struct A {
            #[mutation(name = "customer_id")]
            id: Uuid,
            r#type: String,
        }
    ));
    assert_eq!(belongs(field), "`#[mutation(...)]` belongs to the struct; a field says `#[argument(name = \"...\")]`");
}

#[test]
fn what_cannot_be_is_one_error() {
    let one = |tokens: TokenStream| {
        let errors = errors(tokens);
        assert_eq!(errors.len(), 1, "{errors:?}");
        errors.into_iter().next().unwrap()
    };
    assert!(
        one(derive_output(quote!(
            enum A {
                B(C),
                D(E),
            }
        )))
        .contains("discriminator")
    );
    assert!(
        one(derive_output(quote!(
            enum A {}
        )))
        .contains("at least one variant")
    );
    assert!(
        one(derive_mutation_error(quote!(
            struct A;
        )))
        .contains("are an enum")
    );
    assert!(
        one(derive_event(quote!(
            enum A {
                B,
            }
        )))
        .contains("an event is a struct")
    );
    assert!(
        one(derive_event(quote!(
            struct A;
        )))
        .contains("say which event this is: `#[event(name = \"ORDER_CREATED\",")
    );
    assert_eq!(
        one(derive_output(quote!(
            struct A {
                a: B,
                #[output(key = "a")]
                c: B,
            }
        ))),
        "`a` is that of `a` already"
    );
}
