//! A struct for each mutation: its fields are the function's arguments.

use proc_macro2::TokenStream;
use quote::quote;

use super::answer::Answers;
use super::{Emitter, docs, style};
use crate::contract::{Argument, Mutation};
use crate::naming::{pascal_case, rust_identifier, screaming_case};

impl Emitter<'_> {
    pub(super) fn mutation(&self, mutation: &Mutation) -> TokenStream {
        let runtime = self.runtime;
        let name = rust_identifier(&pascal_case(&mutation.name));
        let contract = rust_identifier(&screaming_case(&mutation.name));
        let signature = signature(mutation);
        let separator = (!mutation.docs.is_empty()).then_some("");
        let docs = docs(mutation.docs.iter().map(String::as_str).chain(separator).chain([signature.as_str()]));
        let fields = mutation.arguments.iter().map(|argument| self.argument(argument)).collect::<Vec<_>>();
        let names = mutation.arguments.iter().map(|argument| rust_identifier(&argument.name)).collect::<Vec<_>>();
        let styled = style::snake_case(&names);
        let renamed = self.crate_attribute();
        let [success, error] = [&mutation.success, &mutation.error].map(|name| rust_identifier(name));
        let answers = self.answers_of(mutation);
        let body = if fields.is_empty() { quote!(;) } else { quote!({ #(#fields),* }) };
        quote! {
            #docs
            #styled
            #[derive(Clone, Debug, PartialEq, #runtime::Mutation)]
            #[mutation(contract = super::contracts::#contract, success = #success, error = #error #renamed)]
            pub struct #name #body
            pgmutate_empty_line!();
            #answers
        }
    }

    fn answers_of(&self, mutation: &Mutation) -> Option<TokenStream> {
        let answers = Answers {
            name: &mutation.name,
            success: self.object_named(&mutation.success)?,
            error: self.object_named(&mutation.error)?,
            success_codes: &mutation.success_codes,
            noop_codes: &mutation.noop_codes,
            error_codes: &mutation.error_codes,
        };
        Some(self.answers(&answers))
    }

    /// `, crate = path` for the derives, where the runtime goes by another name.
    pub(super) fn crate_attribute(&self) -> Option<TokenStream> {
        let runtime = self.runtime;
        self.renamed.then(|| quote!(, crate = #runtime))
    }

    fn argument(&self, argument: &Argument) -> TokenStream {
        let runtime = self.runtime;
        let field = rust_identifier(&argument.name);
        let rust = self.rust(&argument.rust);
        let rust = match (argument.optional, argument.nullable) {
            (true, true) => quote!(#runtime::Patch<#rust>),
            (true, false) | (false, true) => quote!(Option<#rust>),
            (false, false) => rust,
        };
        // The generator wrote the marker: it is a path with at most one argument in angle brackets.
        let marker: TokenStream = argument.marker.parse().unwrap_or_default();
        let optional = argument.optional.then(|| quote!(, optional));
        let default = argument.default.as_ref().map(|default| format!(" DEFAULT {default}")).unwrap_or_default();
        let declared = format!("`{} {}{default}`", argument.name, argument.sql_type);
        let filled_by = argument.context.then_some("Filled by the server from its context, never by a client.");
        let lines = argument.docs.iter().map(String::as_str).chain(filled_by);
        let docs = docs(lines.chain([declared.as_str()]));
        // `self` cannot be a field even as a raw identifier, so the field has another name than the argument.
        let renamed = field.to_string().trim_start_matches("r#") != argument.name;
        let name = &argument.name;
        let name = renamed.then(|| quote!(, name = #name));
        quote! {
            #docs
            #[argument(sql = #marker #optional #name)]
            pub #field: #rust
        }
    }
}

/// `app.create_order(input_payload jsonb)`, file:line.
fn signature(mutation: &Mutation) -> String {
    let arguments = mutation.arguments.iter().map(|argument| format!("{} {}", argument.name, argument.sql_type));
    let arguments = arguments.collect::<Vec<_>>().join(", ");
    format!("SQL: `{}({arguments})`, {}", mutation.function, mutation.source)
}
