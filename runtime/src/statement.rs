//! The statement of one call, composed from the contract's parts by which optional arguments are given.

use std::borrow::Cow;
use std::fmt::Write;

use crate::arguments::Arguments;
use crate::contract::Part;

/// The statement's text. Without optional arguments it is the contract's own, without a copy; otherwise the placeholders are numbered by what is given.
pub(crate) fn compose(arguments: &Arguments) -> Cow<'static, str> {
    match arguments.contract().statement {
        [Part::Text(text)] => Cow::Borrowed(text),
        parts => Cow::Owned(concatenate(parts, arguments)),
    }
}

fn concatenate(parts: &[Part], arguments: &Arguments) -> String {
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
        }
    }
    text
}

fn push_placeholder(text: &mut String, number: usize) {
    // Writing to a string cannot fail.
    let _ = write!(text, "${number}");
}

/// At most this long: a function has at most 100 arguments unless the server was compiled for more.
fn length(part: &Part) -> usize {
    const PLACEHOLDER: usize = "$100".len();
    match part {
        Part::Text(text) => text.len(),
        Part::Optional { before, after, .. } => before.len() + PLACEHOLDER + after.len(),
        Part::Value(_) => PLACEHOLDER,
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
        log_schema: "app",
        arguments: &[argument("email", false)],
        statement: &[Part::Text("SELECT app.create_customer(email => $1)")],
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
        assert!(matches!(compose(&bound(&FIXED, &[Some("a")])), Cow::Borrowed(_)));
    }

    #[test]
    fn placeholders_are_numbered_by_what_is_given() {
        let text = |values: &[Option<&str>]| compose(&bound(&MIXED, values)).into_owned();
        assert_eq!(
            text(&[Some("a"), Some("b"), Some("c")]),
            "SELECT app.f(email => $1, phone => $2::app.phone, note => $3), log($3, $2)"
        );
        assert_eq!(text(&[Some("a"), None, Some("c")]), "SELECT app.f(email => $1, note => $2), log($2, NULL)");
        assert_eq!(text(&[Some("a"), None, None]), "SELECT app.f(email => $1), log(NULL, NULL)");
    }

    #[test]
    fn the_first_argument_has_no_comma() {
        let text = |values: &[Option<&str>]| compose(&bound(&ALL_OPTIONAL, values)).into_owned();
        assert_eq!(text(&[Some("a"), Some("b")]), "SELECT app.f(phone => $1, note => $2)");
        assert_eq!(text(&[None, Some("b")]), "SELECT app.f(note => $1)");
        assert_eq!(text(&[None, None]), "SELECT app.f()");
    }
}
