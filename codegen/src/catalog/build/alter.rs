//! ALTER.

use super::{Builder, function, lookup, relation};
use crate::catalog::{
    ConstraintKind, DomainCheck, Field, FunctionId, Generated, IndexKey, QualifiedName, RelationId, Type, TypeId,
    TypeKind,
};
use crate::source::{SourceMap, Span};
use crate::sql::name::Name;
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
            AlterStatement::RenameIndex { name, to } => {
                let name = &*name.last().value;
                let indexes = self.catalog.relations.iter_mut().flat_map(|relation| &mut relation.unique_indexes);
                for index in indexes.filter(|index| index.name.as_deref() == Some(name)) {
                    index.name = Some(to.value.to_string());
                }
            }
        }
    }

    fn alter_relation(&mut self, alter: &AlterRelation, path: &[String], sources: &SourceMap, span: Span) {
        let Some(id) = self.relation_named(&alter.name, path) else {
            if !alter.if_exists && !alter.changes.is_empty() {
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
                    let name = self.catalog.relation(id).name.name.clone();
                    self.move_relation(id, QualifiedName::new(&*to.value, name));
                }
                RelationChange::Inherit(parent) => {
                    if let Some(parent) = self.relation_named(parent, path) {
                        self.children.entry(parent).or_default().push(id);
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
                    let name = Some(&*name.value);
                    self.relation_mut(member).constraints.retain(|constraint| constraint.name.as_deref() != name);
                }
                RelationChange::RenameConstraint { name, to } => {
                    let constraints = &mut self.relation_mut(member).constraints;
                    for constraint in constraints.iter_mut().filter(|c| c.name.as_deref() == Some(&*name.value)) {
                        constraint.name = Some(to.value.to_string());
                    }
                }
                RelationChange::RowSecurity { enabled, forced } if member == id => {
                    let security = &mut self.relation_mut(id).row_security;
                    security.enabled = enabled.unwrap_or(security.enabled);
                    security.forced = forced.unwrap_or(security.forced);
                }
                RelationChange::Firing { name, firing } if member == id => self.set_firing(id, name.as_ref(), *firing),
                RelationChange::RowSecurity { .. } | RelationChange::Firing { .. } => {}
                RelationChange::Rename(_) | RelationChange::SetSchema(_) | RelationChange::Inherit(_) => {}
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
            ColumnChange::Generated(generated) => relation::set_generated(column, generated),
            ColumnChange::DropGenerated => column.generated = Generated::No,
        }
    }

    fn drop_column(&mut self, id: RelationId, name: &str) {
        self.forget(name);
        let relation = self.relation_mut(id);
        relation.columns.retain(|column| column.name != name);
        let has = |columns: &[String]| columns.iter().any(|column| column == name);
        relation.constraints.retain(|constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey { columns }
            | ConstraintKind::Unique { columns, .. }
            | ConstraintKind::ForeignKey { columns, .. } => !has(columns),
            ConstraintKind::Check { .. } | ConstraintKind::Exclude { .. } => true,
        });
        let key = IndexKey::Column(name.to_owned());
        relation.unique_indexes.retain(|index| !index.keys.contains(&key));
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
            return self.unknown(span, "the function that is altered is not defined");
        };
        let name = self.catalog.function(id).name.clone();
        match &alter.change {
            FunctionChange::Rename(to) => self.move_function(id, QualifiedName::new(name.schema, &*to.value)),
            FunctionChange::SetSchema(to) => self.move_function(id, QualifiedName::new(&*to.value, name.name)),
            FunctionChange::Options(options) => {
                function::apply_options(&mut self.catalog.functions[id.0 as usize], options, path);
            }
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
        let name = def.name.clone();
        match (&alter.change, &mut def.kind) {
            (DomainChange::Rename(to), _) => self.move_type(id, QualifiedName::new(name.schema, &*to.value)),
            (DomainChange::SetSchema(to), _) => self.move_type(id, QualifiedName::new(&*to.value, name.name)),
            (DomainChange::Default(default), TypeKind::Domain(domain)) => domain.default.clone_from(default),
            (DomainChange::NotNull(not_null), TypeKind::Domain(domain)) => domain.not_null = *not_null,
            (DomainChange::AddCheck(name, expression), TypeKind::Domain(domain)) => {
                let name = name.as_ref().map(|name| name.value.to_string());
                domain.checks.push(DomainCheck { name, expression: expression.clone() });
            }
            (DomainChange::DropCheck(name), TypeKind::Domain(domain)) => {
                domain.checks.retain(|check| check.name.as_deref() != Some(&*name.value));
            }
            (DomainChange::RenameCheck { name, to }, TypeKind::Domain(domain)) => {
                let renamed = domain.checks.iter_mut().filter(|check| check.name.as_deref() == Some(&*name.value));
                renamed.for_each(|check| check.name = Some(to.value.to_string()));
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
