//! The events that functions log, and those that their names promise.

use super::answer::Success;
use super::names::{row_name, tables};
use super::writer::{Entry, Node};
use super::{Drafter, path_text};
use crate::catalog::{Builtin, Catalog, Column, Function, Relation, RelationId};
use crate::naming::{pascal_case, screaming_case};
use crate::shape::domain::{Content, InputPath, InputStep, Literal, Tag};
use crate::shape::{Event, Shape};

/// The first words of function names, and what they do.
const VERBS: [(&str, &[&str]); 3] = [
    ("CREATE", &["create", "add", "insert", "register", "new"]),
    ("UPDATE", &["update", "change", "edit", "modify", "set", "rename"]),
    ("DELETE", &["delete", "remove", "drop", "erase"]),
];

impl<'a> Drafter<'a> {
    /// The event of a successful call: the one that is logged, or the one that the function's name promises.
    pub(super) fn event(
        &mut self,
        function: &Function,
        shape: &Shape,
        success: &Success,
        place: &str,
    ) -> Option<Entry> {
        let success_tag = if shape.paths.contains_key(&Tag::Success) { Tag::Success } else { Tag::Other };
        let logged = shape.paths.get(&success_tag).and_then(|trace| trace.events.values().next());
        let (event_type, entity, operation) = match logged {
            Some(event) => (word(event, "event_type")?, word(event, "entity_type")?, word(event, "operation")?),
            None => promised(&function.name.name)?,
        };
        let keyed = tables(self.catalog).filter(|relation| row_name(relation) == entity);
        let mut keyed = keyed.filter(|relation| document_column(relation).is_none());
        let table = keyed.find_map(|relation| Some((relation, key_column(relation)?)));
        let answered = success.fields.iter().find(|(_, ty, _)| ty.trim_end_matches('!') == pascal_case(&entity));
        let answered = answered.map(|(key, _, _)| key.as_str());
        if logged.is_none() {
            // Without a key, what is there now and what was there before, the event that a name promises cannot be written.
            let (table, _) = table.as_ref()?;
            let has_image = self.image(&entity, table).is_some_and(|image| self.has_type(&entity, &image));
            let is_known = match operation.as_str() {
                "CREATE" => answered.is_some(),
                "UPDATE" => answered.is_some() && has_image && own_key(function, shape, &entity).is_some(),
                _ => has_image && own_key(function, shape, &entity).is_some(),
            };
            if !is_known {
                return None;
            }
        }
        let key = table.as_ref().map_or_else(|| "id".to_owned(), |(_, key)| key.clone());
        let table = table.map(|(table, _)| table);
        if let Some(table) = table {
            self.entity(&entity, table, &key);
        }
        let argument = logged.and_then(|event| event.arguments.get("entity_id"));
        let given =
            argument.and_then(|argument| argument.value.from.first()).and_then(|path| path_text(function, path));
        let own_id = || own_key(function, shape, &entity);
        let id = match (given, operation.as_str(), answered) {
            (Some(path), _, _) => Some(path),
            (None, "CREATE", Some(answered)) => Some(format!("{answered}.{key}")),
            (None, _, answered) => own_id().or_else(|| Some(format!("{}.{key}", answered?))),
        };
        let mut entries = vec![
            Entry::text("type", event_type),
            Entry::text("entity", &entity),
            Entry::text("operation", &operation),
            Entry::text("id", id?),
        ];
        if let Some(answered) = answered.filter(|_| operation != "DELETE") {
            entries.push(Entry::text("after", answered));
        }
        let mut unknown = None;
        match logged {
            Some(event) => {
                let (metadata, missing) = metadata(function, shape, success, event);
                if !metadata.is_empty() {
                    entries.push(Entry::new("metadata", Node::Object(metadata)));
                }
                if !missing.is_empty() {
                    unknown = Some(format!("where the metadata {} come from", missing.join(", ")));
                }
            }
            None => {
                unknown = Some(
                    "the SQL logs no event: this one is drafted from the function's name, without metadata".to_owned(),
                );
            }
        }
        if unknown.is_some() {
            self.unknown.push(format!("{place}.event.metadata"));
        }
        entries.push(Entry::text("logged_by", if logged.is_some() { "function" } else { "runtime" }));
        self.fields += entries.len();
        Some(Entry::new("event", Node::Object(entries)).unknown(unknown))
    }

    /// The table that keeps the entity's document ready, its key and the document's column.
    fn image(&self, entity: &str, table: &Relation) -> Option<(&'a Relation, &'a String, &'a Column)> {
        let mut kept = tables(self.catalog).filter(|kept| kept.name != table.name && row_name(kept) == entity);
        kept.find_map(|kept| Some((kept, kept.primary_key()?.first()?, document_column(kept)?)))
    }

    /// Whether the documents have a type: that of an answer, or one drafted from what functions write.
    fn has_type(&mut self, entity: &str, (kept, _, column): &(&'a Relation, &'a String, &'a Column)) -> bool {
        let name = pascal_case(entity);
        if !self.types.has_object(&name)
            && let Some(id) = self.catalog.find_relation(&kept.name.schema, &kept.name.name)
            && let Some(json) = self.shapes.document(id, &column.name)
        {
            self.types.output(json, entity, "");
        }
        self.types.has_object(&name)
    }

    fn entity(&mut self, entity: &str, table: &Relation, key: &str) {
        if self.entities.contains_key(entity) {
            return;
        }
        let mut entries = vec![Entry::text("table", table.name.to_string()), Entry::text("key", key)];
        let image = self.image(entity, table).filter(|image| self.has_type(entity, image));
        if let Some((kept, kept_key, column)) = image {
            let image = vec![
                Entry::text("table", kept.name.to_string()),
                Entry::text("key", kept_key),
                Entry::text("column", &column.name),
                Entry::text("type", pascal_case(entity)),
            ];
            self.fields += image.len();
            entries.push(Entry::new("image", Node::Object(image)));
        }
        self.fields += 2;
        self.entities.insert(entity.to_owned(), Node::Object(entries));
    }
}

/// The columns that hold whole documents.
pub(super) fn kept_columns(catalog: &Catalog) -> impl Iterator<Item = (RelationId, String)> {
    let kept = tables(catalog).filter_map(|relation| Some((relation, document_column(relation)?)));
    kept.filter_map(|(relation, column)| {
        let id = catalog.find_relation(&relation.name.schema, &relation.name.name)?;
        Some((id, column.name.clone()))
    })
}

/// The column that holds a whole document, of a table with few others.
fn document_column(relation: &Relation) -> Option<&Column> {
    relation.columns.iter().find(|column| column.ty.ty.is(Builtin::JSONB) && relation.columns.len() <= 3)
}

/// The column by which an event names a row of the table: a uuid.
fn key_column(relation: &Relation) -> Option<String> {
    let is_uuid = |name: &&str| relation.column(name).is_some_and(|column| column.ty.ty.is(Builtin::UUID));
    let primary = relation.primary_key().and_then(|key| key.first()).map(String::as_str);
    primary.into_iter().chain(["id"]).find(is_uuid).map(str::to_owned)
}

/// Type, entity and operation that a name such as `update_customer` promises.
fn promised(name: &str) -> Option<(String, String, String)> {
    let (verb, entity) = name.split_once('_')?;
    let (operation, _) = VERBS.iter().find(|(_, words)| words.contains(&verb))?;
    let event_type = format!("{}_{operation}D", screaming_case(entity));
    Some((event_type, entity.to_owned(), (*operation).to_owned()))
}

/// The argument, or the key of one, that names the entity.
fn own_key(function: &Function, shape: &Shape, entity: &str) -> Option<String> {
    let names = [format!("{entity}_id"), "id".to_owned(), format!("p_{entity}_id"), "p_id".to_owned()];
    let inputs = function.inputs().map(|input| input.name.clone().unwrap_or_default()).collect::<Vec<_>>();
    let argument = names.iter().find(|name| inputs.contains(name));
    argument.map(|name| format!("${name}")).or_else(|| {
        let keyed = |path: &&InputPath| matches!(path.steps.as_slice(), [InputStep::Key(key)] if names.contains(key));
        shape.reads.keys().find(keyed).and_then(|path| path_text(function, path))
    })
}

/// The constant that an argument of the logging call is.
fn word(event: &Event, argument: &str) -> Option<String> {
    match event.arguments.get(argument)?.value.constant()? {
        Literal::Text(text) => Some(text.clone()),
        Literal::Bool(_) | Literal::Number(_) => None,
    }
}

/// The paths of the logged metadata, and the keys for which none was found.
fn metadata(function: &Function, shape: &Shape, success: &Success, event: &Event) -> (Vec<Entry>, Vec<String>) {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    let Some(Content::Json(json)) = event.arguments.get("metadata").map(|argument| &argument.value.content) else {
        return (found, missing);
    };
    for key in json.objects.values().flat_map(|object| object.fields.keys()) {
        let argument = function.inputs().any(|input| input.name.as_ref() == Some(key)).then(|| format!("${key}"));
        let is_read = |path: &&InputPath| matches!(path.steps.as_slice(), [InputStep::Key(read)] if read == key);
        let read = || shape.reads.keys().find(is_read).and_then(|path| path_text(function, path));
        let answered = || success.fields.iter().any(|(answered, _, _)| answered == key).then(|| key.clone());
        match argument.or_else(read).or_else(answered) {
            Some(path) => found.push(Entry::text(key, path)),
            None => missing.push(key.clone()),
        }
    }
    (found, missing)
}
