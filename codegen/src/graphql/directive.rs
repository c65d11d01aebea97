//! The directive that says what GraphQL has no words for: `@pgmutate(key: "vat_id")`.

use apollo_parser::cst;

use super::DIRECTIVE;
use super::cst::{File, child, children};
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::Name;
use crate::suggest;

/// The arguments of a directive, taken one by one; what is left is a mistake.
pub(super) struct Directive {
    arguments: Vec<(Name, Argument)>,
    known: Vec<&'static str>,
}

enum Argument {
    String(Name),
    True,
    Other,
}

impl Directive {
    /// The directive at `node`; without one, one that says nothing.
    pub(super) fn at(file: File, node: &impl cst::CstNode) -> Self {
        let arguments = called(node, DIRECTIVE)
            .flat_map(|it| it.arguments().map(|it| it.arguments().collect::<Vec<_>>()))
            .flatten();
        let arguments = arguments.filter_map(|argument| {
            let value = match argument.value()? {
                cst::Value::StringValue(value) => Argument::String(file.string(&value)),
                cst::Value::BooleanValue(value) if value.true_token().is_some() => Argument::True,
                _ => Argument::Other,
            };
            Some((file.name(argument.name())?, value))
        });
        Self { arguments: arguments.collect(), known: Vec::new() }
    }

    fn take(&mut self, name: &'static str) -> Option<(Name, Argument)> {
        self.known.push(name);
        let at = self.arguments.iter().position(|(argument, _)| argument.text == name)?;
        Some(self.arguments.remove(at))
    }

    /// A string that is not empty.
    pub(super) fn string(&mut self, name: &'static str, diagnostics: &mut Vec<Diagnostic>) -> Option<Name> {
        match self.take(name)? {
            (_, Argument::String(value)) if !value.text.trim().is_empty() => Some(value),
            (argument, _) => {
                let message = format!("`{name}` of `@{DIRECTIVE}` must be a string that is not empty");
                diagnostics.push(Diagnostic::new(Code::SCHEMA_FORM, message).at(argument.span, "this argument"));
                None
            }
        }
    }

    /// `true`, or nothing.
    pub(super) fn flag(&mut self, name: &'static str, diagnostics: &mut Vec<Diagnostic>) -> bool {
        match self.take(name) {
            Some((_, Argument::True)) => true,
            Some((argument, _)) => {
                let message = format!("`{name}` of `@{DIRECTIVE}` must be `true`");
                diagnostics.push(Diagnostic::new(Code::SCHEMA_FORM, message).at(argument.span, "this argument"));
                false
            }
            None => false,
        }
    }

    /// Reports every argument that nothing asked for.
    pub(super) fn finish(self, diagnostics: &mut Vec<Diagnostic>) {
        for (argument, _) in self.arguments {
            let message = format!("`@{DIRECTIVE}` has no argument `{}` here", argument.text);
            let diagnostic = Diagnostic::new(Code::SCHEMA_FORM, message).at(argument.span, "unknown argument");
            let near = suggest::nearest(&argument.text, self.known.iter().copied());
            diagnostics.push(match (near, self.known.as_slice()) {
                (Some(_), _) => suggest::did_you_mean(diagnostic, near),
                (None, []) => diagnostic.help("remove it: there is nothing to be said here"),
                (None, known) => {
                    let known = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
                    diagnostic.help(format!("known arguments: {}", known.join(", ")))
                }
            });
        }
    }
}

/// Why something should not be used any more, as GraphQL's own `@deprecated` says it.
pub(super) fn deprecation(file: File, node: &impl cst::CstNode) -> Option<String> {
    let deprecated = called(node, "deprecated").next()?;
    let arguments = deprecated.arguments().map(|it| it.arguments().collect::<Vec<_>>()).unwrap_or_default();
    let reason = arguments.iter().find(|it| it.name().is_some_and(|name| name.text() == "reason"));
    let reason = reason.and_then(|argument| match argument.value()? {
        cst::Value::StringValue(value) => Some(file.string(&value).text).filter(|text| !text.trim().is_empty()),
        _ => None,
    });
    // The default that GraphQL gives it.
    Some(reason.unwrap_or_else(|| "No longer supported".to_owned()))
}

/// The directives at `node` of that name.
fn called(node: &impl cst::CstNode, name: &str) -> impl Iterator<Item = cst::Directive> {
    let directives = child::<cst::Directives>(node).map(|it| children::<cst::Directive>(&it).collect::<Vec<_>>());
    directives.into_iter().flatten().filter(move |it| it.name().is_some_and(|own| own.text() == name))
}
