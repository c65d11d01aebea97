//! Whether one's own types are put together as the manifest's are.

use super::ReadJson;

/// Whether a type, or what is in the list or the box that it is, stands for the type of the manifest with this name. One that was checked against none
/// may stand for all.
///
/// Types name what they stand for by `#[output(typename = "...")]`; the derives ask this of each other's types when they are compiled.
pub const fn stands_for<T: ReadJson>(typename: &str) -> bool {
    let (own, wanted) = (T::TYPENAME.as_bytes(), typename.as_bytes());
    if own.is_empty() {
        return true;
    }
    let mut at = 0;
    while at < own.len() && at < wanted.len() && own[at] == wanted[at] {
        at += 1;
    }
    at == own.len() && at == wanted.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{ReadError, Reader};

    struct Order;

    impl ReadJson for Order {
        const TYPENAME: &'static str = "Order";

        fn read_json(_: Reader<'_>) -> Result<Self, ReadError> {
            Ok(Self)
        }
    }

    #[test]
    fn a_type_stands_for_what_it_was_checked_against() {
        assert!(stands_for::<Order>("Order") && stands_for::<Option<Vec<Box<Order>>>>("Order"));
        assert!(!stands_for::<Order>("Orders") && !stands_for::<Order>("Orde") && !stands_for::<Vec<Order>>("Item"));
        assert!(stands_for::<String>("Order"));
    }
}
