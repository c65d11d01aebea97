//! Names that a person would give: from tables, functions and keys.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Origin, Relation, RelationKind};
use crate::naming::pascal_case;

/// Words in front of a table's name that say of what kind it is.
const PREFIXES: [&str; 6] = ["tb_", "tv_", "mv_", "tbl_", "t_", "v_"];

/// Endings of plural words, and of their singular.
const PLURALS: [(&str, &str); 5] = [("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("s", "")];

/// One of what `name` names several of.
pub(super) fn singular(name: &str) -> String {
    if name.ends_with("ss") || name.ends_with("us") || name.ends_with("is") {
        return name.to_owned();
    }
    let found = PLURALS.iter().find_map(|(many, one)| Some(format!("{}{one}", name.strip_suffix(many)?)));
    found.filter(|one| !one.is_empty()).unwrap_or_else(|| name.to_owned())
}

/// What the rows of a table are.
pub(super) fn row_name(relation: &Relation) -> String {
    let name = relation.name.name.as_str();
    let plain = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
    singular(plain)
}

/// The tables of the sources.
pub(super) fn tables(catalog: &Catalog) -> impl Iterator<Item = &Relation> {
    let is_table = |relation: &&Relation| {
        relation.origin == Origin::Source
            && matches!(relation.kind, RelationKind::Table | RelationKind::PartitionedTable)
    };
    catalog.relations().map(|(_, relation)| relation).filter(is_table)
}

/// The table whose rows an object with these keys is: at least half of the keys are columns of it, and more than of any other.
pub(super) fn table_of<'a>(catalog: &'a Catalog, keys: &BTreeSet<String>) -> Option<&'a Relation> {
    let shared = |relation: &Relation| keys.iter().filter(|key| relation.column(key).is_some()).count();
    let scored = tables(catalog).map(|relation| (shared(relation), relation));
    let scored = scored.filter(|(shared, _)| *shared >= 2 && shared * 2 >= keys.len());
    // Of equals the one with fewer other columns.
    let best = scored.max_by_key(|(shared, relation)| (*shared, std::cmp::Reverse(relation.columns.len())));
    best.map(|(_, relation)| relation)
}

/// Names of types, each given once.
#[derive(Default)]
pub(super) struct Given {
    by_keys: BTreeMap<BTreeSet<String>, String>,
    taken: BTreeSet<String>,
}

impl Given {
    /// The name of the type with these keys, if there is one.
    pub(super) fn of(&self, keys: &BTreeSet<String>) -> Option<&String> {
        self.by_keys.get(keys)
    }

    /// Gives the first of `wanted` that is free.
    pub(super) fn give(&mut self, keys: BTreeSet<String>, wanted: impl IntoIterator<Item = String>) -> String {
        let wanted = wanted.into_iter().map(|name| pascal_case(&name)).collect::<Vec<_>>();
        let first = wanted.first().cloned().unwrap_or_default();
        let numbered = (2..).map(|number| format!("{first}{number}"));
        let free = wanted.into_iter().chain(numbered).find(|name| !self.taken.contains(name)).unwrap_or_default();
        self.taken.insert(free.clone());
        self.by_keys.insert(keys, free.clone());
        free
    }

    /// Takes a name that something else has.
    pub(super) fn take(&mut self, name: &str) {
        self.taken.insert(name.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::singular;

    #[test]
    fn one_of_several() {
        for (many, one) in [
            ("addresses", "address"),
            ("items", "item"),
            ("cities", "city"),
            ("boxes", "box"),
            ("status", "status"),
            ("s", "s"),
        ] {
            assert_eq!(singular(many), one);
        }
    }
}
