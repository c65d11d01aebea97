//! What the fuzz targets share: tables with everything in them, and inputs that end where memory ends.

use pgmutate::transform::{Field, Hint, Object, Union, Value};

/// An object type that refers to itself in every way.
pub static NODE: Object = Object::new(
    "Node",
    &[
        Field::new("a", "a", Value::Scalar).nullable(),
        Field::new("b", "b", Value::Object(&NODE)).nullable(),
        Field::new("c", "c", Value::List(&Value::Object(&LEAF))).nullable(),
        Field::new("d", "d", Value::List(&Value::Nullable(&Value::List(&Value::Nullable(&Value::Scalar))))).nullable(),
        Field::new("e", "e", Value::Opaque).nullable(),
        Field::new("g", "g", Value::Generic).nullable(),
        Field::new("id", "id", Value::Scalar).hint(Hint::Uuid).nullable(),
        Field::new("pay", "pay", Value::Union(&UNION)).nullable(),
        Field::new("list", "list", Value::List(&Value::Union(&UNION))).nullable(),
        Field::new("order_number", "orderNumber", Value::Scalar).optional(),
        Field::new("a_key_that_no_window_can_hold_at_once", "aKeyThatNoWindowCanHoldAtOnce", Value::Scalar).nullable(),
    ],
);

/// An object type whose fields have to be there.
pub static LEAF: Object =
    Object::new("Leaf", &[Field::new("a", "a", Value::Scalar), Field::new("a_b", "aB", Value::Scalar)]);

static UNION: Union = Union::new("k", &[("leaf", &LEAF), ("node", &NODE)]);

/// Runs `work` on a copy of `data` that ends at the end of a page, with a page behind it that cannot be read.
pub fn at_the_edge<T>(data: &[u8], work: impl FnOnce(&[u8]) -> T) -> T {
    // SAFETY: asks for a number.
    let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).expect("pages have a size");
    let pages = data.len().div_ceil(page).max(1);
    let len = (pages + 1) * page;
    // SAFETY: new private memory; nothing else is mapped over.
    let start = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            len,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    assert_ne!(start, libc::MAP_FAILED);
    let start = start.cast::<u8>();
    // SAFETY: the last page is ours, and nothing refers to it; `data.len()` bytes fit into those before it.
    let copy = unsafe {
        assert_eq!(libc::mprotect(start.add(pages * page).cast(), page, libc::PROT_NONE), 0);
        let copy = start.add(pages * page - data.len());
        std::ptr::copy_nonoverlapping(data.as_ptr(), copy, data.len());
        std::slice::from_raw_parts(copy, data.len())
    };
    let result = work(copy);
    // SAFETY: mapped above; `copy` is not used any more.
    unsafe { libc::munmap(start.cast(), len) };
    result
}

/// Whether a text is JSON, as serde_json sees it; a number that is too large for it is JSON all the same.
pub fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<&serde_json::value::RawValue>(text).is_ok()
}
