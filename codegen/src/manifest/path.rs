//! Paths into an answer (`order.id`) or an argument (`$customer_id`, `$input.email`).

use super::Name;

/// Where a path starts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Root {
    /// The function's answer.
    Response,
    /// An argument of the function.
    Argument(String),
}

/// A path to a value that an event carries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Path {
    /// As written.
    pub written: Name,
    /// Where it starts.
    pub root: Root,
    /// The keys from there on.
    pub keys: Vec<String>,
}

impl Path {
    /// Reads a path; `None` where it is not one.
    pub(crate) fn parse(written: Name) -> Option<Self> {
        let mut steps = written.text.split('.').map(str::to_owned);
        let well_formed = written.text.split('.').all(|step| {
            let step = step.strip_prefix('$').unwrap_or(step);
            !step.is_empty() && step.chars().all(|c| c.is_alphanumeric() || c == '_')
        });
        let dollars = written.text.matches('$').count();
        if !well_formed || dollars > usize::from(written.text.starts_with('$')) {
            return None;
        }
        let (root, keys) = match written.text.strip_prefix('$') {
            Some(_) => {
                let argument = steps.next()?.trim_start_matches('$').to_owned();
                (Root::Argument(argument), steps.collect())
            }
            None => (Root::Response, steps.collect()),
        };
        Some(Self { written, root, keys })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceMap, Span};

    fn parse(text: &str) -> Option<(Root, Vec<String>)> {
        let file = SourceMap::new().add("m", text).unwrap();
        let written = Name { text: text.to_owned(), span: Span::new(file, 0, text.len()) };
        Path::parse(written).map(|path| (path.root, path.keys))
    }

    #[test]
    fn reads_response_and_argument_paths() {
        assert_eq!(parse("order.id"), Some((Root::Response, vec!["order".into(), "id".into()])));
        assert_eq!(parse("$input.email"), Some((Root::Argument("input".into()), vec!["email".into()])));
        assert_eq!(parse("$customer_id"), Some((Root::Argument("customer_id".into()), vec![])));
    }

    #[test]
    fn refuses_what_is_no_path() {
        for text in ["", ".", "a..b", "$", "$.a", "a.$b", "$$a", "a b", "a'"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
