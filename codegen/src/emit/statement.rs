//! Contracts: what the runtime is handed of each mutation.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Emitter, format};
use crate::contract::{Mutation, Part};
use crate::naming::{rust_identifier, screaming_case};

impl Emitter<'_> {
    /// The module of all contracts.
    pub(super) fn contracts_module(&self) -> TokenStream {
        if self.contract.mutations.is_empty() {
            return TokenStream::new();
        }
        let runtime = self.runtime;
        let arguments = self.contract.mutations.iter().any(|mutation| !mutation.arguments.is_empty());
        let argument = arguments.then(|| quote!(Argument,));
        let contracts = self.contract.mutations.iter().map(|mutation| {
            let name = rust_identifier(&screaming_case(&mutation.name));
            let contract = self.contract(mutation, &quote!(super::objects::));
            quote!(pub(super) static #name: Contract = #contract;)
        });
        let imports = quote!(use #runtime::contract::{#argument Contract, Part};);
        let items = format::spaced(std::iter::once(imports).chain(contracts));
        quote!(mod contracts { #items })
    }

    /// The contract of one mutation; `objects` is the path of the tables.
    pub(super) fn contract(&self, mutation: &Mutation, objects: &TokenStream) -> TokenStream {
        let Mutation { name, function, source, body, owner, .. } = mutation;
        let log_schema = &self.contract.log_schema;
        let runtime = self.runtime;
        let settings = self
            .contract
            .settings
            .iter()
            .map(|(name, default)| quote!(#runtime::contract::Setting { name: #name, default: #default }));
        let arguments = mutation.arguments.iter().map(|argument| {
            let (name, sql_type, optional) = (&argument.name, &argument.sql_type, argument.optional);
            quote!(Argument { name: #name, sql_type: #sql_type, optional: #optional })
        });
        let parts = mutation.statement.iter().map(|part| match part {
            Part::Text(text) => {
                let text = format::block(text);
                quote!(Part::Text(#text))
            }
            Part::Optional { argument, before, after } => {
                let argument = proc_macro2::Literal::usize_unsuffixed(*argument);
                quote!(Part::Optional { argument: #argument, before: #before, after: #after })
            }
            Part::Value(argument) => {
                let argument = proc_macro2::Literal::usize_unsuffixed(*argument);
                quote!(Part::Value(#argument))
            }
            Part::Response => quote!(Part::Response),
            Part::Settings => quote!(Part::Settings),
            Part::Guard => quote!(Part::Guard),
        });
        let codes = mutation.success_codes.iter().chain(&mutation.error_codes);
        let database_errors = mutation.database_errors.iter().map(|error| {
            let (sqlstate, response) = (&error.sqlstate, format::block(&error.response));
            let constraint = match &error.constraint {
                Some(constraint) => quote!(::core::option::Option::Some(#constraint)),
                None => quote!(::core::option::Option::None),
            };
            quote!(#runtime::contract::DatabaseError { sqlstate: #sqlstate, constraint: #constraint, response: #response })
        });
        let [success, error] = [&mutation.success, &mutation.error].map(|name| rust_identifier(&screaming_case(name)));
        quote! {
            Contract {
                name: #name,
                function: #function,
                source: #source,
                body: #body,
                owner: #owner,
                log_schema: #log_schema,
                settings: &[#(#settings),*],
                arguments: &[#(#arguments),*],
                statement: &[#(#parts),*],
                codes: &[#(#codes),*],
                database_errors: &[#(#database_errors),*],
                success: &#objects #success,
                error: &#objects #error,
            }
        }
    }
}
