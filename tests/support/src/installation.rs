//! PostgreSQL's server binaries, wherever they have been installed.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What a private server is made with. All three must lie in one folder.
const PROGRAMS: [&str; 3] = ["postgres", "initdb", "pg_ctl"];

/// A folder with the binaries of a PostgreSQL server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Installation {
    pub(crate) bin: PathBuf,
    pub(crate) version: Version,
}

/// A version as PostgreSQL counts since 10: major and minor. A beta or a development version counts as minor 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    pub(crate) major: u32,
    pub(crate) minor: u32,
}

impl Installation {
    /// The installation whose binaries are in `folder`, or to whose binaries the links in `folder` lead.
    pub(crate) fn at(folder: &Path) -> Option<Installation> {
        let postgres = folder.join("postgres").canonicalize().ok()?;
        let bin = postgres.parent()?.to_path_buf();
        if !PROGRAMS.iter().all(|program| bin.join(program).is_file()) {
            return None;
        }
        let output = Command::new(&postgres).arg("--version").output().ok()?;
        let version = Version::parse(std::str::from_utf8(&output.stdout).ok()?)?;
        Some(Installation { bin, version })
    }
}

impl Version {
    /// Reads the answer of `postgres --version`: `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
    fn parse(answer: &str) -> Option<Version> {
        let (_, version) = answer.split_once("(PostgreSQL) ")?;
        let (major, rest) = version.split_at(version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len()));
        let minor = rest.strip_prefix('.').unwrap_or_default();
        let minor = minor.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        Some(Version { major: major.parse().ok()?, minor: minor.parse().unwrap_or(0) })
    }
}

/// The existing folders that `pattern` names, a path in which one component may hold a `*`.
pub(crate) fn matching_folders(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else {
        let folder = PathBuf::from(pattern);
        return if folder.is_dir() { vec![folder] } else { Vec::new() };
    };
    let (parent, prefix) = before.rsplit_once('/').unwrap_or((".", before));
    let (suffix, below) = after.split_once('/').unwrap_or((after, ""));
    let mut folders: Vec<PathBuf> = std::fs::read_dir(if parent.is_empty() { "/" } else { parent })
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            let rest = name.to_str().and_then(|name| name.strip_prefix(prefix));
            rest.is_some_and(|rest| rest.ends_with(suffix))
        })
        .map(|entry| entry.path().join(below))
        .filter(|folder| folder.is_dir())
        .collect();
    folders.sort();
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form_of_version() {
        let parse = |version: &str| Version::parse(&format!("postgres (PostgreSQL) {version}"));
        let version = |major, minor| Some(Version { major, minor });
        assert_eq!(parse("15.18 (Debian 15.18-0+deb12u1)\n"), version(15, 18));
        assert_eq!(parse("18.1\n"), version(18, 1));
        assert_eq!(parse("19beta2\n"), version(19, 0));
        assert_eq!(parse("19devel"), version(19, 0));
        assert_eq!(parse("devel"), None);
        assert_eq!(Version::parse("psql: error"), None);
    }

    #[test]
    fn a_star_stands_for_part_of_one_name() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["pgsql-14/bin", "pgsql-16/bin", "pgsql-17/lib", "other/bin"] {
            std::fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        let found = matching_folders(&format!("{}/pgsql-*/bin", root.path().display()));
        assert_eq!(found, [root.path().join("pgsql-14/bin"), root.path().join("pgsql-16/bin")]);
        assert_eq!(matching_folders(&format!("{}/other/bin", root.path().display())), [root.path().join("other/bin")]);
        assert_eq!(matching_folders("/nonexistent/*/bin"), Vec::<PathBuf>::new());
    }
}
