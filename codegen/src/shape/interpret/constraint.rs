//! The constraints of the tables that a function writes: each is an error that it can raise.

use super::Frame;
use super::raise::Raise;
use crate::catalog::{ConstraintKind, IndexKey, Relation};
use crate::source::Span;

const NOT_NULL_VIOLATION: &str = "23502";
const FOREIGN_KEY_VIOLATION: &str = "23503";
const UNIQUE_VIOLATION: &str = "23505";
const CHECK_VIOLATION: &str = "23514";
const EXCLUSION_VIOLATION: &str = "23P01";

/// Which unique constraints an `ON CONFLICT` takes care of.
pub(super) enum Arbiter {
    /// There is none.
    None,
    /// All of them.
    Any,
    /// The one over these columns.
    Columns(Vec<String>),
    /// The one of this name.
    Name(String),
}

impl Frame<'_> {
    /// Notes what a write of these columns can violate.
    pub(super) fn note_constraints(
        &mut self,
        relation: &Relation,
        columns: Option<&[String]>,
        arbiter: &Arbiter,
        place: Option<Span>,
    ) {
        let touches = |of: &[String]| columns.is_none_or(|columns| of.iter().any(|column| columns.contains(column)));
        for constraint in &relation.constraints {
            let name = constraint.name.clone();
            let sqlstate = match &constraint.kind {
                ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => {
                    let is_handled = match arbiter {
                        Arbiter::None => false,
                        Arbiter::Any => true,
                        Arbiter::Columns(of) => same(of, columns),
                        Arbiter::Name(of) => name.as_ref() == Some(of),
                    };
                    if is_handled || !touches(columns) {
                        continue;
                    }
                    UNIQUE_VIOLATION
                }
                ConstraintKind::ForeignKey { columns, .. } if touches(columns) => FOREIGN_KEY_VIOLATION,
                ConstraintKind::Check { expression } if touches(&named(relation, &expression.text)) => CHECK_VIOLATION,
                ConstraintKind::Exclude { definition } if touches(&named(relation, &definition.text)) => {
                    EXCLUSION_VIOLATION
                }
                _ => continue,
            };
            self.note_violation(relation, sqlstate, name, place);
        }
        for index in &relation.unique_indexes {
            let keys = index.keys.iter().map(|key| match key {
                IndexKey::Column(column) => vec![column.clone()],
                IndexKey::Expression(text) => named(relation, &text.text),
            });
            let keys = keys.flatten().collect::<Vec<_>>();
            let is_handled = match arbiter {
                Arbiter::None => false,
                Arbiter::Any => true,
                Arbiter::Columns(of) => same(of, &keys),
                Arbiter::Name(_) => false,
            };
            if !is_handled && touches(&keys) {
                self.note_violation(relation, UNIQUE_VIOLATION, index.name.clone(), place);
            }
        }
    }

    /// Notes that a column which refuses NULL may be given one.
    pub(super) fn note_not_null(&mut self, relation: &Relation, column: &str, place: Option<Span>) {
        let of = Some(format!("{}.{column}", relation.name));
        let raise = Raise { sqlstate: Some(NOT_NULL_VIOLATION.to_owned()), constraint: None, of };
        self.note_raise(raise, place);
    }

    /// Notes that rows of other tables may refer to deleted ones.
    pub(super) fn note_references(&mut self, relation: &Relation, place: Option<Span>) {
        let Some(references) = self.analysis.references.get(&relation.name) else { return };
        let catalog = self.analysis.catalog;
        for (id, index) in references.clone() {
            let referring = catalog.relation(id);
            let Some(constraint) = referring.constraints.get(index) else { continue };
            // ON DELETE is not in the catalogue; it is in the text.
            let text = constraint.span.and_then(|span| self.analysis.sources.file(span.file).text().get(span.range()));
            let text = text.unwrap_or_default().to_lowercase();
            let words = text.split_whitespace().collect::<Vec<_>>();
            let follows = words.windows(3).any(|words| {
                matches!(words, ["on", "delete", action] if action.starts_with("cascade") || action.starts_with("set"))
            });
            if !follows {
                self.note_violation(referring, FOREIGN_KEY_VIOLATION, constraint.name.clone(), place);
            }
        }
    }

    fn note_violation(&mut self, relation: &Relation, sqlstate: &str, constraint: Option<String>, place: Option<Span>) {
        let of = Some(relation.name.to_string());
        self.note_raise(Raise { sqlstate: Some(sqlstate.to_owned()), constraint, of }, place);
    }
}

/// The columns that a piece of SQL names.
fn named(relation: &Relation, text: &str) -> Vec<String> {
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).collect::<Vec<_>>();
    let columns =
        relation.columns.iter().filter(|column| words.iter().any(|word| word.eq_ignore_ascii_case(&column.name)));
    columns.map(|column| column.name.clone()).collect()
}

fn same(a: &[String], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().all(|column| b.contains(column))
}
