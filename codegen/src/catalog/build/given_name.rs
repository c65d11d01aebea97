//! The names that the server gives to constraints and indexes where none is written, by the rules of `ChooseIndexName` and
//! `ChooseConstraintName`: ALTER and DROP name them, and so do errors.

use std::collections::{HashMap, HashSet};

use super::Builder;
use crate::catalog::{AttachmentKind, Catalog, ConstraintKind, Relation, RelationId};
use crate::sql::cursor::significant;
use crate::sql::lexer::{self, Mode, Token, TokenKind};

/// How many bytes a name has at most.
const LONGEST: usize = 63;

/// What the name of a primary key ends with.
pub(super) const PRIMARY_KEY: &str = "pkey";

impl Builder {
    /// The name of a foreign key or a check of `id`.
    pub(super) fn given_constraint_name(&mut self, id: RelationId, kind: &ConstraintKind) -> Option<String> {
        let (columns, label) = match kind {
            ConstraintKind::ForeignKey { columns, .. } => (column_names(columns), "fkey"),
            ConstraintKind::Check { expression } => {
                let mut columns = columns_of(self.catalog.relation(id), &expression.text);
                (columns.pop().filter(|_| columns.is_empty()).unwrap_or_default(), "check")
            }
            ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. } | ConstraintKind::Exclude { .. } => {
                return None;
            }
        };
        Some(self.free(id, &columns, label))
    }

    /// The name of an index of `id` over these columns, which ends with `label`.
    pub(super) fn given_index_name(&mut self, id: RelationId, columns: &[String], label: &str) -> String {
        let columns = if label == PRIMARY_KEY { String::new() } else { column_names(columns) };
        self.free(id, &columns, label)
    }

    /// The name of the sequence of a column of `id`.
    pub(super) fn given_sequence_name(&mut self, id: RelationId, column: &str) -> String {
        self.free(id, column, "seq")
    }

    /// The first name of this form that no constraint, index or relation of the schema has.
    fn free(&mut self, id: RelationId, columns: &str, label: &str) -> String {
        let relation = self.catalog.relation(id);
        let taken = self.taken.entry(id).or_insert_with(|| Taken::of(relation));
        let is_taken = |name: &str| {
            self.catalog.find_relation(&relation.name.schema, name).is_some()
                || is_held(&self.catalog, &self.holders, &relation.name.schema, name)
        };
        let first = object_name(&relation.name.name, columns, label);
        let last = taken.last.entry(first.clone()).or_insert(0);
        loop {
            let name = match *last {
                0 => first.clone(),
                n => object_name(&relation.name.name, columns, &format!("{label}{n}")),
            };
            *last += 1;
            if !taken.names.contains(&name) && !is_taken(&name) {
                self.take_name(id, &name);
                return name;
            }
        }
    }

    /// Notes that a constraint or an index of a relation has this name.
    pub(super) fn take_name(&mut self, id: RelationId, name: &str) {
        if let Some(taken) = self.taken.get_mut(&id) {
            taken.names.insert(name.to_owned());
        }
        let holders = self.holders.entry(name.to_owned()).or_default();
        if holders.last() != Some(&id) {
            holders.push(id);
        }
    }

    /// Notes that constraints or indexes of a relation are gone or have other names.
    pub(super) fn names_changed(&mut self, id: RelationId) {
        self.taken.remove(&id);
    }
}

/// The names of the constraints and indexes of a relation.
pub(super) struct Taken {
    names: HashSet<String>,
    /// For each name without a number, the number behind the last that was given.
    last: HashMap<String, u32>,
}

impl Taken {
    fn of(relation: &Relation) -> Self {
        Self { names: names(relation).cloned().collect(), last: HashMap::new() }
    }
}

/// Whether a relation of the schema has a constraint or an index of this name, which are unique in it; `holders` are those that had one at
/// some time.
fn is_held(catalog: &Catalog, holders: &HashMap<String, Vec<RelationId>>, schema: &str, name: &str) -> bool {
    let is_there = |id: &RelationId| {
        let relation = catalog.relation(*id);
        relation.name.schema == schema && catalog.find_relation(schema, &relation.name.name) == Some(*id)
    };
    let holds = |id: &RelationId| names(catalog.relation(*id)).any(|other| other == name);
    holders.get(name).into_iter().flatten().any(|id| is_there(id) && holds(id))
}

/// The names of a relation's constraints and indexes.
fn names(relation: &Relation) -> impl Iterator<Item = &String> {
    let without_index = relation.constraints.iter().filter(|constraint| !constraint.is_key());
    without_index.filter_map(|constraint| constraint.name.as_ref()).chain(index_names(relation))
}

/// The names of a relation's indexes, also of those that a key stands on.
pub(super) fn index_names(relation: &Relation) -> impl Iterator<Item = &String> {
    let keys = relation.constraints.iter().filter(|constraint| constraint.is_key()).map(|key| &key.name);
    let unique = relation.unique_indexes.iter().map(|index| &index.name);
    let plain = relation.attachments.iter().filter(|attachment| attachment.kind == AttachmentKind::Index);
    keys.chain(unique).chain(plain.map(|attachment| &attachment.name)).flatten()
}

/// The name of the next check of a domain that has checks with these names.
pub(super) fn domain_check<'n>(domain: &str, taken: impl Iterator<Item = Option<&'n str>> + Clone) -> String {
    let first = object_name(domain, "", "check");
    let numbered = (1u32..).map(|n| object_name(domain, "", &format!("check{n}")));
    let is_free = |name: &String| taken.clone().all(|other| other != Some(name.as_str()));
    std::iter::once(first.clone()).chain(numbered).find(is_free).unwrap_or(first)
}

/// `table_columns_label`, where the longer of the first two gives way (`makeObjectName`).
fn object_name(table: &str, columns: &str, label: &str) -> String {
    let room = LONGEST - label.len() - 1 - usize::from(!columns.is_empty());
    let (mut first, mut second) = (table.len(), columns.len());
    while first + second > room {
        if first > second { first -= 1 } else { second -= 1 }
    }
    let (table, columns) = (clipped(table, first), clipped(columns, second));
    match columns.is_empty() {
        true => format!("{table}_{label}"),
        false => format!("{table}_{columns}_{label}"),
    }
}

/// At most so many bytes, and no half of a character.
fn clipped(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    &text[..end]
}

/// A name with a number behind it that is no longer than a name may be.
pub(super) fn clipped_name(name: &str, number: &str) -> String {
    let room = LONGEST - number.len();
    format!("{}{number}", clipped(name, room.min(name.len())))
}

/// The names of columns with `_` between them, as many as a name can hold (`ChooseIndexNameAddition`).
fn column_names(columns: &[String]) -> String {
    let mut names = String::new();
    for column in columns {
        if !names.is_empty() {
            names.push('_');
        }
        names.push_str(clipped(column, LONGEST.min(column.len())));
        if names.len() > LONGEST {
            break;
        }
    }
    names
}

/// The columns of a relation that an expression over its rows names, each once.
pub(super) fn columns_of(relation: &Relation, text: &str) -> Vec<String> {
    let tokens = significant(text, Mode::Server);
    let kind = |at: usize| tokens.get(at).map(|token: &Token| token.kind);
    let mut columns = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let is_other = matches!(kind(at + 1), Some(TokenKind::LeftParen | TokenKind::Dot))
            || at > 0 && matches!(kind(at - 1), Some(TokenKind::Cast));
        let Some(Ok(name)) = lexer::identifier(*token, text, '\\').filter(|_| !is_other) else { continue };
        if relation.column(&name).is_some() && !columns.iter().any(|column| *column == name) {
            columns.push(name.to_string());
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_as_the_server_cuts_them() {
        assert_eq!(object_name("t", "a_b", "key"), "t_a_b_key");
        assert_eq!(object_name("t", "", "pkey"), "t_pkey");
        let long = "a".repeat(60);
        assert_eq!(object_name(&long, &"b".repeat(10), "key").len(), LONGEST);
        assert_eq!(object_name(&long, &"b".repeat(10), "key"), format!("{}_{}_key", "a".repeat(48), "b".repeat(10)));
        assert_eq!(clipped("äö", 3), "ä");
        assert_eq!(domain_check("d", [Some("d_check"), None, Some("d_check1")].into_iter()), "d_check2");
    }
}
