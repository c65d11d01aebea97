//! The derive macros of pgmutate: a door to the library in `pgmutate-codegen`, no rooms.

use proc_macro::TokenStream;

/// Makes a struct callable: its fields are the arguments of a PostgreSQL function.
///
/// On a struct of your own, `#[mutation(function = "app.delete_customer")]` names the function. The fields are checked
/// against its arguments when the crate compiles: the build script's generator has read them from the SQL. A field that goes
/// by another name than its argument says `#[argument(name = "type")]`. An argument with a DEFAULT may be left out of the
/// struct, or be an `Option` or a `Patch`.
#[proc_macro_derive(Mutation, attributes(mutation, argument))]
pub fn derive_mutation(input: TokenStream) -> TokenStream {
    let out_dir = std::env::var_os("OUT_DIR").map(std::path::PathBuf::from);
    pgmutate_codegen::derive::derive_mutation(input.into(), out_dir.as_deref()).into()
}

/// Makes a struct an input object: it travels as jsonb, each field under its own name or under `#[input(key = "...")]`.
#[proc_macro_derive(Input, attributes(input))]
pub fn derive_input(input: TokenStream) -> TokenStream {
    pgmutate_codegen::derive::derive_input(input.into()).into()
}
