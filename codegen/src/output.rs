//! Generated files on disk.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::derive::FOLDER;
use crate::emit::Files;

/// A generated file that could not be written or read.
#[derive(Debug)]
pub struct OutputError {
    path: PathBuf,
    action: &'static str,
    cause: io::Error,
}

impl fmt::Display for OutputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} `{}`: {}", self.action, self.path.display(), self.cause)
    }
}

impl std::error::Error for OutputError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

/// Writes `files` into `folder`; what an earlier run left for functions that are gone is removed.
///
/// # Errors
/// The first file that cannot be written or removed.
pub fn write(folder: &Path, files: &Files) -> Result<(), OutputError> {
    let contracts = folder.join(FOLDER);
    create(&contracts)?;
    remove_stale(&contracts, files)?;
    for (name, text) in files {
        replace(&folder.join(name), text)?;
    }
    Ok(())
}

/// Writes one file at once: a reader sees the old text or the new one. A file that is the same already keeps its time.
///
/// # Errors
/// The file cannot be written.
pub fn replace(path: &Path, text: &str) -> Result<(), OutputError> {
    if fs::read(path).is_ok_and(|present| present == text.as_bytes()) {
        return Ok(());
    }
    let error = |cause| OutputError { path: path.to_path_buf(), action: "write", cause };
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.new", std::process::id()));
    let new = path.with_file_name(name);
    fs::write(&new, text).map_err(error)?;
    fs::rename(&new, path).map_err(error)
}

fn create(folder: &Path) -> Result<(), OutputError> {
    fs::create_dir_all(folder).map_err(|cause| OutputError { path: folder.to_path_buf(), action: "create", cause })
}

fn remove_stale(contracts: &Path, files: &Files) -> Result<(), OutputError> {
    let error = |path: &Path, cause| OutputError { path: path.to_path_buf(), action: "clear", cause };
    for entry in fs::read_dir(contracts).map_err(|cause| error(contracts, cause))? {
        let entry = entry.map_err(|cause| error(contracts, cause))?;
        let name = entry.file_name();
        if !files.contains_key(&format!("{FOLDER}/{}", name.to_string_lossy())) {
            fs::remove_file(entry.path()).map_err(|cause| error(&entry.path(), cause))?;
        }
    }
    Ok(())
}
