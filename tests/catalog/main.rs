//! The catalogue that is read from files is the one that a real server has after running them.

#![cfg(test)]

mod ours;
mod run;
mod servers;
mod wrong;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pgmutate_codegen::body::Bodies;
use pgmutate_codegen::catalog::{self, Catalog};
use pgmutate_codegen::diagnostic::Diagnostic;
use pgmutate_codegen::resolve::{self, Majors};
use pgmutate_codegen::source::SourceMap;
use pgmutate_codegen::sql::input::{Inputs, MigrationFolder, Source, SourceKind};

/// A folder of the repository.
fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The entries of a folder, by name.
fn entries(path: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut entries: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    assert!(!entries.is_empty(), "{path} is empty");
    entries
}

/// One set of sources that is read, run and compared.
struct Case {
    name: String,
    map: SourceMap,
    sources: Vec<Source>,
    catalog: Catalog,
}

impl Case {
    fn new(path: &Path, inputs: &Inputs) -> Self {
        let mut map = SourceMap::new();
        let (sources, mistakes) = inputs.load(&mut map);
        none(&map, &mistakes);
        let (catalog, mistakes) = catalog::read(&map, &sources);
        none(&map, &mistakes);
        Self { name: path.file_name().unwrap().to_string_lossy().into_owned(), map, sources, catalog }
    }

    fn schema(path: &Path) -> Self {
        Self::new(path, &Inputs { schema: vec![path.to_owned()], ..Inputs::default() })
    }

    fn migrations(path: &Path) -> Self {
        let migrations = vec![MigrationFolder { path: path.to_owned(), tool: None }];
        Self::new(path, &Inputs { migrations, ..Inputs::default() })
    }

    /// The first major that takes its syntax: `merge_since_15.sql`.
    fn since(&self) -> u32 {
        let stem = self.name.trim_end_matches(".sql");
        stem.rsplit_once("_since_").and_then(|(_, major)| major.parse().ok()).unwrap_or(0)
    }

    /// Runs the sources on a database of their own, and tells where its catalogue is not ours.
    async fn differences(&self) -> String {
        let database = pgmutate_test_support::database().await.unwrap();
        let client = database.connect().await.unwrap();
        if servers::major(&client).await < self.since() {
            return String::new();
        }
        if let Err(error) = run::sources(&client, &self.map, &self.sources).await {
            return format!("== {}\n{error}\n", self.name);
        }
        let mut servers = servers::catalog(&client).await;
        // The event log makes these when a function runs; no file has them.
        servers.retain(|line| !line.contains(" app.mutation_events_from_"));
        let servers = numbered(servers);
        let ours = numbered(ours::catalog(&self.catalog));
        assert!(!servers.is_empty(), "{} defines nothing", self.name);
        let mut differences = String::new();
        for line in servers.difference(&ours) {
            differences.push_str(&format!("server: {line}\n"));
        }
        for line in ours.difference(&servers) {
            differences.push_str(&format!("  ours: {line}\n"));
        }
        // What the server has run is right.
        for mistake in resolve::check(&Bodies::new(&self.catalog, &self.map), Majors::ALL).diagnostics {
            differences.push_str(&format!("finding: {}\n", describe(&self.map, &mistake)));
        }
        match differences.is_empty() {
            true => String::new(),
            false => format!("== {}\n{differences}\n", self.name),
        }
    }
}

/// Lines that may come more than once, each with its number among its like.
fn numbered(mut lines: Vec<String>) -> BTreeSet<String> {
    lines.sort();
    let mut numbered = BTreeSet::new();
    for line in lines {
        let number = (1..).find(|n| !numbered.contains(&format!("{line} #{n}"))).unwrap();
        numbered.insert(format!("{line} #{number}"));
    }
    numbered
}

fn none(map: &SourceMap, mistakes: &[Diagnostic]) {
    let texts: Vec<String> = mistakes.iter().map(|mistake| describe(map, mistake)).collect();
    assert!(texts.is_empty(), "{}", texts.join("\n"));
}

fn describe(map: &SourceMap, mistake: &Diagnostic) -> String {
    let place = mistake.primary.as_ref().map(|label| map.location(label.span)).unwrap_or_default();
    format!("{place}: {}", mistake.message)
}

async fn compare(cases: impl IntoIterator<Item = Case>) {
    let mut differences = String::new();
    for case in cases {
        differences.push_str(&case.differences().await);
    }
    assert!(differences.is_empty(), "\n{differences}");
}

#[tokio::test]
async fn every_construct_is_read_as_the_server_reads_it() {
    compare(entries("fixtures/sql/constructs").iter().map(|path| Case::schema(path))).await;
}

#[tokio::test]
async fn right_bodies_give_no_finding() {
    compare(entries("fixtures/sql/bodies").iter().map(|path| Case::schema(path))).await;
}

#[tokio::test]
async fn whole_schemas_are_read_as_the_server_reads_them() {
    compare(entries("fixtures/sql/schemas").iter().map(|path| Case::schema(path))).await;
}

/// As psql reads it: each file once, where it is included, with the search path that is set there.
#[tokio::test]
async fn included_files_are_read_where_they_are_included() {
    let case = Case::schema(&folder("fixtures/sql/included"));
    assert_eq!(case.sources.len(), 1);
    compare([case]).await;
}

#[tokio::test]
async fn the_shop_is_read_as_the_server_reads_it() {
    let schema = vec![folder("fixtures/shop/sql"), folder("fixtures/shop/event_log.sql")];
    compare([Case::new(&folder("fixtures/shop"), &Inputs { schema, ..Inputs::default() })]).await;
}

#[tokio::test]
async fn migrations_give_what_the_server_has_after_running_them() {
    compare(entries("fixtures/sql/migrations").iter().map(|path| Case::migrations(path))).await;
}

/// What is not understood is listed, and is at most one in a hundred.
#[test]
fn what_is_not_understood_is_listed() {
    let folders = ["constructs", "schemas", "bodies", "unread"].map(|name| format!("fixtures/sql/{name}"));
    let paths =
        folders.iter().flat_map(|folder| entries(folder)).filter(|path| path.extension() != Some("txt".as_ref()));
    let (mut read, mut listed) = (0, String::new());
    for path in paths.chain([folder("fixtures/shop/sql")]) {
        let case = Case::schema(&path);
        let bodies = resolve::check(&Bodies::new(&case.catalog, &case.map), Majors::ALL);
        read += case.catalog.statements() + bodies.tally.statements + bodies.tally.expressions;
        let statements = case.catalog.unknown().iter().map(|unknown| (unknown.span, unknown.reason.clone()));
        let in_bodies = bodies.tally.unknown.iter().map(|unknown| (unknown.span, unknown.reason.to_string()));
        for (span, reason) in statements.chain(in_bodies) {
            let place = case.map.location(span);
            listed.push_str(&format!("{}: {reason}\n", place.rsplit("fixtures/").next().unwrap()));
        }
    }
    let expected = std::fs::read_to_string(folder("fixtures/sql/unread/list.txt")).unwrap();
    assert_eq!(listed, expected);
    assert!(listed.lines().count() * 100 <= read, "{} of {read}", listed.lines().count());
}

/// Reads the files of a folder in this order.
fn read_in_order(paths: &[PathBuf]) -> String {
    let mut map = SourceMap::new();
    let files: Vec<_> = paths
        .iter()
        .map(|path| {
            map.add(path.file_name().unwrap().to_string_lossy(), std::fs::read_to_string(path).unwrap()).unwrap()
        })
        .collect();
    let sources: Vec<_> = files.into_iter().map(|file| Source::whole(&map, file, SourceKind::Schema)).collect();
    let (catalog, mistakes) = catalog::read(&map, &sources);
    none(&map, &mistakes);
    catalog::render::json(&catalog, &resolve::check(&Bodies::new(&catalog, &map), Majors::ALL), &map)
}

#[test]
fn the_order_of_schema_files_changes_nothing() {
    let shop: Vec<PathBuf> = entries("fixtures/shop/sql");
    let folders = entries("fixtures/sql/schemas").into_iter().filter(|path| path.is_dir());
    let folders = folders.map(|path| entries(path.to_str().unwrap()));
    for mut paths in folders.chain([shop]) {
        let expected = read_in_order(&paths);
        assert!(expected.len() > 1000);
        for _ in 0..paths.len() {
            paths.rotate_left(1);
            assert_eq!(read_in_order(&paths), expected);
        }
        paths.reverse();
        assert_eq!(read_in_order(&paths), expected);
    }
}
