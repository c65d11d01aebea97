//! What is tied to a relation, and operators and casts, which are tied to types.

use super::{Builder, lookup};
use crate::catalog::{Attachment, AttachmentKind, CastDef, Firing, OperatorDef, RelationId, Text};
use crate::source::Span;
use crate::sql::name::Name;
use crate::sql::statement::{
    AlterAttachment, AttachmentChange, CastStatement, OperatorStatement, PolicyConditions, PolicyStatement,
    TriggerStatement,
};

/// An attachment that runs no function.
pub(super) fn attachment(
    kind: AttachmentKind,
    name: Option<String>,
    expressions: Vec<Text>,
    path: &[String],
) -> Attachment {
    Attachment {
        kind,
        name,
        named: true,
        expressions,
        check: None,
        function: None,
        transition_tables: Vec::new(),
        firing: Firing::Origin,
        search_path: path.to_vec(),
        span: None,
    }
}

impl Builder {
    /// Ties something to a relation, in the place of what has its kind and name.
    pub(super) fn attach(&mut self, id: RelationId, attachment: Attachment) {
        let attachments = &mut self.relation_mut(id).attachments;
        let same = |other: &&mut Attachment| {
            other.name.is_some() && (other.kind, &other.name) == (attachment.kind, &attachment.name)
        };
        match attachments.iter_mut().find(same) {
            Some(other) => *other = attachment,
            None => attachments.push(attachment),
        }
    }

    /// A trigger of a table that no source defines is passed over, as a policy is: the catalogue has no place for it.
    pub(super) fn create_trigger(&mut self, statement: &TriggerStatement, path: &[String], span: Span) {
        let Some(id) = self.relation_named(&statement.table, path) else { return };
        let name = Some(statement.name.value.to_string());
        let expressions = statement.condition.iter().cloned().collect();
        let trigger = Attachment {
            function: Some(lookup::object_name(&statement.function)),
            transition_tables: statement.transition_tables.iter().map(|name| name.value.to_string()).collect(),
            span: Some(span),
            ..attachment(AttachmentKind::Trigger, name, expressions, path)
        };
        self.attach(id, trigger);
    }

    pub(super) fn create_policy(&mut self, statement: &PolicyStatement, path: &[String], span: Span) {
        let Some(id) = self.relation_named(&statement.table, path) else { return };
        let name = Some(statement.name.value.to_string());
        let PolicyConditions { using, check } = statement.conditions.clone();
        let policy = attachment(AttachmentKind::Policy, name, Vec::from_iter(using), path);
        self.attach(id, Attachment { check, span: Some(span), ..policy });
    }

    /// Changes a policy or a trigger; of a policy, what is not written stays.
    pub(super) fn alter_attachment(&mut self, alter: &AlterAttachment, path: &[String]) {
        let Some(id) = self.relation_named(&alter.table, path) else { return };
        let is_it =
            |other: &&mut Attachment| other.kind == alter.kind && other.name.as_deref() == Some(&*alter.name.value);
        let Some(attachment) = self.relation_mut(id).attachments.iter_mut().find(is_it) else { return };
        match &alter.change {
            AttachmentChange::Rename(to) => attachment.name = Some(to.value.to_string()),
            AttachmentChange::Conditions(conditions) => {
                if let Some(using) = &conditions.using {
                    attachment.expressions = vec![using.clone()];
                }
                if let Some(check) = &conditions.check {
                    attachment.check = Some(check.clone());
                }
                attachment.search_path = path.to_vec();
                // What it says of roles is not kept.
                attachment.span = None;
            }
        }
    }

    /// ALTER TABLE ... ENABLE or DISABLE TRIGGER; without a name, all of them.
    pub(super) fn set_firing(&mut self, id: RelationId, name: Option<&Name>, firing: Firing) {
        let is_it = |other: &&mut Attachment| {
            let named = name.is_none_or(|name| other.name.as_deref() == Some(&*name.value));
            other.kind == AttachmentKind::Trigger && named
        };
        self.relation_mut(id).attachments.iter_mut().filter(is_it).for_each(|trigger| trigger.firing = firing);
    }

    pub(super) fn drop_attachment(&mut self, kind: AttachmentKind, name: &str, id: RelationId) {
        self.names_changed(id);
        let is_it = |other: &Attachment| other.kind == kind && other.name.as_deref() == Some(name);
        self.relation_mut(id).attachments.retain(|attachment| !is_it(attachment));
    }

    pub(super) fn create_operator(&mut self, statement: &OperatorStatement, path: &[String]) {
        let ty = |name| self.catalog.resolve_type_name(name, path);
        let operator = OperatorDef {
            name: statement.name.clone(),
            left: statement.left.as_ref().map(ty),
            right: ty(&statement.right),
            function: lookup::object_name(&statement.function),
            search_path: path.to_vec(),
        };
        self.catalog.operators.push(operator);
    }

    pub(super) fn create_cast(&mut self, statement: &CastStatement, path: &[String]) {
        let ty = |name| self.catalog.resolve_type_name(name, path);
        let cast = CastDef { source: ty(&statement.source), target: ty(&statement.target), context: statement.context };
        self.catalog.casts.push(cast);
    }
}
