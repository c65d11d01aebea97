//! DROP, with what depends on what is dropped.

use super::{Builder, lookup};
use crate::catalog::{Attachment, AttachmentKind, FunctionId, RelationId, Returns, Type, TypeId, TypeKind};
use crate::sql::name::Path;
use crate::sql::statement::{DropStatement, DropTarget};

impl Builder {
    /// Drops what the statement names. The server refuses to drop what others need unless it says CASCADE, so what
    /// depends on it goes in either case.
    pub(super) fn drop_objects(&mut self, statement: &DropStatement, path: &[String]) {
        match &statement.target {
            DropTarget::Relations(names) => {
                for name in names {
                    if let Some(id) = self.relation_named(name, path) {
                        self.drop_relation(id);
                    }
                }
            }
            DropTarget::Functions(functions) => {
                for function in functions {
                    if let [id] = self.functions_referred(function, path).as_slice() {
                        self.drop_function(*id);
                    }
                }
            }
            DropTarget::Types(names) => {
                for name in names {
                    if let Some(Type::Defined(id)) = self.catalog.resolve_type(&lookup::object_name(name), path) {
                        self.drop_type(id);
                    }
                }
            }
            DropTarget::Schemas(names) => names.iter().for_each(|name| self.drop_schema(&name.last().value)),
            DropTarget::Indexes(names) => names.iter().for_each(|name| self.drop_index(name, path)),
            DropTarget::Attachment { kind, name, table } => {
                if let Some(id) = self.relation_named(table, path) {
                    self.drop_attachment(*kind, &name.value, id);
                }
            }
            DropTarget::Extensions(names) => names.iter().for_each(|name| self.drop_extension(&name.last().value)),
        }
    }

    pub(super) fn drop_relation(&mut self, id: RelationId) {
        let name = self.catalog.relation(id).name.clone();
        let Some(schema) = self.catalog.schemas.get_mut(&name.schema) else { return };
        if schema.relations.get(&name.name) != Some(&id) {
            return;
        }
        schema.relations.remove(&name.name);
        self.forget(&name.name);
        self.drop_type(self.catalog.relation(id).row_type);
        let readers: Vec<RelationId> =
            self.reads.iter().filter(|(_, read)| read.contains(&id)).map(|(&reader, _)| reader).collect();
        self.pending.retain(|pending| pending.relation != id);
        for reader in readers {
            self.drop_relation(reader);
        }
        self.drop_foreign_keys(&name);
        self.drop_sequences_of(id, None);
    }

    fn drop_foreign_keys(&mut self, name: &crate::catalog::QualifiedName) {
        use crate::catalog::ConstraintKind::ForeignKey;
        for relation in &mut self.catalog.relations {
            relation.constraints.retain(|c| !matches!(&c.kind, ForeignKey { table, .. } if table == name));
        }
    }

    pub(super) fn drop_function(&mut self, id: FunctionId) {
        let name = self.catalog.functions[id.0 as usize].name.clone();
        self.forget(&name.name);
        if let Some(schema) = self.catalog.schemas.get_mut(&name.schema)
            && let Some(overloads) = schema.functions.get_mut(&name.name)
        {
            overloads.retain(|&other| other != id);
            if overloads.is_empty() {
                schema.functions.remove(&name.name);
            }
        }
    }

    pub(super) fn drop_type(&mut self, id: TypeId) {
        let name = self.catalog.type_def(id).name.clone();
        let Some(schema) = self.catalog.schemas.get_mut(&name.schema) else { return };
        if schema.types.get(&name.name) != Some(&id) {
            return;
        }
        schema.types.remove(&name.name);
        self.forget(&name.name);
        let uses = |ty: &Type| uses(ty, id);
        let functions: Vec<FunctionId> = self
            .catalog
            .functions()
            .filter(|(_, function)| {
                function.arguments.iter().any(|argument| uses(&argument.ty.ty))
                    || matches!(&function.returns, Returns::Value { ty, .. } if uses(&ty.ty))
            })
            .map(|(id, _)| id)
            .collect();
        functions.into_iter().for_each(|id| self.drop_function(id));
        for relation in &mut self.catalog.relations {
            relation.columns.retain(|column| !uses(&column.ty.ty));
        }
        let types: Vec<TypeId> = self
            .catalog
            .types()
            .filter(|(_, def)| match &def.kind {
                TypeKind::Domain(domain) => uses(&domain.base.ty),
                TypeKind::Range { subtype } => uses(&subtype.ty),
                TypeKind::Multirange { range } => uses(range),
                _ => false,
            })
            .map(|(id, _)| id)
            .collect();
        types.into_iter().for_each(|id| self.drop_type(id));
        for def in &mut self.catalog.types {
            if let TypeKind::Composite(fields) = &mut def.kind {
                fields.retain(|field| !uses(&field.ty.ty));
            }
        }
    }

    fn drop_schema(&mut self, name: &str) {
        let Some(schema) = self.catalog.schemas.get(name).cloned() else { return };
        schema.relations.into_values().for_each(|id| self.drop_relation(id));
        schema.functions.into_values().flatten().for_each(|id| self.drop_function(id));
        schema.types.into_values().for_each(|id| self.drop_type(id));
        self.catalog.schemas.remove(name);
        self.catalog.extensions.retain(|_, extension| extension.schema != name);
    }

    fn drop_index(&mut self, name: &Path, path: &[String]) {
        let Some(id) = self.table_of_index(name, path) else { return };
        self.names_changed(id);
        let name = Some(&*name.last().value);
        let relation = self.relation_mut(id);
        relation.unique_indexes.retain(|index| index.name.as_deref() != name);
        let is_it = |other: &Attachment| other.kind == AttachmentKind::Index && other.name.as_deref() == name;
        relation.attachments.retain(|attachment| !is_it(attachment));
    }

    fn drop_extension(&mut self, name: &str) {
        if self.catalog.extensions.remove(name).is_none() {
            return;
        }
        let of_it = |origin: &crate::catalog::Origin| matches!(origin, crate::catalog::Origin::Extension(extension) if extension == name);
        let types: Vec<TypeId> = self.catalog.types().filter(|(_, def)| of_it(&def.origin)).map(|(id, _)| id).collect();
        let functions: Vec<FunctionId> =
            self.catalog.functions().filter(|(_, function)| of_it(&function.origin)).map(|(id, _)| id).collect();
        functions.into_iter().for_each(|id| self.drop_function(id));
        types.into_iter().for_each(|id| self.drop_type(id));
    }
}

fn uses(ty: &Type, id: TypeId) -> bool {
    match ty {
        Type::Array(element) => uses(element, id),
        Type::Defined(defined) => *defined == id,
        Type::Builtin(_) | Type::Unknown(_) => false,
    }
}
