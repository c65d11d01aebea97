//! The SQL that `pgmutate install` prints: the event log, and what the manifest says of entities.
//!
//! [`script`] is a pure function from settings and entities to text. The SQL itself stands in `template/`, one file for each part;
//! names reach it as quoted identifiers and literals only.
//!
//! Tables change in numbered steps, each applied once to a log that is older; functions, comments, entities and rights are brought
//! to what this version says on every run. So a script may run again at any time.

mod definitions;
mod entities;
mod error;
mod from_manifest;
mod procedures;
mod template;

pub use definitions::{definitions, source};
pub use error::Error;
pub use from_manifest::{UnknownKey, entities};
pub(crate) use procedures::caller;
pub use procedures::procedures;

use crate::sql_text::{identifier, literal};
use template::Template;

/// The version of the event log that [`script`] installs.
pub const VERSION: u32 = STEPS.len() as u32;

/// What changes the tables, in order: the step at index `n` brings a log of version `n` to version `n + 1`.
const STEPS: &[&str] = &[
    include_str!("template/version_1.sql"),
    include_str!("template/version_2.sql"),
    include_str!("template/version_3.sql"),
];

/// PostgreSQL keeps this many bytes of a name (NAMEDATALEN - 1).
const NAME_BYTES: usize = 63;

/// A table's or a type's name with its schema.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QualifiedName {
    /// The schema, unquoted.
    pub schema: String,
    /// The name in it, unquoted.
    pub name: String,
}

impl QualifiedName {
    /// A name in a schema, both unquoted.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> QualifiedName {
        QualifiedName { schema: schema.into(), name: name.into() }
    }

    fn quoted(&self) -> String {
        format!("{}.{}", identifier(&self.schema), identifier(&self.name))
    }
}

/// Where the event log is installed, and who may use it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// The schema that holds it.
    pub schema: String,
    /// Roles that call mutations: they may run the log's functions and write no table.
    pub writers: Vec<String>,
    /// Roles that read events: they may select from the log's tables.
    pub readers: Vec<String>,
    /// Roles that relays run as: readers that keep positions and parked entities, make partitions ahead and prune.
    pub relays: Vec<String>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { schema: "app".to_owned(), writers: Vec::new(), readers: Vec::new(), relays: Vec::new() }
    }
}

/// Something that mutations change: what an event's `entity_type` names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entity {
    /// The entity type, such as `customer`.
    pub name: String,
    /// The table that holds it, and whose row a mutation locks first.
    pub table: QualifiedName,
    /// The columns of its key, at least one.
    pub key: Vec<KeyColumn>,
    /// Where its whole image is kept, if anywhere.
    pub image: Option<Image>,
}

/// A column of an entity's key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyColumn {
    /// Its name, unquoted.
    pub name: String,
    /// Its SQL type as SQL text, such as `uuid`, `character varying(20)` or `core."Sku"`.
    pub data_type: String,
}

/// A row that holds an entity as one jsonb document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Image {
    /// The table.
    pub table: QualifiedName,
    /// The columns of its key, as many and in the same order as those of the entity.
    pub key: Vec<String>,
    /// The jsonb column.
    pub column: String,
}

/// The SQL that installs or upgrades the event log and declares the entities.
///
/// It holds no `BEGIN` and no `COMMIT`: whoever applies it does so in one transaction.
///
/// # Errors
/// When the log's schema has no usable name. When an entity cannot be declared: no key, another number of key columns in its image, a type that is not one, a name that
/// PostgreSQL would cut off, or two entities of one name.
pub fn script(settings: &Settings, entities: &[Entity]) -> Result<String, Error> {
    render(settings, entities, STEPS)
}

fn render(settings: &Settings, entities: &[Entity], steps: &[&str]) -> Result<String, Error> {
    check_schema(&settings.schema)?;
    entities::check(entities)?;
    let schema = identifier(&settings.schema);
    let mut template = Template::new(names(settings, entities));
    template.set("version", steps.len().to_string());
    template.set("schema_literal", literal(&settings.schema));
    template.set("namespace_literal", literal(&schema));
    template.set("events_literal", literal(&format!("{schema}.mutation_events")));
    template.set("log_literal", literal(&format!("{schema}.mutation_log")));
    template.set("lock_name", literal(&format!("pgmutate install {}", settings.schema)));
    template.set("schema", schema);
    template.set("steps", upgrade(&template, steps));

    let mut parts = vec![
        template.fill(include_str!("template/server.sql")),
        template.fill(include_str!("template/tables.sql")),
        template.fill(include_str!("template/log_cdc_event.sql")),
        template.fill(include_str!("template/responses.sql")),
        template.fill(include_str!("template/keys.sql")),
        template.fill(include_str!("template/partitions.sql")),
        template.fill(include_str!("template/retention.sql")),
        template.fill(include_str!("template/views.sql")),
        template.fill(include_str!("template/comments.sql")),
        entities::declare(&template, &settings.schema, entities),
    ];
    parts.push(rights(settings, entities));
    parts.push(template.fill(include_str!("template/inherited.sql")));
    parts.push(
        template.fill("DO $pgmutate$\nBEGIN\n    PERFORM {{schema}}.maintain_mutation_events();\nEND;\n$pgmutate$;\n"),
    );
    Ok(parts.join("\n"))
}

/// Refuses a name for the log's schema that PostgreSQL would cut off or refuse, or that would end a line of the script.
///
/// # Errors
/// Why the name cannot be used.
pub fn check_schema(schema: &str) -> Result<(), Error> {
    let why = if schema.is_empty() {
        "a name is expected"
    } else if schema.len() > NAME_BYTES {
        "it is longer than 63 bytes, where PostgreSQL cuts names off"
    } else if schema.chars().any(char::is_control) {
        "it holds a control character"
    } else if schema.starts_with("pg_") || schema == "information_schema" {
        "PostgreSQL keeps it for itself"
    } else {
        return Ok(());
    };
    Err(Error::Schema { schema: schema.to_owned(), why })
}

/// Every name that comes from outside.
fn names<'a>(settings: &'a Settings, entities: &'a [Entity]) -> Vec<&'a str> {
    let mut names = vec![settings.schema.as_str()];
    for entity in entities {
        names.extend([entity.name.as_str(), &entity.table.schema, &entity.table.name]);
        names.extend(entity.key.iter().flat_map(|column| [column.name.as_str(), &column.data_type]));
        if let Some(image) = &entity.image {
            names.extend([image.table.schema.as_str(), &image.table.name, &image.column]);
            names.extend(image.key.iter().map(String::as_str));
        }
    }
    names
}

/// The steps, each for logs that are older than what it makes.
fn upgrade(template: &Template, steps: &[&str]) -> String {
    let mut sql = String::new();
    for (from, step) in steps.iter().enumerate() {
        let to = from + 1;
        sql.push_str(&format!("\n    IF installed < {to} THEN\n{}", template.fill(step)));
        if from > 0 {
            sql.push_str(&template.fill(&format!("        UPDATE {{{{schema}}}}.mutation_log SET version = {to};\n")));
        }
        sql.push_str("    END IF;\n");
    }
    sql.trim_end().to_owned()
}

/// Takes from everybody what PostgreSQL gives to everybody, then gives the named roles what they need.
fn rights(settings: &Settings, entities: &[Entity]) -> String {
    let schema = identifier(&settings.schema);
    let table = |name: &str| format!("{schema}.{name}");
    let list = |names: &[&str]| names.iter().map(|name| table(name)).collect::<Vec<_>>().join(", ");
    let positions = list(&["mutation_consumers", "mutation_parked"]);
    let tables = format!(
        "{}, {positions}",
        list(&["mutation_log", "mutation_entities", "mutation_events", "mutation_consumer_lag", "mutation_history"])
    );
    let upkeep = list(&["maintain_mutation_events()", "prune_mutation_events(interval)", "prune_mutation_keys()"]);
    let mut functions = vec![
        table("log_cdc_event(text, text, uuid, text, jsonb, jsonb, jsonb, jsonb)"),
        table("build_mutation_response(boolean, text, text, jsonb)"),
        table("contract_violation(text, jsonb)"),
        table("answer_violation(text, jsonb, text, text)"),
        table("contract_mistake(jsonb, text, jsonb, text)"),
        table("claim_mutation(text, text, text, text)"),
        table("keep_mutation_response(text, text, text, text, interval, jsonb, boolean)"),
    ];
    functions.extend(entities.iter().filter_map(|entity| entities::image_signature(&settings.schema, entity)));
    let functions = functions.join(",\n    ");

    let mut sql = format!("REVOKE ALL ON TABLE {tables}, {schema}.mutation_keys FROM PUBLIC;\n");
    sql.push_str(&format!("REVOKE ALL ON FUNCTION\n    {functions},\n    {upkeep} FROM PUBLIC;\n"));
    for role in &settings.writers {
        let role = identifier(role);
        sql.push_str(&format!("\nGRANT USAGE ON SCHEMA {schema} TO {role};\n"));
        sql.push_str(&format!("GRANT EXECUTE ON FUNCTION\n    {functions} TO {role};\n"));
    }
    for role in settings.readers.iter().chain(&settings.relays) {
        let role = identifier(role);
        sql.push_str(&format!(
            "\nGRANT USAGE ON SCHEMA {schema} TO {role};\nGRANT SELECT ON TABLE {tables} TO {role};\n"
        ));
    }
    for role in &settings.relays {
        let role = identifier(role);
        sql.push_str(&format!("\nGRANT INSERT, UPDATE, DELETE ON TABLE {positions} TO {role};\n"));
        sql.push_str(&format!("GRANT EXECUTE ON FUNCTION {upkeep} TO {role};\n"));
    }
    sql
}

#[cfg(test)]
mod tests;
