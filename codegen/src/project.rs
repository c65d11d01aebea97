//! A project: where its SQL and its manifest are, and everything that is made of them.

use std::collections::HashSet;
use std::path::PathBuf;

use crate::catalog::{self, Catalog};
use crate::contract;
use crate::diagnostic::{Code, Diagnostic, Label, Level, render_plain};
use crate::emit::{self, Files};
use crate::event_log;
use crate::manifest::{self, Manifest};
use crate::resolve;
use crate::source::{FileId, SourceMap, Span};
use crate::sql::input::{self, Inputs, Source};

/// Mistakes that say that the SQL lacks something.
const ABSENT: [Code; 4] = [Code::UNKNOWN_FUNCTION, Code::UNKNOWN_TABLE, Code::UNKNOWN_COLUMN, Code::UNKNOWN_CALL];

/// Where a project's SQL and manifest are, and how its code is to be written.
#[derive(Clone, Default, Debug)]
pub struct Project {
    /// The SQL.
    pub inputs: Inputs,
    /// The manifest.
    pub manifest: PathBuf,
    /// The folder that names in messages and in generated code are relative to.
    pub root: Option<PathBuf>,
    /// How code is written.
    pub settings: emit::Settings,
}

/// Everything that one run made of a project.
#[derive(Debug)]
pub struct Generated {
    /// Every file that was read.
    pub sources: SourceMap,
    /// The SQL files among them, in the order in which they were read.
    pub sql: Vec<Source>,
    /// What the SQL says.
    pub catalog: Catalog,
    /// What the manifest says; `None` where it could not be read.
    pub manifest: Option<Manifest>,
    /// Every mistake, by place.
    pub diagnostics: Vec<Diagnostic>,
    /// The generated files; none where SQL or manifest could not be read. Mistakes are in them, as `compile_error!`.
    pub files: Files,
}

impl Generated {
    /// Whether a diagnostic fails the build.
    pub fn is_broken(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Deny)
    }
}

impl Project {
    /// Reads, checks and writes down, in memory.
    pub fn generate(&self) -> Generated {
        let mut sources = SourceMap::relative_to(self.root.clone());
        let (mut files, mut diagnostics) = self.inputs.load(&mut sources);
        let manifest = self.read_manifest(&mut sources);
        let log_schema = manifest.as_ref().map_or("app", |manifest| &manifest.log_schema);
        files.extend(event_log::source(&mut sources, log_schema));
        let (catalog, mistakes) = catalog::read(&sources, &files);
        diagnostics.extend(mistakes);
        // Half of the SQL would make a mistake of every name in the other half.
        let unread = diagnostics.iter().any(|diagnostic| diagnostic.code == Code::UNREADABLE_FILE);
        let manifest = match manifest {
            Ok(manifest) if !unread => manifest,
            other => {
                diagnostics.extend(other.as_ref().err().into_iter().flatten().cloned());
                return Generated {
                    sources,
                    sql: files,
                    catalog,
                    manifest: other.ok(),
                    diagnostics,
                    files: Files::new(),
                };
            }
        };
        let checked = contract::check(&sources, &catalog, &manifest);
        // What lacks may be in the file that could not be read, so that this is no mistake of its own.
        let incomplete = diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Deny);
        let consequence = |diagnostic: &&Diagnostic| incomplete && ABSENT.contains(&diagnostic.code);
        diagnostics.extend(checked.diagnostics.iter().filter(|diagnostic| !consequence(diagnostic)).cloned());
        let bodies = resolve::body::check(&catalog, &sources);
        diagnostics.extend(not_understood(&catalog, &bodies, &diagnostics));
        diagnostics.extend(unresolved(bodies, &diagnostics));
        diagnostics.retain(|diagnostic| diagnostic.level > Level::Allow);
        let denied = diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Deny);
        let mistakes = denied.map(|diagnostic| mistake(diagnostic, &sources)).collect::<Vec<_>>();
        let emitted = emit::emit(&checked, &mistakes, &self.settings);
        Generated { sources, sql: files, catalog, manifest: Some(manifest), diagnostics, files: emitted }
    }

    fn read_manifest(&self, sources: &mut SourceMap) -> Result<Manifest, Vec<Diagnostic>> {
        let file = self.load_manifest(sources).map_err(|diagnostic| vec![*diagnostic])?;
        manifest::read(sources, file)
    }

    fn load_manifest(&self, sources: &mut SourceMap) -> Result<FileId, Box<Diagnostic>> {
        let name = self.manifest.display().to_string();
        let unreadable = |what: String| {
            Box::new(
                Diagnostic::new(Code::UNREADABLE_FILE, format!("cannot read the manifest `{name}`: {what}"))
                    .help("correct its path, or write one: docs/manifest.md says how"),
            )
        };
        let bytes = std::fs::read(&self.manifest).map_err(|error| unreadable(error.to_string()))?;
        input::add(sources, &name, bytes)
    }
}

/// What of the SQL was not understood: nothing is known of it, so nothing in it is checked.
///
/// One slip makes the parser stumble more than once, so a body is reported at its first place, and a file whose quotes are not closed not
/// again.
fn not_understood(catalog: &Catalog, bodies: &resolve::body::Checked, reported: &[Diagnostic]) -> Vec<Diagnostic> {
    let warn = |span: Span, reason: &str| {
        Diagnostic::new(Code::NOT_UNDERSTOOD, format!("this SQL is not understood: {reason}"))
            .at(span, "not checked")
            .help("if PostgreSQL does not accept it either, mend it")
    };
    let torn = reported.iter().filter(|diagnostic| diagnostic.code == Code::UNTERMINATED);
    let torn = torn.filter_map(|diagnostic| diagnostic.primary.as_ref()).map(|label| label.span.file);
    let torn = torn.collect::<HashSet<_>>();
    let statements = catalog.unknown().iter().filter(|unknown| !torn.contains(&unknown.span.file));
    let mut warnings = statements.map(|unknown| warn(unknown.span, &unknown.reason)).collect::<Vec<_>>();
    let mut in_bodies = bodies.tally.unknown.iter().collect::<Vec<_>>();
    for spans in catalog.functions().filter_map(|(_, function)| function.spans) {
        let (of_this, others): (Vec<_>, Vec<_>) =
            in_bodies.into_iter().partition(|unknown| spans.statement.contains(unknown.span));
        in_bodies = others;
        let Some((first, rest)) = of_this.split_first() else { continue };
        let warning = warn(first.span, &first.reason);
        warnings.push(match rest.len() {
            0 => warning,
            more => warning.note(format!("{more} more in this body, which may follow from it")),
        });
    }
    warnings.extend(in_bodies.into_iter().map(|unknown| warn(unknown.span, &unknown.reason)));
    warnings
}

/// Names in bodies that do not exist, without those that are reported: the contract says more of a missing function that mutations call.
fn unresolved(bodies: resolve::body::Checked, reported: &[Diagnostic]) -> Vec<Diagnostic> {
    let reported = reported.iter().filter(|diagnostic| diagnostic.code == Code::UNKNOWN_CALL);
    let places = reported
        .flat_map(|diagnostic| diagnostic.primary.iter().chain(&diagnostic.secondary))
        .map(|label| label.span)
        .collect::<Vec<_>>();
    let is_reported = |diagnostic: &Diagnostic| {
        diagnostic.primary.as_ref().is_some_and(|label| places.iter().any(|place| place.contains(label.span)))
    };
    // A name that is wrong in one place of a body is wrong in all of them: that is one mistake.
    let mut found: Vec<Diagnostic> = Vec::new();
    for diagnostic in bodies.diagnostics.into_iter().filter(|diagnostic| !is_reported(diagnostic)) {
        let same = |other: &&mut Diagnostic| {
            (other.code, &other.message, &other.notes) == (diagnostic.code, &diagnostic.message, &diagnostic.notes)
        };
        match (found.iter_mut().rev().find(same), &diagnostic.primary) {
            (Some(first), Some(label)) => first.secondary.push(Label { span: label.span, text: "and here".to_owned() }),
            _ => found.push(diagnostic),
        }
    }
    found
}

/// A diagnostic as the text of a `compile_error!`, in front of which rustc writes `error: `.
fn mistake(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let rendered = render_plain(diagnostic, sources);
    match rendered.strip_prefix(&format!("error[{}]: ", diagnostic.code)) {
        Some(text) => format!("[{}] {text}", diagnostic.code),
        None => rendered,
    }
}
