//! A database against the files that it was deployed from.
//!
//! [`verify`] reads the system catalogue in one transaction that writes nothing, compares it with the [catalogue](crate::catalog) of the
//! files, and reports every difference with its place in the files. Text that the server keeps in a form of its own is never compared as
//! text: defaults, checks and queries go to its planner. What cannot be known is not reported.

mod attached;
mod compare;
mod deployed;
mod event_log;
mod expected;
mod form;
mod normal;
mod object;
mod plpgsql_check;
mod rights;

use std::collections::BTreeMap;

use tokio_postgres::{Client, IsolationLevel};

use crate::body;
use crate::catalog::{self, Catalog, Origin};
use crate::diagnostic::Diagnostic;
use crate::event_log as log;
use crate::project::Generated;
use crate::source::{SourceMap, Span};
use crate::sql::input::{Source, SourceKind};
use crate::sql::script::Script;
use compare::Bodies;
use normal::Normal;
use object::{Key, Kind, Object};
use rights::Rights;

/// Who is to use the database.
#[derive(Clone, Default, Debug)]
pub struct Settings {
    /// Roles that call mutations.
    pub writers: Vec<String>,
    /// Roles that read events.
    pub readers: Vec<String>,
    /// Roles that relays run as.
    pub relays: Vec<String>,
}

/// What [`verify`] found.
#[derive(Debug)]
pub struct Verified {
    /// Every difference: functions, tables and types, then rights, then the event log, then what plpgsql_check says.
    pub diagnostics: Vec<Diagnostic>,
    /// How many objects of the files were compared.
    pub objects: usize,
    /// Whether plpgsql_check is installed in the database.
    pub plpgsql_check: bool,
}

/// Compares the database of `client` with the files. The connection's session is changed, so it is best closed afterwards.
///
/// # Errors
/// The server's, and the connection's. What this role is not allowed to see of an event log is one of them.
pub async fn verify(
    client: &mut Client,
    generated: &Generated,
    settings: &Settings,
) -> Result<Verified, tokio_postgres::Error> {
    let (sources, catalog) = (&generated.sources, &generated.catalog);
    let mut expected = expected::objects(catalog, sources, &Origin::Source);
    let code = code(sources, &generated.sql);
    for object in &mut expected {
        object.is_in_code = code.contains(&object.name.name.to_ascii_lowercase());
    }
    let mut needed = rights::read(sources, &generated.sql, catalog, &expected);
    let log = generated.manifest.as_ref().and_then(|manifest| Log::read(manifest, catalog, settings));
    if let Some(manifest) = &generated.manifest {
        callers(manifest, catalog, &expected, settings, &mut needed);
    }

    client.batch_execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY").await?;
    let transaction =
        client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true).start().await?;
    transaction.batch_execute("SET LOCAL search_path = ''").await?;
    let log_objects = log.iter().flat_map(|log| &log.objects);
    let schemas = compare::schemas(expected.iter().chain(log_objects).map(|object| &object.name));
    let found = deployed::objects(&transaction, &schemas).await?;
    let found = found.into_iter().map(|object| (object.key(), object)).collect::<BTreeMap<Key, Object>>();
    let rights = rights::compare(&transaction, &needed, &found).await?;
    let log_state = match &log {
        Some(log) => {
            let state = event_log::state(&transaction, &log.schema, &log.entities).await?;
            let rights = rights::compare(&transaction, &log.rights, &found).await?;
            Some((log, state, rights))
        }
        None => None,
    };
    transaction.commit().await?;

    let mut normal = Normal::new(client);
    let bodies = FileBodies { catalog, sources };
    let mut diagnostics = compare::compare(&mut normal, &expected, &found, &bodies).await?;
    diagnostics.extend(rights);
    if let Some((log, state, rights)) = log_state {
        // Its places are in a script that nobody has: the texts alone help.
        let bodies = FileBodies { catalog: &log.catalog, sources: &log.sources };
        let differences = compare::compare(&mut normal, &log.objects, &found, &bodies).await?;
        let texts = differences.into_iter().chain(rights).map(|difference| difference.message).collect();
        diagnostics.extend(event_log::diagnostic(&log.schema, &state, texts));
    }
    let checked = plpgsql_check::run(client, &expected, &found, &bodies).await?;
    let plpgsql_check = checked.is_some();
    diagnostics.extend(checked.into_iter().flatten());
    Ok(Verified { diagnostics, objects: expected.len(), plpgsql_check })
}

/// What the files run when they are deployed, such as `SELECT diesel_manage_updated_at('posts')`, in lower case.
fn code(sources: &SourceMap, files: &[Source]) -> String {
    let mut code = String::new();
    for part in files.iter().flat_map(|source| &source.parts) {
        let text = sources.file(part.file).text();
        let script = Script::of(text, &part.range);
        for tokens in script.statements.iter().filter_map(|range| script.tokens.get(range.clone())) {
            let [first, .., last] = tokens else { continue };
            let runs = ["call", "do", "execute", "select", "with"];
            if runs.iter().any(|word| first.text(text).eq_ignore_ascii_case(word)) {
                code.push_str(text.get(first.start as usize..last.end as usize).unwrap_or_default());
                code.push('\n');
            }
        }
    }
    code.make_ascii_lowercase();
    code
}

/// What callers of mutations need: the functions, and the schemas that hold them.
fn callers(
    manifest: &crate::manifest::Manifest,
    catalog: &Catalog,
    expected: &[Object],
    settings: &Settings,
    needed: &mut Rights,
) {
    for mutation in &manifest.mutations {
        let Some(name) = mutation.function.qualified() else { continue };
        let [_] = catalog.overloads(&name.schema, &name.name) else { continue };
        let Some(object) = expected.iter().find(|it| it.kind == Kind::Function && it.name == name) else { continue };
        for role in &settings.writers {
            let place = Some(mutation.function.span);
            needed.need(object.key(), "EXECUTE", role, place);
            needed.need((Kind::Schema, catalog::Quoted(&name.schema).to_string()), "USAGE", role, place);
        }
    }
}

/// The event log as `pgmutate install` writes it, read as any other SQL.
struct Log {
    schema: String,
    entities: Vec<log::Entity>,
    sources: SourceMap,
    catalog: Catalog,
    objects: Vec<Object>,
    rights: Rights,
}

impl Log {
    /// `None` where the manifest is broken, which is reported elsewhere.
    fn read(manifest: &crate::manifest::Manifest, catalog: &Catalog, settings: &Settings) -> Option<Log> {
        let entities = log::entities(manifest, catalog).ok()?;
        let schema = manifest.log_schema.clone();
        let settings = log::Settings {
            schema: schema.clone(),
            writers: settings.writers.clone(),
            readers: settings.readers.clone(),
            relays: settings.relays.clone(),
        };
        let script = log::script(&settings, &entities).ok()?;
        let mut sources = SourceMap::new();
        let read = |sources: &mut SourceMap, text: String| {
            let file = sources.add("event_log.sql", text).ok()?;
            Some(Source::whole(sources, file, SourceKind::Migration))
        };
        // The tables stand in a block that makes them where they are not there: their plain definitions are read instead.
        let files = [read(&mut sources, log::definitions(&schema))?, read(&mut sources, script)?];
        let (catalog, _) = catalog::read(&sources, &files);
        let objects = expected::objects(&catalog, &sources, &Origin::Source);
        let mut rights = rights::read(&sources, &files, &catalog, &objects);
        // What its block gives unseen follows what it gives in the open.
        rights.gives_unseen = false;
        Some(Log { schema, entities, sources, catalog, objects, rights })
    }
}

/// The bodies in the files.
struct FileBodies<'a> {
    catalog: &'a Catalog,
    sources: &'a SourceMap,
}

impl Bodies for FileBodies<'_> {
    fn line(&self, function: Span, line: usize) -> Option<Span> {
        let is_it = |it: &catalog::Function| it.spans.is_some_and(|spans| spans.name == function);
        let (_, function) = self.catalog.functions().find(|(_, it)| is_it(it))?;
        let body = body::text(function, self.sources)?;
        let start = body.text.split_inclusive('\n').take(line).map(str::len).sum::<usize>();
        let text = body.text.get(start..)?.lines().next().unwrap_or_default();
        let indent = text.len() - text.trim_start().len();
        Some(body.map.span(start + indent..start + text.len().max(indent)))
    }
}
