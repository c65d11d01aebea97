//! A struct for each type of event, with the entity before and after it.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Emitter, docs, format, prelude, style};
use crate::contract::{Event, Image};
use crate::manifest::Operation;
use crate::naming::rust_identifier;

impl Emitter<'_> {
    pub(super) fn events_module(&self) -> TokenStream {
        if self.contract.events.is_empty() {
            return TokenStream::new();
        }
        let events = self.contract.events.iter().map(|event| self.event(event));
        let items = format::spaced(std::iter::once(prelude()).chain(events));
        quote! {
            /// Events that mutations leave, one struct for each type.
            pub mod events { #items }
        }
    }

    fn event(&self, event: &Event) -> TokenStream {
        let runtime = self.runtime;
        let Event { name, entity, operation, .. } = event;
        let rust = rust_identifier(&event.rust);
        let styled = style::camel_case(&rust);
        let happened = match operation {
            Operation::Create => "came to be",
            Operation::Update => "changed",
            Operation::Delete => "was deleted",
        };
        let mutations = event.mutations.iter().map(|mutation| format!("`{mutation}`")).collect::<Vec<_>>();
        let line = format!("`{name}`: `{entity}` {happened}. Left by {}.", mutations.join(", "));
        let docs = docs([line.as_str(), "", event.source.as_str()]);
        let before = event.before.as_ref().map(|image| {
            let rust = self.image(image);
            quote!(
                /// The entity as it was.
                pub before: #rust,
            )
        });
        let after = event.after.as_ref().map(|image| {
            let rust = self.image(image);
            quote!(
                /// The entity as it is now.
                pub after: #rust,
            )
        });
        let operation = operation.as_str();
        let renamed = self.output_attribute();
        let serde = self.serde_out();
        quote! {
            #docs
            #styled
            #[derive(Clone, Debug, PartialEq, #runtime::Event #serde)]
            #[event(name = #name, entity = #entity, operation = #operation)]
            #renamed
            pub struct #rust {
                #before
                #after
                /// What was kept beside it.
                pub metadata: Option<#runtime::types::RawJson>,
            }
        }
    }

    fn image(&self, image: &Image) -> TokenStream {
        let rust = self.rust(&image.rust);
        if image.nullable { quote!(Option<#rust>) } else { rust }
    }
}
