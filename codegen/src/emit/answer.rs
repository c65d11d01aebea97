//! The answers of a mutation: a struct for a success, an enum with a variant for each code of an error.

use std::collections::HashSet;

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::output::in_manifest_order;
use super::{Emitter, docs, style};
use crate::contract::{Object, ObjectField, is_standard};
use crate::naming::{pascal_case, rust_identifier, words_to_pascal_case};

/// What the types of an answer are made of.
pub(super) struct Answers<'a> {
    /// The mutation.
    pub(super) name: &'a str,
    pub(super) success: &'a Object,
    pub(super) error: &'a Object,
    pub(super) success_codes: &'a [String],
    pub(super) noop_codes: &'a [String],
    pub(super) error_codes: &'a [String],
}

impl Answers<'_> {
    pub(super) fn success_type(&self) -> Ident {
        rust_identifier(&self.success.typename)
    }

    pub(super) fn error_type(&self) -> Ident {
        rust_identifier(&self.error.typename)
    }
}

impl Emitter<'_> {
    /// The types of one mutation's answers.
    pub(super) fn answers(&self, answers: &Answers<'_>) -> TokenStream {
        let (success, error) = (self.success(answers), self.error(answers));
        quote!(#success #error)
    }

    fn success(&self, answers: &Answers<'_>) -> TokenStream {
        let fields = in_manifest_order(answers.success);
        let fields = fields.into_iter().filter(|field| !is_standard(&field.key)).collect::<Vec<&ObjectField>>();
        let line = format!("What a successful `{}` answers.", answers.name);
        // One code alone says nothing.
        let several = answers.success_codes.len() > 1;
        let code_name = rust_identifier(&format!("{}Code", pascal_case(answers.name)));
        let code = several.then(|| {
            quote!(
                /// Which success it is.
                pub code: #code_name,
            )
        });
        let more = quote! {
            #code
            /// What the function says of it, for people.
            pub message: Option<String>,
        };
        let structure = self.structure(&[&line], &answers.success_type(), &fields, &more);
        let codes = several.then(|| self.codes(answers, &code_name));
        quote!(#structure pgmutate_empty_line!(); #codes)
    }

    /// The codes of a success, where there are several.
    fn codes(&self, answers: &Answers<'_>, name: &Ident) -> TokenStream {
        let runtime = self.runtime;
        let styled = style::camel_case(name);
        let docs_of_type = docs([format!("The codes of a successful `{}`.", answers.name).as_str()]);
        let values = answers.success_codes;
        let variants = variants(values);
        let docs_of_variants = values.iter().map(|code| {
            let noop = if answers.noop_codes.contains(code) { ": nothing was changed" } else { "" };
            docs([format!("`{code}`{noop}").as_str()])
        });
        let renamed = self.output_attribute();
        let serde = self.serde_out();
        let serde_names = variants.iter().zip(values).map(|(variant, value)| self.serde_name(variant, value, None));
        quote! {
            #docs_of_type
            #styled
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, #runtime::Output #serde)]
            #renamed
            pub enum #name { #(#docs_of_variants #[output(value = #values)] #serde_names #variants),* }
            pgmutate_empty_line!();
        }
    }

    fn error(&self, answers: &Answers<'_>) -> TokenStream {
        let runtime = self.runtime;
        let name = answers.error_type();
        let styled = style::camel_case(&name);
        let docs_of_type = docs([format!("Why `{}` was not done.", answers.name).as_str()]);
        let codes = answers.error_codes;
        let variants = variants(codes);
        let docs_of_variants = codes.iter().map(|code| docs([format!("`{code}`").as_str()]));
        let renamed = self.output_attribute();
        let (serde, tag) = (self.serde_out(), self.serde_type(quote!(tag = "code")));
        let serde_names = variants.iter().zip(codes).map(|(variant, code)| self.serde_name(variant, code, None));
        quote! {
            #docs_of_type
            #styled
            #[derive(Clone, Debug, PartialEq, #runtime::MutationError #serde)]
            #renamed
            #tag
            #[allow(missing_docs)]
            pub enum #name {
                #(#docs_of_variants #[output(code = #codes)] #serde_names #variants { message: Option<String> }),*
            }
        }
    }
}

/// Codes or values as variants; what cannot be one, or is another's, is numbered.
pub(super) fn variants(values: &[String]) -> Vec<Ident> {
    let mut taken = HashSet::new();
    let names = values.iter().enumerate().map(|(index, value)| {
        let variant = words_to_pascal_case(value).filter(|variant| taken.insert(variant.clone()));
        variant.unwrap_or_else(|| format!("Value{}", index + 1))
    });
    names.map(|name| rust_identifier(&name)).collect()
}
