//! Names to objects, along a search path.

use super::Builder;
use crate::catalog::{Builtin, Catalog, ObjectName, QualifiedName, RelationId, Text, Type, TypeUse};
use crate::source::SourceMap;
use crate::sql::name::Path;
use crate::sql::type_name::{TypeName, TypeNameKind};

/// The search path of a server that nobody has configured.
pub(super) const DEFAULT_PATH: [&str; 2] = ["$user", "public"];

impl Catalog {
    /// The relation that a name means, along `search_path`.
    pub fn resolve_relation(&self, name: &ObjectName, search_path: &[String]) -> Option<RelationId> {
        match &name.schema {
            Some(schema) => self.find_relation(schema, &name.name),
            None => search_path.iter().find_map(|schema| self.find_relation(schema, &name.name)),
        }
    }

    /// The type that a name means, along `search_path`; `pg_catalog` comes first, as on the server.
    pub fn resolve_type(&self, name: &ObjectName, search_path: &[String]) -> Option<Type> {
        let builtin = || match Builtin::named(&name.name) {
            Some(builtin) => Some(Type::Builtin(builtin)),
            None => name.name.strip_prefix('_').and_then(Builtin::named).map(|element| Type::from(element).array()),
        };
        match name.schema.as_deref() {
            Some("pg_catalog") => builtin(),
            Some(schema) => self.type_in(schema, &name.name),
            None => builtin().or_else(|| search_path.iter().find_map(|schema| self.type_in(schema, &name.name))),
        }
    }

    fn type_in(&self, schema: &str, name: &str) -> Option<Type> {
        let found = |name| self.find_type(schema, name).map(Type::Defined);
        // The server names the array of `mood` `_mood`.
        found(name).or_else(|| name.strip_prefix('_').and_then(found).map(Type::array))
    }

    /// Resolves a type as it is written in a declaration.
    pub fn resolve_type_name(&self, name: &TypeName, search_path: &[String]) -> Type {
        let element = match &name.kind {
            TypeNameKind::Builtin(builtin) => Type::Builtin(*builtin),
            TypeNameKind::Named(path) => {
                let name = object_name(path);
                self.resolve_type(&name, search_path).unwrap_or(Type::Unknown(name))
            }
            TypeNameKind::RowOf(path) => {
                let name = object_name(path);
                match self.resolve_relation(&name, search_path) {
                    Some(relation) => Type::Defined(self.relation(relation).row_type),
                    None => self.resolve_type(&name, search_path).unwrap_or(Type::Unknown(name)),
                }
            }
            TypeNameKind::ColumnOf(path) => {
                let relation = table_of_column(path).and_then(|table| self.resolve_relation(&table, search_path));
                let column = relation.and_then(|relation| self.relation(relation).column(&path.last().value));
                match column {
                    Some(column) => column.ty.ty.clone(),
                    None => Type::Unknown(object_name(path)),
                }
            }
        };
        if name.array { element.array() } else { element }
    }
}

/// The relation in the path of a column.
pub(super) fn table_of_column(path: &Path) -> Option<ObjectName> {
    match path.qualifiers() {
        [table] => Some(ObjectName::bare(&*table.value)),
        [.., schema, table] => Some(ObjectName::qualified(&*schema.value, &*table.value)),
        [] => None,
    }
}

/// The schema and the name of a path; what stands before the schema can only be the database.
pub(super) fn object_name(path: &Path) -> ObjectName {
    match path.qualifiers() {
        [] => ObjectName::bare(&*path.last().value),
        [.., schema] => ObjectName::qualified(&*schema.value, &*path.last().value),
    }
}

impl Builder {
    /// The schema that a new object without one gets: the first of the path that exists, or the first that is named.
    pub(super) fn creation_schema(&self, search_path: &[String]) -> String {
        let named = || search_path.iter().filter(|schema| !schema.starts_with('$') && *schema != "pg_temp");
        let first = named().find(|schema| self.catalog.schemas.contains_key(*schema)).or_else(|| named().next());
        first.map_or("public", String::as_str).to_owned()
    }

    /// The full name of a new object.
    pub(super) fn creation_name(&self, path: &Path, search_path: &[String]) -> QualifiedName {
        let name = object_name(path);
        let schema = name.schema.unwrap_or_else(|| self.creation_schema(search_path));
        QualifiedName { schema, name: name.name }
    }

    /// The relation that a name means.
    pub(super) fn relation_named(&self, path: &Path, search_path: &[String]) -> Option<RelationId> {
        self.catalog.resolve_relation(&object_name(path), search_path)
    }

    /// Resolves a type, and keeps how it is written.
    pub(super) fn type_use(&self, name: &TypeName, search_path: &[String], sources: &SourceMap) -> TypeUse {
        TypeUse {
            ty: self.catalog.resolve_type_name(name, search_path),
            modifier: name.modifier.clone(),
            written: Text { text: sources.snippet(name.span).to_owned(), span: Some(name.span) },
        }
    }
}
