//! The statement of one call, composed from the contract's parts by which optional arguments are given.

use std::borrow::Cow;
use std::fmt::Write;

use crate::arguments::Arguments;
use crate::contract::Part;

/// What the runtime adds to a statement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Additions {
    /// How many settings it makes: their names and values are bound behind the arguments.
    pub(crate) settings: usize,
    /// Whether it looks for its transaction's mark, which is then bound behind the arguments.
    pub(crate) guard: bool,
    /// Whether the response is kept under an idempotency key: what that takes is bound behind the mark.
    pub(crate) keep: bool,
}

/// The statement's text. Without optional arguments it is the contract's own, without a copy; otherwise the placeholders are numbered by what is given.
pub(crate) fn compose(arguments: &Arguments, additions: Additions) -> Cow<'static, str> {
    match arguments.contract().statement {
        [Part::Text(text)] => Cow::Borrowed(text),
        parts => Cow::Owned(concatenate(parts, arguments, additions)),
    }
}

fn concatenate(parts: &[Part], arguments: &Arguments, additions: Additions) -> String {
    let bound = arguments.given_count();
    let mut text = String::with_capacity(parts.iter().map(length).sum());
    for part in parts {
        match part {
            Part::Text(part) => text.push_str(part),
            Part::Optional { argument, before, after } => {
                if let Some(number) = arguments.placeholder(*argument) {
                    // The first argument of the call has nothing to be parted from.
                    let before = if number == 1 { before.strip_prefix(", ").unwrap_or(before) } else { before };
                    text.push_str(before);
                    push_placeholder(&mut text, number);
                    text.push_str(after);
                }
            }
            Part::Value(argument) => match arguments.placeholder(*argument) {
                Some(number) => push_placeholder(&mut text, number),
                None => text.push_str("NULL"),
            },
            Part::Response if additions.keep => {
                let schema = quoted(arguments.contract().log_schema);
                let _ = write!(text, "{schema}.keep_mutation_response(");
                for number in bound + 2..=bound + 6 {
                    push_placeholder(&mut text, number);
                    text.push_str(if number == bound + 6 { "::interval" } else { ", " });
                }
                text.push_str(", response, success) AS response");
            }
            Part::Response => text.push_str("response"),
            // A subquery that changes something is not merged into the query around it: its row comes before what is computed of it.
            Part::Settings if additions.settings > 0 => {
                text.push_str("\n    FROM (SELECT ");
                push_settings(&mut text, additions.settings, bound);
                text.push_str(") AS settings");
            }
            // It depends on nothing in the statement, so the server looks at it before anything runs.
            Part::Guard if additions.guard => {
                text.push_str("\nWHERE current_setting('pgmutate.flight', true) = ");
                push_placeholder(&mut text, bound + 1);
            }
            Part::Settings | Part::Guard => {}
        }
    }
    text
}

/// `set_config($1, $2, true), ...`: names and values in turn, behind the `bound` values of the arguments.
pub(crate) fn push_settings(text: &mut String, count: usize, bound: usize) {
    for index in 0..count {
        text.push_str(if index == 0 { "set_config(" } else { ", set_config(" });
        push_placeholder(text, bound + 2 * index + 1);
        text.push_str(", ");
        push_placeholder(text, bound + 2 * index + 2);
        text.push_str(", true)");
    }
}

fn push_placeholder(text: &mut String, number: usize) {
    // Writing to a string cannot fail.
    let _ = write!(text, "${number}");
}

/// A name as an identifier.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// About this long: a function has at most 100 arguments unless the server was compiled for more.
fn length(part: &Part) -> usize {
    const PLACEHOLDER: usize = "$100".len();
    match part {
        Part::Text(text) => text.len(),
        Part::Optional { before, after, .. } => before.len() + PLACEHOLDER + after.len(),
        Part::Value(_) => PLACEHOLDER,
        // A little more than most calls need.
        Part::Settings | Part::Guard | Part::Response => 64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Argument, Contract};
    use crate::sql;
    use crate::transform::Object;

    const fn argument(name: &'static str, optional: bool) -> Argument {
        Argument { name, sql_type: "text", optional }
    }

    static ANSWER: Object = Object::new("Answer", &[]);

    static FIXED: Contract = Contract {
        name: "createCustomer",
        function: "app.create_customer",
        source: "customer.sql:1",
        body: "",
        owner: "",
        log_schema: "app",
        settings: &[],
        arguments: &[argument("email", false)],
        statement: &[Part::Text("SELECT app.create_customer(email => $1)")],
        codes: &[],
        database_errors: &[],
        success: &ANSWER,
        error: &ANSWER,
    };

    static MIXED: Contract = Contract {
        arguments: &[argument("email", false), argument("phone", true), argument("note", true)],
        statement: &[
            Part::Text("SELECT app.f(email => $1"),
            Part::Optional { argument: 1, before: ", phone => ", after: "::app.phone" },
            Part::Optional { argument: 2, before: ", note => ", after: "" },
            Part::Text("), log("),
            Part::Value(2),
            Part::Text(", "),
            Part::Value(1),
            Part::Text(")"),
        ],
        ..FIXED
    };

    static ALL_OPTIONAL: Contract = Contract {
        arguments: &[argument("phone", true), argument("note", true)],
        statement: &[
            Part::Text("SELECT app.f("),
            Part::Optional { argument: 0, before: ", phone => ", after: "" },
            Part::Optional { argument: 1, before: ", note => ", after: "" },
            Part::Text(")"),
        ],
        ..FIXED
    };

    fn bound(contract: &'static Contract, values: &[Option<&str>]) -> Arguments {
        let mut arguments = Arguments::new(contract);
        for (argument, value) in contract.arguments.iter().zip(values) {
            arguments.push_optional::<sql::Text, _>(argument.name, value).unwrap();
        }
        arguments.check_complete().unwrap();
        arguments
    }

    #[test]
    fn a_fixed_statement_is_not_copied() {
        assert!(matches!(compose(&bound(&FIXED, &[Some("a")]), Additions::default()), Cow::Borrowed(_)));
    }

    #[test]
    fn placeholders_are_numbered_by_what_is_given() {
        let text = |values: &[Option<&str>]| compose(&bound(&MIXED, values), Additions::default()).into_owned();
        assert_eq!(
            text(&[Some("a"), Some("b"), Some("c")]),
            "SELECT app.f(email => $1, phone => $2::app.phone, note => $3), log($3, $2)"
        );
        assert_eq!(text(&[Some("a"), None, Some("c")]), "SELECT app.f(email => $1, note => $2), log($2, NULL)");
        assert_eq!(text(&[Some("a"), None, None]), "SELECT app.f(email => $1), log(NULL, NULL)");
    }

    #[test]
    fn the_first_argument_has_no_comma() {
        let text = |values: &[Option<&str>]| compose(&bound(&ALL_OPTIONAL, values), Additions::default()).into_owned();
        assert_eq!(text(&[Some("a"), Some("b")]), "SELECT app.f(phone => $1, note => $2)");
        assert_eq!(text(&[None, Some("b")]), "SELECT app.f(note => $1)");
        assert_eq!(text(&[None, None]), "SELECT app.f()");
    }

    #[test]
    fn settings_and_guard_are_bound_behind_the_arguments() {
        static GUARDED: Contract = Contract {
            arguments: &[argument("email", false), argument("phone", true)],
            statement: &[
                Part::Text("WITH call AS MATERIALIZED (SELECT app.f(email => $1"),
                Part::Optional { argument: 1, before: ", phone => ", after: "" },
                Part::Text(") AS response"),
                Part::Settings,
                Part::Text(") SELECT response FROM call"),
                Part::Guard,
            ],
            ..FIXED
        };
        let text = |values: &[Option<&str>], settings, guard| {
            compose(&bound(&GUARDED, values), Additions { settings, guard, keep: false }).into_owned()
        };
        assert_eq!(
            text(&[Some("a"), None], 2, false),
            "WITH call AS MATERIALIZED (SELECT app.f(email => $1) AS response\n    \
             FROM (SELECT set_config($2, $3, true), set_config($4, $5, true)) AS settings) SELECT response FROM call"
        );
        assert_eq!(
            text(&[Some("a"), Some("b")], 0, true),
            "WITH call AS MATERIALIZED (SELECT app.f(email => $1, phone => $2) AS response) SELECT response FROM call\n\
             WHERE current_setting('pgmutate.flight', true) = $3"
        );
    }
}
