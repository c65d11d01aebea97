//! What a table takes from others: INHERITS, PARTITION OF, LIKE.

use super::Builder;
use crate::catalog::{Attachment, AttachmentKind, Constraint, ConstraintKind, Generated, RelationId, UniqueIndex};
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
        let inherited = |constraint: &Constraint| partition || matches!(constraint.kind, ConstraintKind::Check { .. });
        for constraint in parent.constraints.into_iter().filter(inherited) {
            self.copy_constraint(id, constraint);
        }
        if partition {
            parent.unique_indexes.into_iter().for_each(|index| self.copy_index(id, index));
        }
    }

    /// Gives a table a constraint of another one: a key gets a name of its own.
    fn copy_constraint(&mut self, id: RelationId, mut constraint: Constraint) {
        if matches!(constraint.kind, ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. }) {
            constraint.name = self.given_constraint_name(id, &constraint.kind, &[]);
            constraint.named = false;
        }
        self.relation_mut(id).constraints.push(constraint);
    }

    fn copy_index(&mut self, id: RelationId, mut index: UniqueIndex) {
        index.name = self.given_index_name(id, &index.keys, &[], "idx");
        index.named = false;
        self.relation_mut(id).unique_indexes.push(index);
    }

    /// Makes a table that is there a partition: it gets the keys of its parent that it lacks.
    pub(super) fn attach_partition(&mut self, parent: RelationId, partition: &Path, path: &[String]) {
        let Some(id) = self.relation_named(partition, path) else { return };
        self.children.entry(parent).or_default().push(id);
        let parent = self.catalog.relation(parent).clone();
        for constraint in parent.constraints {
            let has = self.catalog.relation(id).constraints.iter().any(|own| own.kind == constraint.kind);
            if !has && !matches!(constraint.kind, ConstraintKind::Check { .. }) {
                self.copy_constraint(id, constraint);
            }
        }
        for index in parent.unique_indexes {
            let has = self.catalog.relation(id).unique_indexes.iter().any(|own| own.keys == index.keys);
            if !has {
                self.copy_index(id, index);
            }
        }
    }

    /// Ends that one table follows the changes of another.
    pub(super) fn disinherit(&mut self, parent: RelationId, child: RelationId) {
        if let Some(children) = self.children.get_mut(&parent) {
            children.retain(|other| *other != child);
        }
    }

    /// Copies the columns of another table, and of the rest what the statement says.
    pub(super) fn copy_like(&mut self, id: RelationId, table: &Path, including: Including, path: &[String]) {
        let Some(other) = self.relation_named(table, path) else {
            self.relation_mut(id).columns_known = false;
            return self.unknown(table.span(), "the table of LIKE is not defined");
        };
        let other = self.catalog.relation(other).clone();
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
        let copied = |constraint: &Constraint| match constraint.kind {
            ConstraintKind::Check { .. } => including.constraints,
            ConstraintKind::ForeignKey { .. } => false,
            _ => including.indexes,
        };
        for constraint in other.constraints.into_iter().filter(copied) {
            self.copy_constraint(id, constraint);
        }
        if including.indexes {
            other.unique_indexes.into_iter().for_each(|index| self.copy_index(id, index));
            // Each gets a name of its own.
            let indexes = other.attachments.into_iter().filter(|own| own.kind == AttachmentKind::Index);
            let indexes = indexes.map(|index| Attachment { name: None, ..index });
            self.relation_mut(id).attachments.extend(indexes);
        }
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
