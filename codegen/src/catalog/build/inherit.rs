//! What a table takes from others: INHERITS, PARTITION OF, LIKE.

use super::Builder;
use crate::catalog::{Attachment, AttachmentKind, Constraint, ConstraintKind, Generated, RelationId};
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
            if matches!(column.generated, Generated::IdentityAlways | Generated::IdentityByDefault) {
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
        child.constraints.extend(parent.constraints.into_iter().filter(inherited));
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
                Generated::Expression(_) => including.generated,
            };
            if !kept {
                column.generated = Generated::No;
            }
            if !including.comments {
                column.comment = None;
            }
            relation.columns.push(column);
        }
        relation.constraints.extend(other.constraints.into_iter().filter(|constraint| match constraint.kind {
            ConstraintKind::Check { .. } => including.constraints,
            ConstraintKind::ForeignKey { .. } => false,
            _ => including.indexes,
        }));
        if including.indexes {
            relation.unique_indexes.extend(other.unique_indexes);
            // Each gets a name of its own.
            let indexes = other.attachments.into_iter().filter(|own| own.kind == AttachmentKind::Index);
            relation.attachments.extend(indexes.map(|index| Attachment { name: None, ..index }));
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
