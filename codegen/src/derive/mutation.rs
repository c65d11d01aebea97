//! `#[derive(Mutation)]`.

use std::path::Path as FilePath;

use proc_macro2::{Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Field, Fields, Ident, LitStr, Type};

use super::attribute::{ArgumentAttribute, MutationAttribute, misplaced, runtime_path};
use super::build_script;
use super::contract_file::{ArgumentLine, ContractFile, Presence, file_stem};
use super::declared::stands_for;
use super::mistakes::{Errors, own};
use super::prelude;
use crate::suggest;

/// Implements `Mutation`; `out_dir` is where the crate's build script wrote, if it has one, and `source` the file that holds the struct.
pub fn derive_mutation(input: TokenStream, out_dir: Option<&FilePath>, source: Option<&FilePath>) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let attribute = MutationAttribute::read(&input.attrs, &mut errors);
    misplaced(&input.attrs, "argument", "a field", &mut errors);
    let runtime = runtime_path(attribute.runtime.as_ref());
    let typed = typed(&input, &attribute, &runtime, &mut errors);
    let place = Place { out_dir, source };
    let expanded = expand(&input, &attribute, &runtime, place, &mut errors);
    let Some(Expanded { contract, bind, answers }) = expanded else {
        // A skeleton keeps one mistake from becoming an error at every use of the struct.
        let errors = errors.into_tokens();
        let skeleton = implementation(&input, &runtime, &quote!(&#runtime::contract::SKELETON), &TokenStream::new());
        return quote!(#errors #skeleton #typed);
    };
    let implementation = implementation(&input, &runtime, &contract, &bind);
    let answers = if errors.is_empty() { answers } else { TokenStream::new() };
    let errors = errors.into_tokens();
    quote!(#errors #implementation #typed #answers)
}

/// Where the derive stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    out_dir: Option<&'a FilePath>,
    /// The file.
    source: Option<&'a FilePath>,
}

impl Place<'_> {
    /// Whether `#[diagnostic::...]` has a meaning there.
    fn explains(self) -> bool {
        !self.source.is_some_and(prelude::may_be_missing)
    }
}

/// The types that `call` reads answers into, where both are named.
fn typed(
    input: &DeriveInput,
    attribute: &MutationAttribute,
    runtime: &TokenStream,
    errors: &mut Errors,
) -> Option<TokenStream> {
    let stand_in: Type = syn::parse_quote!(#runtime::Unanswered);
    let (success, error) = match (&attribute.success, &attribute.error) {
        (Some(success), Some(error)) => (success, error),
        (None, None) if !attribute.mistaken => return None,
        (one, other) => {
            if let (false, Some(one)) = (attribute.mistaken, one) {
                errors.at(one, "name the type of an unsuccessful answer as well: `error = ...`");
            } else if let (false, Some(other)) = (attribute.mistaken, other) {
                errors.at(other, "name the type of a successful answer as well: `success = ...`");
            }
            // So that a call is no error as well.
            (one.as_ref().unwrap_or(&stand_in), other.as_ref().unwrap_or(&stand_in))
        }
    };
    let name = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    // What is wrong with the types is wrong where they are named.
    let types = [
        quote_spanned!(success.span()=> type Success = #success;),
        quote_spanned!(error.span()=> type Error = #error;),
    ];
    Some(quote! {
        #[automatically_derived]
        impl #impl_generics #runtime::TypedMutation for #name #type_generics #where_clause {
            #(#types)*
        }
    })
}

/// The parts of an implementation that differ.
struct Expanded {
    /// An expression of type `&'static Contract`.
    contract: TokenStream,
    /// The statements that bind the fields, in the contract's order.
    bind: TokenStream,
    /// Assertions that the answers' types stand for what the function answers.
    answers: TokenStream,
}

fn implementation(
    input: &DeriveInput,
    runtime: &TokenStream,
    contract: &TokenStream,
    bind: &TokenStream,
) -> TokenStream {
    let name = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #runtime::Call for #name #type_generics #where_clause {
            const CALLED: &'static #runtime::contract::Contract = #contract;

            fn bind(
                &self,
                arguments: &mut #runtime::Arguments,
            ) -> ::core::result::Result<(), #runtime::BindError> {
                #bind
                arguments.finish()
            }
        }
    }
}

fn expand(
    input: &DeriveInput,
    attribute: &MutationAttribute,
    runtime: &TokenStream,
    place: Place<'_>,
    errors: &mut Errors,
) -> Option<Expanded> {
    let fields = fields(input, errors)?;
    match (&attribute.contract, &attribute.function) {
        (Some(contract), None) => {
            let bind = fields.iter().filter_map(|field| bind_generated(field, runtime, errors)).collect();
            errors.is_empty().then(|| Expanded { contract: quote!(&#contract), bind, answers: TokenStream::new() })
        }
        (None, Some(function)) => {
            let (folder, contract) = read_contract(function, place.out_dir, errors)?;
            let bind = bind_checked(input, attribute, &fields, &contract, (runtime, place.explains()), errors)?;
            let path = folder.join(format!("{}.rs", file_stem(&contract.function)));
            let path = path.to_string_lossy();
            let answers = answers(input, attribute, &contract, runtime);
            Some(Expanded { contract: quote!(::core::include!(#path)), bind, answers })
        }
        (Some(contract), Some(_)) => {
            errors.at(contract, "a struct has a `function` or a `contract`, not both");
            None
        }
        (None, None) if attribute.mistaken => None,
        (None, None) => {
            errors
                .at(&input.ident, "say which SQL function this calls: `#[mutation(function = \"app.create_order\")]`");
            None
        }
    }
}

/// Where the types that `call` reads say what they stand for, they must stand for this function's answers.
fn answers(
    input: &DeriveInput,
    attribute: &MutationAttribute,
    contract: &ContractFile,
    runtime: &TokenStream,
) -> TokenStream {
    // What is generic has no type yet.
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let ContractFile { function, source, typename, error, .. } = contract;
    let answers = [(&attribute.success, "a successful", typename), (&attribute.error, "an unsuccessful", error)];
    let assertions = answers.into_iter().filter_map(|(ty, which, typename)| {
        let message = format!("{which} `{function}` answers `{typename}` ({source}), and this type stands for another");
        Some(stands_for(ty.as_ref()?, (typename, 0, false), &message, runtime))
    });
    assertions.collect()
}

fn fields<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Option<Vec<(&'a Field, &'a Ident)>> {
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named) => {
                Some(named.named.iter().filter_map(|field| Some((field, field.ident.as_ref()?))).collect())
            }
            Fields::Unit => Some(Vec::new()),
            Fields::Unnamed(unnamed) => {
                errors.at(unnamed, "a mutation's arguments are passed by name: give the fields names");
                None
            }
        },
        Data::Enum(_) | Data::Union(_) => {
            errors.at(&input.ident, "a mutation is a struct whose fields are the function's arguments");
            None
        }
    }
}

fn bind_generated(
    (field, ident): &(&Field, &Ident),
    runtime: &TokenStream,
    errors: &mut Errors,
) -> Option<TokenStream> {
    let attribute = ArgumentAttribute::read(&field.attrs, errors);
    let Some(marker) = &attribute.sql else {
        errors.at(ident, "a generated field carries its SQL type: `#[argument(sql = Uuid)]`");
        return None;
    };
    let marker = qualified(marker.clone(), runtime);
    Some(push(ident, &argument_name(ident, &attribute), &marker, attribute.optional))
}

/// The argument that a field stands for.
fn argument_name(ident: &Ident, attribute: &ArgumentAttribute) -> String {
    attribute.name.as_ref().map_or_else(|| ident.to_string().trim_start_matches("r#").to_owned(), LitStr::value)
}

fn push(ident: &Ident, name: &str, marker: &TokenStream, optional: bool) -> TokenStream {
    let method = if optional { format_ident!("put_optional") } else { format_ident!("put") };
    let (arguments, this) = (own("arguments", ident.span()), own("self", ident.span()));
    quote_spanned!(ident.span()=> #arguments.#method::<#marker, _>(#name, &#this.#ident);)
}

/// Finds and reads what the generator left of `function`.
fn read_contract(
    function: &LitStr,
    out_dir: Option<&FilePath>,
    errors: &mut Errors,
) -> Option<(std::path::PathBuf, ContractFile)> {
    let folder = match build_script::folder(out_dir, "the struct") {
        Ok(folder) => folder,
        Err(nothing) => {
            errors.at(function, nothing);
            return None;
        }
    };
    let wanted = function.value();
    let stem = file_stem(&wanted);
    if let Ok(text) = std::fs::read_to_string(folder.join(format!("{stem}.contract"))) {
        let contract = ContractFile::parse(&text).filter(|contract| contract.version == build_script::VERSION);
        if contract.is_none() {
            errors.at(function, build_script::other_version());
        }
        return contract.map(|contract| (folder, contract));
    }
    if let Ok(mistakes) = std::fs::read_to_string(folder.join(format!("{stem}.broken"))) {
        errors.at(function, format!("`{wanted}` cannot be called: {}", mistakes.trim_end()));
        return None;
    }
    errors.at(function, unknown_function(&wanted, &folder));
    None
}

fn unknown_function(wanted: &str, folder: &FilePath) -> String {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return build_script::nothing_left("the struct");
    };
    let mut known = entries
        .filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_suffix(".contract")?.to_owned()))
        .collect::<Vec<_>>();
    known.sort();
    let mut message = format!("no mutation of the manifest calls a function `{wanted}`");
    match nearest_function(wanted, &known) {
        Some(near) => message.push_str(&format!("\nhelp: did you mean `{near}`?")),
        None if known.is_empty() => message.push_str("\nnote: the manifest has no mutations"),
        None => message.push_str(&format!("\nnote: these can be called: `{}`", known.join("`, `"))),
    }
    message
}

/// The function that was meant: one with a name like it, or with that name in some schema, be it in camel case.
fn nearest_function<'a>(wanted: &str, known: &'a [String]) -> Option<&'a str> {
    let mut snake = String::new();
    for c in wanted.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() && !snake.ends_with(['_', '.']) {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    let alone = |full: &'a str| full.split_once('.').map_or(full, |(_, name)| name);
    let known = || known.iter().map(String::as_str);
    let same = known().find(|full| *full == snake || alone(full) == snake);
    same.or_else(|| suggest::nearest(wanted, known())).or_else(|| {
        let near = suggest::nearest(&snake, known().map(alone))?;
        known().find(|full| alone(full) == near)
    })
}

/// Checks a hand-written struct field by field against the function's arguments.
fn bind_checked(
    input: &DeriveInput,
    attribute: &MutationAttribute,
    fields: &[(&Field, &Ident)],
    contract: &ContractFile,
    (runtime, explains): (&TokenStream, bool),
    errors: &mut Errors,
) -> Option<TokenStream> {
    if let Some(typename) = attribute.typename.as_ref().filter(|typename| typename.value() != contract.typename) {
        let ContractFile { function, typename: actual, source, .. } = contract;
        errors.at(typename, format!("a successful `{function}` answers a `{actual}` ({source})"));
    }
    let mut by_argument: Vec<Option<(&Field, &Ident)>> = vec![None; contract.arguments.len()];
    let (mut unknown, mut misnamed, mut mistaken) = (Vec::new(), Vec::new(), false);
    for (field, ident) in fields {
        let attribute = ArgumentAttribute::read(&field.attrs, errors);
        if attribute.mistaken {
            // It may be any of them.
            mistaken = true;
            continue;
        }
        let name = argument_name(ident, &attribute);
        let Some(index) = contract.arguments.iter().position(|argument| argument.name == name) else {
            let near = nearest_argument(&name, contract);
            // It was meant, so it is not missing as well.
            misnamed.extend(near);
            unknown.push(Unknown {
                span: attribute.name.as_ref().map_or(ident.span(), Spanned::span),
                name,
                near,
                ty: &field.ty,
            });
            continue;
        };
        if let Some((_, first)) = by_argument.get_mut(index).and_then(|slot| slot.replace((field, ident))) {
            errors.at(ident, format!("`{first}` is the argument `{name}` already"));
        }
    }
    let mut missing = Vec::new();
    let mut bind = TokenStream::new();
    for (index, (argument, field)) in contract.arguments.iter().zip(by_argument).enumerate() {
        match field {
            Some((field, ident)) => {
                let checked = Checked { field, ident, argument, index, contract };
                checked.refuse_null(errors);
                bind.extend(if explains { checked.push(runtime) } else { checked.push_unexplained(runtime) });
            }
            None if argument.presence == Presence::Optional => bind.extend(quote!(arguments.leave_out();)),
            None if mistaken || misnamed.contains(&argument.name.as_str()) => {}
            None => missing.push(argument),
        }
    }
    // The only field that is no argument may be the only argument that has no field.
    let mut strangers = unknown.iter_mut().filter(|unknown| unknown.near.is_none());
    if let (Some(stranger), None, [only]) = (strangers.next(), strangers.next(), &missing[..])
        && is_written(stranger.ty, &only.rust)
    {
        stranger.near = Some(&only.name);
        missing.clear();
    }
    for Unknown { span, name, near, .. } in &unknown {
        errors.at_span(*span, unknown_argument(name, *near, contract));
    }
    for ArgumentLine { name, sql_type, rust, presence, source, .. } in missing {
        let message = format!("`{}` needs the argument `{name} {sql_type}` ({source})", contract.function);
        // A keyword is a name with `r#` only.
        let raw = if syn::parse_str::<Ident>(name).is_ok() { "" } else { "r#" };
        let rust = if *presence == Presence::Nullable { format!("Option<{rust}>") } else { rust.clone() };
        errors.at(&input.ident, format!("{message}\nhelp: add a field `{raw}{name}: {rust}`"));
    }
    errors.is_empty().then_some(bind)
}

/// A field that is no argument.
struct Unknown<'a> {
    span: Span,
    name: String,
    /// The argument that was meant.
    near: Option<&'a str>,
    ty: &'a Type,
}

/// Whether a type is this one, with its path or without.
fn is_written(ty: &Type, rust: &str) -> bool {
    let bare = |text: &str| text.replace(' ', "").rsplit("::").next().unwrap_or_default().to_owned();
    bare(&ty.to_token_stream().to_string()) == bare(rust)
}

fn marker(argument: &ArgumentLine, runtime: &TokenStream) -> TokenStream {
    // The generator wrote it; a file that holds something else is reported by rustc at the struct.
    qualified(argument.marker.parse().unwrap_or_default(), runtime)
}

/// A marker with the path of each of its names: `Array<Text>` has two.
fn qualified(marker: TokenStream, runtime: &TokenStream) -> TokenStream {
    let tokens = marker.into_iter().map(|token| match token {
        TokenTree::Ident(name) => quote!(#runtime::sql::#name),
        other => other.into(),
    });
    tokens.collect()
}

fn nearest_argument<'a>(name: &str, contract: &'a ContractFile) -> Option<&'a str> {
    suggest::nearest(name, contract.arguments.iter().map(|argument| argument.name.as_str()))
}

fn unknown_argument(name: &str, near: Option<&str>, contract: &ContractFile) -> String {
    let mut message = format!("`{}` has no argument `{name}` ({})", contract.function, contract.source);
    let names = contract.arguments.iter().map(|argument| argument.name.as_str());
    match near {
        Some(near) if suggest::nearest(name, [near]).is_some() => {
            message.push_str(&format!("\nhelp: did you mean `{near}`?"));
        }
        Some(other) => message.push_str(&format!(
            "\nhelp: if its argument `{other}` is meant, say so: `#[argument(name = \"{other}\")]`"
        )),
        None if contract.arguments.is_empty() => message.push_str("\nnote: it has no arguments at all"),
        None => message.push_str(&format!("\nnote: its arguments: `{}`", names.collect::<Vec<_>>().join("`, `"))),
    }
    message
}

/// A field and the argument that it is for.
struct Checked<'a> {
    field: &'a Field,
    ident: &'a Ident,
    argument: &'a ArgumentLine,
    index: usize,
    contract: &'a ContractFile,
}

impl Checked<'_> {
    /// An `Option` for an argument that the manifest says is never null. By its name alone, for a derive knows no types.
    fn refuse_null(&self, errors: &mut Errors) {
        let Type::Path(path) = &self.field.ty else { return };
        let is_option = path.path.segments.last().is_some_and(|segment| segment.ident == "Option");
        let ArgumentLine { name, rust, presence, source, .. } = self.argument;
        if is_option && *presence == Presence::Required {
            let function = &self.contract.function;
            errors.at(
                &self.field.ty,
                format!(
                    "the argument `{name}` of `{function}` is never null by the manifest ({source})\nhelp: send `{rust}`"
                ),
            );
        }
    }

    /// Pushes through a trait of its own for each field: so rustc's one error stands at the field's type and names the line of SQL.
    fn push(&self, runtime: &TokenStream) -> TokenStream {
        let ArgumentLine { name, sql_type, rust, source, .. } = self.argument;
        // In these texts braces are placeholders, and a quoted SQL name may hold some.
        let plain = |text: &str| text.replace('{', "{{").replace('}', "}}");
        let message = Literal::string(&format!(
            "`{{Self}}` cannot be sent as the argument `{}` of `{}` ({})",
            plain(&format!("{name} {sql_type}")),
            plain(&self.contract.function),
            plain(source)
        ));
        let label = Literal::string(&plain(&format!("`{name}` is declared as `{sql_type}` at {source}")));
        let note = Literal::string(&plain(&if self.argument.presence == Presence::Optional {
            format!(
                "it has a DEFAULT, so send `Option<{rust}>`, whose `None` leaves it out, or `pgmutate::Patch<{rust}>`"
            )
        } else {
            format!("send `{rust}`, or implement `pgmutate::Parameter` for a type of your own")
        }));
        let explained = quote!(#[diagnostic::on_unimplemented(message = #message, label = #label, note = #note)]);
        let unnoticed = quote!(#[diagnostic::do_not_recommend]);
        // A name for each: of traits that are named alike, rustc says that one is meant for the other.
        self.push_through(&format_ident!("Argument{}", self.index + 1), &explained, &unnoticed, runtime)
    }

    /// The same without attributes: the trait's name says what rustc's note can.
    fn push_unexplained(&self, runtime: &TokenStream) -> TokenStream {
        let ArgumentLine { name, sql_type, source, .. } = self.argument;
        let place = format!("{name}_{sql_type}_at_{source}");
        let place = place.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect::<String>();
        let styled = quote!(#[allow(non_camel_case_types)]);
        self.push_through(&format_ident!("argument_{place}"), &styled, &TokenStream::new(), runtime)
    }

    fn push_through(
        &self,
        name: &Ident,
        of_trait: &TokenStream,
        of_implementation: &TokenStream,
        runtime: &TokenStream,
    ) -> TokenStream {
        let (argument, ident) = (&self.argument.name, self.ident);
        let optional = self.argument.presence == Presence::Optional;
        let bound = if optional { format_ident!("OptionalParameter") } else { format_ident!("Parameter") };
        let method = if optional { format_ident!("put_optional") } else { format_ident!("put") };
        let marker = marker(self.argument, runtime);
        let at = self.field.ty.span();
        let (arguments, this) = (own("arguments", at), own("self", at));
        let bind = quote_spanned!(at=> #name::bind(&#this.#ident, #arguments););
        quote! {{
            #of_trait
            trait #name {
                fn bind(&self, arguments: &mut #runtime::Arguments);
            }
            #of_implementation
            impl<T: #runtime::#bound<#marker> + ?::core::marker::Sized> #name for T {
                fn bind(&self, arguments: &mut #runtime::Arguments) {
                    arguments.#method::<#marker, _>(#argument, self);
                }
            }
            #bind
        }}
    }
}
