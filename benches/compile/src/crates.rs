//! The crates that are compiled, each with all functions and with none.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use pgmutate_codegen::project::Project;
use pgmutate_test_support::{Database, Server};
use tokio::runtime::Runtime;

use crate::{measure, project};

/// A way to call the functions.
pub struct Subject {
    pub name: &'static str,
    /// The word for it on the command line, and the stem of the names of its crates.
    pub stem: &'static str,
    /// The crate that calls all functions.
    pub full: PathBuf,
    /// The crate that calls none, with the same dependencies.
    pub empty: PathBuf,
    /// What its compilation needs.
    pub environment: &'static [(&'static str, &'static str)],
}

/// A crate's files by path, but for its manifest and `lib.rs`.
type Files = Vec<(String, String)>;

const PGMUTATE: &str =
    "pgmutate = { path = \"../../../runtime\" }\ntokio-postgres = { version = \"0.7\", default-features = false }\n";
const PGMUTATE_SERDE: &str = "pgmutate = { path = \"../../../runtime\", features = [\"serde\"] }
serde = { version = \"1\", features = [\"derive\"] }
tokio-postgres = { version = \"0.7\", default-features = false }\n";
const SQLX: &str = "sqlx = { version = \"0.9\", default-features = false, features = [\"json\", \"macros\", \"postgres\", \"runtime-tokio\", \"uuid\"] }
serde_json = \"1\"\nuuid = \"1\"\n";
const OPTIMISED: &str = "\n[profile.dev.package.sqlx-macros]\nopt-level = 3\n";
const OFFLINE: &[(&str, &str)] = &[("SQLX_OFFLINE", "true")];

/// Every subject: its name, its stem, and what its compilation needs.
const SUBJECTS: [(&str, &str, &[(&str, &str)]); 6] = [
    ("pgmutate", "pgmutate", &[]),
    ("pgmutate, with serde's derives", "serde", &[]),
    ("pgmutate, derives on hand-written structs", "derives", &[]),
    ("sqlx `query!`, offline", "sqlx", OFFLINE),
    ("sqlx `query!`, offline, its macros optimised", "sqlx_fast", OFFLINE),
    ("clorinde", "clorinde", &[]),
];

/// Every way to call the functions, with its crates below `folder`.
pub fn subjects(folder: &Path) -> Vec<Subject> {
    let subject = |&(name, stem, environment): &(&'static str, &'static str, &'static [_])| Subject {
        name,
        stem,
        full: folder.join(format!("{stem}_all")),
        empty: folder.join(format!("{stem}_none")),
        environment,
    };
    SUBJECTS.iter().map(subject).collect()
}

/// Writes all crates below `folder`.
pub fn write(folder: &Path, entities: usize) {
    let _ = fs::remove_dir_all(folder.join("sql"));
    project::write(folder, entities * 3);
    let pair = |stem: &str, dependencies: &str, full: Files| {
        package(folder, &format!("{stem}_none"), dependencies, &Files::new());
        package(folder, &format!("{stem}_all"), dependencies, &full)
    };
    pair("pgmutate", PGMUTATE, generated(folder, entities, false));
    pair("serde", PGMUTATE_SERDE, generated(folder, entities, true));
    pair("derives", PGMUTATE, derives(folder, entities));
    let server = Deployed::new(folder);
    for (stem, profile) in [("sqlx", ""), ("sqlx_fast", OPTIMISED)] {
        let full = pair(stem, &format!("{SQLX}{profile}"), queries(entities));
        let kept = full.join(".sqlx");
        fs::create_dir_all(&kept).expect("a folder");
        let kept = kept.canonicalize().expect("a folder").display().to_string();
        let online = [("DATABASE_URL", server.url()), ("SQLX_OFFLINE_DIR", kept)];
        let online = online.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>();
        measure::cargo(&full, &["check"], false, &online);
    }
    clorinde(folder, entities, &server);
}

/// Writes a package and gives its folder.
fn package(folder: &Path, name: &str, dependencies: &str, files: &Files) -> PathBuf {
    let package = folder.join(name);
    let _ = fs::remove_dir_all(package.join("src"));
    let mut modules = String::from("//! Compiled by a benchmark.\n\npub mod edit;\n");
    let write = |path: &str, text: &str| {
        let path = package.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    for (path, text) in files {
        if let Some(module) = path.strip_prefix("src/").and_then(|path| path.strip_suffix(".rs")) {
            let _ = writeln!(modules, "pub mod {module};");
        }
        write(path, text);
    }
    write("src/edit.rs", "");
    write("src/lib.rs", &modules);
    let build = if files.iter().any(|(path, _)| path == "build.rs") {
        "\n[build-dependencies]\npgmutate-codegen = { path = \"../../../codegen\" }\n"
    } else {
        ""
    };
    let (dependencies, profile) = dependencies
        .split_once("\n[profile")
        .map_or((dependencies, String::new()), |(own, profile)| (own, format!("\n[profile{profile}")));
    let manifest = format!(
        "[workspace]\n\n[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}\n{build}{profile}"
    );
    write("Cargo.toml", &manifest);
    package
}

/// What `pgmutate generate` writes into a file that is checked in, and a caller of each mutation.
fn generated(folder: &Path, entities: usize, serde: bool) -> Files {
    let mut project = Project { manifest: folder.join("mutations.json"), ..Project::default() };
    project.inputs.schema.push(folder.join("sql"));
    project.settings.serde = serde;
    let generated = project.generate();
    assert!(!generated.is_broken(), "{:?}", generated.diagnostics);
    let mut callers = String::from(
        "//! Calls.\n\nuse pgmutate::{Answer, Error, Mutation, types::Uuid};\nuse tokio_postgres::Client;\n\nuse crate::mutations::*;\n",
    );
    for n in 0..entities {
        let _ = write!(
            callers,
            "
pub async fn create_part_{n}(client: &Client, input: CreatePart{n}Input) -> Result<Answer, Error> {{
    app::CreatePart{n} {{ input }}.execute(client).await
}}

pub async fn update_part_{n}(client: &Client, part_id: Uuid, input: UpdatePart{n}Input) -> Result<Answer, Error> {{
    app::UpdatePart{n} {{ part_id, input }}.execute(client).await
}}

pub async fn delete_part_{n}(client: &Client, part_id: Uuid) -> Result<Answer, Error> {{
    app::DeletePart{n} {{ part_id }}.execute(client).await
}}
"
        );
    }
    let mutations = generated.files["mutations.rs"].clone();
    vec![("src/mutations.rs".to_owned(), mutations), ("src/callers.rs".to_owned(), callers)]
}

/// A hand-written struct for each mutation, which reads that function's own contract file, and no other.
fn derives(folder: &Path, entities: usize) -> Files {
    let mut callers = String::from(
        "//! Calls.\n\nuse pgmutate::{Answer, Error, Mutation, types::{RawJson, Uuid}};\nuse tokio_postgres::Client;\n",
    );
    for n in 0..entities {
        for (name, function, fields) in [
            ("Create", "create", "input: RawJson"),
            ("Update", "update", "part_id: Uuid, pub input: RawJson"),
            ("Delete", "delete", "part_id: Uuid"),
        ] {
            let _ = write!(
                callers,
                "
#[derive(pgmutate::Mutation)]
#[mutation(function = \"app.{function}_part_{n}\")]
pub struct {name}{n} {{
    pub {fields},
}}

pub async fn {function}_part_{n}(client: &Client, part: {name}{n}) -> Result<Answer, Error> {{
    part.execute(client).await
}}
"
            );
        }
    }
    let folder = folder.canonicalize().expect("the folder");
    let build = format!(
        "fn main() {{\n    pgmutate_codegen::configure().sql({:?}).manifest({:?}).compile();\n}}\n",
        folder.join("sql"),
        folder.join("mutations.json")
    );
    vec![("build.rs".to_owned(), build), ("src/callers.rs".to_owned(), callers)]
}

fn queries(entities: usize) -> Files {
    let mut callers = String::from("//! Calls.\n\nuse serde_json::Value;\nuse sqlx::PgPool;\nuse uuid::Uuid;\n");
    for n in 0..entities {
        for (function, parameters, arguments, values) in [
            ("create", "input: Value", "input => $1", "input"),
            ("update", "part_id: Uuid, input: Value", "part_id => $1, input => $2", "part_id, input"),
            ("delete", "part_id: Uuid", "part_id => $1", "part_id"),
        ] {
            let _ = write!(
                callers,
                "
pub async fn {function}_part_{n}(pool: &PgPool, {parameters}) -> Result<Option<Value>, sqlx::Error> {{
    let row = sqlx::query!(\"SELECT app.{function}_part_{n}({arguments}) AS response\", {values});
    Ok(row.fetch_one(pool).await?.response)
}}
"
            );
        }
    }
    vec![("src/callers.rs".to_owned(), callers)]
}

/// The crate that clorinde writes, as it writes it; the crate of none has one query, without which there is none.
fn clorinde(folder: &Path, entities: usize, server: &Deployed) {
    for (name, entities) in [("clorinde_all", entities), ("clorinde_none", 0)] {
        let queries = folder.join(format!("{name}_queries"));
        fs::create_dir_all(&queries).expect("a folder");
        let mut text = String::from("--! none\nSELECT 1 AS one;\n");
        for n in 0..entities {
            let _ = write!(
                text,
                "
--! create_part_{n}
SELECT app.create_part_{n}(input => :input) AS response;

--! update_part_{n}
SELECT app.update_part_{n}(part_id => :part_id, input => :input) AS response;

--! delete_part_{n}
SELECT app.delete_part_{n}(part_id => :part_id) AS response;
"
            );
        }
        fs::write(queries.join("parts.sql"), text).expect("a file");
        let package = folder.join(name);
        let config = clorinde::config::Config::builder().queries(&queries).destination(&package).name(name).build();
        server.runtime.block_on(async {
            let client = server.database.connect().await.expect("a connection");
            tokio::task::block_in_place(|| clorinde::gen_live(&client, config)).expect("clorinde generates");
        });
        let manifest = fs::read_to_string(package.join("Cargo.toml")).expect("clorinde's manifest");
        fs::write(package.join("Cargo.toml"), format!("{manifest}\n[workspace]\n")).expect("a manifest");
        let mut lib = fs::read_to_string(package.join("src/lib.rs")).expect("clorinde's library");
        let mut callers = String::from("//! Calls.\n\nuse serde_json::Value;\nuse uuid::Uuid;\n\nuse tokio_postgres::Client;\n\nuse crate::queries::parts;\n");
        for n in 0..entities {
            for (function, parameters, values) in [
                ("create", "input: &Value", "input"),
                ("update", "part_id: &Uuid, input: &Value", "part_id, input"),
                ("delete", "part_id: &Uuid", "part_id"),
            ] {
                let _ = write!(
                    callers,
                    "
pub async fn {function}_part_{n}(client: &Client, {parameters}) -> Result<Value, tokio_postgres::Error> {{
    parts::{function}_part_{n}().bind(client, {values}).one().await
}}
"
                );
            }
        }
        fs::write(package.join("src/callers.rs"), if entities > 0 { &callers } else { "" }).expect("a file");
        fs::write(package.join("src/edit.rs"), "").expect("a file");
        lib.push_str("pub mod callers;\npub mod edit;\n");
        fs::write(package.join("src/lib.rs"), lib).expect("a file");
    }
}

/// A server of its own with the functions.
struct Deployed {
    runtime: Runtime,
    database: Database,
    _server: Server,
}

impl Deployed {
    fn new(folder: &Path) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let (server, database) = runtime.block_on(async {
            let server = Server::start().await.expect("a server");
            let database = server.database().await.expect("a database");
            let client = database.connect().await.expect("a connection");
            let mut files = fs::read_dir(folder.join("sql"))
                .expect("the SQL")
                .map(|entry| entry.expect("a file").path())
                .collect::<Vec<_>>();
            // `schemas.sql` first.
            files.sort_by(|a, b| b.cmp(a));
            for file in files {
                client.batch_execute(&fs::read_to_string(file).expect("a file")).await.expect("the SQL is deployed");
            }
            (server, database)
        });
        Self { runtime, database, _server: server }
    }

    fn url(&self) -> String {
        self.database.url()
    }
}
