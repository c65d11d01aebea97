//! Types and events of one's own against the manifest's declaration of them.

use std::path::Path;
use std::sync::Arc;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericParam, Generics, Ident, LitStr, Type};

use super::build_script;
use super::declaration::{DECLARATIONS, Declaration, Declarations, FieldLine, Kind};
use super::form::{Form, Misfit, Value, Way};
use super::kept::Kept;
use super::mistakes::Errors;
use super::output::Member;
use crate::suggest;

/// The declaration that a type is checked against, among all of them.
pub(super) struct Declared {
    all: Arc<Declarations>,
    one: Declaration,
}

/// What may stand for a declaration.
#[derive(Clone, Copy)]
pub(super) enum Stands {
    Struct,
    Words,
    Union,
    Errors,
    Input,
}

impl Stands {
    fn fits(self, kind: &Kind, has_fields: bool) -> bool {
        match (self, kind) {
            (Self::Struct, Kind::Object)
            | (Self::Words, Kind::Enum { .. })
            | (Self::Union, Kind::Union { .. })
            | (Self::Errors, Kind::Errors { .. })
            | (Self::Input, Kind::Input) => true,
            // An interface.
            (Self::Struct, Kind::Union { .. }) => has_fields,
            _ => false,
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Struct => "a struct is read from an output type or an interface",
            Self::Words => "an enum of words is read from an enum",
            Self::Union => "an enum with a discriminator is read from a union or an interface",
            Self::Errors => "a `MutationError` stands for the unsuccessful answers of a mutation",
            Self::Input => "an `Input` stands for an input",
        }
    }
}

fn what(kind: &Kind) -> &'static str {
    match kind {
        Kind::Object => "an output type",
        Kind::Input => "an input",
        Kind::Enum { .. } => "an enum",
        Kind::Union { .. } => "a union",
        Kind::Errors { .. } => "what an unsuccessful answer holds",
        Kind::Event { .. } => "an event",
    }
}

/// Every declaration that the build script has left.
fn all(out_dir: Option<&Path>, checked: &str) -> Result<Arc<Declarations>, String> {
    static KEPT: Kept<Option<Arc<Declarations>>> = Kept::new();
    let path = build_script::folder(out_dir, checked)?.join(DECLARATIONS);
    match KEPT.of(&path, |text| Declarations::read(text, build_script::VERSION).map(Arc::new)) {
        Some(Some(declarations)) => Ok(declarations),
        Some(None) => Err(build_script::other_version()),
        None => Err(build_script::nothing_left(checked)),
    }
}

impl Declared {
    /// The type that `typename` names.
    pub(super) fn of_type(
        typename: &LitStr,
        stands: Stands,
        out_dir: Option<&Path>,
        errors: &mut Errors,
    ) -> Option<Self> {
        let found = all(out_dir, "the type").and_then(|all| {
            let name = typename.value();
            match all.of_type(&name) {
                Some(one) if stands.fits(&one.kind, !one.fields.is_empty()) => Ok(Self { all, one }),
                Some(one) => {
                    Err(format!("`{name}` is {} ({})\nnote: {}", what(&one.kind), one.source, stands.expected()))
                }
                None => Err(unknown("type", &name, all.types())),
            }
        });
        found.map_err(|mistake| errors.at(typename, mistake)).ok()
    }

    /// The event of this type, where the build script has left declarations.
    pub(super) fn of_event(name: &LitStr, out_dir: Option<&Path>, errors: &mut Errors) -> Option<Self> {
        let all = all(out_dir, "the event").ok()?;
        let Some(one) = all.of_event(&name.value()) else {
            let mistake = unknown("event", &name.value(), all.events());
            errors.at(name, format!("{mistake}\nnote: an event of another database says so: `#[event(.., foreign)]`"));
            return None;
        };
        Some(Self { all, one })
    }

    /// The type that is stood for.
    pub(super) fn typename(&self) -> &str {
        &self.one.name
    }

    /// An event's entity and operation.
    pub(super) fn check_event(&self, entity: &LitStr, operation: &LitStr, errors: &mut Errors) {
        let Declaration { name, source, kind: Kind::Event { entity: of, operation: happened }, .. } = &self.one else {
            return;
        };
        if entity.value() != *of {
            errors.at(entity, format!("`{name}` is of the entity `{of}` ({source})"));
        }
        if operation.value() != *happened {
            errors.at(operation, format!("the operation of `{name}` is `{happened}` ({source})"));
        }
    }

    /// A union's discriminator.
    pub(super) fn check_discriminator(&self, discriminator: &LitStr, errors: &mut Errors) {
        let Declaration { name, source, kind: Kind::Union { discriminator: by, .. }, .. } = &self.one else { return };
        if discriminator.value() != *by {
            errors.at(discriminator, format!("the members of `{name}` are told by `{by}` ({source})"));
        }
    }

    /// The fields of a type that is read: each is declared, and can hold what is.
    pub(super) fn check_read(&self, members: &[Member<'_>], errors: &mut Errors) {
        for Member { ty, key, .. } in members {
            self.check_field(key, ty, Way::Read, errors);
        }
    }

    /// The fields of an input: each is declared and can hold what it sends, and what must be sent is.
    pub(super) fn check_sent(&self, of: &Ident, fields: &[(LitStr, &Type)], errors: &mut Errors) {
        let mut sent = Vec::new();
        for (key, ty) in fields {
            sent.extend(self.check_field(key, ty, Way::Sent, errors));
        }
        for field in &self.one.fields {
            let FieldLine { key, graphql, rust } = field;
            if graphql.ends_with('!') && !sent.contains(key) {
                let Declaration { name, source, .. } = &self.one;
                let written = if syn::parse_str::<Ident>(key).is_ok() { key.clone() } else { format!("r#{key}") };
                errors.at(
                    of,
                    format!(
                        "`{name}` needs the field `{key}: {graphql}` ({source})\nhelp: add a field `{written}: {rust}`"
                    ),
                );
            }
        }
    }

    /// Checks one field, and gives the key that it is or was meant to be.
    fn check_field(&self, key: &LitStr, ty: &Type, way: Way, errors: &mut Errors) -> Option<String> {
        let Declaration { name, source, fields, .. } = &self.one;
        let Some(field) = fields.iter().find(|field| field.key == key.value()) else {
            let keys = fields.iter().map(|field| field.key.as_str()).collect::<Vec<_>>();
            let near = suggest::nearest(&key.value(), keys.iter().copied());
            errors.at(key, format!("`{name}` has no `{}` ({source})\n{}", key.value(), instead(near, &keys)));
            return near.map(str::to_owned);
        };
        let (declared, written) = (Form::declared(field, &self.all), Form::written(ty, way));
        let misfit = match way {
            Way::Read => declared.misfit(&written, way),
            Way::Sent => written.misfit(&declared, way),
        };
        if let Some(misfit) = misfit {
            let FieldLine { key, graphql, rust } = field;
            let why = match (misfit, way) {
                (Misfit::Null, Way::Read) => ", which may be null",
                (Misfit::Null, Way::Sent) => ", which is never null",
                (Misfit::Value, _) => "",
            };
            let rust = match (declared.nullable, way) {
                (false, _) => rust.clone(),
                (true, Way::Read) => format!("Option<{rust}>"),
                (true, Way::Sent) => format!("pgmutate::Patch<{rust}>"),
            };
            let verb = if way == Way::Read { "read" } else { "send" };
            errors.at(ty, format!("`{key}` of `{name}` is `{graphql}`{why} ({source})\nhelp: {verb} `{rust}`"));
        }
        Some(field.key.clone())
    }

    /// The strings that variants stand for: each is declared, and each that is declared has a variant.
    pub(super) fn check_values(&self, of: &Ident, stood_for: &[LitStr], errors: &mut Errors) {
        let Declaration { name, source, kind, .. } = &self.one;
        let (word, owner) = match kind {
            Kind::Errors { function, .. } => ("code", function),
            _ => ("value", name),
        };
        let declared = kind.values();
        let mut met = Vec::new();
        for value in stood_for {
            let text = value.value();
            if declared.contains(&text.as_str()) {
                met.push(text);
                continue;
            }
            let near = suggest::nearest(&text, declared.iter().copied());
            errors.at(value, format!("`{owner}` has no {word} `{text}` ({source})\n{}", instead(near, &declared)));
            // It was meant, so it is not missing as well.
            met.extend(near.map(str::to_owned));
        }
        let missing = declared.iter().filter(|value| !met.iter().any(|met| met == *value)).collect::<Vec<_>>();
        if let Some(first) = missing.first() {
            let message =
                format!("`{of}` has no variant for {} of `{owner}` ({source})", quoted(missing.iter().copied()));
            errors.at(of, format!("{message}\nhelp: add a variant with `#[output({word} = \"{first}\")]`"));
        }
    }

    /// A member of a union: an object.
    pub(super) fn check_member(&self, value: &LitStr, ty: &Type, errors: &mut Errors) {
        let Some(member) = self.member(value) else { return };
        let object = Form { nullable: false, value: Value::Object };
        if object.misfit(&Form::written(ty, Way::Read), Way::Read).is_some() {
            let Declaration { name, source, .. } = &self.one;
            errors.at(ty, format!("`{}` of `{name}` is `{member}`, an object ({source})", value.value()));
        }
    }

    fn member(&self, value: &LitStr) -> Option<&str> {
        let Kind::Union { members, .. } = &self.one.kind else { return None };
        members.iter().find(|(known, _)| *known == value.value()).map(|(_, member)| member.as_str())
    }

    /// Assertions that the fields' types, where they say what they stand for, stand for what the fields hold.
    pub(super) fn nested(&self, members: &[Member<'_>], generics: &Generics, runtime: &TokenStream) -> TokenStream {
        let Declaration { name, source, fields, .. } = &self.one;
        let assertions = members.iter().filter_map(|Member { ty, key, .. }| {
            let FieldLine { key, graphql, .. } = fields.iter().find(|field| field.key == key.value())?;
            let typename = graphql.trim_matches(['[', ']', '!']);
            self.all.of_type(typename)?;
            let lists = graphql.matches('[').count();
            let expected = (typename, lists, !graphql.ends_with('!'));
            let message = format!("`{key}` of `{name}` is `{graphql}` ({source}), and this type is another");
            is_known_outside(ty, generics).then(|| stands_for(ty, expected, &message, runtime))
        });
        assertions.collect()
    }

    /// The same of a member of a union.
    pub(super) fn nested_member(
        &self,
        value: &LitStr,
        ty: &Type,
        generics: &Generics,
        runtime: &TokenStream,
    ) -> Option<TokenStream> {
        let Declaration { name, source, .. } = &self.one;
        let member = self.member(value)?;
        let message = format!("`{}` of `{name}` is `{member}` ({source}), and this type is another", value.value());
        is_known_outside(ty, generics).then(|| stands_for(ty, (member, 0, false), &message, runtime))
    }
}

/// Whether a type means the same outside of the implementation: there, `Self` and parameters are nothing.
fn is_known_outside(ty: &Type, generics: &Generics) -> bool {
    let parameters = generics.params.iter().map(|parameter| match parameter {
        GenericParam::Type(parameter) => &parameter.ident,
        GenericParam::Const(parameter) => &parameter.ident,
        GenericParam::Lifetime(parameter) => &parameter.lifetime.ident,
    });
    let own = Ident::new("Self", Span::call_site());
    let nothing = parameters.chain([&own]).collect::<Vec<_>>();
    !names_any(ty.to_token_stream(), &nothing)
}

fn names_any(tokens: TokenStream, names: &[&Ident]) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => names.iter().any(|name| **name == ident),
        TokenTree::Group(group) => names_any(group.stream(), names),
        _ => false,
    })
}

/// An assertion that `ty`, where it says what it stands for, stands for a type in so many lists which may be null or not.
pub(super) fn stands_for(
    ty: &Type,
    (typename, lists, nullable): (&str, usize, bool),
    message: &str,
    runtime: &TokenStream,
) -> TokenStream {
    let place = ty.span();
    let holds = quote_spanned!(place=> #runtime::json::stands_for::<#ty>(#typename, #lists, #nullable));
    // In this text braces are placeholders.
    let message = message.replace('{', "{{").replace('}', "}}");
    let assertion = quote_spanned!(place=> ::core::assert!(#holds, #message));
    quote!(const _: () = #assertion;)
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let mut known = known.collect::<Vec<_>>();
    known.sort_unstable();
    let message = format!("the manifest declares no {what} `{name}`");
    match suggest::nearest(name, known.iter().copied()) {
        Some(near) => format!("{message}\nhelp: did you mean `{near}`?"),
        None => message,
    }
}

/// What there is where something is not: the one that was meant, or all.
fn instead(near: Option<&str>, all: &[&str]) -> String {
    match near {
        Some(near) => format!("help: did you mean `{near}`?"),
        None if all.is_empty() => "note: it has none".to_owned(),
        None => format!("note: it has {}", quoted(all)),
    }
}

fn quoted(texts: impl IntoIterator<Item = impl std::fmt::Display>) -> String {
    texts.into_iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(", ")
}

/// The constant that says what a type stands for.
pub(super) fn stands(declared: Option<&Declared>, runtime: &TokenStream) -> TokenStream {
    let Some(declared) = declared else { return TokenStream::new() };
    let typename = declared.typename();
    quote!(const STANDS: #runtime::json::Stands = #runtime::json::Stands::of(#typename);)
}

#[cfg(feature = "generator")]
#[cfg(test)]
mod tests;
