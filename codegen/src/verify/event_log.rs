//! The installed event log against the one that `pgmutate install` writes.

use tokio_postgres::Transaction;

use crate::catalog::QualifiedName;
use crate::diagnostic::{Code, Diagnostic};
use crate::event_log::{Entity, VERSION};
use crate::sql_text::identifier;

/// What `version` and `entities` found.
pub(super) enum State {
    /// There is none.
    Absent,
    /// It is of another version.
    Version(i32),
    /// It can be compared; what is wrong with its entities.
    Present(Vec<String>),
}

/// What a missing or another log is reported as.
pub(super) fn diagnostic(schema: &str, state: &State, differences: Vec<String>) -> Option<Diagnostic> {
    let (message, notes) = match state {
        State::Absent => (format!("there is no event log in the schema `{schema}`"), Vec::new()),
        State::Version(version) => {
            let message =
                format!("the event log in the schema `{schema}` has version {version}, the code needs {VERSION}");
            (message, Vec::new())
        }
        State::Present(entities) => {
            let notes = entities.iter().cloned().chain(differences).collect::<Vec<_>>();
            if notes.is_empty() {
                return None;
            }
            (format!("the event log in the schema `{schema}` is not the one that `pgmutate install` writes"), notes)
        }
    };
    let mut diagnostic = Diagnostic::new(Code::EVENT_LOG_DRIFT, message);
    diagnostic.notes = notes;
    Some(diagnostic.help(match state {
        State::Version(version) if *version > VERSION as i32 => "build with the newer pgmutate that installed it",
        _ => "run `pgmutate install --apply`",
    }))
}

/// Reads the log's version, and its entities against those of the manifest.
///
/// # Errors
/// The server's.
pub(super) async fn state(
    transaction: &Transaction<'_>,
    schema: &str,
    entities: &[Entity],
) -> Result<State, tokio_postgres::Error> {
    let tables = transaction
        .query_one(
            "SELECT to_regclass($1 || '.mutation_log') IS NOT NULL AND to_regclass($1 || '.mutation_entities') IS NOT NULL",
            &[&identifier(schema)],
        )
        .await?;
    if !tables.get::<_, bool>(0) {
        return Ok(State::Absent);
    }
    let schema = identifier(schema);
    let version = transaction.query_opt(&format!("SELECT version FROM {schema}.mutation_log"), &[]).await?;
    let Some(version) = version.map(|row| row.get::<_, i32>(0)) else { return Ok(State::Absent) };
    if i64::from(version) != i64::from(VERSION) {
        return Ok(State::Version(version));
    }
    let rows = transaction
        .query(
            &format!(
                "SELECT entity_type, table_schema, table_name, key_columns FROM {schema}.mutation_entities ORDER BY 1"
            ),
            &[],
        )
        .await?;
    let installed = rows.iter().map(|row| {
        let table = QualifiedName::new(row.get::<_, String>(1), row.get::<_, String>(2));
        (row.get::<_, String>(0), describe(&table, &row.get::<_, Vec<String>>(3)))
    });
    let installed = installed.collect::<Vec<_>>();
    let mut differences = Vec::new();
    for entity in entities {
        let table = QualifiedName::new(&entity.table.schema, &entity.table.name);
        let key = entity.key.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
        let expected = describe(&table, &key);
        match installed.iter().find(|(name, _)| *name == entity.name) {
            None => differences.push(format!("it does not know the entity `{}`", entity.name)),
            Some((name, found)) if *found != expected => {
                differences.push(format!("entity `{name}`: the manifest says {expected}, the log {found}"));
            }
            Some(_) => {}
        }
    }
    let unknown = installed.iter().filter(|(name, _)| entities.iter().all(|entity| entity.name != *name));
    differences
        .extend(unknown.map(|(name, _)| format!("it knows an entity `{name}` that the manifest does not declare")));
    Ok(State::Present(differences))
}

fn describe(table: &QualifiedName, key: &[String]) -> String {
    format!("`{table}` with the key `{}`", key.join(", "))
}
