//! Types of one's own that say what they stand for: each mistake at its token, and once.

use std::fs;
use std::path::Path;

use proc_macro2::TokenStream;
use quote::quote;

use super::super::declaration::{DECLARATIONS, Declaration, FieldLine, Kind, render_declarations};
use super::super::tests::errors;
use super::super::{FOLDER, derive_event, derive_input, derive_mutation_error, derive_output};

/// An OUT_DIR in which the build script has left what a manifest declares.
fn out_dir() -> tempfile::TempDir {
    let fields = |lines: &[(&str, &str, &str)]| {
        let line = |(key, graphql, rust): &(&str, &str, &str)| FieldLine {
            key: (*key).into(),
            graphql: (*graphql).into(),
            rust: (*rust).into(),
        };
        lines.iter().map(line).collect::<Vec<_>>()
    };
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let declare = |name: &str, line: usize, kind, fields| Declaration {
        name: name.into(),
        source: format!("mutations.json:{line}"),
        kind,
        fields,
    };
    let declared = [
        declare(
            "Order",
            10,
            Kind::Object,
            fields(&[
                ("id", "ID!", "String"),
                ("note", "String", "String"),
                ("total", "Int!", "i32"),
                ("lines", "[Line!]!", "Vec<Line>"),
                ("state", "State!", "State"),
            ]),
        ),
        declare("Line", 20, Kind::Object, fields(&[("sku", "String!", "String")])),
        declare("State", 30, Kind::Enum { values: texts(&["OPEN", "PAID"]) }, Vec::new()),
        declare(
            "Payment",
            40,
            Kind::Union {
                discriminator: "kind".into(),
                members: vec![("card".into(), "Line".into()), ("cash".into(), "Order".into())],
            },
            Vec::new(),
        ),
        declare(
            "PayError",
            50,
            Kind::Errors { function: "app.pay".into(), codes: texts(&["NOT_FOUND", "REFUSED"]) },
            fields(&[("code", "String!", "String"), ("message", "String", "String")]),
        ),
        declare(
            "OrderInput",
            60,
            Kind::Input,
            fields(&[("email", "String!", "String"), ("type", "Int!", "i32"), ("note", "String", "String")]),
        ),
        declare(
            "ORDER_PAID",
            70,
            Kind::Event { entity: "order".into(), operation: "UPDATE".into() },
            fields(&[("before", "Order!", "Order"), ("after", "Order!", "Order"), ("metadata", "JSON", "RawJson")]),
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    let contracts = folder.path().join(FOLDER);
    fs::create_dir(&contracts).unwrap();
    fs::write(contracts.join(DECLARATIONS), render_declarations(env!("CARGO_PKG_VERSION"), &declared)).unwrap();
    folder
}

/// The messages of what a derive gives, and all of it as text.
fn told(tokens: TokenStream) -> (Vec<String>, String) {
    let text = prettyplease::unparse(&syn::parse2(tokens.clone()).unwrap());
    (errors(tokens), text.split_whitespace().collect())
}

fn with(derive: fn(TokenStream, Option<&Path>) -> TokenStream, tokens: TokenStream) -> (Vec<String>, String) {
    told(derive(tokens, Some(out_dir().path())))
}

fn mistakes(derive: fn(TokenStream, Option<&Path>) -> TokenStream, tokens: TokenStream) -> Vec<String> {
    with(derive, tokens).0
}

const NOTHING: [&str; 0] = [];

#[test]
fn what_fits_is_quiet_and_asks_the_types_of_its_fields() {
    let (mistakes, text) = with(
        derive_output,
        quote! {
            #[output(typename = "Order")]
            struct Mine {
                id: i64,
                #[output(key = "note")]
                remark: Option<String>,
                lines: Vec<MyLine>,
                state: State,
            }
        },
    );
    assert_eq!(mistakes, NOTHING);
    assert!(text.contains("constSTANDS:::pgmutate::json::Stands=::pgmutate::json::Stands::of(\"Order\");"), "{text}");
    assert!(text.contains("::pgmutate::json::stands_for::<Vec<MyLine>>(\"Line\",1usize,false)"), "{text}");
    assert!(text.contains("`lines`of`Order`is`[Line!]!`(mutations.json:10)"), "{text}");
    assert_eq!(text.matches("stands_for").count(), 2, "of the lines and the state: {text}");
    let words = quote! {
        #[output(typename = "State")]
        enum Mine { #[output(value = "OPEN")] Open, #[output(value = "PAID")] Paid }
    };
    assert_eq!(self::mistakes(derive_output, words), NOTHING);
    let input = quote! {
        #[input(typename = "OrderInput")]
        struct Mine<'a> { email: &'a str, r#type: i16 }
    };
    assert_eq!(self::mistakes(derive_input, input), NOTHING);
}

#[test]
fn what_means_nothing_outside_of_the_type_is_not_asked() {
    let itself = quote!(
        #[output(typename = "Order")]
        struct Mine {
            lines: Vec<Self>,
            state: State,
        }
    );
    let generic = quote!(
        #[output(typename = "Order")]
        struct Mine<T> {
            lines: Vec<T>,
            state: State,
        }
    );
    let constant = quote!(
        #[output(typename = "Order")]
        struct Mine<const N: usize> {
            lines: Lines<N>,
            state: State,
        }
    );
    for tokens in [itself, generic, constant] {
        let (mistakes, text) = with(derive_output, tokens);
        assert_eq!(mistakes, NOTHING);
        assert_eq!(text.matches("stands_for").count(), 1, "of the state: {text}");
    }
}

#[test]
fn what_is_not_said_is_not_checked() {
    assert_eq!(
        mistakes(
            derive_output,
            quote!(
                struct Mine {
                    nonsense: String,
                }
            )
        ),
        NOTHING
    );
    assert_eq!(
        mistakes(
            derive_input,
            quote!(
                struct Mine {
                    nonsense: String,
                }
            )
        ),
        NOTHING
    );
    assert_eq!(
        mistakes(
            derive_mutation_error,
            quote!(
                enum Mine {
                    #[output(code = "X")]
                    X,
                }
            )
        ),
        NOTHING
    );
}

#[test]
fn a_field_that_the_type_does_not_have() {
    let output = quote! {
        #[output(typename = "Order")]
        struct Mine { totl: i32, weight: f64 }
    };
    assert_eq!(
        mistakes(derive_output, output),
        [
            "`Order` has no `totl` (mutations.json:10)\nhelp: did you mean `total`?",
            "`Order` has no `weight` (mutations.json:10)\nnote: it has `id`, `note`, `total`, `lines`, `state`",
        ]
    );
}

#[test]
fn a_field_that_cannot_hold_what_is_read() {
    let output = quote! {
        #[output(typename = "Order")]
        struct Mine { note: String, total: bool, lines: MyLine, state: Vec<State> }
    };
    assert_eq!(
        mistakes(derive_output, output),
        [
            "`note` of `Order` is `String`, which may be null (mutations.json:10)\nhelp: read `Option<String>`",
            "`total` of `Order` is `Int!` (mutations.json:10)\nhelp: read `i32`",
            "`state` of `Order` is `State!` (mutations.json:10)\nhelp: read `State`",
        ]
    );
}

#[test]
fn an_input_sends_what_is_asked_for_and_no_more() {
    let input = quote! {
        #[input(typename = "OrderInput")]
        struct Mine { emial: String, note: Patch<i32>, colour: String }
    };
    assert_eq!(
        mistakes(derive_input, input),
        [
            "`OrderInput` has no `emial` (mutations.json:60)\nhelp: did you mean `email`?",
            "`note` of `OrderInput` is `String` (mutations.json:60)\nhelp: send `pgmutate::Patch<String>`",
            "`OrderInput` has no `colour` (mutations.json:60)\nnote: it has `email`, `type`, `note`",
            "`OrderInput` needs the field `type: Int!` (mutations.json:60)\nhelp: add a field `r#type: i32`",
        ]
    );
    let null = quote! {
        #[input(typename = "OrderInput")]
        struct Mine { email: Option<String>, r#type: i32 }
    };
    assert_eq!(
        mistakes(derive_input, null),
        ["`email` of `OrderInput` is `String!`, which is never null (mutations.json:60)\nhelp: send `String`"]
    );
}

#[test]
fn every_word_of_an_enum_has_a_variant() {
    let words = quote! {
        #[output(typename = "State")]
        enum Mine { #[output(value = "OPN")] Open, #[output(value = "LOST")] Lost }
    };
    assert_eq!(
        mistakes(derive_output, words),
        [
            "`State` has no value `OPN` (mutations.json:30)\nhelp: did you mean `OPEN`?",
            "`State` has no value `LOST` (mutations.json:30)\nnote: it has `OPEN`, `PAID`",
            "`Mine` has no variant for `PAID` of `State` (mutations.json:30)\nhelp: add a variant with `#[output(value = \"PAID\")]`",
        ]
    );
}

#[test]
fn every_member_of_a_union_has_a_variant() {
    let union = quote! {
        #[output(typename = "Payment", discriminator = "type")]
        enum Mine { #[output(value = "card")] Card(Vec<Card>) }
    };
    assert_eq!(
        mistakes(derive_output, union),
        [
            "the members of `Payment` are told by `kind` (mutations.json:40)",
            "`card` of `Payment` is `Line`, an object (mutations.json:40)",
            "`Mine` has no variant for `cash` of `Payment` (mutations.json:40)\nhelp: add a variant with `#[output(value = \"cash\")]`",
        ]
    );
}

#[test]
fn every_code_has_a_variant() {
    let codes = quote! {
        #[output(typename = "PayError")]
        enum Mine { #[output(code = "NOT_FOND")] NotFound { mesage: Option<String> } }
    };
    assert_eq!(
        mistakes(derive_mutation_error, codes),
        [
            "`PayError` has no `mesage` (mutations.json:50)\nhelp: did you mean `message`?",
            "`app.pay` has no code `NOT_FOND` (mutations.json:50)\nhelp: did you mean `NOT_FOUND`?",
            "`Mine` has no variant for `REFUSED` of `app.pay` (mutations.json:50)\nhelp: add a variant with `#[output(code = \"REFUSED\")]`",
        ]
    );
}

#[test]
fn a_type_that_is_none_or_of_another_kind() {
    let unknown = quote!(
        #[output(typename = "Ordr")]
        struct Mine {
            id: String,
        }
    );
    assert_eq!(mistakes(derive_output, unknown), ["the manifest declares no type `Ordr`\nhelp: did you mean `Order`?"]);
    let input = quote!(
        #[output(typename = "OrderInput")]
        struct Mine {
            id: String,
        }
    );
    assert_eq!(
        mistakes(derive_output, input),
        ["`OrderInput` is an input (mutations.json:60)\nnote: a struct is read from an output type or an interface"]
    );
    let union = quote!(
        #[output(typename = "Payment")]
        struct Mine {
            id: String,
        }
    );
    assert_eq!(mistakes(derive_output, union).len(), 1);
    let words = quote!(
        #[output(typename = "Order")]
        enum Mine {
            #[output(value = "a")]
            A,
        }
    );
    assert_eq!(mistakes(derive_output, words).len(), 1);
    let object = quote!(
        #[input(typename = "Order")]
        struct Mine {
            id: String,
        }
    );
    assert_eq!(mistakes(derive_input, object).len(), 1);
    let success = quote!(
        #[output(typename = "Order")]
        enum Mine {
            #[output(code = "A")]
            A,
        }
    );
    assert_eq!(mistakes(derive_mutation_error, success).len(), 1);
}

#[test]
fn an_event_is_known_by_its_name() {
    let derive = |tokens, source: Option<&Path>| told(derive_event(tokens, Some(out_dir().path()), source)).0;
    let paid = quote! {
        #[event(name = "ORDER_PAID", entity = "order", operation = "UPDATE")]
        struct Paid { before: Mine, metadata: Option<RawJson> }
    };
    assert_eq!(derive(paid, None), NOTHING);
    let wrong = quote! {
        #[event(name = "ORDER_PAID", entity = "orders", operation = "CREATE")]
        struct Paid { befor: Mine, after: String }
    };
    assert_eq!(
        derive(wrong.clone(), None),
        [
            "`ORDER_PAID` is of the entity `order` (mutations.json:70)",
            "the operation of `ORDER_PAID` is `UPDATE` (mutations.json:70)",
            "`ORDER_PAID` has no `befor` (mutations.json:70)\nhelp: did you mean `before`?",
            "`after` of `ORDER_PAID` is `Order!` (mutations.json:70)\nhelp: read `Order`",
        ]
    );
    let unknown = quote! {
        #[event(name = "ORDER_PAYED", entity = "order", operation = "UPDATE")]
        struct Paid { after: Mine }
    };
    assert_eq!(
        derive(unknown, None),
        ["the manifest declares no event `ORDER_PAYED`\nhelp: did you mean `ORDER_PAID`?\n\
          note: an event of another database says so: `#[event(.., foreign)]`"]
    );
    let foreign = quote! {
        #[event(name = "PARCEL_SENT", entity = "parcel", operation = "CREATE", foreign)]
        struct Sent { after: Parcel }
    };
    assert_eq!(derive(foreign, None), NOTHING);
    // What the build script has written, and a crate without one.
    let folder = out_dir();
    let generated = folder.path().join("mutations.rs");
    assert_eq!(told(derive_event(wrong.clone(), Some(folder.path()), Some(&generated))).0, NOTHING);
    assert_eq!(told(derive_event(wrong, None, None)).0, NOTHING);
}

#[test]
fn without_declarations_it_says_what_to_do() {
    let tokens = || {
        quote!(
            #[output(typename = "Order")]
            struct Mine {
                id: String,
            }
        )
    };
    let [message] = &told(derive_output(tokens(), None)).0[..] else { panic!("one") };
    assert!(message.starts_with("this crate has no build script, so there is no SQL to check the type against\nhelp:"));
    let folder = tempfile::tempdir().unwrap();
    let [message] = &told(derive_output(tokens(), Some(folder.path()))).0[..] else { panic!("one") };
    assert!(message.starts_with("the build script has left no contracts"), "{message}");
    fs::create_dir(folder.path().join(FOLDER)).unwrap();
    fs::write(folder.path().join(FOLDER).join(DECLARATIONS), "pgmutate\t0.0.0\n").unwrap();
    let [message] = &told(derive_output(tokens(), Some(folder.path()))).0[..] else { panic!("one") };
    assert!(message.starts_with("the build script used another version"), "{message}");
}

#[test]
fn one_mistake_in_the_attribute_stays_one() {
    let typename = quote!(
        #[output(typname = "Order")]
        struct Mine {
            nonsense: String,
        }
    );
    assert_eq!(
        mistakes(derive_output, typename),
        ["`#[output(...)]` knows no `typname`\nhelp: did you mean `typename`?"]
    );
    let on_field = quote!(
        struct Mine {
            #[output(typename = "Line")]
            lines: Line,
        }
    );
    assert_eq!(
        mistakes(derive_output, on_field),
        ["`typename` belongs to the type\nnote: here `#[output(...)]` knows `key`"]
    );
    let code = quote! {
        #[output(typename = "PayError")]
        enum Mine { #[output(cod = "NOT_FOUND")] NotFound, #[output(code = "REFUSED")] Refused }
    };
    assert_eq!(mistakes(derive_mutation_error, code).len(), 1);
}
