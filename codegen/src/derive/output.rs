//! `#[derive(Output)]`: types that are read from the JSON of answers and events.

use std::path::Path;

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DataEnum, DeriveInput, Fields, Generics, Ident, LitStr, Type};

use super::attribute::{On, OutputAttribute, runtime_path};
use super::declared::{self, Declared, Stands};
use super::mistakes::{Distinct, Errors, own};

/// Implements `ReadJson`; `out_dir` is where the crate's build script wrote, if it has one.
pub fn derive_output(input: TokenStream, out_dir: Option<&Path>) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let on = if matches!(input.data, Data::Enum(_)) { On::Enum } else { On::Type };
    let attribute = OutputAttribute::read(on, &input.attrs, &mut errors);
    let runtime = runtime_path(attribute.runtime.as_ref());
    let stands = match (&input.data, &attribute.discriminator) {
        (Data::Enum(_), None) => Stands::Words,
        (Data::Enum(_), Some(_)) => Stands::Union,
        _ => Stands::Struct,
    };
    let typename = attribute.typename.as_ref().filter(|_| !attribute.mistaken);
    let declared = typename.and_then(|typename| Declared::of_type(typename, stands, out_dir, &mut errors));
    let declared = declared.as_ref();
    let mut nested = TokenStream::new();
    let body = match &input.data {
        Data::Struct(data) => match &data.fields {
            fields @ (Fields::Named(_) | Fields::Unit) => {
                let members = members(fields, &mut errors);
                if let Some(declared) = declared {
                    declared.check_read(&members, &mut errors);
                    nested = declared.nested(&members, &input.generics, &runtime);
                }
                Some(read_struct(&input.ident, &members))
            }
            Fields::Unnamed(_) => {
                errors.at(&input.ident, "the fields of an output are keys of a JSON object: give them names");
                None
            }
        },
        Data::Enum(data) if attribute.mistaken => {
            // What it is is not known, but what else is wrong is.
            for variant in &data.variants {
                OutputAttribute::read(On::Variant, &variant.attrs, &mut errors);
            }
            None
        }
        Data::Enum(data) => match &attribute.discriminator {
            Some(discriminator) => {
                if let Some(declared) = declared {
                    declared.check_discriminator(discriminator, &mut errors);
                }
                let context = (&input.generics, &runtime, declared);
                let read = read_union(&input.ident, data, discriminator, context, &mut errors);
                read.map(|(body, members)| {
                    nested = members;
                    body
                })
            }
            None => read_words(&input.ident, data, declared, &mut errors),
        },
        Data::Union(_) => {
            errors.at(&input.ident, "an output is a struct or an enum");
            None
        }
    };
    let nested = if errors.is_empty() { nested } else { TokenStream::new() };
    let read = finish(&input, &runtime, body, declared, errors);
    quote!(#read #nested)
}

/// The implementation, and every mistake; with a mistake it compiles all the same, so that there is no second error.
pub(super) fn finish(
    input: &DeriveInput,
    runtime: &TokenStream,
    body: Option<TokenStream>,
    declared: Option<&Declared>,
    errors: Errors,
) -> TokenStream {
    let name = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let body = body.filter(|_| errors.is_empty()).unwrap_or_else(|| quote!(#runtime::unreadable(from)));
    let errors = errors.into_tokens();
    let stands = declared::stands(declared, runtime);
    quote! {
        #errors
        #[automatically_derived]
        impl #impl_generics #runtime::json::ReadJson for #name #type_generics #where_clause {
            #stands

            fn read_json(
                from: #runtime::json::Reader<'_>,
            ) -> ::core::result::Result<Self, #runtime::json::ReadError> {
                #body
            }
        }
    }
}

/// Reads a struct whose fields have names, if there are any.
pub(super) fn read_struct(name: &Ident, fields: &[Member<'_>]) -> TokenStream {
    let keys = keys_in_order(fields.iter().map(|member| member.key.value()));
    let find = find(name, &keys);
    if fields.is_empty() {
        let found = or_return(quote!(from.object(#find)));
        return quote!(#found; ::core::result::Result::Ok(Self {}));
    }
    let made = if_read(fields, &keys, &quote!(Self));
    quote! {
        let mut fields = from.fields(#find);
        #made
        fields.mistake()
    }
}

/// A field that is read: its key may be another than its name.
pub(super) struct Member<'a> {
    pub(super) ident: &'a Ident,
    pub(super) ty: &'a Type,
    pub(super) key: LitStr,
}

/// Each field with its key.
pub(super) fn members<'a>(fields: &'a Fields, errors: &mut Errors) -> Vec<Member<'a>> {
    let mut distinct = Distinct::default();
    let named = fields.iter().filter_map(|field| {
        let attribute = OutputAttribute::read(On::Field, &field.attrs, errors);
        let ident = field.ident.as_ref()?;
        let own = || LitStr::new(ident.to_string().trim_start_matches("r#"), ident.span());
        let key = attribute.key.unwrap_or_else(own);
        distinct.add(&key, ident, errors);
        Some(Member { ident, ty: &field.ty, key })
    });
    named.collect()
}

/// The keys in jsonb's order.
pub(super) fn keys_in_order(keys: impl Iterator<Item = String>) -> Vec<String> {
    let mut keys = keys.collect::<Vec<_>>();
    keys.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    keys.dedup();
    keys
}

/// How the keys of a type are looked for.
pub(super) fn find(name: &Ident, keys: &[String]) -> TokenStream {
    let name = name.to_string();
    let name = name.trim_start_matches("r#");
    quote!(#name, &[#(#keys),*])
}

/// Returns what is `made` of its fields, each read at its type (where that cannot be read, the error stands there), unless one of them could not be read.
pub(super) fn if_read(members: &[Member<'_>], keys: &[String], made: &TokenStream) -> TokenStream {
    if members.is_empty() {
        return quote!(return ::core::result::Result::Ok(#made {}););
    }
    let names = members.iter().map(|member| member.ident);
    let reads = members.iter().map(|Member { ty, key, .. }| {
        let at = place(&key.value(), keys);
        let fields = own("fields", ty.span());
        quote_spanned!(ty.span()=> #fields.read::<#ty>(#at))
    });
    let values = (0..members.len()).map(|number| format_ident!("value_{number}")).collect::<Vec<_>>();
    quote! {
        if let (#(::core::option::Option::Some(#values),)*) = (#(#reads,)*) {
            return ::core::result::Result::Ok(#made { #(#names: #values),* });
        }
    }
}

/// The place of a key among them.
pub(super) fn place(key: &str, keys: &[String]) -> usize {
    keys.iter().position(|known| known == key).unwrap_or_default()
}

/// What `?` does where the error need not be converted: rustc checks this in half the time.
fn or_return(result: TokenStream) -> TokenStream {
    quote! {
        match #result {
            ::core::result::Result::Ok(value) => value,
            ::core::result::Result::Err(error) => return ::core::result::Result::Err(error),
        }
    }
}

fn read_words(name: &Ident, data: &DataEnum, declared: Option<&Declared>, errors: &mut Errors) -> Option<TokenStream> {
    if data.variants.is_empty() {
        errors.at(name, "an enum of words has at least one variant");
        return None;
    }
    if data.variants.iter().any(|variant| !matches!(variant.fields, Fields::Unit)) {
        let message = "variants that hold something make a union: say which key tells them, `#[output(discriminator = \"...\")]`, or hold nothing";
        errors.at(name, message);
        return None;
    }
    let (mut pairs, mut arms, mut distinct) = (TokenStream::new(), TokenStream::new(), Distinct::default());
    let (mut values, mut understood) = (Vec::new(), true);
    for (index, variant) in data.variants.iter().enumerate() {
        let attribute = OutputAttribute::read(On::Variant, &variant.attrs, errors);
        let ident = &variant.ident;
        if attribute.values.is_empty() && !attribute.mistaken {
            errors.at(ident, "say which string this stands for: `#[output(value = \"...\")]`");
        }
        understood &= !attribute.mistaken && !attribute.values.is_empty();
        for value in attribute.values {
            distinct.add(&value, ident, errors);
            pairs.extend(quote!((#value, #index),));
            values.push(value);
        }
        let pattern = of_index(index, data.variants.len());
        arms.extend(quote!(#pattern => Self::#ident,));
    }
    // What is missing may be what was not understood.
    if let (Some(declared), true) = (declared, understood) {
        declared.check_values(name, &values, errors);
    }
    let index = or_return(quote!(from.one_of(&[#pairs])));
    Some(quote!(::core::result::Result::Ok(match #index { #arms })))
}

/// The pattern of a variant's number: no number is given but those of the variants.
fn of_index(index: usize, variants: usize) -> TokenStream {
    if index + 1 == variants { quote!(_) } else { quote!(#index) }
}

fn read_union(
    name: &Ident,
    data: &DataEnum,
    discriminator: &LitStr,
    (generics, runtime, declared): (&Generics, &TokenStream, Option<&Declared>),
    errors: &mut Errors,
) -> Option<(TokenStream, TokenStream)> {
    let mut nested = TokenStream::new();
    let (mut pairs, mut arms, mut distinct) = (TokenStream::new(), TokenStream::new(), Distinct::default());
    let (mut values, mut understood) = (Vec::new(), true);
    for (index, variant) in data.variants.iter().enumerate() {
        let attribute = OutputAttribute::read(On::Variant, &variant.attrs, errors);
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
        understood &= !attribute.mistaken && !attribute.values.is_empty();
        for value in attribute.values {
            distinct.add(&value, ident, errors);
            pairs.extend(quote!((#value, #index),));
            if let (Some(declared), Some(field)) = (declared, variant.fields.iter().next()) {
                declared.check_member(&value, &field.ty, errors);
                nested.extend(declared.nested_member(&value, &field.ty, generics, runtime));
            }
            values.push(value);
        }
        let pattern = of_index(index, data.variants.len());
        arms.extend(quote!(
            #pattern => #runtime::json::ReadJson::read_json(from).map(Self::#ident),
        ));
    }
    if data.variants.is_empty() {
        errors.at(discriminator, "a union has at least one member");
        return None;
    }
    // What is missing may be what was not understood.
    if let (Some(declared), true) = (declared, understood) {
        declared.check_values(name, &values, errors);
    }
    let index = or_return(quote!(from.discriminated(#discriminator, &[#pairs])));
    Some((quote!(match #index { #arms }), nested))
}
