//! The library behind `pgmutate-macros`: tokens in, tokens out, so that it can be tested without a compiler.
//!
//! `#[derive(Mutation)]` stands on two kinds of struct. On a generated one, attributes carry all that is needed. On a
//! hand-written one, `#[mutation(function = "...")]` names the function, and what the generator knows of it is read from the
//! file that it left in `OUT_DIR` for that function alone.
//!
//! `include_mutations!()` includes what the build script generated.
//!
//! `Output`, `MutationError` and `Event` stand on what answers and events are read into, `Input` on what is sent. Hand-written ones that say what they
//! stand for are checked against the manifest's declaration, which the generator left for all of them in one file.

mod attribute;
mod build_script;
mod contract_file;
mod declaration;
mod declared;
mod error;
mod event;
mod form;
mod include;
mod input;
mod kept;
mod mistakes;
mod mutation;
mod output;
mod prelude;
#[cfg(feature = "generator")]
#[cfg(test)]
mod tests;
mod words;

pub use contract_file::{ArgumentLine, ContractFile, FOLDER, Presence, file_stem};
pub use declaration::{DECLARATIONS, Declaration, FieldLine, Kind, render_declarations};
pub use error::derive_mutation_error;
pub use event::derive_event;
pub use include::include_mutations;
pub use input::derive_input;
pub use mutation::derive_mutation;
pub use output::derive_output;
