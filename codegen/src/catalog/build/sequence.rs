//! Sequences: those that are created, and those that come and go with a column.

use super::Builder;
use crate::catalog::{Builtin, Column, Generated, QualifiedName, RelationId, RelationKind};
use crate::source::Span;
use crate::sql::name::Path;

impl Builder {
    pub(super) fn create_sequence(&mut self, name: &QualifiedName, span: Option<Span>, path: &[String]) -> RelationId {
        let id = self.add_relation(name, RelationKind::Sequence, span, path);
        let column = |builder: &Self, name: &str, builtin: Builtin| Column {
            name: name.to_owned(),
            ty: builder.known_type(builtin.into()),
            not_null: true,
            default: None,
            generated: Generated::No,
            comment: None,
            span: None,
        };
        let columns = vec![
            column(self, "last_value", Builtin::INT8),
            column(self, "log_cnt", Builtin::INT8),
            column(self, "is_called", Builtin::BOOL),
        ];
        self.relation_mut(id).columns = columns;
        id
    }

    /// Makes the sequence of a serial or an identity column.
    pub(super) fn create_column_sequence(&mut self, table: RelationId, column: &str, path: &[String]) {
        let name = self.given_sequence_name(table, column);
        let relation = self.catalog.relation(table);
        let span = relation.column(column).and_then(|column| column.span);
        let name = QualifiedName::new(&relation.name.schema, name);
        let sequence = self.create_sequence(&name, span, path);
        self.own_sequence(sequence, table, column);
    }

    fn own_sequence(&mut self, sequence: RelationId, table: RelationId, column: &str) {
        self.disown_sequence(sequence);
        self.relation_mut(sequence).owned_by = Some((table, column.to_owned()));
        self.sequences.entry(table).or_default().push(sequence);
    }

    fn disown_sequence(&mut self, sequence: RelationId) {
        let owner = self.relation_mut(sequence).owned_by.take();
        if let Some(sequences) = owner.and_then(|(table, _)| self.sequences.get_mut(&table)) {
            sequences.retain(|other| *other != sequence);
        }
    }

    /// OWNED BY `table.column`, or NONE.
    pub(super) fn set_sequence_owner(&mut self, sequence: RelationId, owner: Option<&Path>, path: &[String]) {
        let Some(owner) = owner else { return self.disown_sequence(sequence) };
        if let Some(table) = super::lookup::table_of_column(owner)
            && let Some(table) = self.catalog.resolve_relation(&table, path)
        {
            self.own_sequence(sequence, table, &owner.last().value);
        }
    }

    /// The sequences of a table, or of one of its columns.
    pub(super) fn sequences_of(&self, table: RelationId, column: Option<&str>) -> Vec<RelationId> {
        let all = self.sequences.get(&table).into_iter().flatten().copied();
        let is_of = |id: &RelationId| {
            let owner = self.catalog.relation(*id).owned_by.as_ref();
            column.is_none_or(|column| owner.is_some_and(|(_, own)| own == column))
        };
        all.filter(is_of).collect()
    }

    /// Drops the sequences of a table, or of one of its columns.
    pub(super) fn drop_sequences_of(&mut self, table: RelationId, column: Option<&str>) {
        for sequence in self.sequences_of(table, column) {
            self.disown_sequence(sequence);
            self.drop_relation(sequence);
        }
    }
}
