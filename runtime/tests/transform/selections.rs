//! Only what was selected, under the names and in the order of the selection.

use pgmutate::transform::{
    Engine, Error, ErrorKind, Field, Missing, Object, Selected, Selection, Transform, Union, Value, make_tables,
};
use proptest::prelude::*;

use crate::random::{Dice, Writer, dice, selection, types};
use crate::reference::{Reference, parse};
use crate::shop::{CUSTOMER, ORDER};

/// What was selected of a document. Every engine has to say the same, byte for byte.
fn select(object: &'static Object, selected: &[Selected], missing: Missing, document: &[u8]) -> Result<String, Error> {
    let by = |engine| {
        let settings = Transform::new(object).missing(missing).engine(engine);
        let selection = Selection::new(object, selected).unwrap().settings(&settings);
        let mut out = b"before".to_vec();
        let result = selection.run(document, &mut out);
        let text = String::from_utf8(out).unwrap();
        let added = text.strip_prefix("before").unwrap().to_owned();
        assert!(result.is_ok() || added.is_empty());
        result.map(|()| added)
    };
    let expected = by(Engine::General);
    for engine in [Engine::Portable, Engine::Fastest] {
        match (by(engine), &expected) {
            (Ok(found), Ok(expected)) => assert_eq!(&found, expected, "{engine:?}: {selected:?} of {document:?}"),
            (Err(found), Err(expected)) => assert_eq!(found.to_string(), expected.to_string(), "{engine:?}"),
            (found, expected) => panic!("{engine:?}: {found:?}, but {expected:?}"),
        }
    }
    expected
}

fn selected(object: &'static Object, selection: &str, document: &str) -> Result<String, Error> {
    let text = Selection::parse(object, selection).unwrap();
    let mut out = Vec::new();
    text.run(document.as_bytes(), &mut out)?;
    for engine in [Engine::Portable, Engine::General] {
        let mut other = Vec::new();
        Selection::parse(object, selection).unwrap().engine(engine).run(document.as_bytes(), &mut other).unwrap();
        assert_eq!(out, other, "{engine:?}");
    }
    Ok(String::from_utf8(out).unwrap())
}

/// Long enough for the output to grow several times, with every kind of value at every place of its room.
#[test]
fn many_objects_are_put_in_order() {
    for notes in [0, 1, 31, 32, 33, 61, 62, 63, 64, 200] {
        let item = |number: usize| {
            let quantity = if number.is_multiple_of(7) { "null".to_owned() } else { number.to_string() };
            let notes =
                if number.is_multiple_of(5) { "\\n\\u00e9 ü".to_owned() } else { "n".repeat(notes + number % 3) };
            format!(r#"{{"sku": "{notes}", "quantity": {quantity}, "unit_price": 1.50}}"#)
        };
        let items: Vec<_> = (0..200).map(item).collect();
        let document = ORDER_TEXT.replace(r#"[{"sku": "a""#, &format!(r#"[{}, {{"sku": "a""#, items.join(", ")));
        for text in [
            "{ number: orderNumber items { unitPrice kind: __typename quantity sku again: __typename } id }",
            "{ items { quantity } customer { email id } }",
            "{ items { __typename sku quantity unitPrice } orderNumber }",
            // A short typename right before the longest value.
            "{ total t: __typename items { sku } }",
        ] {
            let by = |engine| {
                let selection = Selection::parse(&ORDER, text).unwrap();
                let settings = Transform::new(&ORDER).missing(Missing::Allow).engine(engine);
                let mut out = b"before".to_vec();
                let result = selection.settings(&settings).run(document.as_bytes(), &mut out);
                (result.map_err(|error| error.to_string()), String::from_utf8(out).unwrap())
            };
            let expected = by(Engine::General);
            assert_eq!(expected.0, Ok(()));
            assert_eq!(by(Engine::Portable), expected);
            assert_eq!(by(Engine::Fastest), expected);
        }
    }
}

const ORDER_TEXT: &str = r#"{"id": 1, "tags": ["a"], "items": [{"sku": "a", "quantity": 2, "unit_price": 1.50}, {"sku": "b", "quantity": 3}], "total": 12.50, "payment": {"kind": "card", "last_four": "1234"}, "customer": {"id": 2, "email": "e", "first_name": null}, "order_number": "O-1"}"#;

#[test]
fn fields_come_in_the_order_of_the_selection() {
    for (selection, expected) in [
        ("{ id total orderNumber }", r#"{"id":1,"total":12.50,"orderNumber":"O-1"}"#),
        ("{ orderNumber total id }", r#"{"orderNumber":"O-1","total":12.50,"id":1}"#),
        ("{ orderNumber kind: __typename id }", r#"{"orderNumber":"O-1","kind":"Order","id":1}"#),
        ("{ __typename sum: total }", r#"{"__typename":"Order","sum":12.50}"#),
        (
            "{ items { quantity sku } tags }",
            r#"{"items":[{"quantity":2,"sku":"a"},{"quantity":3,"sku":"b"}],"tags":["a"]}"#,
        ),
        ("{ items { price: unitPrice } }", r#"{"items":[{"price":1.50},{"price":null}]}"#),
        (
            "{ items { unitPrice sku __typename } }",
            r#"{"items":[{"unitPrice":1.50,"sku":"a","__typename":"OrderItem"},{"unitPrice":null,"sku":"b","__typename":"OrderItem"}]}"#,
        ),
        ("{ customer { firstName id orders { id } } }", r#"{"customer":{"firstName":null,"id":2,"orders":null}}"#),
        ("{ __typename }", r#"{"__typename":"Order"}"#),
    ] {
        assert_eq!(selected(&ORDER, selection, ORDER_TEXT).unwrap(), expected);
    }
}

#[test]
fn one_field_may_be_selected_under_two_names() {
    let selection = "{ a: items { sku } id b: items { quantity } }";
    let expected = r#"{"a":[{"sku":"a"},{"sku":"b"}],"id":1,"b":[{"quantity":2},{"quantity":3}]}"#;
    assert_eq!(selected(&ORDER, selection, ORDER_TEXT).unwrap(), expected);
}

/// Fragments overlap: what is asked for twice under one name is answered once, where it comes first, with all that is asked for of it.
#[test]
fn what_is_asked_for_twice_is_one_answer() {
    let selection = "{ items { sku } id ... on Order { items { quantity sku } kind: __typename } id kind: __typename }";
    let expected = r#"{"items":[{"sku":"a","quantity":2},{"sku":"b","quantity":3}],"id":1,"kind":"Order"}"#;
    assert_eq!(selected(&ORDER, selection, ORDER_TEXT).unwrap(), expected);
    let selection = "{ payment { ... on CardPayment { kind } } payment { ... on InvoicePayment { dueOn } ... on CardPayment { lastFour kind } } }";
    assert_eq!(selected(&ORDER, selection, ORDER_TEXT).unwrap(), r#"{"payment":{"kind":"card","lastFour":"1234"}}"#);
}

static EITHER: Union = Union::new("kind", &[("left", &LEFT), ("right", &RIGHT)]);
static LEFT: Object = Object::new("Left", &[Field::new("next", "next", Value::Union(&EITHER)).nullable()]);
static RIGHT: Object = Object::new("Right", &[Field::new("next", "next", Value::Union(&EITHER)).nullable()]);

/// Every level doubles what is compiled.
#[test]
fn a_selection_that_comes_to_too_much_is_refused() {
    let nested = |depth: usize| format!("{}{{ __typename }}{}", "{ next ".repeat(depth), "}".repeat(depth));
    assert!(Selection::parse(&LEFT, &nested(10)).is_ok());
    let error = Selection::parse(&LEFT, &nested(40)).unwrap_err().to_string();
    assert!(error.starts_with("it comes to more than 10000 fields, under `next.next."), "{error}");
    let mut deep = Selected::Typename { alias: None };
    for _ in 0..100 {
        deep = Selected::On { typename: "Left".to_owned(), under: vec![deep] };
    }
    let error = Selection::new(&LEFT, &[deep]).unwrap_err().to_string();
    assert_eq!(error, "the selection is nested deeper than 64 levels");
    let many: Vec<_> = (0..9_000).map(|number| Selected::Typename { alias: Some(format!("a{number}")) }).collect();
    assert!(Selection::new(&LEFT, &many).is_ok());
}

#[test]
fn each_member_of_a_union_has_its_own_selection() {
    let selection =
        "{ payment { ... on InvoicePayment { dueOn } type: __typename ... on CardPayment { lastFour kind } } }";
    let expected = r#"{"payment":{"type":"CardPayment","lastFour":"1234","kind":"card"}}"#;
    assert_eq!(selected(&ORDER, selection, ORDER_TEXT).unwrap(), expected);
    let document =
        ORDER_TEXT.replace(r#"{"kind": "card", "last_four": "1234"}"#, r#"{"due_on": "now", "kind": "invoice"}"#);
    let expected = r#"{"payment":{"dueOn":"now","type":"InvoicePayment"}}"#;
    assert_eq!(selected(&ORDER, selection, &document).unwrap(), expected);
    let none = selected(&ORDER, "{ payment { ... on CardPayment { kind } } }", &document).unwrap();
    assert_eq!(none, r#"{"payment":{}}"#);
}

#[test]
fn what_is_not_selected_is_only_checked_to_be_json() {
    let text = selected(&ORDER, "{ id }", r#"{"id": 1, "items": 5, "total": {"a": [null]}}"#).unwrap();
    assert_eq!(text, r#"{"id":1}"#);
    let selection = Selection::parse(&ORDER, "{ id }").unwrap();
    let error = selection.run(br#"{"id": 1, "total": 01}"#, &mut Vec::new()).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Syntax, "total"));
    let error = selection.run(br#"{"id": 1, "total": 1, "total": 2}"#, &mut Vec::new()).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Repeated, "total"));
    let error = selection.run(br#"{"total": 1}"#, &mut Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), "field `id` of `Order` is missing (byte 11)");
}

#[test]
fn a_selection_that_does_not_fit_its_type_is_refused() {
    for (selection, message) in [
        ("{ id number }", "`Order` has no field `number`"),
        ("{ items { sku id } }", "`OrderItem` has no field `id`, under `items`"),
        ("{ items }", "`items` holds objects: say which of their fields"),
        ("{ id { x } }", "`id` holds no objects to select from"),
        ("{ id id: total }", "two selections of different fields have the response name `id`"),
        ("{ id id: __typename }", "two selections of different fields have the response name `id`"),
        ("{ items { sku } items { id } }", "`OrderItem` has no field `id`, under `items`"),
        ("{ payment { kind } }", "`InvoicePayment` has no field `kind`, under `payment`"),
        ("{ payment { ... on Customer { id } } }", "no object here can be a `Customer`, under `payment`"),
        ("{ }", "a selection must not be empty"),
        ("{ id", "expected a name in the selection, found the end"),
        ("id }", "expected `{` in the selection, found `i`"),
        ("{ id } }", "expected the end of the selection in the selection, found `}`"),
    ] {
        assert_eq!(Selection::parse(&ORDER, selection).unwrap_err().to_string(), message, "{selection}");
    }
}

#[test]
fn long_names_and_many_fields_change_nothing() {
    let selection = "{ aVeryLongResponseNameThatHasNoRoomInOneStep: email id }";
    let expected = r#"{"aVeryLongResponseNameThatHasNoRoomInOneStep":"e","id":2}"#;
    assert_eq!(selected(&CUSTOMER, selection, r#"{"id": 2, "email": "e"}"#).unwrap(), expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn selections_do_what_the_reference_does(numbers in dice(400), canonical in 0..4usize, mistakes in 0..3usize) {
        let mut dice = Dice(&numbers);
        let types = types(&mut dice);
        let tables = make_tables(&types).unwrap();
        let Some(selected) = selection(&types, "T0", &mut dice, 0) else { return Ok(()) };
        let missing = [Missing::Refuse, Missing::Allow][dice.below(2)];
        let canonical = canonical > 0;
        let mut writer = Writer { types: &types, dice: &mut dice, canonical, back: false, mistakes, text: String::new() };
        writer.named("T0", 0);
        let document = writer.text;

        let reference = Reference { types: &types, unknown: Default::default(), missing, back: false };
        let expected = parse(document.as_bytes()).and_then(|tree| reference.select("T0", &selected, tree));
        let found = select(tables["T0"], &selected, missing, document.as_bytes());
        let tree = found.as_ref().ok().map(|text| parse(text.as_bytes()).unwrap());
        prop_assert_eq!(&tree, &expected, "{}\n{:?}\n{:?}", document, selected, found);
    }
}
