//! What the crate's build script has left for the derives, and what to do where it has left nothing.

use std::path::{Path, PathBuf};

use super::contract_file::FOLDER;

/// What to do where there is no build script.
pub(super) const ADD_BUILD_SCRIPT: &str = "help: add `pgmutate-codegen` to [build-dependencies] and a build.rs with\n      \
     fn main() { pgmutate_codegen::configure().sql(\"sql\").manifest(\"mutations.json\").compile() }";

/// What to do where the build script generates nothing.
pub(super) const CALL_COMPILE: &str =
    "help: let build.rs call `pgmutate_codegen::configure().sql(\"sql\").manifest(\"mutations.json\").compile()`";

/// The version of the generator whose files are understood.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The folder that the build script has written for the derives.
///
/// # Errors
///
/// The crate has no build script; says what cannot be checked then: "the struct".
pub(super) fn folder(out_dir: Option<&Path>, checked: &str) -> Result<PathBuf, String> {
    out_dir.map(|out_dir| out_dir.join(FOLDER)).ok_or_else(|| {
        format!("this crate has no build script, so there is no SQL to check {checked} against\n{ADD_BUILD_SCRIPT}")
    })
}

/// The build script has not called the generator.
pub(super) fn nothing_left(checked: &str) -> String {
    format!("the build script has left no contracts, so there is no SQL to check {checked} against\n{CALL_COMPILE}")
}

/// The build script's generator is of another version.
pub(super) fn other_version() -> String {
    format!(
        "the build script used another version of pgmutate-codegen than this derive, which is {VERSION}\n\
         help: use the same version of `pgmutate` and `pgmutate-codegen`"
    )
}
