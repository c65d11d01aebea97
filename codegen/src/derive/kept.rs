//! What is worked out of a file, kept for as long as the file stays as it is.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::SystemTime;

/// One answer for each file. A crate has many derives that ask for the same, and rust-analyzer keeps one process for many edits: so an answer is of one
/// state of its file.
pub(super) struct Kept<T>(LazyLock<Mutex<HashMap<PathBuf, (State, T)>>>);

/// When it was changed, and its length.
type State = (SystemTime, u64);

impl<T: Clone> Kept<T> {
    pub(super) const fn new() -> Self {
        Self(LazyLock::new(Mutex::default))
    }

    /// What `make` makes of the text of a file; `None` where there is none.
    pub(super) fn of(&self, path: &Path, make: impl FnOnce(String) -> T) -> Option<T> {
        let metadata = std::fs::metadata(path).ok()?;
        let state = (metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH), metadata.len());
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match answers.get(path) {
            Some((known, answer)) if *known == state => Some(answer.clone()),
            _ => {
                let answer = make(std::fs::read_to_string(path).ok()?);
                answers.insert(path.to_owned(), (state, answer.clone()));
                Some(answer)
            }
        }
    }
}
