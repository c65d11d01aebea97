//! What must be there before a statement of a schema file can be applied.

use super::schedule::Coming;
use super::{Builder, Item, lookup};
use crate::catalog::ObjectName;
use crate::sql::name::Path;
use crate::sql::statement::{
    AlterStatement, ArgumentClause, ColumnChange, ColumnClause, CommentTarget, ConstraintClause, ConstraintForm,
    FunctionReference, RelationChange, ReturnsClause, Statement, TableElement, TableStatement, TypeChange, TypeForm,
};
use crate::sql::type_name::{TypeName, TypeNameKind};

/// Whether the statement needs what is not there and is still to come.
pub(super) fn waits(builder: &Builder, item: &Item, coming: &Coming) -> bool {
    let own = builder.relation_made(item);
    let mut check = Check { builder, item, coming, own, waits: false };
    check.statement();
    check.waits
}

struct Check<'a> {
    builder: &'a Builder,
    item: &'a Item,
    coming: &'a Coming,
    /// What the statement makes itself, for which it does not wait.
    own: Option<crate::catalog::QualifiedName>,
    waits: bool,
}

impl Check<'_> {
    fn statement(&mut self) {
        match &self.item.statement {
            Statement::Table(table) => self.table(table),
            Statement::TableAs(_) | Statement::View(_) => {
                self.item.query.relations.iter().for_each(|name| self.relation_name(name));
                self.item.query.functions.iter().for_each(|name| self.function_name(name));
            }
            Statement::Sequence { owner: Some(Some(column)), .. } => self.column_of(column),
            Statement::Index(index) => self.relation(&index.table),
            Statement::Trigger(trigger) => self.relation(&trigger.table),
            Statement::Policy(policy) => self.relation(&policy.table),
            Statement::Operator(operator) => operator.left.iter().chain([&operator.right]).for_each(|ty| self.ty(ty)),
            Statement::Cast(cast) => [&cast.source, &cast.target].into_iter().for_each(|ty| self.ty(ty)),
            Statement::Type(ty) => match &ty.form {
                TypeForm::Composite(fields) => fields.iter().for_each(|field| self.ty(&field.ty)),
                TypeForm::Range { subtype, .. } => subtype.iter().for_each(|ty| self.ty(ty)),
                TypeForm::Enum(_) | TypeForm::Base => {}
            },
            Statement::Domain(domain) => self.ty(&domain.base),
            Statement::Function(function) => {
                self.arguments(&function.arguments);
                match &function.returns {
                    ReturnsClause::Value { ty, .. } => self.ty(ty),
                    ReturnsClause::Aggregate { state, finalizer } => {
                        state.iter().for_each(|ty| self.ty(ty));
                        finalizer.iter().for_each(|name| self.function_name(&lookup::object_name(name)));
                    }
                    ReturnsClause::Nothing | ReturnsClause::Table => {}
                }
            }
            Statement::Comment(comment) => match &comment.target {
                CommentTarget::Relation(name) | CommentTarget::Type(name) => self.relation(name),
                CommentTarget::Column(name) => self.column_of(name),
                CommentTarget::Function(function) => self.function(function),
            },
            Statement::Alter(alter) => self.alter(alter),
            _ => {}
        }
    }

    fn alter(&mut self, alter: &AlterStatement) {
        match alter {
            AlterStatement::Relation(alter) => {
                self.relation(&alter.name);
                for change in &alter.changes {
                    match change {
                        RelationChange::AddColumn { column, .. } => self.column(column),
                        RelationChange::AlterColumn { change: ColumnChange::Type(ty), .. } => self.ty(ty),
                        RelationChange::AddConstraint(constraint) => self.constraint(constraint),
                        RelationChange::OwnedBy(Some(column)) => self.column_of(column),
                        RelationChange::Inherit(other) | RelationChange::Attach(other) => self.relation(other),
                        _ => {}
                    }
                }
            }
            AlterStatement::Function(alter) => self.function(&alter.function),
            AlterStatement::Type(alter) => {
                self.relation(&alter.name);
                for change in &alter.changes {
                    match change {
                        TypeChange::AddField(field) => self.ty(&field.ty),
                        TypeChange::FieldType { ty, .. } => self.ty(ty),
                        _ => {}
                    }
                }
            }
            AlterStatement::Domain(alter) => self.relation(&alter.name),
            AlterStatement::Attachment(alter) => self.relation(&alter.table),
            AlterStatement::RenameSchema { .. } | AlterStatement::RenameIndex { .. } => {}
        }
    }

    fn table(&mut self, table: &TableStatement) {
        table.inherits.iter().chain(&table.partition_of).chain(&table.of_type).for_each(|name| self.relation(name));
        for element in &table.elements {
            match element {
                TableElement::Column(column) => self.column(column),
                TableElement::Constraint(constraint) => self.constraint(constraint),
                TableElement::Like { table, .. } => self.relation(table),
            }
        }
    }

    fn column(&mut self, column: &ColumnClause) {
        column.ty.iter().for_each(|ty| self.ty(ty));
        column.constraints.iter().for_each(|constraint| self.constraint(constraint));
    }

    fn constraint(&mut self, constraint: &ConstraintClause) {
        if let ConstraintForm::ForeignKey { table, .. } = &constraint.form {
            self.relation(table);
        }
    }

    fn arguments(&mut self, arguments: &[ArgumentClause]) {
        arguments.iter().for_each(|argument| self.ty(&argument.ty));
    }

    fn function(&mut self, function: &FunctionReference) {
        if let Some(signature) = &function.signature {
            self.arguments(&signature.arguments);
        }
        self.waits |= self.builder.functions_referred(function, &self.item.path).is_empty()
            && self.coming.function(&lookup::object_name(&function.name), &self.item.path);
    }

    fn ty(&mut self, ty: &TypeName) {
        match &ty.kind {
            TypeNameKind::Builtin(_) => {}
            TypeNameKind::Named(path) | TypeNameKind::RowOf(path) => self.relation(path),
            TypeNameKind::ColumnOf(path) => self.column_of(path),
        }
    }

    fn column_of(&mut self, path: &Path) {
        if let Some(table) = lookup::table_of_column(path) {
            self.relation_name(&table);
        }
    }

    fn relation(&mut self, path: &Path) {
        self.relation_name(&lookup::object_name(path));
    }

    /// A relation or a type: they share their names.
    fn relation_name(&mut self, name: &ObjectName) {
        let path = &self.item.path;
        let is_own = self.own.as_ref().is_some_and(|own| {
            own.name == name.name && name.schema.as_ref().is_none_or(|schema| *schema == own.schema)
        });
        self.waits |= !is_own
            && self.coming.relation(name, path)
            && self.builder.catalog.resolve_type(name, path).is_none()
            && self.builder.catalog.resolve_relation(name, path).is_none();
    }

    fn function_name(&mut self, name: &ObjectName) {
        let path = &self.item.path;
        let there = match &name.schema {
            Some(schema) => !self.builder.catalog.overloads(schema, &name.name).is_empty(),
            None => path.iter().any(|schema| !self.builder.catalog.overloads(schema, &name.name).is_empty()),
        };
        self.waits |= !there && self.coming.function(name, path);
    }
}
