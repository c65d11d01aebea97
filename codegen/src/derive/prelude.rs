//! Whether a struct may stand in a module without the prelude: there `#[diagnostic::...]` is no name, and no derive is told.

use std::path::Path;

use super::kept::Kept;

const ATTRIBUTE: &str = "no_implicit_prelude";

/// Whether the file, or one of those that its module can lie in, takes the prelude away. Where it does so for another module, an error is worded
/// less well, and nothing else comes of it.
pub(super) fn may_be_missing(source: &Path) -> bool {
    if says(source) {
        return true;
    }
    // `src/a/b.rs` is in `src/a.rs` or `src/a/mod.rs`, and that in `src/lib.rs` or `src/main.rs`.
    let folders = source.ancestors().skip(1).take_while(|folder| !folder.join("Cargo.toml").is_file());
    folders.filter(|folder| !folder.as_os_str().is_empty()).any(|folder| {
        let beside = folder.with_extension("rs");
        ["mod.rs", "lib.rs", "main.rs"].iter().any(|name| says(&folder.join(name))) || says(&beside)
    })
}

/// A file with many structs is searched once for all of them.
fn says(path: &Path) -> bool {
    static ANSWERS: Kept<bool> = Kept::new();
    ANSWERS.of(path, |text| text.contains(ATTRIBUTE)).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_looked_for_in_every_file_around() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            path
        };
        write("Cargo.toml", "");
        write("src/lib.rs", "mod a;");
        write("src/a.rs", "#![no_implicit_prelude] mod b;");
        assert!(may_be_missing(&write("src/a/b.rs", "struct B;")));
        assert!(may_be_missing(&write("tests/it.rs", "#[no_implicit_prelude] mod bare {}")));
        assert!(!may_be_missing(&write("src/c.rs", "struct C;")));
        assert!(!may_be_missing(Path::new("nowhere.rs")));
    }
}
