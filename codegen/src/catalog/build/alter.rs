//! ALTER.

use super::given_name::{columns_of, index_names};
use super::{Builder, function, lookup, relation, types};
use crate::catalog::{
    Attachment, AttachmentKind, Column, ConstraintKind, Field, FunctionId, Generated, IndexKey, QualifiedName,
    RelationId, Text, Type, TypeId, TypeKind, UniqueIndex,
};
use crate::source::{SourceMap, Span};
use crate::sql::name::{Name, Path};
use crate::sql::statement::{
    AlterDomain, AlterFunction, AlterRelation, AlterStatement, AlterType, ColumnChange, DomainChange, FunctionChange,
    Position, RelationChange, TypeChange,
};

impl Builder {
    pub(super) fn alter(&mut self, statement: &AlterStatement, path: &[String], sources: &SourceMap, span: Span) {
        match statement {
            AlterStatement::Relation(alter) => self.alter_relation(alter, path, sources, span),
            AlterStatement::Function(alter) => self.alter_function(alter, path, span),
            AlterStatement::Type(alter) => self.alter_type(alter, path, sources, span),
            AlterStatement::Domain(alter) => self.alter_domain(alter, path, span),
            AlterStatement::RenameSchema { name, to } => self.rename_schema(&name.value, &to.value),
            AlterStatement::Attachment(alter) => self.alter_attachment(alter, path),
            AlterStatement::RenameIndex { name, to } => self.rename_index(name, &to.value, path),
        }
    }

    fn alter_relation(&mut self, alter: &AlterRelation, path: &[String], sources: &SourceMap, span: Span) {
        let Some(id) = self.relation_named(&alter.name, path) else {
            // Whose a table is that no file defines does not matter here.
            let matters = |change: &RelationChange| !matches!(change, RelationChange::Owner(_));
            if !alter.if_exists && alter.changes.iter().any(matters) {
                self.unknown(span, "the table that is altered is not defined");
            }
            return;
        };
        for change in &alter.changes {
            match change {
                RelationChange::Rename(to) => {
                    let schema = self.catalog.relation(id).name.schema.clone();
                    self.move_relation(id, QualifiedName::new(schema, &*to.value));
                }
                RelationChange::SetSchema(to) => {
                    for moved in std::iter::once(id).chain(self.sequences_of(id, None)) {
                        let name = self.catalog.relation(moved).name.name.clone();
                        self.move_relation(moved, QualifiedName::new(&*to.value, name));
                    }
                }
                RelationChange::Inherit(parent) => {
                    if let Some(parent) = self.relation_named(parent, path) {
                        self.children.entry(parent).or_default().push(id);
                    }
                }
                RelationChange::NoInherit(parent) => {
                    if let Some(parent) = self.relation_named(parent, path) {
                        self.disinherit(parent, id);
                    }
                }
                RelationChange::Attach(partition) => self.attach_partition(id, partition, path),
                RelationChange::Owner(role) => self.relation_mut(id).owner = role_name(role.as_ref()),
                RelationChange::OwnedBy(owner) => self.set_sequence_owner(id, owner.as_ref(), path),
                RelationChange::Detach(partition) => {
                    if let Some(partition) = self.relation_named(partition, path) {
                        self.disinherit(id, partition);
                    }
                }
                _ => self.change_columns(id, alter.only, change, path, sources),
            }
        }
    }

    fn change_columns(
        &mut self,
        id: RelationId,
        only: bool,
        change: &RelationChange,
        path: &[String],
        sources: &SourceMap,
    ) {
        let members = if only { vec![id] } else { self.family(id) };
        for member in members {
            match change {
                RelationChange::AddColumn { column, if_not_exists } => {
                    let exists = self.catalog.relation(member).column(&column.name.value).is_some();
                    if !(exists && *if_not_exists) {
                        self.add_column(member, column, path, sources);
                    }
                }
                RelationChange::DropColumn { name, .. } => self.drop_column(member, &name.value),
                RelationChange::RenameColumn { name, to } => self.rename_column(member, &name.value, &to.value),
                RelationChange::AlterColumn { name, change } => {
                    self.change_column(member, name, change, path, sources);
                }
                RelationChange::AddConstraint(constraint) => {
                    // Keys are each table's own, but partitions share them.
                    if member == id || matches!(constraint.form, crate::sql::statement::ConstraintForm::Check { .. }) {
                        self.add_constraint(member, constraint, None, path);
                    }
                }
                RelationChange::DropConstraint(name) => {
                    self.drop_constraint(member, &name.value);
                }
                RelationChange::RenameConstraint { name, to } => {
                    self.names_changed(member);
                    self.rename_index_columns(member, &name.value, &to.value);
                    let constraints = &mut self.relation_mut(member).constraints;
                    for constraint in constraints.iter_mut().filter(|c| c.name.as_deref() == Some(&*name.value)) {
                        (constraint.name, constraint.named) = (Some(to.value.to_string()), true);
                    }
                }
                RelationChange::RowSecurity { enabled, forced } if member == id => {
                    let security = &mut self.relation_mut(id).row_security;
                    security.enabled = enabled.unwrap_or(security.enabled);
                    security.forced = forced.unwrap_or(security.forced);
                }
                RelationChange::Firing { name, firing } if member == id => self.set_firing(id, name.as_ref(), *firing),
                RelationChange::RowSecurity { .. } | RelationChange::Firing { .. } => {}
                // Of the table alone, as above.
                RelationChange::Rename(_)
                | RelationChange::SetSchema(_)
                | RelationChange::Inherit(_)
                | RelationChange::NoInherit(_)
                | RelationChange::Attach(_)
                | RelationChange::Detach(_)
                | RelationChange::Owner(_)
                | RelationChange::OwnedBy(_) => {}
            }
        }
    }

    fn change_column(
        &mut self,
        id: RelationId,
        name: &Name,
        change: &ColumnChange,
        path: &[String],
        sources: &SourceMap,
    ) {
        let ty = match change {
            ColumnChange::Type(ty) => Some(self.type_use(ty, path, sources)),
            _ => None,
        };
        let Some(column) = self.column_mut(id, &name.value) else {
            if self.catalog.relation(id).columns_known {
                self.unknown(name.span, format!("there is no column `{name}` to alter"));
            }
            return;
        };
        match change {
            ColumnChange::Type(_) => column.ty = ty.unwrap_or_else(|| column.ty.clone()),
            ColumnChange::Default(default) => column.default = Some(default.clone()),
            ColumnChange::DropDefault => {
                column.default = None;
                if column.generated == Generated::Serial {
                    column.generated = Generated::No;
                }
            }
            ColumnChange::NotNull(not_null) => column.not_null = *not_null,
            ColumnChange::Generated(generated) => {
                let is_new = !column.generated.is_identity();
                relation::set_generated(column, generated);
                if is_new {
                    self.create_column_sequence(id, &name.value, path);
                }
            }
            ColumnChange::Expression(new) => {
                if let Generated::Expression { expression, .. } = &mut column.generated {
                    expression.clone_from(new);
                }
            }
            ColumnChange::DropGenerated => {
                let was = std::mem::replace(&mut column.generated, Generated::No);
                if was.is_identity() {
                    self.drop_sequences_of(id, Some(&name.value));
                }
            }
        }
    }

    /// Drops a constraint; with a key go the foreign keys that refer to it, which takes CASCADE on the server.
    fn drop_constraint(&mut self, id: RelationId, name: &str) {
        self.names_changed(id);
        let relation = self.relation_mut(id);
        let table = relation.name.clone();
        let dropped: Vec<_> =
            relation.constraints.extract_if(.., |constraint| constraint.name.as_deref() == Some(name)).collect();
        for constraint in dropped {
            let (columns, is_primary) = match constraint.kind {
                ConstraintKind::PrimaryKey { columns } => (columns, true),
                ConstraintKind::Unique { columns, .. } => (columns, false),
                _ => continue,
            };
            let refers = |kind: &ConstraintKind| match kind {
                ConstraintKind::ForeignKey { table: to, referenced, .. } => {
                    *to == table && (*referenced == columns || referenced.is_empty() && is_primary)
                }
                _ => false,
            };
            for other in &mut self.catalog.relations {
                other.constraints.retain(|constraint| !refers(&constraint.kind));
            }
        }
    }

    /// Drops a column with what names it. What the server drops with CASCADE alone goes in either case: without it, it refuses.
    fn drop_column(&mut self, id: RelationId, name: &str) {
        self.forget(name);
        self.names_changed(id);
        self.drop_sequences_of(id, Some(name));
        let relation = self.catalog.relation(id);
        let table = relation.name.clone();
        let names_it = |text: &Text| columns_of(relation, &text.text).iter().any(|column| column == name);
        let has = |columns: &[String]| columns.iter().any(|column| column == name);
        let constraints = relation.constraints.iter().filter(|constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey { columns }
            | ConstraintKind::Unique { columns, .. }
            | ConstraintKind::ForeignKey { columns, .. } => !has(columns),
            ConstraintKind::Check { expression: text } | ConstraintKind::Exclude { definition: text } => {
                !names_it(text)
            }
        });
        let constraints = constraints.cloned().collect();
        let stays = |index: &&UniqueIndex| {
            let is_it = |key: &IndexKey| match key {
                IndexKey::Column(column) => column == name,
                IndexKey::Expression(text) => names_it(text),
            };
            !index.keys.iter().any(is_it) && !index.predicate.as_ref().is_some_and(names_it)
        };
        let unique_indexes = relation.unique_indexes.iter().filter(stays).cloned().collect();
        let stays = |attachment: &&Attachment| {
            let texts = attachment.expressions.iter().chain(&attachment.check);
            !texts.into_iter().any(names_it)
        };
        let attachments = relation.attachments.iter().filter(stays).cloned().collect();
        let computed = |column: &&Column| match &column.generated {
            Generated::Expression { expression, .. } => names_it(expression),
            _ => false,
        };
        let computed: Vec<String> = relation.columns.iter().filter(computed).map(|it| it.name.clone()).collect();
        let relation = self.relation_mut(id);
        (relation.constraints, relation.unique_indexes, relation.attachments) =
            (constraints, unique_indexes, attachments);
        relation.columns.retain(|column| column.name != name);
        computed.iter().for_each(|column| self.drop_column(id, column));
        for other in &mut self.catalog.relations {
            other.constraints.retain(|constraint| {
                !matches!(&constraint.kind, ConstraintKind::ForeignKey { table: to, referenced, .. } if *to == table && has(referenced))
            });
        }
    }

    fn rename_column(&mut self, id: RelationId, name: &str, to: &str) {
        self.forget(name);
        let rename = |columns: &mut Vec<String>| {
            columns.iter_mut().filter(|column| *column == name).for_each(|column| *column = to.to_owned());
        };
        let table = self.catalog.relation(id).name.clone();
        let relation = self.relation_mut(id);
        if let Some(column) = relation.columns.iter_mut().find(|column| column.name == name) {
            column.name = to.to_owned();
        }
        for sequence in self.sequences_of(id, Some(name)) {
            self.relation_mut(sequence).owned_by = Some((id, to.to_owned()));
        }
        let relation = self.relation_mut(id);
        for constraint in &mut relation.constraints {
            match &mut constraint.kind {
                ConstraintKind::PrimaryKey { columns }
                | ConstraintKind::Unique { columns, .. }
                | ConstraintKind::ForeignKey { columns, .. } => rename(columns),
                ConstraintKind::Check { .. } | ConstraintKind::Exclude { .. } => {}
            }
        }
        for key in relation.unique_indexes.iter_mut().flat_map(|index| &mut index.keys) {
            if *key == IndexKey::Column(name.to_owned()) {
                *key = IndexKey::Column(to.to_owned());
            }
        }
        for constraint in self.catalog.relations.iter_mut().flat_map(|relation| &mut relation.constraints) {
            if let ConstraintKind::ForeignKey { table: other, referenced, .. } = &mut constraint.kind
                && *other == table
            {
                rename(referenced);
            }
        }
    }

    fn move_relation(&mut self, id: RelationId, to: QualifiedName) {
        let from = std::mem::replace(&mut self.relation_mut(id).name, to.clone());
        self.forget(&from.name);
        if let Some(schema) = self.catalog.schemas.get_mut(&from.schema) {
            schema.relations.remove(&from.name);
        }
        self.catalog.schemas.entry(to.schema.clone()).or_default().relations.insert(to.name.clone(), id);
        for constraint in self.catalog.relations.iter_mut().flat_map(|relation| &mut relation.constraints) {
            if let ConstraintKind::ForeignKey { table, .. } = &mut constraint.kind
                && *table == from
            {
                *table = to.clone();
            }
        }
        self.move_type(self.catalog.relation(id).row_type, to);
    }

    fn move_type(&mut self, id: TypeId, to: QualifiedName) {
        let from = std::mem::replace(&mut self.catalog.types[id.0 as usize].name, to.clone());
        self.forget(&from.name);
        if let Some(schema) = self.catalog.schemas.get_mut(&from.schema) {
            schema.types.remove(&from.name);
        }
        self.catalog.schemas.entry(to.schema.clone()).or_default().types.insert(to.name, id);
    }

    fn move_function(&mut self, id: FunctionId, to: QualifiedName) {
        self.drop_function(id);
        self.catalog.functions[id.0 as usize].name = to.clone();
        let schema = self.catalog.schemas.entry(to.schema).or_default();
        schema.functions.entry(to.name).or_default().push(id);
    }

    fn alter_function(&mut self, alter: &AlterFunction, path: &[String], span: Span) {
        let found = self.functions_referred(&alter.function, path);
        let &[id] = found.as_slice() else {
            // Whose a function is that no file defines does not matter here.
            if matches!(alter.change, FunctionChange::Owner(_)) {
                return;
            }
            return self.unknown(span, "the function that is altered is not defined");
        };
        let name = self.catalog.function(id).name.clone();
        match &alter.change {
            FunctionChange::Rename(to) => self.move_function(id, QualifiedName::new(name.schema, &*to.value)),
            FunctionChange::SetSchema(to) => self.move_function(id, QualifiedName::new(&*to.value, name.name)),
            FunctionChange::Owner(role) => self.catalog.functions[id.0 as usize].owner = role_name(role.as_ref()),
            FunctionChange::Options(options) => {
                function::apply_options(&mut self.catalog.functions[id.0 as usize], options, path);
            }
        }
    }

    /// REASSIGN OWNED: of the owners that the files name.
    pub(super) fn reassign_owned(&mut self, from: &[Option<Name>], to: Option<&Name>) {
        let is_one = |owner: &Option<String>| {
            owner.as_ref().is_some_and(|owner| from.iter().flatten().any(|role| *role.value == **owner))
        };
        let functions = self.catalog.functions.iter_mut().map(|function| &mut function.owner);
        let relations = self.catalog.relations.iter_mut().map(|relation| &mut relation.owner);
        for owner in functions.chain(relations).filter(|owner| is_one(owner)) {
            *owner = role_name(to);
        }
    }

    fn type_to_alter(&mut self, name: &crate::sql::name::Path, path: &[String], span: Span) -> Option<TypeId> {
        match self.catalog.resolve_type(&lookup::object_name(name), path) {
            Some(Type::Defined(id)) => Some(id),
            _ => {
                self.unknown(span, "the type that is altered is not defined");
                None
            }
        }
    }

    fn alter_type(&mut self, alter: &AlterType, path: &[String], sources: &SourceMap, span: Span) {
        let Some(id) = self.type_to_alter(&alter.name, path, span) else { return };
        for change in &alter.changes {
            let name = self.catalog.type_def(id).name.clone();
            match change {
                TypeChange::Rename(to) => self.move_type(id, QualifiedName::new(name.schema, &*to.value)),
                TypeChange::SetSchema(to) => self.move_type(id, QualifiedName::new(&*to.value, name.name)),
                TypeChange::AddField(field) => {
                    let ty = self.type_use(&field.ty, path, sources);
                    let field = Field { name: field.name.value.to_string(), ty, span: Some(field.name.span) };
                    self.change_fields(id, |fields| fields.push(field));
                }
                TypeChange::FieldType { name, ty } => {
                    let ty = self.type_use(ty, path, sources);
                    self.change_fields(id, |fields| {
                        fields.iter_mut().filter(|field| field.name == *name.value).for_each(|f| f.ty = ty.clone());
                    });
                }
                TypeChange::DropField(name) => {
                    self.forget(&*name.value);
                    self.change_fields(id, |fields| fields.retain(|field| field.name != *name.value));
                }
                TypeChange::RenameField { name, to } => {
                    self.forget(&*name.value);
                    self.change_fields(id, |fields| {
                        let renamed = fields.iter_mut().filter(|field| field.name == *name.value);
                        renamed.for_each(|field| field.name = to.value.to_string());
                    });
                }
                TypeChange::AddLabel { label, position } => {
                    self.change_labels(id, |labels| add_label(labels, label, position));
                }
                TypeChange::RenameLabel { label, to } => self.change_labels(id, |labels| {
                    labels.iter_mut().filter(|other| *other == label).for_each(|label| label.clone_from(to));
                }),
            }
        }
    }

    /// The table that has an index of that name, also one that a key stands on.
    pub(super) fn table_of_index(&self, name: &Path, path: &[String]) -> Option<RelationId> {
        let index = &*name.last().value;
        let has = |id: &&RelationId| {
            let relation = self.catalog.relation(**id);
            self.catalog.find_relation(&relation.name.schema, &relation.name.name) == Some(**id)
                && index_names(relation).any(|own| own == index)
        };
        let found = self.holders.get(index).into_iter().flatten().filter(has);
        let found: Vec<_> = found.map(|id| (*id, &*self.catalog.relation(*id).name.schema)).collect();
        let in_schema = |schema: &str| found.iter().rev().find(|(_, own)| *own == schema).map(|(id, _)| *id);
        match name.qualifiers() {
            [.., schema] => in_schema(&schema.value),
            [] => path.iter().find_map(|schema| in_schema(schema)),
        }
    }

    /// ALTER INDEX ... RENAME: the constraint that stands on the index goes with it.
    fn rename_index(&mut self, name: &Path, to: &str, path: &[String]) {
        let Some(id) = self.table_of_index(name, path) else { return };
        self.names_changed(id);
        self.rename_index_columns(id, &name.last().value, to);
        let (from, to) = (Some(&*name.last().value), Some(to.to_owned()));
        let relation = self.relation_mut(id);
        for index in relation.unique_indexes.iter_mut().filter(|index| index.name.as_deref() == from) {
            (index.name, index.named) = (to.clone(), true);
        }
        for key in relation.constraints.iter_mut().filter(|own| own.is_key() && own.name.as_deref() == from) {
            (key.name, key.named) = (to.clone(), true);
        }
        let is_it = |own: &&mut Attachment| own.kind == AttachmentKind::Index && own.name.as_deref() == from;
        for index in relation.attachments.iter_mut().filter(is_it) {
            (index.name, index.named) = (to.clone(), true);
        }
    }

    fn change_fields(&mut self, id: TypeId, change: impl FnOnce(&mut Vec<Field>)) {
        if let TypeKind::Composite(fields) = &mut self.catalog.types[id.0 as usize].kind {
            change(fields);
        }
    }

    fn change_labels(&mut self, id: TypeId, change: impl FnOnce(&mut Vec<String>)) {
        if let TypeKind::Enum(labels) = &mut self.catalog.types[id.0 as usize].kind {
            change(labels);
        }
    }

    fn alter_domain(&mut self, alter: &AlterDomain, path: &[String], span: Span) {
        let Some(id) = self.type_to_alter(&alter.name, path, span) else { return };
        let def = &mut self.catalog.types[id.0 as usize];
        let (name, name_of_domain) = (def.name.clone(), def.name.name.clone());
        match (&alter.change, &mut def.kind) {
            (DomainChange::Rename(to), _) => self.move_type(id, QualifiedName::new(name.schema, &*to.value)),
            (DomainChange::SetSchema(to), _) => self.move_type(id, QualifiedName::new(&*to.value, name.name)),
            (DomainChange::Default(default), TypeKind::Domain(domain)) => domain.default.clone_from(default),
            (DomainChange::NotNull(not_null), TypeKind::Domain(domain)) => domain.not_null = *not_null,
            (DomainChange::AddCheck(name, expression), TypeKind::Domain(domain)) => {
                types::add_check(domain, &name_of_domain, name.as_ref(), expression);
            }
            (DomainChange::DropCheck(name), TypeKind::Domain(domain)) => {
                domain.checks.retain(|check| *check.name != *name.value);
            }
            (DomainChange::RenameCheck { name, to }, TypeKind::Domain(domain)) => {
                for check in domain.checks.iter_mut().filter(|check| *check.name == *name.value) {
                    (check.name, check.named) = (to.value.to_string(), true);
                }
            }
            _ => self.unknown(span, "the type that is altered is no domain"),
        }
    }

    fn rename_schema(&mut self, name: &str, to: &str) {
        let Some(schema) = self.catalog.schemas.remove(name) else { return };
        let objects = schema.relations.keys().chain(schema.functions.keys()).chain(schema.types.keys());
        self.catalog.former.extend(objects.cloned());
        for &id in schema.relations.values() {
            self.relation_mut(id).name.schema = to.to_owned();
        }
        for id in schema.functions.values().flatten() {
            self.catalog.functions[id.0 as usize].name.schema = to.to_owned();
        }
        for id in schema.types.values() {
            self.catalog.types[id.0 as usize].name.schema = to.to_owned();
        }
        for constraint in self.catalog.relations.iter_mut().flat_map(|relation| &mut relation.constraints) {
            if let ConstraintKind::ForeignKey { table, .. } = &mut constraint.kind
                && table.schema == name
            {
                table.schema = to.to_owned();
            }
        }
        self.catalog.schemas.insert(to.to_owned(), schema);
    }
}

fn add_label(labels: &mut Vec<String>, label: &str, position: &Position) {
    // IF NOT EXISTS
    if labels.iter().any(|other| other == label) {
        return;
    }
    let find = |other: &str| labels.iter().position(|label| label == other);
    let at = match position {
        Position::Last => None,
        Position::Before(other) => find(other),
        Position::After(other) => find(other).map(|at| at + 1),
    };
    labels.insert(at.unwrap_or(labels.len()), label.to_owned());
}

fn role_name(role: Option<&Name>) -> Option<String> {
    role.map(|role| role.value.to_string())
}
