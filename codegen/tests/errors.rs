//! Broken projects, one mistake each, and what a user is told of them: `fixtures/errors/<case>/expected.txt`.
//!
//! A case is a folder with `schema.sql` or a folder `sql`, and with `mutations.json`; where something else is to be read,
//! `project.txt` names it. `UPDATE_GOLDEN=1` writes the expected files anew: the diff of them is the review.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at once")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use pgmutate_codegen::diagnostic::{Code, Level, render_plain};
use pgmutate_codegen::project::{Generated, Project};
use pgmutate_codegen::sql::input::{MigrationFolder, Tool};

/// Cases that make more than one mistake, and how many.
const SEVERAL: &[(&str, usize)] = &[("all_at_once", 3)];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

fn cases() -> Vec<PathBuf> {
    let folders = std::fs::read_dir(repository().join("fixtures/errors")).unwrap();
    let mut folders = folders.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect::<Vec<_>>();
    folders.sort();
    folders
}

fn name(case: &Path) -> String {
    case.file_name().unwrap().to_string_lossy().into_owned()
}

/// The project in the folder `case`.
fn project(case: &Path) -> Project {
    let mut project =
        Project { root: Some(case.to_owned()), manifest: case.join("mutations.json"), ..Project::default() };
    let Ok(settings) = std::fs::read_to_string(case.join("project.txt")) else {
        let file = case.join("schema.sql");
        project.inputs.schema.push(if file.exists() { file } else { case.join("sql") });
        return project;
    };
    for line in settings.lines() {
        match line.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["schema", path] => project.inputs.schema.push(case.join(path)),
            ["external", path] => project.inputs.external.push(case.join(path)),
            ["graphql", path] => project.schemas.push(case.join(path)),
            ["sdl"] => project.settings.schema = true,
            ["manifest", path] => project.manifest = case.join(path),
            ["migrations", path, tool @ ..] => {
                let tool = tool.first().map(|word| Tool::named(word).unwrap());
                project.inputs.migrations.push(MigrationFolder { path: case.join(path), tool });
            }
            line => panic!("{}: unknown setting {line:?}", case.display()),
        }
    }
    project
}

/// Everything that a user sees, with paths as if the case's folder were the working directory.
fn rendered(case: &Path, generated: &Generated) -> String {
    let diagnostics = generated.diagnostics.iter().map(|diagnostic| render_plain(diagnostic, &generated.sources));
    let text = diagnostics.map(|text| format!("{text}\n")).collect::<Vec<_>>().join("\n");
    text.replace(&format!("{}/", case.display()), "")
}

#[test]
fn every_mistake_is_told_as_expected() {
    let mut failures = String::new();
    for case in cases() {
        let name = name(&case);
        let Ok(generated) = std::panic::catch_unwind(|| project(&case).generate()) else {
            let _ = writeln!(failures, "{name}: panics");
            continue;
        };
        let actual = rendered(&case, &generated);
        let mistakes = SEVERAL.iter().find(|(several, _)| *several == name).map_or(1, |(_, count)| *count);
        if generated.diagnostics.len() != mistakes {
            let found = generated.diagnostics.len();
            let _ = writeln!(failures, "{name}: {mistakes} mistakes and {found} diagnostics\n{actual}");
        }
        let golden = case.join("expected.txt");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&golden, &actual).unwrap();
        }
        if std::fs::read_to_string(&golden).unwrap_or_default() != actual {
            let _ = writeln!(failures, "{name}: expected.txt differs; UPDATE_GOLDEN=1 writes it anew\n{actual}");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn every_code_has_a_case() {
    let reported = cases().into_iter().flat_map(|case| project(&case).generate().diagnostics).map(|it| it.code);
    let reported = reported.collect::<BTreeSet<_>>();
    // What a database has is told by `pgmutate verify`, whose mistakes `tests/verify` makes on a server.
    let of_files = Code::ALL.iter().filter(|code| !(400..500).contains(&code.number()));
    let missing = of_files.filter(|code| !reported.contains(code)).collect::<Vec<_>>();
    assert!(missing.is_empty(), "a code needs a case in fixtures/errors: {missing:?}");
}

fn level(code: Code) -> &'static str {
    match code.default_level() {
        Level::Allow => "allow",
        Level::Warn => "warn",
        Level::Deny => "deny",
    }
}

#[test]
fn every_code_has_its_page() {
    let folder = repository().join("docs/diagnostics");
    let index = std::fs::read_to_string(folder.join("README.md")).unwrap();
    let mut pages = BTreeSet::from(["README.md".to_owned()]);
    for code in Code::ALL {
        let page = format!("{code}.md");
        let text = std::fs::read_to_string(folder.join(&page)).unwrap_or_else(|error| panic!("{page}: {error}"));
        let head = format!("# {code}: {}\n\nDefault level: {}.\n", code.title(), level(*code));
        assert!(text.starts_with(&head), "{page} must start with\n{head}");
        for heading in ["\n## Why it matters\n", "\n## Example\n", "\n## What to do\n"] {
            assert!(text.contains(heading), "{page} must hold{heading}");
        }
        let row = format!("| [{code}]({page}) | {} | {} |", code.title(), level(*code));
        assert!(index.lines().any(|line| line == row), "README.md must hold\n{row}");
        pages.insert(page);
    }
    let found = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let strays = found.filter(|page| !pages.contains(page)).collect::<Vec<_>>();
    assert!(strays.is_empty(), "pages of no code: {strays:?}");
}
