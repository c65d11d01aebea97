//! `#[derive(Event)]`: a type of event as a struct.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, LitStr};

use super::attribute::{Errors, EventAttribute, OutputAttribute, runtime_path};
use super::output::derive_output;

/// Implements `ReadJson` and `EventPayload`.
pub fn derive_event(input: TokenStream) -> TokenStream {
    let read = derive_output(input.clone());
    // What is no type has been reported.
    let Ok(input) = syn::parse2::<DeriveInput>(input) else { return read };
    let mut errors = Errors::default();
    let attribute = EventAttribute::read(&input.attrs, &mut errors);
    // Its mistakes have been reported, too.
    let runtime = runtime_path(OutputAttribute::read(&input.attrs, &mut Errors::default()).runtime.as_ref());
    let mut said = |value: Option<LitStr>, what: &str, example: &str| {
        value.unwrap_or_else(|| {
            if !attribute.mistaken {
                errors.at(&input.ident, format!("say {what}: `#[event({example})]`"));
            }
            LitStr::new("", input.ident.span())
        })
    };
    let event_type = said(attribute.name, "the type of the event", "name = \"ORDER_CREATED\"");
    let entity = said(attribute.entity, "which entity it is of", "entity = \"order\"");
    let operation = said(attribute.operation, "what happened to it", "operation = \"CREATE\"");
    if !["", "CREATE", "UPDATE", "DELETE"].contains(&operation.value().as_str()) {
        errors.at(&operation, "an operation is `CREATE`, `UPDATE` or `DELETE`");
    }
    let name = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let errors = errors.into_tokens();
    quote! {
        #errors
        #read
        #[automatically_derived]
        impl #impl_generics #runtime::EventPayload for #name #type_generics #where_clause {
            const TYPE: &'static ::core::primitive::str = #event_type;
            const ENTITY: &'static ::core::primitive::str = #entity;
            const OPERATION: &'static ::core::primitive::str = #operation;
        }
    }
}
