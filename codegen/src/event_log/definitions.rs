//! The event log as the generator reads it: the functions that mutations call are analysed as any other.

use super::{STEPS, Settings, Template};
use crate::sql_text::identifier;

/// The tables and functions of the log in `schema` as plain SQL, for the catalogue.
pub fn definitions(schema: &str) -> String {
    let settings = Settings { schema: schema.to_owned(), ..Settings::default() };
    let mut template = Template::new(vec![settings.schema.as_str()]);
    template.set("schema", identifier(schema));
    let functions = [include_str!("template/log_cdc_event.sql"), include_str!("template/responses.sql")];
    STEPS.iter().copied().chain(functions).map(|part| template.fill(part)).collect::<Vec<_>>().join("\n")
}
