//! A project: where its SQL and its manifest are, and everything that is made of them.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use crate::body::Bodies;
use crate::catalog::{self, Catalog};
use crate::contract::{self, Tables};
use crate::diagnostic::{Code, Diagnostic, Level, render_plain};
use crate::emit::{self, Files};
use crate::event_log;
use crate::graphql;
use crate::infer::{self, Draft};
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
    /// GraphQL schemas, beside those that the manifest names.
    pub schemas: Vec<PathBuf>,
    /// The folder that names in messages and in generated code are relative to.
    pub root: Option<PathBuf>,
    /// What diagnostics do to a build; they count more than the manifest's.
    pub levels: BTreeMap<Code, Level>,
    /// Rust types of scalars by name; they count more than the manifest's.
    pub scalars: BTreeMap<String, String>,
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
    /// The GraphQL schemas, as far as the manifest tells them.
    pub schemas: Vec<PathBuf>,
    /// What the SQL says.
    pub catalog: Catalog,
    /// What the manifest says; `None` where it could not be read.
    pub manifest: Option<Manifest>,
    /// Every mistake, by place.
    pub diagnostics: Vec<Diagnostic>,
    /// The generated files; none where SQL or manifest could not be read. Mistakes are in them, as `compile_error!`.
    pub files: Files,
}

/// SQL or a manifest that could not be read.
#[derive(Debug)]
pub struct Unread {
    /// Every file that was read.
    pub sources: SourceMap,
    /// Every mistake, by place.
    pub diagnostics: Vec<Diagnostic>,
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
        let (mut generated, checked) = self.read_and_check();
        if let Some(checked) = checked {
            let schema = self.schema(&mut generated, &checked);
            let denied = generated.diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Deny);
            let mistakes = denied.map(|diagnostic| mistake(diagnostic, &generated.sources)).collect::<Vec<_>>();
            generated.files = emit::emit(&checked, &mistakes, &self.settings);
            generated.files.extend(schema.map(|text| (emit::SCHEMA.to_owned(), text)));
        }
        generated
    }

    /// The schema of the mutations, if it is asked for and nothing is wrong; what is wrong with it alone is reported.
    fn schema(&self, generated: &mut Generated, checked: &contract::Checked) -> Option<String> {
        let manifest = generated.manifest.as_ref().filter(|_| self.settings.schema && !generated.is_broken())?;
        graphql::write(manifest, &checked.contract).map_err(|mistakes| generated.diagnostics.extend(mistakes)).ok()
    }

    /// Reads and checks, and writes nothing down: `files` is empty.
    pub fn check(&self) -> Generated {
        self.read_and_check().0
    }

    /// Drafts a manifest from the SQL; the manifest that is named is not read.
    ///
    /// # Errors
    /// The SQL, and what is wrong with it, where it cannot be read.
    pub fn infer(&self, log_schema: &str) -> Result<Draft, Unread> {
        let mut sources = SourceMap::relative_to(self.root.clone());
        let (mut files, mut diagnostics) = self.inputs.load(&mut sources);
        files.extend(event_log::source(&mut sources, log_schema));
        let (catalog, mistakes) = catalog::read(&sources, &files);
        diagnostics.extend(mistakes);
        if diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Deny) {
            return Err(Unread { sources, diagnostics });
        }
        Ok(infer::infer(&Bodies::new(&catalog, &sources), log_schema))
    }

    /// The types as the transform sees them. Without SQL they are those of the manifest; with it the answers of mutations are among them.
    ///
    /// # Errors
    /// What is wrong, where a diagnostic fails the build.
    pub fn tables(&self) -> Result<Tables, Unread> {
        if self.inputs.schema.is_empty() && self.inputs.migrations.is_empty() {
            let mut sources = SourceMap::relative_to(self.root.clone());
            let mut diagnostics = Vec::new();
            let tables = match self.read_manifest(&mut sources).0 {
                Ok(manifest) => Tables::of_manifest(&manifest, &sources, &mut diagnostics),
                Err(mistakes) => {
                    diagnostics = mistakes;
                    Tables::default()
                }
            };
            let broken = diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Deny);
            return if broken { Err(Unread { sources, diagnostics }) } else { Ok(tables) };
        }
        let (generated, checked) = self.read_and_check();
        let broken = generated.is_broken();
        match (generated.manifest, checked) {
            (Some(manifest), Some(checked)) if !broken => Ok(Tables::of_project(&manifest, checked)),
            _ => Err(Unread { sources: generated.sources, diagnostics: generated.diagnostics }),
        }
    }

    fn read_and_check(&self) -> (Generated, Option<contract::Checked>) {
        let (mut generated, checked) = self.read_and_compare();
        let mut levels =
            generated.manifest.iter().flat_map(|manifest| manifest.levels.clone()).collect::<BTreeMap<_, _>>();
        let lowered = |code: Code, level: Level| level < code.default_level() && !code.is_lowerable();
        for (code, level) in self.levels.iter().map(|(code, level)| (*code, *level)) {
            if lowered(code, level) {
                generated.diagnostics.push(manifest::fixed_level(code).note("the build script sets it"));
            } else {
                levels.insert(code, level);
            }
        }
        for diagnostic in &mut generated.diagnostics {
            diagnostic.level = levels.get(&diagnostic.code).copied().unwrap_or(diagnostic.level);
        }
        generated.diagnostics.retain(|diagnostic| diagnostic.level > Level::Allow);
        (generated, checked)
    }

    fn read_and_compare(&self) -> (Generated, Option<contract::Checked>) {
        let mut sources = SourceMap::relative_to(self.root.clone());
        let (mut files, mut diagnostics) = self.inputs.load(&mut sources);
        let (manifest, schemas) = self.read_manifest(&mut sources);
        let log_schema = manifest.as_ref().map_or("app", |manifest| &manifest.log_schema);
        files.extend(event_log::source(&mut sources, log_schema));
        let (catalog, mistakes) = catalog::read(&sources, &files);
        diagnostics.extend(mistakes);
        // Half of the SQL would make a mistake of every name in the other half.
        let unread = diagnostics.iter().any(|diagnostic| diagnostic.code == Code::UNREADABLE_FILE);
        let manifest = match manifest {
            Ok(mut manifest) if !unread => {
                for (name, rust) in &self.scalars {
                    diagnostics.extend(contract::name_rust_type(&mut manifest, name, rust).map(|mistake| *mistake));
                }
                manifest
            }
            other => {
                diagnostics.extend(other.as_ref().err().into_iter().flatten().cloned());
                let manifest = other.ok();
                let generated =
                    Generated { sources, sql: files, schemas, catalog, manifest, diagnostics, files: Files::new() };
                return (generated, None);
            }
        };
        let bodies = Bodies::new(&catalog, &sources);
        let checked = contract::check(&bodies, &manifest);
        // What lacks may be in the file that could not be read, so that this is no mistake of its own.
        let incomplete = diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Deny);
        let consequence = |diagnostic: &Diagnostic| incomplete && ABSENT.contains(&diagnostic.code);
        diagnostics.extend(checked.diagnostics.iter().filter(|diagnostic| !consequence(diagnostic)).cloned());
        let names = resolve::check(&bodies, manifest.postgres);
        let torn = diagnostics.iter().filter(|diagnostic| diagnostic.code == Code::UNTERMINATED);
        let torn = torn.filter_map(|diagnostic| Some(diagnostic.primary.as_ref()?.span.file)).collect::<HashSet<_>>();
        diagnostics.extend(names.not_understood(&catalog, |span| torn.contains(&span.file)));
        diagnostics.extend(names.mistakes().into_iter().filter(|diagnostic| !consequence(diagnostic)));
        let manifest = Some(manifest);
        let generated = Generated { sources, sql: files, schemas, catalog, manifest, diagnostics, files: Files::new() };
        (generated, Some(checked))
    }

    /// The manifest with the types of its schemas, and the paths of these.
    fn read_manifest(&self, sources: &mut SourceMap) -> (Result<Manifest, Vec<Diagnostic>>, Vec<PathBuf>) {
        let mut schemas = self.schemas.clone();
        let manifest = self.load_manifest(sources).map_err(|diagnostic| vec![*diagnostic]);
        let manifest = manifest.and_then(|file| manifest::read(sources, file)).and_then(|mut manifest| {
            let folder = self.manifest.parent().unwrap_or(Path::new(""));
            let named = manifest.schema.iter().map(|name| (folder.join(&name.text), Some(name.span)));
            let all = self.schemas.iter().map(|path| (path.clone(), None)).chain(named).collect::<Vec<_>>();
            schemas = all.iter().map(|(path, _)| path.clone()).collect();
            read_schemas(sources, &mut manifest, &all)?;
            Ok(manifest)
        });
        (manifest, schemas)
    }

    fn load_manifest(&self, sources: &mut SourceMap) -> Result<FileId, Box<Diagnostic>> {
        let name = self.manifest.display().to_string();
        let unreadable = |what: String| {
            Box::new(
                Diagnostic::new(Code::UNREADABLE_FILE, format!("cannot read the manifest `{name}`: {what}"))
                    .help("correct its path, or write one: docs/manifest.md says how"),
            )
        };
        if self.manifest.is_dir() {
            let nothing =
                Diagnostic::new(Code::UNREADABLE_FILE, format!("the manifest is a file, and `{name}` is a folder"));
            return Err(Box::new(nothing.help(
                "name it: `.manifest(\"mutations.json\")` in build.rs, `--manifest mutations.json` on the command line",
            )));
        }
        let bytes = std::fs::read(&self.manifest).map_err(|error| unreadable(error.to_string()))?;
        input::add(sources, &name, bytes)
    }
}

/// Gives the manifest the types of the schemas at these paths, each with the place that names it.
#[cfg(feature = "graphql")]
fn read_schemas(
    sources: &mut SourceMap,
    manifest: &mut Manifest,
    paths: &[(PathBuf, Option<Span>)],
) -> Result<(), Vec<Diagnostic>> {
    let mut schemas = graphql::Schemas::default();
    let mut diagnostics = Vec::new();
    for (path, place) in paths {
        let name = path.display().to_string();
        let file = std::fs::read(path).map_err(|error| {
            let message = format!("cannot read the schema `{name}`: {error}");
            let diagnostic = Diagnostic::new(Code::UNREADABLE_FILE, message).help("correct its path");
            Box::new(match place {
                Some(place) => diagnostic.at(*place, "named here, relative to the manifest"),
                None => diagnostic,
            })
        });
        match file.and_then(|bytes| input::add(sources, &name, bytes)) {
            Ok(file) => match graphql::read(sources, file) {
                Ok(schema) => schemas.add(schema),
                Err(mistakes) => diagnostics.extend(mistakes),
            },
            Err(diagnostic) => diagnostics.push(*diagnostic),
        }
    }
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    graphql::complete(manifest, &schemas)
}

/// Nothing here reads GraphQL.
#[cfg(not(feature = "graphql"))]
fn read_schemas(_: &mut SourceMap, _: &mut Manifest, paths: &[(PathBuf, Option<Span>)]) -> Result<(), Vec<Diagnostic>> {
    let Some((_, place)) = paths.first() else { return Ok(()) };
    let message = "this build of pgmutate-codegen does not read GraphQL";
    let diagnostic = Diagnostic::new(Code::MANIFEST_FORM, message)
        .help("ask for it in Cargo.toml: pgmutate-codegen = { version = \"0.1\", features = [\"graphql\"] }");
    Err(vec![match place {
        Some(place) => diagnostic.at(*place, "a schema is named here"),
        None => diagnostic,
    }])
}

/// A diagnostic as the text of a `compile_error!`, in front of which rustc writes `error: `.
fn mistake(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let rendered = render_plain(diagnostic, sources);
    match rendered.strip_prefix(&format!("error[{}]: ", diagnostic.code)) {
        Some(text) => format!("[{}] {text}", diagnostic.code),
        None => rendered,
    }
}
