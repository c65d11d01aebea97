//! Output types: the objects and unions that answers and events hold, as Rust structs and enums.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::{Emitter, docs, format, prelude, style};
use crate::contract::{Object, ObjectField, Union};
use crate::naming::{input_field, rust_identifier};

impl Emitter<'_> {
    /// Every type that answers and events hold; in a module, as inputs are.
    pub(super) fn types_module(&self) -> Vec<TokenStream> {
        let reached = self.reached();
        let answers = self.contract.mutations.iter().flat_map(|mutation| [&mutation.success, &mutation.error]);
        let answers = answers.map(String::as_str).collect::<BTreeSet<_>>();
        let is_type = |name: &str| reached.contains(name) && !answers.contains(name);
        let objects = self.contract.objects.iter().filter(|object| is_type(&object.typename)).collect::<Vec<_>>();
        let unions = self.contract.unions.iter().filter(|union| is_type(&union.name)).collect::<Vec<_>>();
        let names = objects.iter().map(|object| &object.typename).chain(unions.iter().map(|union| &union.name));
        let names = names.map(|name| rust_identifier(name)).collect::<Vec<_>>();
        if names.is_empty() {
            return Vec::new();
        }
        let objects = objects.into_iter().map(|object| self.object(object));
        let unions = unions.into_iter().map(|union| self.union(union));
        let items = format::spaced(std::iter::once(prelude()).chain(objects).chain(unions));
        vec![quote!(pub use self::types::{#(#names),*};), quote!(mod types { #items })]
    }

    fn object(&self, object: &Object) -> TokenStream {
        let undescribed = format!("The type `{}`.", object.typename);
        let lines = described(&object.docs, &undescribed, &object.source);
        let name = rust_identifier(&object.typename);
        self.structure(&lines, &name, &in_manifest_order(object), &TokenStream::new())
    }

    /// A struct with `more` in front of the fields.
    pub(super) fn structure(
        &self,
        lines: &[&str],
        name: &Ident,
        fields: &[&ObjectField],
        more: &TokenStream,
    ) -> TokenStream {
        let runtime = self.runtime;
        let names = fields.iter().map(|field| input_field(field.position, &field.key)).collect::<Vec<_>>();
        let styled = [style::camel_case(name), style::snake_case(&names)];
        let styled = quote!(#(#styled)*);
        let docs = docs(lines.iter().copied());
        let fields = fields.iter().map(|field| self.output_field(field));
        let renamed = self.output_attribute();
        let (serde, tag) = (self.serde_out(), self.serde_type(quote!(tag = "__typename")));
        quote! {
            #docs
            #styled
            #[derive(Clone, Debug, PartialEq, #runtime::Output #serde)]
            #renamed
            #tag
            pub struct #name { #more #(#fields),* }
        }
    }

    /// `#[output(crate = path)]` where the runtime goes by another name.
    pub(super) fn output_attribute(&self) -> Option<TokenStream> {
        let runtime = self.runtime;
        self.renamed.then(|| quote!(#[output(crate = #runtime)]))
    }

    fn output_field(&self, field: &ObjectField) -> TokenStream {
        let ident = input_field(field.position, &field.key);
        let plain = ident.to_string().trim_start_matches("r#") == field.key;
        let key = &field.key;
        let key = (!plain).then(|| quote!(#[output(key = #key)]));
        let rust = self.rust(&field.rust);
        let rust = if field.nullable { quote!(Option<#rust>) } else { rust };
        let declared = format!("`{}`: `{}`", field.key, field.graphql);
        let docs = docs(field.docs.iter().map(String::as_str).chain([declared.as_str()]));
        let serde = self.serde_name(&ident, &field.name, None);
        quote!(#docs #key #serde pub #ident: #rust)
    }

    fn union(&self, union: &Union) -> TokenStream {
        let runtime = self.runtime;
        let name = rust_identifier(&union.name);
        let styled = style::camel_case(&name);
        let undescribed = format!("The union `{}`.", union.name);
        let docs_of_type = docs(described(&union.docs, &undescribed, &union.source));
        let mut members: Vec<(&str, Vec<&str>)> = Vec::new();
        for (value, member) in &union.members {
            match members.iter_mut().find(|(known, _)| known == member) {
                Some((_, values)) => values.push(value),
                None => members.push((member, vec![value])),
            }
        }
        let variants = members.iter().map(|(member, values)| {
            let told = values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>();
            let docs = docs([format!("Where `{}` is {}.", union.discriminator, told.join(" or ")).as_str()]);
            let member = rust_identifier(member);
            quote!(#docs #[output(#(value = #values),*)] #member(super::#member))
        });
        let discriminator = &union.discriminator;
        // Each member has its own tag.
        let (serde, untagged) = (self.serde_out(), self.serde_type(quote!(untagged)));
        let renamed = self.renamed.then(|| quote!(, crate = #runtime));
        quote! {
            #docs_of_type
            #styled
            #[derive(Clone, Debug, PartialEq, #runtime::Output #serde)]
            #[output(discriminator = #discriminator #renamed)]
            #untagged
            pub enum #name { #(#variants),* }
        }
    }
}

/// The fields as the manifest has them: tables have them in jsonb's order.
pub(super) fn in_manifest_order(object: &Object) -> Vec<&ObjectField> {
    let mut fields = object.fields.iter().collect::<Vec<_>>();
    fields.sort_by_key(|field| field.position);
    fields
}

/// What is said of a type, and where it is declared.
pub(super) fn described<'a>(lines: &'a [String], undescribed: &'a str, source: &'a str) -> Vec<&'a str> {
    let mut out = lines.iter().map(String::as_str).collect::<Vec<_>>();
    if out.is_empty() {
        out.push(undescribed);
    }
    if !source.is_empty() {
        out.extend(["", source]);
    }
    out
}
