//! Temporary tables that bodies make: one body may make what another one reads.

use std::collections::HashSet;

use crate::catalog::{Body, Catalog, Origin};
use crate::source::SourceMap;

/// The names of all temporary tables and views that bodies make, also in strings that they execute.
pub(super) fn made(catalog: &Catalog, sources: &SourceMap) -> HashSet<String> {
    let mut names = HashSet::new();
    for (_, function) in catalog.functions().filter(|(_, function)| function.origin == Origin::Source) {
        if let Body::Quoted(span) = &function.body {
            read(sources.snippet(*span), &mut names);
        }
    }
    names
}

/// Looks for `TEMPORARY TABLE [IF NOT EXISTS] name`.
fn read(text: &str, names: &mut HashSet<String>) {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '"' | '.');
    let mut words = text.split(|c| !is_part(c)).filter(|word| !word.is_empty());
    let is = |word: Option<&str>, known: &[&str]| {
        word.is_some_and(|word| known.iter().any(|known| known.eq_ignore_ascii_case(word)))
    };
    while let Some(word) = words.next() {
        if !is(Some(word), &["temp", "temporary"]) || !is(words.next(), &["table", "view"]) {
            continue;
        }
        let name = words.find(|word| !is(Some(word), &["if", "not", "exists"])).unwrap_or_default();
        let name = name.rsplit('.').next().unwrap_or_default();
        names.insert(match name.strip_prefix('"') {
            Some(quoted) => quoted.trim_end_matches('"').to_owned(),
            None => name.to_ascii_lowercase(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_made_and_what_is_executed() {
        let mut names = HashSet::new();
        read(
            "create TEMP table Keys(id int); EXECUTE 'CREATE TEMPORARY VIEW IF NOT EXISTS pg_temp.\"Odd\" AS'; temp := 1",
            &mut names,
        );
        let mut names = names.into_iter().collect::<Vec<_>>();
        names.sort();
        assert_eq!(names, ["Odd", "keys"]);
    }
}
