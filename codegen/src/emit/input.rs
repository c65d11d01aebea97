//! Input structs and enums: what travels inside a jsonb argument.

use proc_macro2::TokenStream;
use quote::quote;

use super::answer::variants;
use super::output::described;
use super::{Emitter, docs, style};
use crate::contract::{Enum, Input, InputField};
use crate::naming::{input_field, rust_identifier};

impl Emitter<'_> {
    pub(super) fn input(&self, input: &Input) -> TokenStream {
        let runtime = self.runtime;
        let name = rust_identifier(&input.name);
        let names = input.fields.iter().enumerate().map(|(index, field)| input_field(index, &field.key));
        let names = names.collect::<Vec<_>>();
        let styled = [style::camel_case(&name), style::snake_case(&names)];
        let styled = quote!(#(#styled)*);
        let undescribed = format!("The input `{}`.", input.name);
        let docs = docs(described(&input.docs, &undescribed, &input.source));
        let fields = input.fields.iter().enumerate().map(|(index, field)| self.input_field(index, field));
        let default = input.fields.iter().all(|field| field.nullable).then(|| quote!(, Default));
        let renamed = self.renamed.then(|| quote!(#[input(crate = #runtime)]));
        let serde = self.serde_both();
        quote! {
            #docs
            #styled
            #[derive(Clone, Debug #default, PartialEq, #runtime::Input #serde)]
            #renamed
            pub struct #name { #(#fields),* }
        }
    }

    fn input_field(&self, index: usize, field: &InputField) -> TokenStream {
        let runtime = self.runtime;
        let ident = input_field(index, &field.key);
        let plain = ident.to_string().trim_start_matches("r#") == field.key;
        let key = &field.key;
        let key = (!plain).then(|| quote!(#[input(key = #key)]));
        let rust = self.rust(&field.rust);
        let rust = if field.nullable { quote!(#runtime::Patch<#rust>) } else { rust };
        let declared = format!("`{}`: `{}`", field.key, field.graphql);
        let docs = docs(field.docs.iter().map(String::as_str).chain([declared.as_str()]));
        let serde = self.serde_name(&ident, &field.name, field.nullable.then(|| self.serde_patch()));
        quote! {
            #docs
            #key
            #serde
            pub #ident: #rust
        }
    }

    pub(super) fn enumeration(&self, definition: &Enum) -> TokenStream {
        let runtime = self.runtime;
        let name = rust_identifier(&definition.name);
        let styled = style::camel_case(&name);
        let undescribed = format!("The enum `{}`.", definition.name);
        let type_docs = docs(described(&definition.docs, &undescribed, &definition.source));
        let values = definition.values.iter().map(|value| value.value.clone()).collect::<Vec<_>>();
        let variants = variants(&values);
        let serde = self.serde_both();
        let serde_names = variants.iter().zip(&values).map(|(variant, value)| self.serde_name(variant, value, None));
        let variant_docs = definition.values.iter().map(|value| {
            let undescribed = format!("`{}`", value.value);
            if value.docs.is_empty() {
                docs([undescribed.as_str()])
            } else {
                docs(value.docs.iter().map(String::as_str))
            }
        });
        quote! {
            #type_docs
            #styled
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash #serde)]
            pub enum #name { #(#variant_docs #serde_names #variants),* }

            impl #name {
                /// The value as it travels.
                pub const fn as_str(self) -> &'static str {
                    match self { #(Self::#variants => #values),* }
                }
            }

            impl #runtime::json::WriteJson for #name {
                fn write_json(
                    &self,
                    out: &mut #runtime::json::Writer<'_>,
                ) -> Result<(), #runtime::BindError> {
                    out.string(self.as_str())
                }
            }

            impl #runtime::json::ReadJson for #name {
                fn read_json(from: #runtime::json::Reader<'_>) -> Result<Self, #runtime::json::ReadError> {
                    from.one_of(&[#((#values, Self::#variants)),*])
                }
            }

            impl #runtime::Parameter<#runtime::sql::Text> for #name {
                fn encode(
                    &self,
                    out: &mut #runtime::bytes::BytesMut,
                ) -> Result<#runtime::Encoded, #runtime::BindError> {
                    #runtime::Parameter::<#runtime::sql::Text>::encode(self.as_str(), out)
                }
            }
        }
    }
}
