//! The event log as the generator reads it: the functions that mutations call are analysed as any other.

use super::{STEPS, Template};
use crate::source::SourceMap;
use crate::sql::input::{Source, SourceKind};
use crate::sql_text::identifier;

/// Adds the log's [`definitions`] to what is read, as a stub: the user's own SQL may hold an installed copy.
pub fn source(sources: &mut SourceMap, schema: &str) -> Option<Source> {
    let file = sources.add("event_log.sql (of pgmutate install)", definitions(schema)).ok()?;
    Some(Source::whole(sources, file, SourceKind::External))
}

/// The tables and functions of the log in `schema` as plain SQL, for the catalogue.
pub fn definitions(schema: &str) -> String {
    let mut template = Template::new(vec![schema]);
    template.set("schema", identifier(schema));
    let functions = [include_str!("template/log_cdc_event.sql"), include_str!("template/responses.sql")];
    STEPS.iter().copied().chain(functions).map(|part| template.fill(part)).collect::<Vec<_>>().join("\n")
}
