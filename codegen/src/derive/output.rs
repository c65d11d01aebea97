//! `#[derive(Output)]`: types that are read from the JSON of answers and events.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DataEnum, DeriveInput, Fields, FieldsNamed, Ident, LitStr};

use super::attribute::{Distinct, Errors, OutputAttribute, runtime_path};

/// Implements `ReadJson`.
pub fn derive_output(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let attribute = OutputAttribute::read(&input.attrs, &mut errors);
    let runtime = runtime_path(attribute.runtime.as_ref());
    let body = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Some(read_struct(&input.ident, fields, &mut errors)),
            Fields::Unit => Some(read_struct(&input.ident, &no_fields(), &mut errors)),
            Fields::Unnamed(_) => {
                errors.at(&input.ident, "the fields of an output are keys of a JSON object: give them names");
                None
            }
        },
        Data::Enum(data) if attribute.mistaken => {
            // What it is is not known, but what else is wrong is.
            for variant in &data.variants {
                OutputAttribute::read(&variant.attrs, &mut errors);
            }
            None
        }
        Data::Enum(data) => match &attribute.discriminator {
            Some(discriminator) => read_union(data, discriminator, &runtime, &mut errors),
            None => read_words(data, &mut errors),
        },
        Data::Union(_) => {
            errors.at(&input.ident, "an output is a struct or an enum");
            None
        }
    };
    finish(&input, &runtime, body, errors)
}

fn no_fields() -> FieldsNamed {
    FieldsNamed { brace_token: syn::token::Brace::default(), named: syn::punctuated::Punctuated::new() }
}

/// The implementation, and every mistake; with a mistake it compiles all the same, so that there is no second error.
pub(super) fn finish(
    input: &DeriveInput,
    runtime: &TokenStream,
    body: Option<TokenStream>,
    errors: Errors,
) -> TokenStream {
    let name = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let body = body.filter(|_| errors.is_empty()).unwrap_or_else(|| quote!(#runtime::unreadable(from)));
    let errors = errors.into_tokens();
    quote! {
        #errors
        #[automatically_derived]
        impl #impl_generics #runtime::json::ReadJson for #name #type_generics #where_clause {
            fn read_json(
                from: #runtime::json::Reader<'_>,
            ) -> ::core::result::Result<Self, #runtime::json::ReadError> {
                #body
            }
        }
    }
}

fn read_struct(name: &Ident, fields: &FieldsNamed, errors: &mut Errors) -> TokenStream {
    let fields = members(fields, errors);
    let find = find(name, fields.iter().map(|(_, key)| key));
    let reads = reads(&fields);
    if fields.is_empty() {
        return quote!(from.#find?; ::core::result::Result::Ok(Self {}));
    }
    quote! {
        let members = from.#find?;
        ::core::result::Result::Ok(Self { #reads })
    }
}

/// Each field with its key.
pub(super) fn members<'a>(fields: &'a FieldsNamed, errors: &mut Errors) -> Vec<(&'a Ident, LitStr)> {
    let named = fields.named.iter().filter_map(|field| {
        let attribute = OutputAttribute::read(&field.attrs, errors);
        let ident = field.ident.as_ref()?;
        let own = || LitStr::new(ident.to_string().trim_start_matches("r#"), ident.span());
        Some((ident, attribute.key.unwrap_or_else(own)))
    });
    named.collect()
}

/// The call that looks for the keys, in jsonb's order.
pub(super) fn find<'a>(name: &Ident, keys: impl Iterator<Item = &'a LitStr>) -> TokenStream {
    let mut keys = keys.map(LitStr::value).collect::<Vec<_>>();
    keys.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    keys.dedup();
    let name = name.to_string();
    let name = name.trim_start_matches("r#");
    quote!(object(#name, &[#(#keys),*]))
}

pub(super) fn reads(fields: &[(&Ident, LitStr)]) -> TokenStream {
    let reads = fields.iter().map(|(ident, key)| quote!(#ident: members.read(#key)?));
    quote!(#(#reads),*)
}

fn read_words(data: &DataEnum, errors: &mut Errors) -> Option<TokenStream> {
    let (mut pairs, mut distinct) = (TokenStream::new(), Distinct::default());
    for variant in &data.variants {
        let attribute = OutputAttribute::read(&variant.attrs, errors);
        let ident = &variant.ident;
        if !matches!(variant.fields, Fields::Unit) {
            errors.at(
                ident,
                "an enum of words has variants without fields; a union says `#[output(discriminator = \"...\")]`",
            );
        }
        if attribute.values.is_empty() && !attribute.mistaken {
            errors.at(ident, "say which string this stands for: `#[output(value = \"...\")]`");
        }
        for value in attribute.values {
            distinct.add(&value, ident, errors);
            pairs.extend(quote!((#value, Self::#ident),));
        }
    }
    Some(quote!(from.one_of(&[#pairs])))
}

fn read_union(
    data: &DataEnum,
    discriminator: &LitStr,
    runtime: &TokenStream,
    errors: &mut Errors,
) -> Option<TokenStream> {
    let (mut pairs, mut arms, mut distinct) = (TokenStream::new(), TokenStream::new(), Distinct::default());
    for (index, variant) in data.variants.iter().enumerate() {
        let attribute = OutputAttribute::read(&variant.attrs, errors);
        let ident = &variant.ident;
        if !matches!(&variant.fields, Fields::Unnamed(fields) if fields.unnamed.len() == 1) {
            errors.at(ident, "a member of a union holds one type");
        }
        if attribute.values.is_empty() && !attribute.mistaken {
            errors.at(
                ident,
                format!("say by which `{}` it is told: `#[output(value = \"...\")]`", discriminator.value()),
            );
        }
        for value in attribute.values {
            distinct.add(&value, ident, errors);
            pairs.extend(quote!((#value, #index),));
        }
        // No index is given but these.
        let pattern = if index + 1 == data.variants.len() { quote!(_) } else { quote!(#index) };
        arms.extend(quote!(
            #pattern => #runtime::json::ReadJson::read_json(from).map(Self::#ident),
        ));
    }
    if data.variants.is_empty() {
        errors.at(discriminator, "a union has at least one member");
        return None;
    }
    Some(quote!(match from.discriminated(#discriminator, &[#pairs])? { #arms }))
}
