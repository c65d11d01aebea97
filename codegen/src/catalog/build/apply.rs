//! Statements in effect, one after the other.

use super::relation::MadeFromQuery;
use super::{Builder, Item};
use crate::catalog::{RelationKind, Type};
use crate::source::{SourceMap, Span};
use crate::sql::name::Path;
use crate::sql::statement::{DropStatement, DropTarget, Statement, TableAsStatement, TypeForm, ViewStatement};

impl Builder {
    /// Applies a statement of a schema file: another file's objects are not dropped, and not defined again.
    pub(super) fn apply_declaration(&mut self, item: &Item, sources: &SourceMap) {
        if item.conditional && self.exists(item) {
            return;
        }
        if let Statement::Drop(drop) = &item.statement {
            return self.drop_earlier(drop, item);
        }
        if let Some((kind, object, span)) = self.definition(item)
            && !self.defines(kind, object, span)
        {
            return;
        }
        self.apply(item, sources);
    }

    /// What a statement defines, by the name that the server tells it by.
    fn definition(&self, item: &Item) -> Option<(&'static str, String, Span)> {
        let path = &item.path;
        let (kind, name) = match &item.statement {
            Statement::Table(table) if !table.temporary => ("table", &table.name),
            Statement::TableAs(table) if !table.temporary => ("table", &table.name),
            Statement::View(view) if !view.temporary => ("view", &view.name),
            Statement::Sequence { name, temporary: false, .. } => ("sequence", name),
            // `CREATE TYPE name;` only announces what follows.
            Statement::Type(ty) if ty.form != TypeForm::Base => ("type", &ty.name),
            Statement::Domain(domain) => ("domain", &domain.name),
            Statement::Function(function) => {
                let name = self.creation_name(&function.name, path);
                let inputs = function.arguments.iter().filter(|argument| argument.mode.is_input());
                let types: Vec<String> = inputs
                    .map(|argument| {
                        let ty = self.catalog.resolve_type_name(&argument.ty, path);
                        self.catalog.display(&ty).to_string()
                    })
                    .collect();
                return Some(("function", format!("{name}({})", types.join(", ")), function.name.span()));
            }
            _ => return None,
        };
        Some((kind, self.creation_name(name, path).to_string(), name.span()))
    }

    /// Applies a statement to what all statements before it made.
    pub(super) fn apply(&mut self, item: &Item, sources: &SourceMap) {
        let path = &item.path;
        if item.conditional && self.exists(item) {
            return;
        }
        match &item.statement {
            Statement::Schema { name, .. } => self.create_schema(&name.value),
            Statement::Extension { name, schema } => {
                self.create_extension(&name.value, schema.as_ref().map(|schema| &*schema.value), path);
            }
            Statement::Table(table) if !table.temporary => self.create_table(table, path, sources),
            Statement::TableAs(table) if !table.temporary => {
                let name = self.creation_name(&table.name, path);
                if !(table.if_not_exists && self.catalog.find_relation(&name.schema, &name.name).is_some()) {
                    self.announce_table_as(table, item);
                    self.infer_pending(sources);
                }
            }
            Statement::View(view) if !view.temporary => {
                self.announce_view(view, item);
                self.infer_pending(sources);
            }
            Statement::Sequence { name, temporary: false, owner } => {
                let full = self.creation_name(name, path);
                let id = self.create_sequence(&full, Some(name.span()), path);
                if let Some(owner) = owner {
                    self.set_sequence_owner(id, owner.as_ref(), path);
                }
            }
            Statement::Index(index) => self.create_index(index, path, item.span),
            Statement::Trigger(trigger) => self.create_trigger(trigger, path, item.span),
            Statement::Policy(policy) => self.create_policy(policy, path, item.span),
            Statement::Operator(operator) => self.create_operator(operator, path),
            Statement::Cast(cast) => self.create_cast(cast, path),
            Statement::Type(ty) => self.create_type(ty, path, sources),
            Statement::Domain(domain) => self.create_domain(domain, path, sources),
            Statement::Function(function) => self.create_function(function, path, sources),
            Statement::Comment(comment) => self.comment(comment, path, item.span),
            Statement::Alter(alter) => self.alter(alter, path, sources, item.span),
            Statement::Drop(drop) => self.drop_objects(drop, path),
            Statement::ReassignOwned { from, to } => self.reassign_owned(from, to.as_ref()),
            // Temporary objects are gone with the session that read the file.
            Statement::Table(_) | Statement::TableAs(_) | Statement::View(_) | Statement::Sequence { .. } => {}
            Statement::Session(_) | Statement::Do { .. } | Statement::NoEffect => {}
        }
    }

    /// Whether the object that the statement makes is there, by name.
    fn exists(&self, item: &Item) -> bool {
        let relation = |name: &Path| {
            let name = self.creation_name(name, &item.path);
            self.catalog.find_relation(&name.schema, &name.name).is_some()
        };
        let ty = |name: &Path| {
            let name = self.creation_name(name, &item.path);
            self.catalog.find_type(&name.schema, &name.name).is_some()
        };
        match &item.statement {
            Statement::Table(table) => relation(&table.name),
            Statement::TableAs(table) => relation(&table.name),
            Statement::Sequence { name, .. } => relation(name),
            Statement::Type(statement) => ty(&statement.name),
            Statement::Domain(statement) => ty(&statement.name),
            _ => false,
        }
    }

    fn announce_table_as(&mut self, table: &TableAsStatement, item: &Item) {
        let made = MadeFromQuery {
            kind: RelationKind::Table,
            span: table.name.span(),
            query: &table.query,
            columns: &table.columns,
            recursive: false,
        };
        self.create_from_query(&self.creation_name(&table.name, &item.path), &made, &item.path);
    }

    fn announce_view(&mut self, view: &ViewStatement, item: &Item) {
        let name = self.creation_name(&view.name, &item.path);
        let kind = if view.materialized { RelationKind::MaterializedView } else { RelationKind::View };
        // IF NOT EXISTS of a materialised view, and OR REPLACE of a view, both leave one view of that name.
        if view.materialized && view.or_replace && self.catalog.find_relation(&name.schema, &name.name).is_some() {
            return;
        }
        let made = MadeFromQuery {
            kind,
            span: view.name.span(),
            query: &view.query,
            columns: &view.columns,
            recursive: view.recursive,
        };
        self.create_from_query(&name, &made, &item.path);
    }

    /// Drops what the same file defined before; a schema file may start with DROP to be run again and again.
    fn drop_earlier(&mut self, statement: &DropStatement, item: &Item) {
        let earlier = |span: Option<Span>| span.is_some_and(|span| span.file == item.span.file);
        let path = &item.path;
        let is_earlier = match &statement.target {
            DropTarget::Relations(names) => names.iter().any(|name| {
                let relation = self.relation_named(name, path);
                earlier(relation.and_then(|id| self.catalog.relation(id).span))
            }),
            DropTarget::Types(names) => {
                names.iter().any(|name| match self.catalog.resolve_type(&super::lookup::object_name(name), path) {
                    Some(Type::Defined(id)) => earlier(self.catalog.type_def(id).span),
                    _ => false,
                })
            }
            DropTarget::Functions(functions) => functions.iter().any(|function| {
                let found = self.functions_referred(function, path);
                found.iter().any(|&id| earlier(self.catalog.function(id).spans.map(|spans| spans.name)))
            }),
            // What is tied to a table is made again behind its DROP.
            DropTarget::Attachment { .. } => true,
            DropTarget::Indexes(names) => names.iter().any(|name| {
                let table = self.table_of_index(name, path);
                earlier(table.and_then(|id| self.catalog.relation(id).span))
            }),
            // A schema or an extension has no place of its own here.
            DropTarget::Schemas(_) | DropTarget::Extensions(_) => false,
        };
        if is_earlier {
            self.drop_objects(statement, path);
        }
    }

    pub(super) fn create_schema(&mut self, name: &str) {
        self.catalog.schemas.entry(name.to_owned()).or_default();
    }
}
