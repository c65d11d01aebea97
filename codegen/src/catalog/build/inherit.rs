//! What a table takes from others: INHERITS, PARTITION OF, LIKE.

use super::Builder;
use super::index::Indexed;
use crate::catalog::{Constraint, ConstraintKind, Generated, RelationId};
use crate::sql::name::Path;
use crate::sql::statement::Including;

impl Builder {
    /// Takes the columns and checks of a parent, and as a partition its keys too.
    pub(super) fn inherit(&mut self, id: RelationId, parent: &Path, path: &[String], partition: bool) {
        let Some(parent_id) = self.relation_named(parent, path) else {
            self.relation_mut(id).columns_known = false;
            return self.unknown(parent.span(), "the parent of this table is not defined");
        };
        self.children.entry(parent_id).or_default().push(id);
        let parent = self.catalog.relation(parent_id).clone();
        let child = self.relation_mut(id);
        child.columns_known &= parent.columns_known;
        for mut column in parent.columns {
            // An identity belongs to the parent: a partition has had it only since PostgreSQL 17.
            if column.generated.is_identity() {
                column.generated = Generated::No;
            }
            if !partition {
                column.comment = None;
            }
            match child.columns.iter_mut().find(|own| own.name == column.name) {
                Some(own) => own.not_null |= column.not_null,
                None => child.columns.push(column),
            }
        }
        let inherited = |constraint: &Constraint| {
            matches!(constraint.kind, ConstraintKind::Check { .. }) || partition && !constraint.is_key()
        };
        self.relation_mut(id).constraints.extend(parent.constraints.into_iter().filter(inherited));
        if partition {
            self.copy_indexes_to_partition(id, parent_id, |_| true);
        }
    }

    /// Gives a partition those of its parent's keys and unique indexes that it wants.
    fn copy_indexes_to_partition(&mut self, id: RelationId, parent: RelationId, wants: impl Fn(&Indexed) -> bool) {
        let indexes = self.indexes_of(parent).into_iter();
        let wanted = indexes.filter(|index| !matches!(index.of, Indexed::Plain(_)) && wants(&index.of));
        wanted.for_each(|index| self.copy_index(id, index));
    }

    /// Makes a table that is there a partition: it gets the keys of its parent that it lacks.
    pub(super) fn attach_partition(&mut self, parent: RelationId, partition: &Path, path: &[String]) {
        let Some(id) = self.relation_named(partition, path) else { return };
        self.children.entry(parent).or_default().push(id);
        let own = self.catalog.relation(id).clone();
        let has = |constraint: &Constraint| own.constraints.iter().any(|other| other.kind == constraint.kind);
        let of_parent = self.catalog.relation(parent).constraints.iter();
        let foreign_keys = |constraint: &&Constraint| matches!(constraint.kind, ConstraintKind::ForeignKey { .. });
        let lacking: Vec<_> = of_parent.filter(foreign_keys).filter(|it| !has(it)).cloned().collect();
        self.relation_mut(id).constraints.extend(lacking);
        self.copy_indexes_to_partition(id, parent, |index| match index {
            Indexed::Key(constraint) => !has(constraint),
            Indexed::Unique(index) => own.unique_indexes.iter().all(|other| other.keys != index.keys),
            Indexed::Plain(_) => false,
        });
    }

    /// Ends that one table follows the changes of another.
    pub(super) fn disinherit(&mut self, parent: RelationId, child: RelationId) {
        if let Some(children) = self.children.get_mut(&parent) {
            children.retain(|other| *other != child);
        }
    }

    /// Copies the columns of another table, and of the rest what the statement says; its indexes are copied when the new table is whole.
    pub(super) fn copy_like(
        &mut self,
        id: RelationId,
        table: &Path,
        including: Including,
        path: &[String],
    ) -> Option<RelationId> {
        let Some(other_id) = self.relation_named(table, path) else {
            self.relation_mut(id).columns_known = false;
            self.unknown(table.span(), "the table of LIKE is not defined");
            return None;
        };
        let other = self.catalog.relation(other_id).clone();
        let relation = self.relation_mut(id);
        relation.columns_known &= other.columns_known;
        for mut column in other.columns {
            if !including.defaults {
                column.default = None;
            }
            let kept = match &column.generated {
                Generated::No => true,
                Generated::Serial => including.defaults,
                Generated::IdentityAlways | Generated::IdentityByDefault => including.identity,
                Generated::Expression { .. } => including.generated,
            };
            if !kept {
                column.generated = Generated::No;
            }
            if !including.comments {
                column.comment = None;
            }
            let identity = column.generated.is_identity().then(|| column.name.clone());
            self.relation_mut(id).columns.push(column);
            if let Some(column) = identity {
                self.create_column_sequence(id, &column, path);
            }
        }
        if including.constraints {
            let checks = other.constraints.into_iter().filter(|own| matches!(own.kind, ConstraintKind::Check { .. }));
            self.relation_mut(id).constraints.extend(checks);
        }
        Some(other_id)
    }

    /// The tables below a table, itself first.
    pub(super) fn family(&self, id: RelationId) -> Vec<RelationId> {
        let mut family = vec![id];
        let mut next = 0;
        while let Some(&member) = family.get(next) {
            next += 1;
            for child in self.children.get(&member).into_iter().flatten() {
                if !family.contains(child) {
                    family.push(*child);
                }
            }
        }
        family
    }
}
