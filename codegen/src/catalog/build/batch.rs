//! Statements in effect: one after the other as migrations, or all at once as schema files.

use super::{Builder, Item};
use crate::catalog::{Extension, FunctionKind, QualifiedName, RelationId, RelationKind, Type};
use crate::source::{SourceMap, Span};
use crate::sql::name::Path;
use crate::sql::statement::{
    AlterStatement, DropStatement, DropTarget, Statement, TableAsStatement, TableElement, TableStatement, ViewStatement,
};

impl Builder {
    /// Applies a statement to what all statements before it made.
    pub(super) fn apply(&mut self, item: &Item, sources: &SourceMap) {
        let path = &item.path;
        if item.conditional && self.exists(item) {
            return;
        }
        match &item.statement {
            Statement::Schema { name } => self.create_schema(&name.value),
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
            Statement::Sequence { name, temporary: false } => {
                let full = self.creation_name(name, path);
                self.create_sequence(&full, name.span(), path);
            }
            Statement::UniqueIndex(index) => self.create_index(index, path),
            Statement::Type(ty) => self.create_type(ty, path, sources),
            Statement::Domain(domain) => self.create_domain(domain, path, sources),
            Statement::Function(function) => self.create_function(function, path, sources),
            Statement::Comment(comment) => self.comment(comment, path, item.span),
            Statement::Alter(alter) => self.alter(alter, path, sources, item.span),
            Statement::Drop(drop) => self.drop_objects(drop, path),
            // Temporary objects are gone with the session that read the file.
            Statement::Table(_) | Statement::TableAs(_) | Statement::View(_) | Statement::Sequence { .. } => {}
            Statement::Session(_) | Statement::Do { .. } | Statement::NoEffect => {}
        }
    }

    /// Applies the statements of schema files, whose order means nothing: names first, then what they stand for.
    pub(super) fn apply_all(&mut self, items: &[Item], sources: &SourceMap) {
        let apply = |builder: &mut Self, kinds: fn(&Statement) -> bool| {
            items.iter().filter(|item| kinds(&item.statement)).for_each(|item| builder.apply(item, sources));
        };
        apply(self, |s| matches!(s, Statement::Schema { .. }));
        apply(self, |s| matches!(s, Statement::Extension { .. }));
        let announced: Vec<(&Item, RelationId)> =
            items.iter().filter_map(|item| self.announce(item).map(|id| (item, id))).collect();
        // A conditional type exists by now: it is its own announcement.
        let types = items.iter().filter(|item| matches!(item.statement, Statement::Type(_) | Statement::Domain(_)));
        for item in types {
            self.define_type(item, sources);
        }
        self.fill_tables(&announced, sources);
        apply(self, |s| matches!(s, Statement::UniqueIndex(_)));
        apply(self, |s| matches!(s, Statement::Alter(alter) if !matches!(**alter, AlterStatement::Function(_))));
        // The final function of an aggregate gives its result.
        apply(self, |s| matches!(s, Statement::Function(f) if f.form != FunctionKind::Aggregate));
        apply(self, |s| matches!(s, Statement::Function(f) if f.form == FunctionKind::Aggregate));
        for item in items {
            if let Statement::Function(statement) = &item.statement {
                self.note_function(item, statement);
            }
        }
        apply(self, |s| matches!(s, Statement::Alter(alter) if matches!(**alter, AlterStatement::Function(_))));
        for item in items {
            if let Statement::Drop(drop) = &item.statement {
                self.drop_earlier(drop, item);
            }
        }
        self.infer_pending(sources);
        apply(self, |s| matches!(s, Statement::Comment(_)));
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

    /// Registers the name of a relation or type; gives the relation that is filled later.
    fn announce(&mut self, item: &Item) -> Option<RelationId> {
        let path = &item.path;
        match &item.statement {
            Statement::Table(table) if !table.temporary => {
                let name = self.define_relation("table", &table.name, item, table.if_not_exists)?;
                let kind = match (table.foreign, table.partitioned) {
                    (true, _) => RelationKind::ForeignTable,
                    (false, true) => RelationKind::PartitionedTable,
                    (false, false) => RelationKind::Table,
                };
                Some(self.add_relation(&name, kind, Some(table.name.span()), path))
            }
            Statement::TableAs(table) if !table.temporary => {
                self.define_relation("table", &table.name, item, table.if_not_exists)?;
                self.announce_table_as(table, item);
                None
            }
            Statement::View(view) if !view.temporary => {
                self.define_relation("view", &view.name, item, false)?;
                self.announce_view(view, item);
                None
            }
            Statement::Sequence { name, temporary: false } => {
                let full = self.define_relation("sequence", name, item, true)?;
                self.create_sequence(&full, name.span(), path);
                None
            }
            Statement::Type(statement) => self.announce_named_type(&statement.name, item),
            Statement::Domain(statement) => self.announce_named_type(&statement.name, item),
            _ => None,
        }
    }

    fn announce_named_type(&mut self, name: &Path, item: &Item) -> Option<RelationId> {
        let full = self.creation_name(name, &item.path);
        if self.catalog.find_type(&full.schema, &full.name).is_none() {
            self.announce_type(&full, name.span());
        }
        None
    }

    /// The name of a relation that is to be made; `None` if there is one and this statement gives way to it.
    fn define_relation(&mut self, kind: &'static str, name: &Path, item: &Item, yields: bool) -> Option<QualifiedName> {
        let full = self.creation_name(name, &item.path);
        let exists = self.catalog.find_relation(&full.schema, &full.name).is_some();
        if exists && item.conditional {
            return None;
        }
        self.defines(kind, full.to_string(), name.span());
        (!(exists && yields)).then_some(full)
    }

    fn define_type(&mut self, item: &Item, sources: &SourceMap) {
        let (Statement::Type(_) | Statement::Domain(_)) = &item.statement else { return };
        let (kind, name) = match &item.statement {
            Statement::Type(statement) => ("type", &statement.name),
            Statement::Domain(statement) => ("domain", &statement.name),
            _ => return,
        };
        let full = self.creation_name(name, &item.path);
        let existing = self.catalog.find_type(&full.schema, &full.name).map(|id| self.catalog.type_def(id).span);
        let own = existing == Some(Some(name.span()));
        if item.conditional && !own {
            return;
        }
        if !matches!(&item.statement, Statement::Type(statement) if statement.form == crate::sql::statement::TypeForm::Base)
        {
            self.defines(kind, full.to_string(), name.span());
        }
        match &item.statement {
            Statement::Type(statement) => self.create_type(statement, &item.path, sources),
            Statement::Domain(statement) => self.create_domain(statement, &item.path, sources),
            _ => {}
        }
    }

    fn announce_table_as(&mut self, table: &TableAsStatement, item: &Item) {
        let name = self.creation_name(&table.name, &item.path);
        self.create_from_query(&name, RelationKind::Table, table.name.span(), &table.query, &table.columns, &item.path);
    }

    fn announce_view(&mut self, view: &ViewStatement, item: &Item) {
        let name = self.creation_name(&view.name, &item.path);
        let kind = if view.materialized { RelationKind::MaterializedView } else { RelationKind::View };
        // IF NOT EXISTS of a materialised view, and OR REPLACE of a view, both leave one view of that name.
        if view.materialized && view.or_replace && self.catalog.find_relation(&name.schema, &name.name).is_some() {
            return;
        }
        self.create_from_query(&name, kind, view.name.span(), &view.query, &view.columns, &item.path);
    }

    /// Gives announced tables their columns, each behind those that it takes columns from.
    fn fill_tables(&mut self, announced: &[(&Item, RelationId)], sources: &SourceMap) {
        let mut waiting: Vec<(&Item, &TableStatement, RelationId)> = announced
            .iter()
            .filter_map(|(item, id)| match &item.statement {
                // Of two statements for one name, the last one in the file counts.
                Statement::Table(table) if self.catalog.relation(*id).span == Some(table.name.span()) => {
                    Some((*item, &**table, *id))
                }
                _ => None,
            })
            .collect();
        loop {
            let before = waiting.len();
            let unfilled: Vec<RelationId> = waiting.iter().map(|(.., id)| *id).collect();
            waiting.retain(|(item, table, id)| {
                let waits = parents(table).any(|parent| {
                    self.relation_named(parent, &item.path)
                        .is_some_and(|parent| parent != *id && unfilled.contains(&parent))
                });
                if !waits {
                    self.fill_table(*id, table, &item.path, sources);
                }
                waits
            });
            if waiting.is_empty() {
                return;
            }
            if waiting.len() == before {
                break;
            }
        }
        for (item, _, id) in waiting {
            self.relation_mut(id).columns_known = false;
            self.unknown(item.span, "tables inherit from each other in a ring");
        }
    }

    fn note_function(&mut self, item: &Item, statement: &crate::sql::statement::FunctionStatement) {
        let name = self.creation_name(&statement.name, &item.path);
        let types: Vec<String> = statement
            .arguments
            .iter()
            .filter(|argument| argument.mode.is_input())
            .map(|argument| {
                let ty = self.catalog.resolve_type_name(&argument.ty, &item.path);
                self.catalog.display(&ty).to_string()
            })
            .collect();
        self.defines("function", format!("{name}({})", types.join(", ")), statement.name.span());
    }

    /// Drops what the same file defined before; a schema file may start with DROP to be run again and again.
    fn drop_earlier(&mut self, statement: &DropStatement, item: &Item) {
        let earlier = |span: Option<Span>| span.is_some_and(|s| s.file == item.span.file && s.start < item.span.start);
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
            // A schema, an extension or an index has no place of its own here.
            DropTarget::Schemas(_) | DropTarget::Extensions(_) | DropTarget::Indexes(_) => false,
        };
        if is_earlier {
            self.drop_objects(statement, path);
        }
    }

    fn create_schema(&mut self, name: &str) {
        self.catalog.schemas.entry(name.to_owned()).or_default();
    }

    fn create_extension(&mut self, name: &str, schema: Option<&str>, path: &[String]) {
        let schema = match schema {
            Some(schema) => schema.to_owned(),
            None => self.creation_schema(path),
        };
        let extension = Extension { name: name.to_owned(), schema, contents_known: false };
        self.catalog.extensions.entry(name.to_owned()).or_insert(extension);
    }

    /// Gives views their columns.
    fn infer_pending(&mut self, _sources: &SourceMap) {}
}

/// The tables that a table takes columns from.
fn parents(table: &TableStatement) -> impl Iterator<Item = &Path> {
    let like = table.elements.iter().filter_map(|element| match element {
        TableElement::Like { table, .. } => Some(table),
        _ => None,
    });
    table.inherits.iter().chain(&table.partition_of).chain(like)
}
