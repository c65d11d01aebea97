//! Mutations that cannot be called: a name for editors while the mistake is mended.
//!
//! There may be as many as there are mutations, and all are alike: so they are written as text, which needs no formatting.

use std::fmt::Write as _;

use super::Emitter;
use crate::contract::Skeleton;
use crate::naming::{is_rust_identifier, pascal_case, rust_identifier};

impl Emitter<'_> {
    /// The items of a skeleton, as `prettyplease` would print them; nothing where its name can be none in Rust.
    pub(super) fn skeleton(&self, skeleton: &Skeleton) -> String {
        let name = pascal_case(&skeleton.name);
        if !is_rust_identifier(&name) {
            return String::new();
        }
        let runtime = plain(&self.runtime.to_string());
        let name = rust_identifier(&name);
        let fields = skeleton.arguments.iter().filter(|(name, _)| is_rust_identifier(name)).map(|(name, rust)| {
            let (name, rust) = (rust_identifier(name), plain(&self.rust(rust).to_string()));
            format!("    #[allow(missing_docs)]\n    pub {name}: {rust},\n")
        });
        let fields = fields.collect::<String>();
        let fields = if fields.is_empty() { " {}".to_owned() } else { format!(" {{\n{fields}}}") };
        // A name may hold anything, and a comment ends with its line.
        let function = skeleton.function.escape_default();
        let mut out = String::new();
        let _ = write!(
            out,
            "/// `{function}` cannot be called: the SQL and the manifest disagree about it.
#[derive(Clone, Debug, PartialEq)]
pub struct {name}{fields}

impl {runtime}::Mutation for {name} {{
    const CONTRACT: &'static {runtime}::contract::Contract = &{runtime}::contract::SKELETON;

    fn bind(
        &self,
        _arguments: &mut {runtime}::Arguments,
    ) -> Result<(), {runtime}::BindError> {{
        Ok(())
    }}
}}
"
        );
        out
    }
}

/// Tokens as people space them in paths and types.
fn plain(tokens: &str) -> String {
    let mut out = tokens.to_owned();
    for (spaced, plain) in [(" :: ", "::"), (":: ", "::"), (" < ", "<"), (" > ", ">"), (" >", ">"), (" , ", ", ")] {
        out = out.replace(spaced, plain);
    }
    out
}
