//! "Did you mean": the nearest of the names that exist.

#[cfg(feature = "generator")]
use crate::diagnostic::Diagnostic;

/// A longer name is no slip of the pen, and comparing takes time and memory with the product of the lengths.
const LONGEST: usize = 100;

/// The candidate nearest to `name`, if it is near enough to be a slip of the pen.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    let allowed = (length / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| length <= LONGEST && candidate.chars().count().abs_diff(length) <= allowed)
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, _)| (1..=allowed).contains(distance))
        .min()
        .map(|(_, candidate)| candidate)
}

/// Adds the suggestion as help.
#[cfg(feature = "generator")]
pub(crate) fn did_you_mean(diagnostic: Diagnostic, candidate: Option<&str>) -> Diagnostic {
    match candidate {
        Some(candidate) => diagnostic.help(format!("did you mean `{candidate}`?")),
        None => diagnostic,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_only_what_is_near() {
        let names = ["app.create_order", "app.update_order", "app.delete_customer"];
        assert_eq!(nearest("app.creat_order", names), Some("app.create_order"));
        assert_eq!(nearest("app.ship_parcel", names), None);
        assert_eq!(nearest("id", ["ID"]), None);
    }
}
