//! `#[derive(Event)]`: a type of event as a struct.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DataStruct, DeriveInput, Fields, LitStr};

use super::attribute::{EventAttribute, On, OutputAttribute, misplaced, runtime_path};
use super::mistakes::Errors;
use super::output::{finish, read_struct};

/// Implements `ReadJson` and `EventPayload`.
pub fn derive_event(input: TokenStream) -> TokenStream {
    let parsed: DeriveInput = match syn::parse2(input) {
        Ok(parsed) => parsed,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let Data::Struct(DataStruct { fields: fields @ (Fields::Named(_) | Fields::Unit), .. }) = &parsed.data else {
        errors.at(&parsed.ident, "an event is a struct of what its payload holds: `before`, `after` and `metadata`");
        return errors.into_tokens();
    };
    for field in fields {
        misplaced(&field.attrs, "event", "the struct", &mut errors);
    }
    let attribute = EventAttribute::read(&parsed.attrs, &mut errors);
    let output = OutputAttribute::read(On::Type, &parsed.attrs, &mut errors);
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
    let body = read_struct(&parsed.ident, fields, &mut errors);
    let name = &parsed.ident;
    let (impl_generics, type_generics, where_clause) = parsed.generics.split_for_impl();
    let read = finish(&parsed, &runtime, Some(body), errors);
    quote! {
        #read
        #[automatically_derived]
        impl #impl_generics #runtime::EventPayload for #name #type_generics #where_clause {
            const TYPE: &'static ::core::primitive::str = #event_type;
            const ENTITY: &'static ::core::primitive::str = #entity;
            const OPERATION: &'static ::core::primitive::str = #operation;
        }
    }
}
