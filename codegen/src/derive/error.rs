//! `#[derive(MutationError)]`: the codes of unsuccessful answers as an enum.

use std::path::Path;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields};

use super::attribute::{On, OutputAttribute, runtime_path};
use super::declared::{Declared, Stands};
use super::mistakes::{Distinct, Errors, own};
use super::output::{find, finish, if_read, keys_in_order, members, place};

/// The field that is what the function says for people.
const MESSAGE: &str = "message";
/// The key that tells which it is.
const CODE: &str = "code";

/// Implements `ReadJson`, `MutationError`, `Display` and `Error`; `out_dir` is where the crate's build script wrote, if it has one.
pub fn derive_mutation_error(input: TokenStream, out_dir: Option<&Path>) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let attribute = OutputAttribute::read(On::Type, &input.attrs, &mut errors);
    let runtime = runtime_path(attribute.runtime.as_ref());
    let typename = attribute.typename.as_ref();
    let declared = typename.and_then(|typename| Declared::of_type(typename, Stands::Errors, out_dir, &mut errors));
    let mut stood_for = Vec::new();
    let (mut pairs, mut known) = (TokenStream::new(), Vec::new());
    let (mut codes, mut messages) = (TokenStream::new(), TokenStream::new());
    let mut distinct = Distinct::default();
    let Data::Enum(data) = &input.data else {
        errors.at(&input.ident, "the errors of a mutation are an enum, with a variant for each code");
        return errors.into_tokens();
    };
    let variants = data.variants.iter().collect::<Vec<_>>();
    for (index, variant) in variants.iter().enumerate() {
        let ident = &variant.ident;
        let attribute = OutputAttribute::read(On::Code, &variant.attrs, &mut errors);
        let Some(code) = attribute.code else {
            if !attribute.mistaken {
                errors.at(ident, "say which code this stands for: `#[output(code = \"...\")]`");
            }
            continue;
        };
        distinct.add(&code, ident, &mut errors);
        stood_for.push(code.clone());
        let fields = match &variant.fields {
            fields @ (Fields::Named(_) | Fields::Unit) => members(fields, &mut errors),
            Fields::Unnamed(fields) => {
                errors.at(fields, "what an error holds are keys of the answer: give the fields names");
                continue;
            }
        };
        pairs.extend(quote!((#code, #index),));
        codes.extend(quote!(Self::#ident { .. } => #code,));
        messages.extend(match fields.iter().find(|member| member.key.value() == MESSAGE) {
            Some(member) => {
                let field = member.ident;
                let held = own("message", member.ty.span());
                let message = quote_spanned!(member.ty.span()=> ::core::option::Option::as_deref(#held));
                quote!(Self::#ident { #field: #held, .. } => #message,)
            }
            None => quote!(Self::#ident { .. } => ::core::option::Option::None,),
        });
        known.push((index, ident, fields));
    }
    if let Some(declared) = &declared {
        for (.., fields) in &known {
            declared.check_read(fields, &mut errors);
        }
        // A variant that is not understood may be the one that is missing.
        if stood_for.len() == variants.len() {
            declared.check_values(&input.ident, &stood_for, &mut errors);
        }
    }
    let keys = known.iter().flat_map(|(.., fields)| fields).map(|member| member.key.value());
    let keys = keys_in_order(keys.chain([CODE.to_owned()]));
    let (find, code) = (find(&input.ident, &keys), place(CODE, &keys));
    let arms = known.iter().map(|(index, ident, fields)| {
        let read = if_read(fields, &keys, &quote!(Self::#ident));
        quote!(::core::option::Option::Some(#index) => { #read })
    });
    let (body, matched) = match variants.is_empty() {
        true => (quote!(#runtime::unreadable(from)), quote!(*self)),
        false => {
            let body = quote! {
                let mut fields = from.fields(#find);
                match fields.one_of(#code, &[#pairs]) {
                    #(#arms)*
                    _ => {}
                }
                fields.mistake()
            };
            (body, quote!(self))
        }
    };
    if !errors.is_empty() {
        (codes, messages) = (quote!(_ => "",), quote!(_ => ::core::option::Option::None,));
    }
    let name = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let read = finish(&input, &runtime, Some(body), declared.as_ref(), errors);
    quote! {
        #read
        #[automatically_derived]
        impl #impl_generics #runtime::MutationError for #name #type_generics #where_clause {
            fn code(&self) -> &'static ::core::primitive::str {
                match #matched { #codes }
            }

            fn message(&self) -> ::core::option::Option<&::core::primitive::str> {
                match #matched { #messages }
            }
        }
        #[automatically_derived]
        impl #impl_generics ::core::fmt::Display for #name #type_generics #where_clause {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #runtime::MutationError::describe(self, f)
            }
        }
        #[automatically_derived]
        impl #impl_generics ::core::error::Error for #name #type_generics #where_clause {}
    }
}
