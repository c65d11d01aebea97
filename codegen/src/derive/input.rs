//! `#[derive(Input)]`: a struct that travels as the jsonb of its fields.

use std::path::Path;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Data, DeriveInput, Fields, LitStr};

use super::attribute::{InputAttribute, runtime_path};
use super::declared::{Declared, Stands};
use super::mistakes::{Distinct, Errors, own};

/// Implements `Input`: each field is written under its key, and an absent [`Patch`](https://docs.rs/pgmutate) not at all. `out_dir` is where the crate's
/// build script wrote, if it has one.
pub fn derive_input(input: TokenStream, out_dir: Option<&Path>) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let attribute = InputAttribute::of_struct(&input.attrs, &mut errors);
    let runtime = runtime_path(attribute.runtime.as_ref());
    let typename = attribute.typename.as_ref();
    let declared = typename.and_then(|typename| Declared::of_type(typename, Stands::Input, out_dir, &mut errors));
    let (mut writes, mut distinct, mut sent) = (TokenStream::new(), Distinct::default(), Vec::new());
    match &input.data {
        Data::Struct(data) if matches!(data.fields, Fields::Named(_) | Fields::Unit) => {
            for field in &data.fields {
                let attribute = InputAttribute::of_field(&field.attrs, &mut errors);
                let Some(ident) = &field.ident else { continue };
                let key = attribute
                    .key
                    .unwrap_or_else(|| LitStr::new(ident.to_string().trim_start_matches("r#"), ident.span()));
                distinct.add(&key, ident, &mut errors);
                let (object, this) = (own("object", ident.span()), own("self", ident.span()));
                writes.extend(quote_spanned!(ident.span()=> #object.put(#key, &#this.#ident);));
                sent.push((key, &field.ty));
            }
            if let (Some(declared), true) = (&declared, errors.is_empty()) {
                declared.check_sent(&input.ident, &sent, &mut errors);
            }
        }
        _ => errors.at(&input.ident, "an input is a struct whose named fields are the keys of a JSON object; other types of one's own implement `pgmutate::json::WriteJson`, or `pgmutate::Parameter` for arguments"),
    }
    let name = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let errors = errors.into_tokens();
    quote! {
        #errors
        #[automatically_derived]
        impl #impl_generics #runtime::json::WriteJson for #name #type_generics #where_clause {
            fn write_json(
                &self,
                out: &mut #runtime::json::Writer<'_>,
            ) -> ::core::result::Result<(), #runtime::BindError> {
                #[allow(unused_mut)] // a struct without fields
                let mut object = out.object();
                #writes
                object.finish()
            }
        }
        #[automatically_derived]
        impl #impl_generics #runtime::Input for #name #type_generics #where_clause {}
    }
}
