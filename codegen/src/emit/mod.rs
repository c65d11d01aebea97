//! From the contract to Rust: every decision has been made, this only writes it down.

mod answer;
mod declaration;
mod event;
mod format;
mod input;
mod mutation;
mod object;
mod output;
mod serde;
mod skeleton;
mod statement;
mod style;

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::contract::{Checked, Contract, Mutation, Rust, Skeleton};
use crate::derive::{ArgumentLine, ContractFile, DECLARATIONS, FOLDER, Presence, file_stem, render_declarations};
use crate::naming::rust_identifier;

/// So many mutations that cannot be called keep their names for editors: where there are more, the SQL was not found at all.
const MOST_BROKEN: usize = 1_000;

/// The version that generated code says it is from.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How code is written.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The path of the runtime crate, `::pgmutate` unless it goes by another name.
    pub runtime: String,
    /// Whether the [schema](SCHEMA) of the mutations is written as well.
    pub schema: bool,
    /// The crate whose types stand for dates and times; those of `pgmutate::types` unless one is named.
    pub times: Option<Times>,
    /// Whether types have serde's derives.
    pub serde: bool,
}

/// A crate whose types stand for dates and times. The runtime has a feature of the same name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Times {
    /// `chrono::DateTime<Utc>`, `NaiveDateTime`, `NaiveDate`, `NaiveTime`.
    Chrono,
    /// `time::OffsetDateTime`, `PrimitiveDateTime`, `Date`, `Time`.
    Time,
    /// `jiff::Timestamp`, and `DateTime`, `Date` and `Time` of `jiff::civil`.
    Jiff,
}

impl Times {
    /// The path of the type that stands for one of `pgmutate::types`.
    fn path(self, own: &str) -> Option<&'static str> {
        Some(match (self, own) {
            (Times::Chrono, "Timestamptz") => "::chrono::DateTime<::chrono::Utc>",
            (Times::Chrono, "Timestamp") => "::chrono::NaiveDateTime",
            (Times::Chrono, "Date") => "::chrono::NaiveDate",
            (Times::Chrono, "Time") => "::chrono::NaiveTime",
            (Times::Time, "Timestamptz") => "::time::OffsetDateTime",
            (Times::Time, "Timestamp") => "::time::PrimitiveDateTime",
            (Times::Time, "Date") => "::time::Date",
            (Times::Time, "Time") => "::time::Time",
            (Times::Jiff, "Timestamptz") => "::jiff::Timestamp",
            (Times::Jiff, "Timestamp") => "::jiff::civil::DateTime",
            (Times::Jiff, "Date") => "::jiff::civil::Date",
            (Times::Jiff, "Time") => "::jiff::civil::Time",
            _ => return None,
        })
    }
}

/// The file of the mutations' GraphQL schema.
pub const SCHEMA: &str = "schema.graphql";

/// What the runtime is called unless a crate renames it.
const RUNTIME: &str = "::pgmutate";

impl Default for Settings {
    fn default() -> Self {
        Self { runtime: RUNTIME.to_owned(), times: None, serde: false, schema: false }
    }
}

/// The generated files, by path: `mutations.rs`, and below [`FOLDER`] one or two for each function and [`DECLARATIONS`].
pub type Files = BTreeMap<String, String>;

/// Writes everything that `checked` knows; `mistakes` are the rendered diagnostics that fail the build.
pub fn emit(checked: &Checked, mistakes: &[String], settings: &Settings) -> Files {
    // Anything that is no path is reported by rustc where it is used, which is in every item.
    let runtime = settings.runtime.parse().unwrap_or_default();
    let renamed = settings.runtime != RUNTIME;
    let emitter = Emitter {
        contract: &checked.contract,
        runtime: &runtime,
        renamed,
        times: settings.times,
        serde: settings.serde,
    };
    let mut files = Files::new();
    files.insert(
        "mutations.rs".to_owned(),
        emitter.main_file(checked.skeletons.get(..MOST_BROKEN).unwrap_or(&checked.skeletons), mistakes),
    );
    let declarations = declaration::declarations(checked);
    files.insert(format!("{FOLDER}/{DECLARATIONS}"), render_declarations(VERSION, &declarations));
    for mutation in &checked.contract.mutations {
        let stem = format!("{FOLDER}/{}", file_stem(&mutation.function));
        files.insert(format!("{stem}.contract"), contract_file(mutation).render());
        files.insert(format!("{stem}.rs"), emitter.function_file(mutation));
    }
    for skeleton in &checked.skeletons {
        let stem = format!("{FOLDER}/{}", file_stem(&skeleton.function));
        let mistake =
            "the SQL and the manifest disagree about it; the mistake is reported where the generated code is included";
        files.insert(format!("{stem}.broken"), format!("{mistake}\n"));
    }
    files
}

/// What every part of the emitter needs.
struct Emitter<'a> {
    contract: &'a Contract,
    runtime: &'a TokenStream,
    renamed: bool,
    times: Option<Times>,
    serde: bool,
}

impl Emitter<'_> {
    fn main_file(&self, skeletons: &[Skeleton], mistakes: &[String]) -> String {
        let runtime = self.runtime;
        let version = VERSION;
        let errors = mistakes.iter().map(|mistake| {
            let text = format::block(mistake);
            quote!(::core::compile_error!(#text);)
        });
        let header =
            "// @generated by pgmutate from the SQL functions and the manifest: change those, not this file.\n\n";
        let items = std::iter::once(quote!(#runtime::generated_by!(#version);))
            .chain(errors)
            .chain(self.inputs_module())
            .chain(self.types_module())
            .chain(self.modules(skeletons))
            .chain([self.events_module(), self.contracts_module(), self.objects_module()]);
        format::file(header, format::spaced(items))
    }

    /// Inputs and enums; in a module, so that the names they are written with are those of the standard library.
    fn inputs_module(&self) -> Vec<TokenStream> {
        let inputs = self.contract.inputs.iter().map(|input| &input.name);
        let names = inputs.chain(self.contract.enums.iter().map(|definition| &definition.name));
        let names = names.map(|name| rust_identifier(name)).collect::<Vec<_>>();
        if names.is_empty() {
            return Vec::new();
        }
        let inputs = self.contract.inputs.iter().map(|input| self.input(input));
        let enums = self.contract.enums.iter().map(|definition| self.enumeration(definition));
        let items = format::spaced(std::iter::once(prelude()).chain(inputs).chain(enums));
        vec![quote!(pub use self::inputs::{#(#names),*};), quote!(mod inputs { #items })]
    }

    /// A module for each SQL schema.
    fn modules(&self, skeletons: &[Skeleton]) -> Vec<TokenStream> {
        let mut schemas: BTreeMap<&str, Vec<TokenStream>> = BTreeMap::new();
        for mutation in &self.contract.mutations {
            schemas.entry(&mutation.schema).or_default().push(self.mutation(mutation));
        }
        for skeleton in skeletons {
            schemas.entry(&skeleton.schema).or_default().push(self.skeleton(skeleton));
        }
        let modules = schemas.into_iter().map(|(schema, items)| {
            let docs = format!(" Mutations whose functions are in the schema `{schema}`.");
            let module = module_identifier(schema);
            let styled = style::snake_case([&module]);
            let items = format::spaced(std::iter::once(prelude()).chain(items));
            quote! {
                #[doc = #docs]
                #styled
                pub mod #module { #items }
            }
        });
        modules.collect()
    }

    /// The tokens of a Rust type, seen from a module of this file.
    fn rust(&self, rust: &Rust) -> TokenStream {
        let runtime = self.runtime;
        match rust {
            Rust::Std(name) => {
                let name = format_ident!("{name}");
                quote!(#name)
            }
            Rust::Runtime(name) => match self.times.and_then(|times| times.path(name)) {
                // Ours, so it parses.
                Some(path) => path.parse().unwrap_or_default(),
                None => {
                    let name = format_ident!("{name}");
                    quote!(#runtime::types::#name)
                }
            },
            // The bounds' text is PostgreSQL's: of its own types alone.
            Rust::RuntimeOf(name, inner) => {
                let name = format_ident!("{name}");
                let own = Emitter { times: None, ..*self };
                let inner = own.rust(inner);
                quote!(#runtime::types::#name<#inner>)
            }
            Rust::Contract(name) => {
                let name = rust_identifier(name);
                quote!(super::#name)
            }
            // The manifest was checked: a path that does not parse was reported there.
            Rust::Named(path) => path.parse().unwrap_or_default(),
            Rust::Boxed(inner) => {
                let inner = self.rust(inner);
                quote!(::std::boxed::Box<#inner>)
            }
            Rust::List(element, nullable) => {
                let element = self.rust(element);
                let element = if *nullable { quote!(Option<#element>) } else { element };
                quote!(Vec<#element>)
            }
        }
    }
}

/// What a module of this file begins with: names that mean the same in every crate, also under `no_implicit_prelude`.
fn prelude() -> TokenStream {
    quote!(
        #[allow(unused_imports)]
        use ::std::prelude::rust_2021::*;
    )
}

/// A schema's name as a Rust module.
fn module_identifier(schema: &str) -> proc_macro2::Ident {
    let plain: String = schema.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let plain = if plain.starts_with(|c: char| c.is_ascii_digit()) { format!("_{plain}") } else { plain };
    match plain.as_str() {
        "contracts" | "events" | "inputs" | "objects" | "types" => format_ident!("{plain}_"),
        _ => rust_identifier(&plain),
    }
}

fn contract_file(mutation: &Mutation) -> ContractFile {
    let arguments = mutation.arguments.iter().map(|argument| ArgumentLine {
        name: argument.name.clone(),
        sql_type: argument.sql_type.clone(),
        marker: argument.marker.clone(),
        rust: words(&argument.rust),
        presence: match (argument.optional, argument.nullable) {
            (true, _) => Presence::Optional,
            (false, true) => Presence::Nullable,
            (false, false) => Presence::Required,
        },
        source: argument.source.clone(),
    });
    ContractFile {
        version: VERSION.to_owned(),
        mutation: mutation.name.clone(),
        function: mutation.function.clone(),
        source: mutation.source.clone(),
        typename: mutation.success.clone(),
        error: mutation.error.clone(),
        arguments: arguments.collect(),
    }
}

/// A Rust type as people write it.
fn words(rust: &Rust) -> String {
    match rust {
        Rust::Std(name) => (*name).to_owned(),
        Rust::Runtime(name) => format!("pgmutate::types::{name}"),
        Rust::RuntimeOf(name, inner) => format!("pgmutate::types::{name}<{}>", words(inner)),
        Rust::Contract(name) | Rust::Named(name) => name.clone(),
        Rust::Boxed(inner) => words(inner),
        Rust::List(element, false) => format!("Vec<{}>", words(element)),
        Rust::List(element, true) => format!("Vec<Option<{}>>", words(element)),
    }
}

/// Doc attributes, one for each line.
fn docs<'a>(lines: impl IntoIterator<Item = &'a str>) -> TokenStream {
    let lines = lines.into_iter().map(|line| if line.is_empty() { String::new() } else { format!(" {line}") });
    quote!(#(#[doc = #lines])*)
}
