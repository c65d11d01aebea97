//! Whether one's own types are put together as the manifest's are.

use super::ReadJson;

/// What a type stands for: a type of the manifest, or a list of it, as far as it says so by `#[output(typename = "...")]`.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Stands {
    /// Empty where it may stand for anything.
    typename: &'static str,
    lists: usize,
    nullable: bool,
}

impl Stands {
    /// For anything.
    pub const ANYTHING: Self = Self::of("");

    /// For a type of the manifest.
    pub const fn of(typename: &'static str) -> Self {
        Self { typename, lists: 0, nullable: false }
    }

    pub(super) const fn listed(self) -> Self {
        Self { lists: self.lists + 1, nullable: false, ..self }
    }

    pub(super) const fn or_null(self) -> Self {
        Self { nullable: true, ..self }
    }
}

/// Whether a type, where it says what it stands for, stands for the type of the manifest with this name, in so many lists, and takes null where that may be
/// null.
///
/// The derives ask this of the types of fields when they are compiled.
#[doc(hidden)]
pub const fn stands_for<T: ReadJson>(typename: &str, lists: usize, nullable: bool) -> bool {
    let Stands { typename: own, lists: own_lists, nullable: own_nullable } = T::STANDS;
    let (own, wanted) = (own.as_bytes(), typename.as_bytes());
    if own.is_empty() {
        return true;
    }
    let mut at = 0;
    while at < own.len() && at < wanted.len() && own[at] == wanted[at] {
        at += 1;
    }
    at == own.len() && at == wanted.len() && own_lists == lists && (own_nullable || !nullable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{ReadError, Reader};

    struct Order;

    impl ReadJson for Order {
        const STANDS: Stands = Stands::of("Order");

        fn read_json(_: Reader<'_>) -> Result<Self, ReadError> {
            Ok(Self)
        }
    }

    #[test]
    fn a_type_stands_for_what_it_was_checked_against() {
        assert!(stands_for::<Order>("Order", 0, false) && stands_for::<Box<Option<Order>>>("Order", 0, true));
        assert!(
            stands_for::<Option<Vec<Box<Order>>>>("Order", 1, true) && stands_for::<Option<Order>>("Order", 0, false)
        );
        assert!(!stands_for::<Order>("Orders", 0, false) && !stands_for::<Order>("Orde", 0, false));
        assert!(!stands_for::<Vec<Order>>("Order", 0, false) && !stands_for::<Order>("Order", 1, false));
        assert!(!stands_for::<Order>("Order", 0, true) && !stands_for::<Vec<Option<Order>>>("Order", 1, true));
        assert!(stands_for::<String>("Order", 2, true));
    }
}
