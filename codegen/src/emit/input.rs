//! Input structs and enums: what travels inside a jsonb argument.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::quote;

use super::{Emitter, docs, style};
use crate::contract::{Enum, Input, InputField};
use crate::naming::{input_field, is_rust_identifier, pascal_case, rust_identifier};

impl Emitter<'_> {
    pub(super) fn input(&self, input: &Input) -> TokenStream {
        let runtime = self.runtime;
        let name = rust_identifier(&input.name);
        let names = input.fields.iter().enumerate().map(|(index, field)| input_field(index, &field.key));
        let names = names.collect::<Vec<_>>();
        let styled = [style::camel_case(&name), style::snake_case(&names)];
        let styled = quote!(#(#styled)*);
        let undescribed = input.docs.is_empty().then(|| format!("The input `{}`.", input.name));
        let docs = docs(input.docs.iter().chain(&undescribed).map(String::as_str));
        let fields = input.fields.iter().enumerate().map(|(index, field)| self.input_field(index, field));
        let default = input.fields.iter().all(|field| field.nullable).then(|| quote!(, Default));
        let renamed = self.renamed.then(|| quote!(#[input(crate = #runtime)]));
        quote! {
            #docs
            #styled
            #[derive(Clone, Debug #default, PartialEq, #runtime::Input)]
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
        quote! {
            #docs
            #key
            pub #ident: #rust
        }
    }

    pub(super) fn enumeration(&self, definition: &Enum) -> TokenStream {
        let runtime = self.runtime;
        let name = rust_identifier(&definition.name);
        let styled = style::camel_case(&name);
        let undescribed = definition.docs.is_empty().then(|| format!("The enum `{}`.", definition.name));
        let type_docs = docs(definition.docs.iter().chain(&undescribed).map(String::as_str));
        let mut taken = HashSet::new();
        let variants = definition.values.iter().enumerate().map(|(index, value)| {
            let variant = variant(value).filter(|variant| taken.insert(variant.clone()));
            variant.unwrap_or_else(|| format!("Value{}", index + 1))
        });
        let variants = variants.map(|variant| rust_identifier(&variant)).collect::<Vec<_>>();
        let values = &definition.values;
        let variant_docs = values.iter().map(|value| docs([format!("`{value}`").as_str()]));
        quote! {
            #type_docs
            #styled
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
            pub enum #name { #(#variant_docs #variants),* }

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

/// `OUT_OF_STOCK` and `out-of-stock` as `OutOfStock`.
fn variant(value: &str) -> Option<String> {
    let words = value.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let words =
        words.map(|word| if word.chars().all(|c| !c.is_lowercase()) { word.to_lowercase() } else { word.to_owned() });
    let variant: String = words.map(|word| pascal_case(&word)).collect();
    is_rust_identifier(&variant).then_some(variant)
}
