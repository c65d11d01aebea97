//! The arguments of a mutation: the function's against the manifest's.

use super::model::{Argument, Rust};
use super::{Context, names, scalar, types};
use crate::catalog::{self, Function, Mode, Type, TypeKind};
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{self, Field, TypeRef};
use crate::naming::{is_rust_identifier, rust_identifier};
use crate::suggest;

/// The arguments as they are bound.
pub(super) struct Bound {
    pub(super) arguments: Vec<Argument>,
    /// What stands before and behind each placeholder.
    pub(super) around: Vec<(String, String)>,
}

/// Binds every argument of `function`; one that only one side knows is reported.
pub(super) fn bind(
    context: &Context<'_>,
    declared: &manifest::Mutation,
    function: &Function,
    diagnostics: &mut Vec<Diagnostic>,
) -> Bound {
    let mut bound = Bound { arguments: Vec::new(), around: Vec::new() };
    report_unknown(context, declared, function, diagnostics);
    let known = declared.all_arguments().filter(|field| has_input(function, &field.key.text));
    names::fields_differ(known.map(|field| (rust_identifier(&field.key.text), &field.key)), diagnostics);
    for input in function.inputs() {
        let Some(name) = &input.name else {
            diagnostics.push(nameless(function, input));
            continue;
        };
        let field = declared.argument(name);
        if field.is_none() {
            // A declared argument that does not exist is most likely this one under its old name: one mistake, one error.
            let renamed = declared.all_arguments().any(|field| !has_input(function, &field.key.text));
            if !renamed {
                diagnostics.push(undeclared(context, declared, function, input, name));
            }
        }
        if !is_rust_identifier(name) {
            let mut diagnostic =
                Diagnostic::new(Code::ARGUMENT_NAME, format!("argument `{name}` cannot be a field of a Rust struct"))
                    .help("rename it to letters, digits and `_`");
            if let Some(span) = input.span {
                diagnostic = diagnostic.at(span, "this name");
            }
            diagnostics.push(diagnostic);
            continue;
        }
        let binding = scalar::bind(context.catalog, &input.ty.ty);
        let binding = match field {
            Some(field) => declared_type(context, function, input, field, binding, diagnostics),
            None => binding,
        };
        bound.around.push(binding.around);
        bound.arguments.push(Argument {
            name: name.clone(),
            sql_type: context.catalog.display_use(&input.ty).to_string(),
            marker: binding.marker,
            rust: binding.rust,
            nullable: field.is_some_and(|field| field.type_ref.is_nullable()),
            variadic: input.mode == Mode::Variadic,
            optional: input.default.is_some(),
            context: declared.context.iter().any(|field| field.key.text == *name),
            default: input.default.as_ref().map(|default| default.text.clone()),
            source: input.span.map(|span| context.sources.location(span)).unwrap_or_default(),
            docs: types::docs(field.and_then(|field| field.description.as_deref())),
        });
    }
    bound
}

fn has_input(function: &Function, name: &str) -> bool {
    function.inputs().any(|input| input.name.as_deref() == Some(name))
}

fn report_unknown(
    context: &Context<'_>,
    declared: &manifest::Mutation,
    function: &Function,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for field in declared.all_arguments().filter(|field| !has_input(function, &field.key.text)) {
        let name = &field.key.text;
        let undeclared = || {
            let names = function.inputs().filter_map(|input| input.name.as_deref());
            names.filter(|name| declared.argument(name).is_none())
        };
        let near = suggest::nearest(name, undeclared()).or_else(|| {
            let mut left = undeclared();
            left.next().filter(|_| left.next().is_none())
        });
        let mut diagnostic =
            Diagnostic::new(Code::UNKNOWN_ARGUMENT, format!("function `{}` has no argument `{name}`", function.name))
                .at(field.key.span, "declared here");
        let place = function.inputs().find(|input| near.is_some() && input.name.as_deref() == near);
        let place = place.and_then(|input| input.span).or(function.spans.map(|spans| spans.name));
        if let Some(place) = place {
            let location = context.sources.location(place);
            diagnostic = diagnostic.and(place, format!("not among its arguments ({location})"));
        }
        diagnostics.push(suggest::did_you_mean(diagnostic, near));
    }
}

fn nameless(function: &Function, input: &catalog::Argument) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::ARGUMENT_NAME, format!("function `{}` has an argument without a name", function.name))
            .help("give it one: arguments are passed by name");
    match input.span {
        Some(span) => diagnostic.at(span, "this argument"),
        None => diagnostic,
    }
}

fn undeclared(
    context: &Context<'_>,
    declared: &manifest::Mutation,
    function: &Function,
    input: &catalog::Argument,
    name: &str,
) -> Diagnostic {
    let ty = context.catalog.display_use(&input.ty).to_string();
    let diagnostic = Diagnostic::new(
        Code::UNDECLARED_ARGUMENT,
        format!("argument `{name} {ty}` of `{}` is not in the manifest", function.name),
    )
    .and(declared.function.span, "the mutation's `arguments` do not have it")
    .help(format!("declare it: \"arguments\": {{ \"{name}\": \"...\" }}"));
    match input.span {
        Some(span) => diagnostic.at(span, "this argument"),
        None => diagnostic,
    }
}

/// How an argument is bound: as the manifest has it where the SQL type leaves it open, as the SQL type has it where it does not.
fn declared_type(
    context: &Context<'_>,
    function: &Function,
    input: &catalog::Argument,
    field: &Field,
    binding: scalar::ArgumentBinding,
    diagnostics: &mut Vec<Diagnostic>,
) -> scalar::ArgumentBinding {
    let reported = diagnostics.len();
    let rust = context.types.rust(&field.type_ref, types::Direction::Input, diagnostics);
    if diagnostics.len() > reported {
        return binding;
    }
    // Any type has a form in JSON.
    if ["Json", "Jsonb"].contains(&binding.marker.as_str()) {
        return scalar::ArgumentBinding { rust, ..binding };
    }
    let mut why = match fit(context, &rust, &binding.rust, &field.type_ref) {
        Ok(rust) => {
            diagnostics.extend(unknown_value(context, input, field));
            return scalar::ArgumentBinding { rust, ..binding };
        }
        Err(why) => why,
    };
    // What has a type of its own in Rust can still be passed as its text.
    let as_text = scalar::bind_as_text(context.catalog, &input.ty.ty);
    if as_text.rust != binding.rust {
        match fit(context, &rust, &as_text.rust, &field.type_ref) {
            Ok(rust) => return scalar::ArgumentBinding { rust, ..as_text },
            Err(of_text) => why = why.or(of_text),
        }
    }
    let why = why.unwrap_or_else(|| {
        format!("`{}` is not what PostgreSQL calls {}", field.type_ref, context.catalog.display(&input.ty.ty))
    });
    diagnostics.push(mismatch(context, function, input, field, &why));
    binding
}

/// The type to use where the manifest says `declared` and the SQL type is bound as `bound`, or why they do not fit.
fn fit(context: &Context<'_>, declared: &Rust, bound: &Rust, type_ref: &TypeRef) -> Result<Rust, Option<String>> {
    match (declared, bound) {
        // What a type of the user's own can be bound as, rustc says.
        (Rust::Named(_), _) => Ok(declared.clone()),
        (Rust::Contract(name), _) if context.manifest.inputs.iter().any(|input| input.name.text == *name) => {
            Err(Some("an input travels as jsonb".to_owned()))
        }
        (Rust::List(declared, nullable), Rust::List(bound, _)) => {
            Ok(Rust::List(Box::new(fit(context, declared, bound, type_ref)?), *nullable))
        }
        (Rust::List(..), _) => Err(Some("a list is an array or jsonb".to_owned())),
        (_, Rust::List(..)) => Err(Some("an array is a list: `[...]`".to_owned())),
        // `ID` is a name for any key: what it is, the SQL type says.
        _ if type_ref.named().0 == "ID" || declared == bound => Ok(bound.clone()),
        // A type that travels as text is fed from any scalar that Rust holds as one, and from an enum.
        (Rust::Std("String") | Rust::Contract(_), Rust::Std("String")) => Ok(declared.clone()),
        _ => Err(None),
    }
}

/// A value of the declared enum that the SQL enum does not have, so that a call with it must fail.
fn unknown_value(context: &Context<'_>, input: &catalog::Argument, field: &Field) -> Option<Diagnostic> {
    let base = match &input.ty.ty {
        Type::Array(element) => context.catalog.base_type(element),
        ty => context.catalog.base_type(ty),
    };
    let Type::Defined(id) = base else { return None };
    let sql = context.catalog.type_def(*id);
    let TypeKind::Enum(labels) = &sql.kind else { return None };
    let name = field.type_ref.named().0;
    let declared = context.manifest.enums.iter().find(|definition| definition.name.text == name)?;
    let value = declared.values.iter().map(|value| &value.name).find(|value| !labels.contains(&value.text))?;
    let mut diagnostic =
        Diagnostic::new(Code::ENUM_VALUE, format!("the SQL enum `{}` has no value `{}`", sql.name, value.text))
            .at(value.span, "not one of its values");
    if let Some(span) = input.span {
        diagnostic = diagnostic.and(span, format!("`{name}` is passed here"));
    }
    let near = suggest::nearest(&value.text, labels.iter().map(String::as_str));
    Some(match near {
        Some(_) => suggest::did_you_mean(diagnostic, near),
        None => {
            let labels = labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>();
            diagnostic.note(format!("its values: {}", labels.join(", ")))
        }
    })
}

fn mismatch(
    context: &Context<'_>,
    function: &Function,
    input: &catalog::Argument,
    field: &Field,
    why: &str,
) -> Diagnostic {
    let ty = context.catalog.display_use(&input.ty).to_string();
    let diagnostic = Diagnostic::new(
        Code::ARGUMENT_TYPE,
        format!("argument `{}` of `{}` is `{ty}`, not `{}`", field.key.text, function.name, field.type_ref),
    )
    .at(field.type_ref.named().1, why.to_owned());
    match input.span {
        Some(span) => diagnostic.and(span, format!("declared as `{ty}` here")),
        None => diagnostic,
    }
}
