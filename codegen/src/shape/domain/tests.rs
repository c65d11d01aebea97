//! The laws that joins keep, whatever is joined in whatever order: loops and recursion end for no other reason.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::catalog::Builtin;
use crate::source::{SourceMap, Span};

fn span() -> impl Strategy<Value = Span> {
    let file = SourceMap::new().add("f.sql", "0123456789").unwrap();
    (0..10usize).prop_map(move |start| Span::new(file, start, start))
}

fn opaque() -> impl Strategy<Value = Opaque> {
    let reasons = prop_oneof![Just(Reason::Input), Just(Reason::Dynamic), Just(Reason::Mixed), Just(Reason::TooLarge)];
    (reasons, prop::option::of(span())).prop_map(|(reason, span)| Opaque::new(reason, span))
}

fn nullness() -> impl Strategy<Value = Nullness> {
    prop_oneof![Just(Nullness::Never), Just(Nullness::Unproven), Just(Nullness::Passed), Just(Nullness::Nullable)]
}

fn scalar() -> impl Strategy<Value = Scalar> {
    let literal = prop_oneof![
        any::<bool>().prop_map(Literal::Bool),
        (0..60).prop_map(|n: i32| Literal::Number(n.to_string())),
        "[ab]".prop_map(Literal::Text),
    ];
    let constant = (literal, span()).prop_map(|(literal, span)| Scalar::literal(literal, Places::from([span])));
    let any = prop_oneof![Just(Builtin::TEXT), Just(Builtin::INT4), Just(Builtin::UUID)].prop_map(Scalar::of);
    prop_oneof![3 => constant, 1 => any]
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::default()),
        Just(Json::null()),
        scalar().prop_map(Json::scalar),
        opaque().prop_map(Json::opaque),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let places = prop::collection::btree_set(span(), 0..3);
        let field =
            (inner.clone(), any::<bool>(), places).prop_map(|(value, always, places)| Field { value, always, places });
        let key = prop_oneof![Just("success".to_owned()), "[abc]"];
        let object = (prop::collection::btree_map(key, field, 0..4), prop::option::of(opaque()))
            .prop_map(|(fields, rest)| Json::object(Object { fields, rest }));
        prop_oneof![inner.clone().prop_map(Json::array), object, (inner.clone(), inner).prop_map(|(a, b)| a.join(b)),]
    })
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Content::Never),
        scalar().prop_map(Content::Scalar),
        json().prop_map(Content::Json),
        opaque().prop_map(Content::Unknown),
    ];
    let path = (0..2usize).prop_map(|argument| InputPath { argument, steps: Vec::new() });
    let whole =
        move |content: BoxedStrategy<Content>| {
            (content, nullness(), prop::collection::btree_set(path.clone(), 0..2))
                .prop_map(|(content, null, from)| Value { null, content, from })
        };
    whole(leaf.boxed()).prop_recursive(2, 12, 3, move |inner| {
        let rows =
            prop::collection::vec(("[xy]", inner.clone()), 0..3).prop_map(|columns| Content::Row(Row { columns }));
        let arrays = inner.prop_map(|element| Content::Array(Box::new(element)));
        whole(prop_oneof![rows, arrays].boxed())
    })
}

fn is_tagged(json: &Json) -> bool {
    let fields = json.objects.values().flat_map(|object| object.fields.values());
    json.objects.iter().all(|(tag, object)| object.tag() == *tag)
        && fields.map(|field| &field.value).chain(json.array.as_deref()).all(is_tagged)
}

proptest! {
    #[test]
    fn joins_do_not_depend_on_order(a in value(), b in value(), c in value()) {
        prop_assert_eq!(a.clone().join(b.clone()), b.clone().join(a.clone()));
        let left = a.clone().join(b.clone()).join(c.clone());
        prop_assert_eq!(left, a.join(b.join(c)));
    }

    #[test]
    fn a_join_with_itself_is_itself(a in value(), b in value()) {
        prop_assert_eq!(a.clone().join(a.clone()), a.clone());
        let joined = a.clone().join(b);
        prop_assert_eq!(joined.clone().join(a), joined);
    }

    #[test]
    fn nothing_is_the_least_value(a in value()) {
        prop_assert_eq!(Value::default().join(a.clone()), a);
    }

    #[test]
    fn objects_stand_at_their_tags(a in json(), b in json()) {
        prop_assert!(is_tagged(&a.clone().join(b.clone())));
        let cut = a.join(b).cut(1, Opaque::new(Reason::TooLarge, None));
        prop_assert!(is_tagged(&cut));
    }

    #[test]
    fn the_right_side_of_a_concatenation_counts(a in json(), b in json()) {
        for left in a.objects.values() {
            for right in b.objects.values() {
                let joined = left.clone().concat(right.clone());
                let keys = joined.fields.keys().collect::<BTreeSet<_>>();
                prop_assert!(left.fields.keys().chain(right.fields.keys()).all(|key| keys.contains(key)));
                for (key, field) in right.fields.iter().filter(|(_, field)| field.always) {
                    prop_assert_eq!(&joined.fields[key].value, &field.value);
                }
            }
        }
    }
}
