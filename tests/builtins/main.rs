//! Writes `codegen/data/builtins.tsv`: what a PostgreSQL server has before anybody adds to it, and what each of its
//! extensions adds.
//!
//! Each run merges one major version into the file, so all of them come from real servers:
//!
//! ```text
//! for major in 14 15 16 17 18; do PGMUTATE_TEST_POSTGRES=$major cargo run -p pgmutate-tests --bin builtins; done
//! ```
//!
//! A line belongs to the section of the extension above it, the first to the server itself. Its fields are apart by
//! tabs; the first says for which majors it holds (`*` for all that the file knows), the second what it is:
//!
//! ```text
//! f name kind arguments result    a function; kind f, a, w or p, with s for a set
//! o name left right result        an operator; `-` for no left operand
//! c source target context         a cast; i implicit, a on assignment, e explicit
//! t name category preferred kind  a type of an extension
//! r schema.name columns           a table or view
//! ```
//!
//! Arguments and columns are `name:type`, a default is `=` behind the type, VARIADIC is `*` before it.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;

use tokio_postgres::Client;

mod queries;

/// Lines with the majors that have them, by section.
type Sections = BTreeMap<String, BTreeMap<String, BTreeSet<u32>>>;

const SERVER: &str = "";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../codegen/data/builtins.tsv");
    let (mut majors, mut sections) = std::fs::read_to_string(&path).map(|text| parse(&text)).unwrap_or_default();
    let server = pgmutate_test_support::server().await?;
    let database = server.database().await?;
    let client = database.connect().await?;
    let version: String = client.query_one("SHOW server_version_num", &[]).await?.get(0);
    let major = version.parse::<u32>()? / 10_000;
    majors.insert(major);
    for lines in sections.values_mut() {
        for of in lines.values_mut() {
            of.remove(&major);
        }
    }
    let mut add = |section: &str, line: String| {
        sections.entry(section.to_owned()).or_default().entry(line).or_default().insert(major);
    };
    for line in queries::server(&client).await? {
        add(SERVER, line);
    }
    for extension in available(&client).await? {
        // Some need what is not installed, such as a language; they are left out.
        if client.batch_execute(&format!("CREATE EXTENSION {extension:?} CASCADE")).await.is_ok() {
            for line in queries::extension(&client, &extension).await? {
                add(&extension, line);
            }
        }
    }
    std::fs::write(path, render(&majors, &sections))?;
    println!("PostgreSQL {major} is in the file");
    Ok(())
}

async fn available(client: &Client) -> Result<Vec<String>, tokio_postgres::Error> {
    let sql = "SELECT name FROM pg_available_extensions WHERE name <> 'plpgsql' ORDER BY name";
    Ok(client.query(sql, &[]).await?.iter().map(|row| row.get(0)).collect())
}

fn parse(text: &str) -> (BTreeSet<u32>, Sections) {
    let mut sections = Sections::new();
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let numbers = |text: &str| text.split(',').filter_map(|number| number.parse().ok()).collect::<BTreeSet<u32>>();
    let majors = lines.next().map(numbers).unwrap_or_default();
    let mut section = SERVER.to_owned();
    for line in lines {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
        } else if let Some((of, line)) = line.split_once('\t') {
            let of = if of == "*" { majors.clone() } else { numbers(of) };
            sections.entry(section.clone()).or_default().insert(line.to_owned(), of);
        }
    }
    (majors, sections)
}

fn render(majors: &BTreeSet<u32>, sections: &Sections) -> String {
    let list = |of: &BTreeSet<u32>| of.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
    let mut text = "# Written by tests/builtins from real servers; not to be edited.\n".to_owned();
    text.push_str(&format!("{}\n", list(majors)));
    for (name, lines) in sections {
        if name != SERVER {
            text.push_str(&format!("[{name}]\n"));
        }
        for (line, of) in lines.iter().filter(|(_, of)| !of.is_empty()) {
            let of = if of == majors { "*".to_owned() } else { list(of) };
            text.push_str(&format!("{of}\t{line}\n"));
        }
    }
    text
}
