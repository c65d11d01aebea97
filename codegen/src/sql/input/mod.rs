//! Finds and reads the SQL files of a run: schema files, migrations and stubs.

mod decode;
mod glob;
mod migrations;
mod sections;
mod walk;

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

pub(crate) use decode::add;
pub use migrations::Tool;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, SourceMap};

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

/// A file with the part of it that is applied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// The file.
    pub file: FileId,
    /// How its statements count.
    pub kind: SourceKind,
    /// The ranges of bytes that are applied, in order: the whole file, or the up sections.
    pub parts: Vec<Range<usize>>,
}

impl Source {
    /// The whole of a file that is in `map`.
    pub fn whole(map: &SourceMap, file: FileId, kind: SourceKind) -> Self {
        Self { file, kind, parts: vec![Range { start: 0, end: map.file(file).text().len() }] }
    }
}

impl Inputs {
    /// Reads all files into `map`: stubs, then migrations in their order, then schema files by name.
    ///
    /// A file that cannot be used is a diagnostic, and the others are read.
    pub fn load(&self, map: &mut SourceMap) -> (Vec<Source>, Vec<Diagnostic>) {
        let mut loader = Loader { map, sources: Vec::new(), diagnostics: Vec::new() };
        loader.declarative(&self.external, SourceKind::External);
        for folder in &self.migrations {
            loader.migrations(folder);
        }
        loader.declarative(&self.schema, SourceKind::Schema);
        (loader.sources, loader.diagnostics)
    }
}

struct Loader<'a> {
    map: &'a mut SourceMap,
    sources: Vec<Source>,
    diagnostics: Vec<Diagnostic>,
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
                self.sources.push(Source::whole(self.map, file, kind));
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
            self.diagnostics.push(
                Diagnostic::new(
                    Code::UNCLEAR_MIGRATIONS,
                    format!("`{}` does not look like the migrations of a tool", show(&folder.path)),
                )
                .help(
                    "name the tool: sqlx, refinery, flyway, diesel, dbmate or goose; or give the folder as schema files",
                ),
            );
            return;
        };
        let (order, mistakes) = migrations::order(tool, &texts);
        let applied: Vec<_> = order
            .into_iter()
            .filter_map(|i| texts.get(i).zip(read.get(i)))
            .map(|((_, text), (file, _))| (*file, sections::up(tool, text)))
            .collect();
        self.diagnostics.extend(mistakes);
        self.sources.extend(applied.into_iter().map(|(file, parts)| Source {
            file,
            kind: SourceKind::Migration,
            parts,
        }));
    }

    fn read(&mut self, path: &Path) -> Option<FileId> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.diagnostics.push(unreadable(path, &error));
                return None;
            }
        };
        match decode::add(self.map, &show(path), bytes) {
            Ok(file) => Some(file),
            Err(diagnostic) => {
                self.diagnostics.push(*diagnostic);
                None
            }
        }
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
