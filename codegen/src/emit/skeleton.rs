//! Mutations that cannot be called: a name for editors while the mistake is mended.

use proc_macro2::TokenStream;
use quote::quote;

use super::Emitter;
use super::answer::Answers;
use crate::contract::Skeleton;
use crate::naming::{is_rust_identifier, pascal_case, rust_identifier};

impl Emitter<'_> {
    pub(super) fn skeleton(&self, skeleton: &Skeleton) -> TokenStream {
        let runtime = self.runtime;
        let name = pascal_case(&skeleton.name);
        if !is_rust_identifier(&name) {
            return TokenStream::new();
        }
        let name = rust_identifier(&name);
        let fields = skeleton.arguments.iter().filter(|(name, _)| is_rust_identifier(name)).map(|(name, rust)| {
            let (name, rust) = (rust_identifier(name), self.rust(rust));
            quote!(#[allow(missing_docs)] pub #name: #rust)
        });
        let [success, error] = &skeleton.answers;
        let answers = Answers {
            name: &skeleton.name,
            success,
            error,
            success_codes: &skeleton.success_codes,
            noop_codes: &[],
            error_codes: &skeleton.error_codes,
        };
        let [success, error] = [answers.success_type(), answers.error_type()];
        let answers = self.answers(&answers);
        let docs = format!(" `{}` cannot be called: the SQL and the manifest disagree about it.", skeleton.function);
        quote! {
            #[doc = #docs]
            #[derive(Clone, Debug, PartialEq)]
            pub struct #name { #(#fields),* }

            impl #runtime::Call for #name {
                const CALLED: &'static #runtime::contract::Contract = &#runtime::contract::SKELETON;

                fn bind(
                    &self,
                    _arguments: &mut #runtime::Arguments,
                ) -> Result<(), #runtime::BindError> {
                    Ok(())
                }
            }

            impl #runtime::TypedMutation for #name {
                type Success = #success;
                type Error = #error;
            }

            pgmutate_empty_line!();
            #answers
        }
    }
}
