//! Mutations that cannot be called: a name for editors while the mistake is mended.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

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
        // Which Rust type an argument has is the SQL's to say: so whatever a caller passes is taken.
        let arguments = skeleton.arguments.iter().filter(|(name, _)| is_rust_identifier(name)).enumerate();
        let (mut parameters, mut defaults, mut fields) = (Vec::new(), Vec::new(), Vec::new());
        for (index, (name, rust)) in arguments {
            let (parameter, name, rust) =
                (format_ident!("Argument{}", index + 1), rust_identifier(name), self.rust(rust));
            fields.push(quote!(#[allow(missing_docs)] pub #name: #parameter));
            defaults.push(quote!(#parameter = #rust));
            parameters.push(parameter);
        }
        let (generics, defaults) = match parameters.is_empty() {
            true => (TokenStream::new(), TokenStream::new()),
            false => (quote!(<#(#parameters),*>), quote!(<#(#defaults),*>)),
        };
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
            pub struct #name #defaults { #(#fields),* }

            impl #generics #runtime::Call for #name #generics {
                const CALLED: &'static #runtime::contract::Contract = &#runtime::contract::SKELETON;

                fn bind(
                    &self,
                    _arguments: &mut #runtime::Arguments,
                ) -> Result<(), #runtime::BindError> {
                    Ok(())
                }
            }

            impl #generics #runtime::TypedMutation for #name #generics {
                type Success = #success;
                type Error = #error;
            }

            pgmutate_empty_line!();
            #answers
        }
    }
}
