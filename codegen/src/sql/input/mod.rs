//! Finds and reads the SQL files of a run: schema files, migrations and stubs.

mod decode;
mod glob;
mod include;
mod migrations;
mod sections;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

pub(crate) use decode::add;
pub use migrations::Tool;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, SourceMap, Span};

/// What the user's settings name as SQL.
#[derive(Clone, Default, Debug)]
pub struct Inputs {
    /// Schema files, folders and patterns: their order means nothing.
    pub schema: Vec<PathBuf>,
    /// Folders of migrations, applied in this order and in their tool's order.
    pub migrations: Vec<MigrationFolder>,
    /// Stubs, as files, folders and patterns: what other schemas and extensions bring.
    pub external: Vec<PathBuf>,
}

/// A folder of migrations.
#[derive(Clone, Debug)]
pub struct MigrationFolder {
    /// The folder.
    pub path: PathBuf,
    /// The tool that applies them; `None` to tell by their names and contents.
    pub tool: Option<Tool>,
}

/// How the statements of a file count.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SourceKind {
    /// It declares what other schemas and extensions bring.
    External,
    /// It changes what the files before it made.
    Migration,
    /// It declares objects, and its place among other files means nothing.
    Schema,
}

/// A file with the parts of it that are applied, and with those that it includes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// The file.
    pub file: FileId,
    /// How its statements count.
    pub kind: SourceKind,
    /// What is applied, in order, in one session.
    pub parts: Vec<Part>,
}

/// A piece of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// The file: the source's own, or one that it includes by `\\i` or `\\ir`.
    pub file: FileId,
    /// The bytes: the whole file, an up section, or what stands between two commands that include others.
    pub range: Range<usize>,
}

impl Source {
    /// The whole of a file that is in `map`.
    pub fn whole(map: &SourceMap, file: FileId, kind: SourceKind) -> Self {
        let range = Range { start: 0, end: map.file(file).text().len() };
        Self { file, kind, parts: vec![Part { file, range }] }
    }
}

impl Inputs {
    /// Reads all files into `map`: stubs, then migrations in their order, then schema files by name.
    ///
    /// A file that cannot be used is a diagnostic, and the others are read.
    pub fn load(&self, map: &mut SourceMap) -> (Vec<Source>, Vec<Diagnostic>) {
        let mut loader = Loader {
            map,
            sources: Vec::new(),
            diagnostics: Vec::new(),
            read: BTreeMap::new(),
            paths: BTreeMap::new(),
            included: BTreeSet::new(),
        };
        loader.declarative(&self.external, SourceKind::External);
        for folder in &self.migrations {
            loader.migrations(folder);
        }
        loader.declarative(&self.schema, SourceKind::Schema);
        // What another file includes is applied there, with the search path that is set there.
        let included = std::mem::take(&mut loader.included);
        loader.sources.retain(|source| source.kind == SourceKind::Migration || !included.contains(&source.file));
        (loader.sources, loader.diagnostics)
    }
}

struct Loader<'a> {
    map: &'a mut SourceMap,
    sources: Vec<Source>,
    diagnostics: Vec<Diagnostic>,
    /// What was read, by its real path.
    read: BTreeMap<PathBuf, Option<FileId>>,
    /// Where each file is.
    paths: BTreeMap<FileId, PathBuf>,
    included: BTreeSet<FileId>,
}

impl Loader<'_> {
    fn declarative(&mut self, paths: &[PathBuf], kind: SourceKind) {
        let mut files = Vec::new();
        for path in paths {
            match walk::sql_files(path) {
                Ok(found) => files.extend(found),
                Err(diagnostic) => self.diagnostics.push(*diagnostic),
            }
        }
        // By name, so that the order of arguments and of directory entries changes nothing.
        files.sort();
        // One file may be named twice, as by a folder and a pattern, or through a link.
        let mut seen = BTreeSet::new();
        files.retain(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
        for path in files {
            if let Some(file) = self.read(&path) {
                let whole = Range { start: 0, end: self.map.file(file).text().len() };
                self.push(file, kind, vec![whole]);
            }
        }
    }

    fn migrations(&mut self, folder: &MigrationFolder) {
        let listing = match migrations::list(&folder.path) {
            Ok(listing) => listing,
            Err(diagnostic) => return self.diagnostics.push(*diagnostic),
        };
        let read: Vec<_> = listing.into_iter().filter_map(|entry| Some((self.read(&entry.path)?, entry))).collect();
        let texts: Vec<_> = read.iter().map(|(file, entry)| (entry, self.map.file(*file).text())).collect();
        let tool = folder.tool.or_else(|| migrations::detect(&texts));
        let Some(tool) = tool else {
            let mistake = Diagnostic::new(
                Code::UNCLEAR_MIGRATIONS,
                format!("`{}` does not look like the migrations of a tool", show(&folder.path)),
            );
            // A folder has no place in a text; its first file has.
            let mistake = match read.first() {
                Some((file, _)) => mistake.at(Span::new(*file, 0, 0), "neither its name nor its contents tell a tool"),
                None => mistake,
            };
            let help =
                "name the tool: sqlx, refinery, flyway, diesel, dbmate or goose; or give the folder as schema files";
            self.diagnostics.push(mistake.help(help));
            return;
        };
        let (order, twice) = migrations::order(tool, &texts);
        let applied: Vec<_> = order
            .into_iter()
            .filter_map(|i| texts.get(i).zip(read.get(i)))
            .map(|((_, text), (file, _))| (*file, sections::up(tool, text)))
            .collect();
        for (first, second) in twice {
            let (Some((first, earlier)), Some((second, later))) = (read.get(first), read.get(second)) else { continue };
            let message = format!("`{}` has the version of `{}`", show(&later.path), show(&earlier.path));
            self.diagnostics.push(
                Diagnostic::new(Code::DUPLICATE_MIGRATION, message)
                    .at(Span::new(*second, 0, 0), "which of the two comes first is open")
                    .and(Span::new(*first, 0, 0), "the other one")
                    .help("give one of them another version"),
            );
        }
        for (file, parts) in applied {
            self.push(file, SourceKind::Migration, parts);
        }
    }

    /// Adds a file, with what it includes.
    fn push(&mut self, file: FileId, kind: SourceKind, ranges: Vec<Range<usize>>) {
        let parts = include::parts(self, file, ranges);
        self.sources.push(Source { file, kind, parts });
    }

    /// Reads a file, once.
    fn read(&mut self, path: &Path) -> Option<FileId> {
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if let Some(known) = self.read.get(&real) {
            return *known;
        }
        let decoded = std::fs::read(path).map_err(|error| Box::new(unreadable(path, &error)));
        let file = match decoded.and_then(|bytes| decode::add(self.map, &show(path), bytes)) {
            Ok(file) => Some(file),
            Err(diagnostic) => {
                self.diagnostics.push(*diagnostic);
                None
            }
        };
        self.paths.extend(file.map(|file| (file, path.to_owned())));
        self.read.insert(real, file);
        file
    }
}

/// A path as messages show it.
fn show(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::new(Code::UNREADABLE_FILE, format!("cannot read `{}`: {error}", show(path)))
        .help("correct the path, or the rights of the file")
}
