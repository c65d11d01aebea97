//! The paths of events, followed through arguments, the answer and the manifest's types.

use super::Context;
use super::convention::Answering;
use super::model::{Argument, Convention};
use super::types::{Direction, Named};
use crate::catalog::{Function, Type};
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{self, Field, Path, Root, TypeRef};
use crate::suggest;

/// Where a path leads.
pub(super) enum Found<'a> {
    /// To an argument itself.
    Argument(&'a Argument),
    /// To a value of this type.
    Value(&'a TypeRef),
    /// To a column that is no field.
    Column(&'a Type),
    /// Into JSON whose keys the manifest does not tell, or to what has been reported elsewhere.
    Unknown,
}

/// A path that leads nowhere: how much of it does lead somewhere tells one mistake from another.
pub(super) struct Lost {
    pub(super) diagnostic: Diagnostic,
    pub(super) known: usize,
}

/// Follows the paths of one mutation.
pub(super) struct Follower<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) declared: &'a manifest::Mutation,
    pub(super) function: &'a Function,
    pub(super) answering: &'a Answering,
    pub(super) arguments: &'a [Argument],
}

impl<'a> Follower<'a> {
    /// Where `path` leads as far as the manifest tells.
    pub(super) fn follow(&self, path: &Path) -> Result<Found<'a>, Box<Lost>> {
        match &path.root {
            Root::Response => {
                if let Some(column) = self.column(path) {
                    return Ok(column);
                }
                let holder = format!("the answer of `{}`", self.declared.name.text);
                self.descend(path, &self.declared.success, holder, Direction::Output)
            }
            Root::Argument(name) => {
                let Some(argument) = self.arguments.iter().find(|argument| argument.name == *name) else {
                    return self.no_argument(path, name);
                };
                let declared = self.declared.argument(name);
                match declared {
                    _ if path.keys.is_empty() => Ok(Found::Argument(argument)),
                    Some(field) => {
                        self.below(path, 0, &field.type_ref, &format!("argument `{name}`"), Direction::Input)
                    }
                    // That the manifest does not declare it has been reported.
                    None => Ok(Found::Unknown),
                }
            }
        }
    }

    /// A column of the result that the manifest does not declare as a field.
    fn column(&self, path: &Path) -> Option<Found<'a>> {
        if self.answering.convention == Convention::List {
            return None;
        }
        let (first, rest) = path.keys.split_first()?;
        if self.declared.success.iter().any(|field| field.key.text == *first) {
            return None;
        }
        let column = self.answering.column(first)?;
        // Of a document in a column nothing is declared.
        Some(if rest.is_empty() { Found::Column(&column.ty) } else { Found::Unknown })
    }

    fn no_argument(&self, path: &Path, name: &str) -> Result<Found<'a>, Box<Lost>> {
        // Where the declared argument is gone too, that is the mistake, and it has been reported.
        if self.declared.argument(name).is_some() {
            return Ok(Found::Unknown);
        }
        let message = format!("function `{}` has no argument `{name}`", self.function.name);
        let mut diagnostic = nowhere(path, message);
        if let Some(spans) = self.function.spans {
            diagnostic = diagnostic.and(spans.name, "not among its arguments");
        }
        let near = suggest::nearest(name, self.arguments.iter().map(|argument| argument.name.as_str()));
        let near = near.map(|near| format!("${near}"));
        Err(Box::new(Lost { diagnostic: suggest::did_you_mean(diagnostic, near.as_deref()), known: 0 }))
    }

    /// Follows the keys of `path`, the first of which is one of `fields`.
    fn descend(
        &self,
        path: &Path,
        fields: &'a [Field],
        mut holder: String,
        direction: Direction,
    ) -> Result<Found<'a>, Box<Lost>> {
        let mut fields = fields;
        let mut keys = path.keys.iter().enumerate();
        loop {
            let Some((known, key)) = keys.next() else { return Ok(Found::Unknown) };
            let Some(field) = fields.iter().find(|field| field.key.text == *key) else {
                let diagnostic = nowhere(path, format!("{holder} has no `{key}`"));
                let near = suggest::nearest(key, fields.iter().map(|field| field.key.text.as_str()));
                return Err(Box::new(Lost { diagnostic: suggest::did_you_mean(diagnostic, near), known }));
            };
            if known + 1 == path.keys.len() {
                return Ok(Found::Value(&field.type_ref));
            }
            match self.fields_of(&field.type_ref, direction) {
                Some(below) => {
                    fields = below;
                    holder = format!("`{}`", field.type_ref.named().0);
                }
                None => return self.below(path, known + 1, &field.type_ref, &format!("`{key}`"), direction),
            }
        }
    }

    /// Follows the keys of `path` from `known` on, inside a value of this type.
    fn below(
        &self,
        path: &Path,
        known: usize,
        type_ref: &'a TypeRef,
        what: &str,
        direction: Direction,
    ) -> Result<Found<'a>, Box<Lost>> {
        if let Some(fields) = self.fields_of(type_ref, direction) {
            return self.descend(path, fields, format!("`{}`", type_ref.named().0), direction);
        }
        let keyless = match (type_ref, self.context.types.find(type_ref, direction, &mut Vec::new())) {
            (_, None) => false,
            (TypeRef::List { .. }, _) => true,
            (_, Some(Named::Scalar(scalar))) => !scalar.is_json(),
            (_, Some(Named::Enum(_))) => true,
            (_, Some(_)) => false,
        };
        if !keyless {
            return Ok(Found::Unknown);
        }
        let message = format!("{what} is `{type_ref}`, which has no keys");
        Err(Box::new(Lost { diagnostic: nowhere(path, message), known }))
    }

    /// The fields of an object type; `None` for what has none or is not known.
    fn fields_of(&self, type_ref: &TypeRef, direction: Direction) -> Option<&'a [Field]> {
        let TypeRef::Named { .. } = type_ref else { return None };
        match self.context.types.find(type_ref, direction, &mut Vec::new())? {
            Named::Object(object) | Named::Input(object) => Some(&object.fields),
            Named::Scalar(_) | Named::Enum(_) | Named::Union(_) => None,
        }
    }
}

fn nowhere(path: &Path, message: String) -> Diagnostic {
    Diagnostic::new(Code::UNKNOWN_PATH, message).at(path.written.span, "this path leads nowhere")
}
