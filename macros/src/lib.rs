//! The macros of pgmutate: a door to the library in `pgmutate-codegen`, no rooms.

use proc_macro::TokenStream;

/// Brings in what the build script generated: a module for each SQL schema, with a struct for each mutation, and the types of all of them.
///
/// A crate without a build script is told how to write one.
#[proc_macro]
pub fn include_mutations(nothing: TokenStream) -> TokenStream {
    pgmutate_codegen::derive::include_mutations(&nothing.into(), out_dir().as_deref()).into()
}

/// Makes a struct callable: its fields are the arguments of a PostgreSQL function.
///
/// On a struct of your own, `#[mutation(function = "app.delete_customer")]` names the function. The fields are checked
/// against its arguments when the crate compiles: the build script's generator has read them from the SQL. A field that goes
/// by another name than its argument says `#[argument(name = "type")]`. An argument with a DEFAULT may be left out of the
/// struct, or be an `Option` or a `Patch`.
#[proc_macro_derive(Mutation, attributes(mutation, argument))]
pub fn derive_mutation(input: TokenStream) -> TokenStream {
    let source = proc_macro::Span::call_site().local_file();
    pgmutate_codegen::derive::derive_mutation(input.into(), out_dir().as_deref(), source.as_deref()).into()
}

/// Makes a struct an input object: it travels as jsonb, each field under its own name or under `#[input(key = "...")]`.
///
/// With `#[input(typename = "CustomerInput")]` its fields are checked against that input of the manifest when the crate compiles.
#[proc_macro_derive(Input, attributes(input))]
pub fn derive_input(input: TokenStream) -> TokenStream {
    pgmutate_codegen::derive::derive_input(input.into(), out_dir().as_deref()).into()
}

/// Makes a type readable from the JSON of answers and events: `pgmutate::json::ReadJson`.
///
/// A struct is read from an object, each field under its own name or under `#[output(key = "...")]`; what is not a field is passed over. An enum
/// of words is read from a string, each variant from `#[output(value = "...")]`. An enum whose variants hold one type each is a union: the string
/// under `#[output(discriminator = "kind")]` tells the variant by its `value`.
///
/// With `#[output(typename = "Customer")]` it is checked against that type of the manifest when the crate compiles: the fields of a struct, the words of
/// an enum, the members of a union.
#[proc_macro_derive(Output, attributes(output))]
pub fn derive_output(input: TokenStream) -> TokenStream {
    pgmutate_codegen::derive::derive_output(input.into(), out_dir().as_deref()).into()
}

/// Makes an enum the errors of a mutation: each variant stands for the code in `#[output(code = "...")]`.
///
/// The fields of a variant are read from the answer as those of an [`Output`](macro@Output); `message` is what the function says for people. With
/// it come `pgmutate::MutationError`, `Display` and `std::error::Error`. With `#[output(typename = "DeleteCustomerError")]` every code of that mutation
/// needs a variant.
#[proc_macro_derive(MutationError, attributes(output))]
pub fn derive_mutation_error(input: TokenStream) -> TokenStream {
    pgmutate_codegen::derive::derive_mutation_error(input.into(), out_dir().as_deref()).into()
}

/// Makes a struct a type of event: `#[event(name = "ORDER_CREATED", entity = "order", operation = "CREATE")]`.
///
/// Its fields are read from the payload as those of an [`Output`](macro@Output): `before`, `after` and `metadata`. Where `pgmutate` goes by another
/// name, the attribute says `crate = path`, as those of the other derives do.
///
/// Where the build script has read a manifest, it is checked against the event of this name; one of another database says `foreign`.
#[proc_macro_derive(Event, attributes(event, output))]
pub fn derive_event(input: TokenStream) -> TokenStream {
    let source = proc_macro::Span::call_site().local_file();
    pgmutate_codegen::derive::derive_event(input.into(), out_dir().as_deref(), source.as_deref()).into()
}

/// Where the build script of the crate that is compiled has written, if it has one.
fn out_dir() -> Option<std::path::PathBuf> {
    std::env::var_os("OUT_DIR").map(std::path::PathBuf::from)
}
