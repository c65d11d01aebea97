//! Files, folders and patterns to the list of SQL files behind them.

use std::path::{Component, Path, PathBuf};

use super::{glob, show, unreadable};
use crate::diagnostic::{Code, Diagnostic};

/// The SQL files that `path` names: itself, all in the folder and below, or all that match the pattern.
pub(super) fn sql_files(path: &Path) -> Result<Vec<PathBuf>, Box<Diagnostic>> {
    let mut found = Vec::new();
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            folder(path, &mut Vec::new(), &mut |file| {
                if is_sql(&file) {
                    found.push(file);
                }
            })?;
            if found.is_empty() {
                return Err(nothing(format!("the folder `{}` holds no SQL file", show(path))));
            }
        }
        Ok(_) => found.push(path.to_owned()),
        Err(_) if glob::is_pattern(&show(path)) => {
            let (root, pattern) = split_pattern(path);
            if root.is_dir() {
                folder(&root, &mut Vec::new(), &mut |file| {
                    let below = file.strip_prefix(&root).map(show).unwrap_or_default();
                    let names: Vec<&str> = below.split('/').collect();
                    let pattern: Vec<&str> = pattern.split('/').collect();
                    if glob::matches(&pattern, &names) {
                        found.push(file);
                    }
                })?;
            }
            if found.is_empty() {
                return Err(nothing(format!("the pattern `{}` matches no file", show(path))));
            }
        }
        Err(error) => return Err(Box::new(unreadable(path, &error))),
    }
    // `./a.sql` is `a.sql` for people.
    Ok(found.into_iter().map(|file| file.strip_prefix(".").map(Path::to_owned).unwrap_or(file)).collect())
}

/// The file name's end, in any case.
pub(super) fn is_sql(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("sql"))
}

fn nothing(message: String) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::NO_SQL_FILE, message).help("correct the path, or leave it out"))
}

/// Calls `each` for every file below `path`, folders by name; `above` holds the folders on the way here.
pub(super) fn folder(
    path: &Path,
    above: &mut Vec<PathBuf>,
    each: &mut dyn FnMut(PathBuf),
) -> Result<(), Box<Diagnostic>> {
    let real = path.canonicalize().map_err(|error| unreadable(path, &error))?;
    if above.contains(&real) {
        let message = format!("the folder `{}` leads back to a folder above it", show(path));
        let mistake = Diagnostic::new(Code::FOLDER_LOOP, message).note(format!("it is `{}`", show(&real)));
        return Err(Box::new(mistake.help("remove the link, or name the files")));
    }
    above.push(real);
    let entries = std::fs::read_dir(path).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let mut entries = entries.map_err(|error| unreadable(path, &error))?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        // `.git` and an editor's files are no part of a schema.
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.path().is_dir() {
            folder(&entry.path(), above, each)?;
        } else {
            each(entry.path());
        }
    }
    above.pop();
    Ok(())
}

/// The folder before the first name with a wildcard, and the rest.
fn split_pattern(path: &Path) -> (PathBuf, String) {
    let mut root = PathBuf::new();
    let mut pattern = Vec::new();
    for component in path.components() {
        let name = component.as_os_str().to_string_lossy();
        match component {
            Component::Normal(_) if !pattern.is_empty() || glob::is_pattern(&name) => pattern.push(name.into_owned()),
            _ => root.push(component),
        }
    }
    if root.as_os_str().is_empty() {
        root.push(".");
    }
    (root, pattern.join("/"))
}
