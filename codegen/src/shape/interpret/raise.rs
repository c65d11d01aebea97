//! The errors that a body raises, and those that its handlers catch.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use super::Frame;
use super::call::constants;
use super::state::State;
use crate::plpgsql::ast::{Condition, Handler, Raise as Statement, RaiseLevel, RaiseOptionKind, Raised};
use crate::shape::domain::{Literals, Places, Value};
use crate::source::Span;

/// An error.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Raise {
    /// Its SQLSTATE; none where it is made at run time.
    pub sqlstate: Option<String>,
    /// The constraint that it names.
    pub constraint: Option<String>,
    /// The table, schema-qualified, and for NOT NULL the column.
    pub of: Option<String>,
}

impl Raise {
    /// An error that names nothing.
    pub(super) fn plain(sqlstate: &str) -> Self {
        Self { sqlstate: Some(sqlstate.to_owned()), constraint: None, of: None }
    }
}

/// What `RAISE EXCEPTION` raises unless it says otherwise.
const RAISE_EXCEPTION: &str = "P0001";

/// A query with STRICT found nothing, or more than one row.
pub(super) const NO_DATA_FOUND: &str = "P0002";
/// See [`NO_DATA_FOUND`].
pub(super) const TOO_MANY_ROWS: &str = "P0003";
/// `ASSERT` did not hold.
pub(super) const ASSERT_FAILURE: &str = "P0004";
/// No arm of a CASE without ELSE.
pub(super) const CASE_NOT_FOUND: &str = "20000";
/// The query was cancelled.
const QUERY_CANCELED: &str = "57014";

/// The names of conditions and their SQLSTATEs: `errcodes.txt` of PostgreSQL 14 to 18.
fn sqlstates(name: &str) -> &'static [&'static str] {
    by_name().get(name).map_or(&[], Vec::as_slice)
}

fn by_name() -> &'static HashMap<&'static str, Vec<&'static str>> {
    static CONDITIONS: OnceLock<HashMap<&'static str, Vec<&'static str>>> = OnceLock::new();
    CONDITIONS.get_or_init(|| {
        let mut conditions: HashMap<_, Vec<_>> = HashMap::new();
        for (name, code) in
            include_str!("../../../data/conditions.tsv").lines().filter_map(|line| line.split_once('\t'))
        {
            conditions.entry(name).or_default().push(code);
        }
        conditions
    })
}

/// The names of all conditions.
pub(crate) fn conditions() -> impl Iterator<Item = &'static str> {
    by_name().keys().copied()
}

/// Whether PostgreSQL itself has no condition of this SQLSTATE, so that only a `RAISE` raises it.
pub(crate) fn is_custom(sqlstate: &str) -> bool {
    !by_name().values().flatten().any(|known| *known == sqlstate)
}

impl Frame<'_> {
    /// Notes an error.
    pub(super) fn note_raise(&mut self, raise: Raise, place: Option<Span>) {
        self.collected.facts.raises.entry(raise).or_default().extend(place);
    }

    /// Notes what a `RAISE` raises.
    pub(super) fn note_raised(&mut self, state: &mut State, statement: &Statement, place: Span) {
        if statement.level != RaiseLevel::Exception {
            return;
        }
        let mut option = |kind: RaiseOptionKind| {
            let option = statement.options.iter().find(|option| option.kind == kind)?;
            Some(self.expression(state, &option.value))
        };
        let code = option(RaiseOptionKind::Errcode);
        let constraint = option(RaiseOptionKind::Constraint).and_then(|value| only(&value));
        let table = option(RaiseOptionKind::Table).and_then(|value| only(&value));
        let codes = match (&code, &statement.what) {
            (Some(value), _) => {
                let codes = constants(value);
                let is_known = is_enumerated(value);
                codes.iter().map(|code| sqlstate(code)).chain((!is_known).then_some(None)).collect()
            }
            (None, Raised::Condition(condition)) => {
                of_condition(condition).iter().map(|code| Some(code.clone())).collect()
            }
            (None, Raised::Message { .. } | Raised::Options) => vec![Some(RAISE_EXCEPTION.to_owned())],
            (None, Raised::Again) => {
                let caught = self.handling.clone();
                for (raise, places) in caught {
                    self.collected.facts.raises.entry(raise).or_default().extend(places);
                }
                return;
            }
        };
        for sqlstate in codes {
            self.note_raise(Raise { sqlstate, constraint: constraint.clone(), of: table.clone() }, Some(place));
        }
    }

    /// What is left of the errors of a block when `handler` has taken its own; gives those.
    pub(super) fn catch(raises: &mut BTreeMap<Raise, Places>, handler: &Handler) -> BTreeMap<Raise, Places> {
        let (caught, left) = std::mem::take(raises)
            .into_iter()
            .partition(|(raise, _)| handler.conditions.iter().any(|condition| catches(condition, raise)));
        *raises = left;
        caught
    }
}

fn only(value: &Value) -> Option<String> {
    value.constant().map(|literal| literal.text().to_owned())
}

fn is_enumerated(value: &Value) -> bool {
    match &value.content {
        crate::shape::domain::Content::Scalar(scalar) => matches!(scalar.literals, Literals::Of(_)),
        _ => false,
    }
}

/// The SQLSTATE that ERRCODE means: itself, or that of a condition.
pub(crate) fn sqlstate(code: &str) -> Option<String> {
    let is_sqlstate = code.len() == 5 && code.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    if is_sqlstate {
        return Some(code.to_owned());
    }
    sqlstates(&code.to_lowercase()).first().map(|&code| code.to_owned())
}

fn of_condition(condition: &Condition) -> Vec<String> {
    match condition {
        Condition::Named(name) => sqlstates(&name.value).iter().map(|&code| code.to_owned()).collect(),
        Condition::Sqlstate { code, .. } => vec![code.to_string()],
        Condition::Others(_) => Vec::new(),
    }
}

fn catches(condition: &Condition, raise: &Raise) -> bool {
    if matches!(condition, Condition::Others(_)) {
        // OTHERS leaves these two to whoever names them.
        return !raise.sqlstate.as_deref().is_some_and(|code| [ASSERT_FAILURE, QUERY_CANCELED].contains(&code));
    }
    let Some(raised) = &raise.sqlstate else { return false };
    // A class catches all of its conditions.
    let is_of = |code: &str| code == raised || (code.ends_with("000") && raised.get(..2) == code.get(..2));
    of_condition(condition).iter().any(|code| is_of(code))
}
