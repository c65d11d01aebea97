//! Which migrations a folder holds, which tool made them, and the order in which that tool applies them.

use std::path::{Path, PathBuf};

use super::{sections, show, unreadable, walk};
use crate::diagnostic::{Code, Diagnostic};

/// A tool that applies migrations.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Tool {
    /// `20240101000000_name.sql`, or `.up.sql` with `.down.sql`; also golang-migrate, Supabase and others of this form.
    Sqlx,
    /// `V1__name.sql` and `U2__name.sql`, where U is a migration that may come late.
    Refinery,
    /// `V1.2__name.sql`, `R__name.sql`; `U1__name.sql` undoes and is not applied.
    Flyway,
    /// `2024-01-01-000000_name/up.sql`
    Diesel,
    /// `20240101000000_name.sql` with `-- migrate:up` and `-- migrate:down`.
    Dbmate,
    /// `00001_name.sql` with `-- +goose Up` and `-- +goose Down`.
    Goose,
}

impl Tool {
    /// Every tool with the word that settings use.
    pub const ALL: [(&'static str, Tool); 6] = [
        ("sqlx", Tool::Sqlx),
        ("refinery", Tool::Refinery),
        ("flyway", Tool::Flyway),
        ("diesel", Tool::Diesel),
        ("dbmate", Tool::Dbmate),
        ("goose", Tool::Goose),
    ];

    /// The tool that settings call `word`.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == word).map(|&(_, tool)| tool)
    }

    /// The word that settings use.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, tool)| *tool == self).map_or("", |&(name, _)| name)
    }
}

/// A file of a folder of migrations.
pub(super) struct Entry {
    pub(super) path: PathBuf,
    /// The name of the folder that holds it, and its own name.
    folder: String,
    name: String,
    /// Whether it lies in the folder itself.
    top: bool,
}

/// All SQL files in the folder and below.
pub(super) fn list(path: &Path) -> Result<Vec<Entry>, Box<Diagnostic>> {
    if !path.is_dir() {
        let error = match std::fs::metadata(path) {
            Ok(_) => std::io::Error::from(std::io::ErrorKind::NotADirectory),
            Err(error) => error,
        };
        return Err(Box::new(unreadable(path, &error)));
    }
    let mut found = Vec::new();
    walk::folder(path, &mut Vec::new(), &mut |file| {
        if walk::is_sql(&file) {
            let text = |name: Option<&std::ffi::OsStr>| name.unwrap_or_default().to_string_lossy().into_owned();
            let top = file.parent() == Some(path);
            let folder = text(file.parent().and_then(Path::file_name));
            found.push(Entry { folder, name: text(file.file_name()), top, path: file });
        }
    })?;
    if found.is_empty() {
        let message = format!("the folder `{}` holds no migration", show(path));
        return Err(Box::new(Diagnostic::new(Code::NO_SQL_FILE, message).help("correct the path, or leave it out")));
    }
    Ok(found)
}

/// Tells the tool by contents, then by names.
pub(super) fn detect(entries: &[(&Entry, &str)]) -> Option<Tool> {
    let any = |test: &dyn Fn(&Entry, &str) -> bool| entries.iter().any(|(entry, text)| test(entry, text));
    if any(&|_, text| sections::mentions(Tool::Goose, text)) {
        return Some(Tool::Goose);
    }
    if any(&|_, text| sections::mentions(Tool::Dbmate, text)) {
        return Some(Tool::Dbmate);
    }
    if any(&|entry, _| entry.name == "up.sql" && Version::numbered(&entry.folder).is_some()) {
        return Some(Tool::Diesel);
    }
    let marked = |letter: char| -> Vec<Version> {
        entries.iter().filter_map(|(entry, _)| Version::marked(&entry.name, letter)).collect()
    };
    let (versioned, undo) = (marked('V'), marked('U'));
    if !versioned.is_empty() || !undo.is_empty() {
        // Only flyway has repeatable migrations, versions of several numbers, and an undo for each version.
        let repeatable = any(&|entry, _| entry.name.starts_with("R__"));
        let dotted = versioned.iter().any(|version| version.0.len() > 1);
        let undone = undo.iter().any(|version| versioned.contains(version));
        return Some(if repeatable || dotted || undone { Tool::Flyway } else { Tool::Refinery });
    }
    any(&|entry, _| Version::numbered(&entry.name).is_some()).then_some(Tool::Sqlx)
}

/// The indices of the migrations that are applied, in order, and the pairs of them that have one version.
pub(super) fn order(tool: Tool, entries: &[(&Entry, &str)]) -> (Vec<usize>, Vec<(usize, usize)>) {
    let mut keyed: Vec<(Key, usize)> =
        entries.iter().enumerate().filter_map(|(i, (entry, _))| Some((key(tool, entry)?, i))).collect();
    keyed.sort();
    let twice = keyed.windows(2).filter_map(|pair| {
        let [(Key::Version(a), i), (Key::Version(b), j)] = pair else { return None };
        (a == b).then_some((*i, *j))
    });
    let twice = twice.collect();
    (keyed.into_iter().map(|(_, i)| i).collect(), twice)
}

/// What a migration is sorted by; `None` if its tool does not apply it.
fn key(tool: Tool, entry: &Entry) -> Option<Key> {
    match tool {
        Tool::Sqlx if entry.top && !entry.name.ends_with(".down.sql") => {
            Version::numbered(&entry.name).map(Key::Version)
        }
        Tool::Goose if entry.top => Version::numbered(&entry.name).map(Key::Version),
        // By the name itself, as dbmate sorts.
        Tool::Dbmate if entry.top => Version::numbered(&entry.name).map(|_| Key::Text(entry.name.clone())),
        Tool::Diesel => (entry.name == "up.sql").then(|| {
            let version = entry.folder.split('_').next().unwrap_or_default();
            Key::Text(version.replace('-', ""))
        }),
        Tool::Refinery => {
            let version = Version::marked(&entry.name, 'V').or_else(|| Version::marked(&entry.name, 'U'));
            version.map(Key::Version)
        }
        Tool::Flyway => match entry.name.strip_prefix("R__") {
            Some(description) => Some(Key::Repeatable(description.to_owned())),
            None => Version::marked(&entry.name, 'V').map(Key::Version),
        },
        Tool::Sqlx | Tool::Goose | Tool::Dbmate => None,
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Version(Version),
    Text(String),
    /// Flyway applies these when all versions have been.
    Repeatable(String),
}

/// The numbers of a version, each as its digits without leading zeros, with their count first: so they compare as
/// numbers of any length.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Version(Vec<(usize, String)>);

impl Version {
    /// The number before the first `_` or `-`, or before the file's extension.
    fn numbered(name: &str) -> Option<Self> {
        let digits = name.split(|c: char| !c.is_ascii_digit()).next()?;
        let rest = &name[digits.len()..];
        (!digits.is_empty() && (rest.is_empty() || rest.starts_with(['_', '-', '.']))).then(|| Self::of([digits]))
    }

    /// The version of `V1_2__name.sql`, where the letter is `V`.
    fn marked(name: &str, letter: char) -> Option<Self> {
        let (version, _) = name.strip_prefix(letter)?.split_once("__")?;
        let numbers: Vec<&str> = version.split(['.', '_']).collect();
        let valid = numbers.iter().all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
        valid.then(|| Self::of(numbers))
    }

    fn of<'a>(numbers: impl IntoIterator<Item = &'a str>) -> Self {
        let mut numbers: Vec<_> = numbers
            .into_iter()
            .map(|digits| digits.trim_start_matches('0'))
            .map(|digits| (digits.len(), digits.to_owned()))
            .collect();
        // 1.0 is 1 for flyway.
        while numbers.len() > 1 && numbers.last().is_some_and(|(length, _)| *length == 0) {
            numbers.pop();
        }
        Self(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str) -> Entry {
        let path = PathBuf::from(path);
        let part = |p: Option<&std::ffi::OsStr>| p.unwrap_or_default().to_string_lossy().into_owned();
        let folder = part(path.parent().and_then(Path::file_name));
        Entry { top: folder == "m", folder, name: part(path.file_name()), path }
    }

    fn applied(tool: Tool, paths: &[&str]) -> Vec<String> {
        let entries: Vec<Entry> = paths.iter().map(|path| entry(path)).collect();
        let texts: Vec<(&Entry, &str)> = entries.iter().map(|entry| (entry, "")).collect();
        let (order, mistakes) = order(tool, &texts);
        assert!(mistakes.is_empty(), "{mistakes:?}");
        order.into_iter().map(|i| show(&entries[i].path)).collect()
    }

    fn detected(files: &[(&str, &str)]) -> Option<Tool> {
        let entries: Vec<Entry> = files.iter().map(|(path, _)| entry(path)).collect();
        let texts: Vec<(&Entry, &str)> = entries.iter().zip(files).map(|(entry, (_, text))| (entry, *text)).collect();
        detect(&texts)
    }

    #[test]
    fn versions_are_numbers() {
        let files = ["m/10_c.sql", "m/9_b.sql", "m/0001_a.sql", "m/readme.sql"];
        assert_eq!(applied(Tool::Sqlx, &files), ["m/0001_a.sql", "m/9_b.sql", "m/10_c.sql"]);
    }

    #[test]
    fn down_parts_are_left_out() {
        assert_eq!(applied(Tool::Sqlx, &["m/1_a.down.sql", "m/1_a.up.sql"]), ["m/1_a.up.sql"]);
        assert_eq!(
            applied(Tool::Diesel, &["m/2024-02-01-0_b/up.sql", "m/2024-01-01-0_a/down.sql", "m/2024-01-01-0_a/up.sql"]),
            ["m/2024-01-01-0_a/up.sql", "m/2024-02-01-0_b/up.sql"]
        );
    }

    #[test]
    fn flyway_sorts_numbers_and_runs_repeatable_ones_last() {
        let files = ["m/R__a.sql", "m/V1_10__c.sql", "m/V1.2__b.sql", "m/U1.2__b.sql", "m/sub/V1__a.sql"];
        assert_eq!(applied(Tool::Flyway, &files), ["m/sub/V1__a.sql", "m/V1.2__b.sql", "m/V1_10__c.sql", "m/R__a.sql"]);
        assert_eq!(applied(Tool::Refinery, &["m/U2__b.sql", "m/V1__a.sql"]), ["m/V1__a.sql", "m/U2__b.sql"]);
    }

    #[test]
    fn tools_are_told_apart() {
        assert_eq!(detected(&[("m/1_a.sql", "-- +goose Up\n")]), Some(Tool::Goose));
        assert_eq!(detected(&[("m/1_a.sql", "-- migrate:up\n")]), Some(Tool::Dbmate));
        assert_eq!(detected(&[("m/2024-01-01-000000_a/up.sql", "")]), Some(Tool::Diesel));
        assert_eq!(detected(&[("m/V1__a.sql", ""), ("m/U2__b.sql", "")]), Some(Tool::Refinery));
        assert_eq!(detected(&[("m/V1__a.sql", ""), ("m/U1__a.sql", "")]), Some(Tool::Flyway));
        assert_eq!(detected(&[("m/V1.1__a.sql", "")]), Some(Tool::Flyway));
        assert_eq!(detected(&[("m/1_a.up.sql", "")]), Some(Tool::Sqlx));
        assert_eq!(detected(&[("m/tables.sql", "")]), None);
    }

    #[test]
    fn one_version_twice_is_told() {
        let entries = [entry("m/1_a.sql"), entry("m/01_b.sql")];
        let texts: Vec<(&Entry, &str)> = entries.iter().map(|entry| (entry, "")).collect();
        let (_, mistakes) = order(Tool::Sqlx, &texts);
        assert_eq!(mistakes, [(0, 1)]);
    }
}
