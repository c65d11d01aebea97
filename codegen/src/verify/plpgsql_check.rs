//! What the extension plpgsql_check finds in the deployed bodies, where it is installed.

use std::collections::BTreeMap;

use tokio_postgres::Client;

use super::compare::Bodies;
use super::object::{Key, Kind, Object};
use crate::diagnostic::{Code, Diagnostic, Level};
use crate::sql_text::identifier;

/// The findings in the deployed form of the files' functions; `None` where the extension is not installed.
///
/// # Errors
/// The connection's.
pub(super) async fn run(
    client: &Client,
    expected: &[Object],
    deployed: &BTreeMap<Key, Object>,
    bodies: &dyn Bodies,
) -> Result<Option<Vec<Diagnostic>>, tokio_postgres::Error> {
    let extension = client
        .query_opt(
            "SELECT n.nspname::text FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
             WHERE e.extname = 'plpgsql_check'",
            &[],
        )
        .await?;
    let Some(schema) = extension.map(|row| identifier(&row.get::<_, String>(0))) else { return Ok(None) };
    // A trigger function is checked for a table, which nothing here names.
    let query = format!(
        "SELECT c.lineno, c.sqlstate, c.message, c.detail, c.hint, c.level
         FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
         CROSS JOIN LATERAL {schema}.plpgsql_check_function_tb(
             funcoid => p.oid, fatal_errors => false, extra_warnings => false, performance_warnings => false) AS c
         WHERE p.oid = $1 AND l.lanname = 'plpgsql'
           AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)"
    );
    let query = client.prepare(&query).await?;
    let mut diagnostics = Vec::new();
    for object in expected.iter().filter(|object| object.kind == Kind::Function) {
        let Some(oid) = deployed.get(&object.key()).and_then(|found| found.oid) else { continue };
        // What the extension itself stumbles over is not the function's mistake.
        let Ok(rows) = client.query(&query, &[&oid]).await else { continue };
        for row in &rows {
            let text = |column: &str| row.get::<_, Option<String>>(column);
            let message = format!("plpgsql_check of `{}`: {}", object.shown, text("message").unwrap_or_default());
            let mut diagnostic = Diagnostic::new(Code::PLPGSQL_CHECK, message);
            if text("level").as_deref() != Some("error") {
                diagnostic.level = Level::Warn;
            }
            let line = row.get::<_, Option<i32>>("lineno").and_then(|line| usize::try_from(line - 1).ok());
            let place = line.zip(object.place).and_then(|(line, place)| bodies.line(place, line)).or(object.place);
            if let Some(place) = place {
                diagnostic =
                    diagnostic.at(place, text("sqlstate").map(|it| format!("SQLSTATE {it}")).unwrap_or_default());
            }
            diagnostic.notes = text("detail").into_iter().collect();
            diagnostic.help = text("hint").into_iter().collect();
            diagnostics.push(diagnostic);
        }
    }
    Ok(Some(diagnostics))
}
