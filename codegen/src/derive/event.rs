//! `#[derive(Event)]`: a type of event as a struct.

use std::path::Path;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DataStruct, DeriveInput, Fields, LitStr};

use super::attribute::{EventAttribute, On, OutputAttribute, misplaced, runtime_path};
use super::declared::Declared;
use super::mistakes::Errors;
use super::output::{finish, members, read_struct};

/// Implements `ReadJson` and `EventPayload`; `out_dir` is where the crate's build script wrote, if it has one, and `source` the file that holds the struct.
pub fn derive_event(input: TokenStream, out_dir: Option<&Path>, source: Option<&Path>) -> TokenStream {
    let parsed: DeriveInput = match syn::parse2(input) {
        Ok(parsed) => parsed,
        Err(error) => return error.into_compile_error(),
    };
    let (mut errors, mut nested) = (Errors::default(), TokenStream::new());
    let Data::Struct(DataStruct { fields: fields @ (Fields::Named(_) | Fields::Unit), .. }) = &parsed.data else {
        errors.at(&parsed.ident, "an event is a struct of what its payload holds: `before`, `after` and `metadata`");
        return errors.into_tokens();
    };
    for field in fields {
        misplaced(&field.attrs, "event", "the struct", &mut errors);
    }
    let attribute = EventAttribute::read(&parsed.attrs, &mut errors);
    let output = OutputAttribute::read(On::Event, &parsed.attrs, &mut errors);
    let runtime = runtime_path(attribute.runtime.as_ref().or(output.runtime.as_ref()));
    let nothing = [&attribute.name, &attribute.entity, &attribute.operation].iter().all(|said| said.is_none());
    if nothing && !attribute.mistaken {
        let example = "#[event(name = \"ORDER_CREATED\", entity = \"order\", operation = \"CREATE\")]";
        errors.at(&parsed.ident, format!("say which event this is: `{example}`"));
    }
    let mut said = |value: Option<LitStr>, what: &str, example: &str| {
        value.unwrap_or_else(|| {
            if !attribute.mistaken && !nothing {
                errors.at(&parsed.ident, format!("say {what}: `#[event({example})]`"));
            }
            LitStr::new("", parsed.ident.span())
        })
    };
    let event_type = said(attribute.name, "the type of the event", "name = \"ORDER_CREATED\"");
    let entity = said(attribute.entity, "which entity it is of", "entity = \"order\"");
    let operation = said(attribute.operation, "what happened to it", "operation = \"CREATE\"");
    if !["", "CREATE", "UPDATE", "DELETE"].contains(&operation.value().as_str()) {
        errors.at(&operation, "an operation is `CREATE`, `UPDATE` or `DELETE`");
    }
    let members = members(fields, &mut errors);
    // What the build script has written is right.
    let is_generated = out_dir.zip(source).is_some_and(|(out_dir, source)| source.starts_with(out_dir));
    if errors.is_empty()
        && !attribute.foreign
        && !is_generated
        && let Some(declared) = Declared::of_event(&event_type, out_dir, &mut errors)
    {
        declared.check_event(&entity, &operation, &mut errors);
        declared.check_read(&members, &mut errors);
        if errors.is_empty() {
            nested = declared.nested(&members, &parsed.generics, &runtime);
        }
    }
    let body = read_struct(&parsed.ident, &members);
    let name = &parsed.ident;
    let (impl_generics, type_generics, where_clause) = parsed.generics.split_for_impl();
    let read = finish(&parsed, &runtime, Some(body), None, errors);
    quote! {
        #read
        #[automatically_derived]
        impl #impl_generics #runtime::EventPayload for #name #type_generics #where_clause {
            const TYPE: &'static ::core::primitive::str = #event_type;
            const ENTITY: &'static ::core::primitive::str = #entity;
            const OPERATION: &'static ::core::primitive::str = #operation;
        }
        #nested
    }
}
