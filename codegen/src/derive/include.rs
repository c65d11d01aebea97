//! `include_mutations!()`.

use std::path::Path;

use proc_macro2::TokenStream;
use quote::quote;

use super::build_script::{ADD_BUILD_SCRIPT, CALL_COMPILE};

/// Includes what the build script generated; `out_dir` is where it wrote, if the crate has one.
///
/// The path is whole: of `env!("OUT_DIR", "what to do without one")` rust-analyzer makes no path.
pub fn include_mutations(arguments: &TokenStream, out_dir: Option<&Path>) -> TokenStream {
    if !arguments.is_empty() {
        return mistake(
            "`include_mutations!()` takes nothing",
            "help: build.rs says which manifest and which SQL is read",
        );
    }
    let Some(path) = out_dir.map(|folder| folder.join("mutations.rs")) else {
        return mistake("this crate has no build script, so there are no mutations to include", ADD_BUILD_SCRIPT);
    };
    if !path.is_file() {
        return mistake("the build script has generated nothing, so there are no mutations to include", CALL_COMPILE);
    }
    let path = path.to_string_lossy();
    quote!(::core::include!(#path);)
}

fn mistake(message: &str, help: &str) -> TokenStream {
    let message = format!("{message}\n{help}");
    quote!(::core::compile_error!(#message);)
}
