//! In steady state the transform allocates nothing, whichever way it goes.

#![allow(unsafe_code, reason = "a global allocator that counts cannot be written without")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use pgmutate::transform::{Engine, Field, Hint, Object, Selection, Transform, Union, Value};

/// The system's allocator; each thread counts what it asks for.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is handed to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps `dealloc`'s contract.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller keeps `realloc`'s contract.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static ORDER: Object = Object::new(
    "Order",
    &[
        Field::new("id", "id", Value::Scalar).hint(Hint::Uuid),
        Field::new("more", "more", Value::Opaque).nullable(),
        Field::new("items", "items", Value::List(&Value::Object(&ITEM))),
        Field::new("payment", "payment", Value::Union(&PAYMENT)).nullable(),
        Field::new("order_number", "orderNumber", Value::Scalar),
    ],
);
static ITEM: Object = Object::new(
    "Item",
    &[Field::new("sku", "sku", Value::Scalar), Field::new("unit_price", "unitPrice", Value::Scalar)],
);
static PAYMENT: Union = Union::new("kind", &[("card", &CARD)]);
static CARD: Object = Object::new("Card", &[Field::new("last_four", "lastFour", Value::Scalar)]);

const DOCUMENT: &[u8] = br#"{"id": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "more": {"a": [1, {"b": "\n"}]}, "items": [{"sku": "A\u00e9", "unit_price": 1.50}, {"sku": "B", "unit_price": null}], "unknown": {"a": 1}, "payment": {"kind": "card", "last_four": "1234"}, "order_number": "O-1"}"#;
const INPUT: &[u8] = br#"{"orderNumber":"O-1","id":"1","items":[{"unitPrice":1,"sku":"a"}],"more":{"a":[{}]}}"#;

/// How often `work` allocates, once it has run twice into the same buffer.
fn allocations(mut work: impl FnMut(&mut Vec<u8>)) -> usize {
    let mut out = Vec::new();
    for _ in 0..2 {
        out.clear();
        work(&mut out);
    }
    out.clear();
    let before = ALLOCATIONS.get();
    work(&mut out);
    ALLOCATIONS.get() - before
}

#[test]
fn nothing_is_allocated_in_steady_state() {
    let document = str::from_utf8(DOCUMENT).unwrap().replace("null", "2");
    for engine in [Engine::Fastest, Engine::Portable, Engine::General] {
        let transform = Transform::new(&ORDER).engine(engine);
        assert_eq!(allocations(|out| transform.run(document.as_bytes(), out).unwrap()), 0, "{engine:?}");
    }
    for engine in [Engine::Fastest, Engine::Portable] {
        for text in [
            "{ id items { sku } }",
            "{ __typename orderNumber items { unitPrice sku } payment { ... on Card { lastFour } } id more }",
        ] {
            let selection = Selection::parse(&ORDER, text).unwrap().engine(engine);
            assert_eq!(allocations(|out| selection.run(document.as_bytes(), out).unwrap()), 0, "{engine:?} {text}");
        }
    }
    let transform = Transform::new(&ORDER);
    assert_eq!(allocations(|out| transform.reverse(INPUT, out).unwrap()), 0);
}

#[test]
fn the_count_counts() {
    assert_eq!(allocations(|_| drop(std::hint::black_box(Box::new(1)))), 1);
}
