//! The variables of a body, by the blocks that declare them.

use std::collections::HashMap;

use super::triggers::TriggerRows;
use crate::catalog::{Builtin, Catalog, Function, Type};
use crate::resolve::scope::row_columns;
use crate::resolve::{Columns, Typed, Variable, Variables};
use crate::source::Span;

/// The variables that a statement sees.
pub(super) struct Frames<'a> {
    catalog: &'a Catalog,
    /// The outermost first.
    frames: Vec<Frame>,
    parameters: Vec<Typed>,
    conflict_with_columns: bool,
}

#[derive(Default)]
struct Frame {
    label: Option<String>,
    variables: HashMap<String, Typed>,
    /// Where those of them are declared that are records.
    records: HashMap<String, Span>,
    /// What the cursors give that are bound to a query.
    cursors: HashMap<String, Columns>,
}

impl<'a> Frames<'a> {
    /// The parameters of a function, and what every body of its kind has.
    pub(super) fn of(function: &Function, rows: &TriggerRows, catalog: &'a Catalog) -> Self {
        let mut frame = Frame { label: Some(function.name.name.clone()), ..Frame::default() };
        for argument in &function.arguments {
            if let Some(name) = &argument.name {
                frame.variables.insert(name.clone(), variadic_as_array(&argument.ty.ty));
            }
        }
        let parameters = function.inputs().map(|argument| variadic_as_array(&argument.ty.ty)).collect();
        if function.language == "plpgsql" {
            frame.variables.insert("found".to_owned(), Typed::of(Builtin::BOOL));
            special(&function.result_type(), rows, &mut frame);
        }
        Self { catalog, frames: vec![frame], parameters, conflict_with_columns: false }
    }

    /// Whether a name that is a column's as well is an error.
    pub(super) fn set_conflict_with_columns(&mut self, is_error: bool) {
        self.conflict_with_columns = is_error;
    }

    pub(super) fn open(&mut self, label: Option<String>) {
        self.frames.push(Frame { label, ..Frame::default() });
    }

    pub(super) fn close(&mut self) {
        self.frames.pop();
    }

    pub(super) fn declare(&mut self, name: impl Into<String>, ty: Typed) {
        if let Some(frame) = self.frames.last_mut() {
            frame.variables.insert(name.into(), ty);
        }
    }

    /// Declares a record, which is told by its place.
    pub(super) fn declare_record(&mut self, name: &str, held: Typed, place: Span) {
        self.declare(name, held);
        if let Some(frame) = self.frames.last_mut() {
            frame.records.insert(name.to_owned(), place);
        }
    }

    /// Where a variable is declared, if it is a record.
    pub(super) fn record(&self, name: &str) -> Option<Span> {
        let frame = self.frames.iter().rev().find(|frame| frame.variables.contains_key(name))?;
        frame.records.get(name).copied()
    }

    /// Notes what a cursor gives.
    pub(super) fn bind_cursor(&mut self, name: &str, columns: Columns) {
        if let Some(frame) = self.frames.last_mut() {
            frame.cursors.insert(name.to_owned(), columns);
        }
    }

    /// What a bound cursor gives.
    pub(super) fn cursor(&self, name: &str) -> Option<&Columns> {
        let frame = self.frames.iter().rev().find(|frame| frame.variables.contains_key(name))?;
        frame.cursors.get(name)
    }

    /// What `path` leads to in a variable of this type.
    fn within(&self, typed: &Typed, path: &[&str]) -> Variable {
        let [field, rest @ ..] = path else { return Variable::Found(typed.clone()) };
        match self.field(typed, field) {
            Variable::Found(inner) if !rest.is_empty() => self.within(&inner, rest),
            other => other,
        }
    }

    /// Whether it has fields, or may have some.
    fn is_row(&self, typed: &Typed) -> bool {
        typed.is_unknown() || typed.ty.is(Builtin::RECORD) || row_columns(self.catalog, typed).is_some()
    }

    fn field(&self, row: &Typed, field: &str) -> Variable {
        match row_columns(self.catalog, row) {
            Some(columns) => match columns.find(field) {
                Some(ty) => Variable::Found(ty.clone()),
                None if columns.complete => Variable::NoField,
                None => Variable::Found(Typed::unknown()),
            },
            // A record has the columns of whatever was put in it last.
            None if row.is_unknown() || row.ty.is(Builtin::RECORD) => Variable::Found(Typed::unknown()),
            None => Variable::NoField,
        }
    }
}

impl Variables for Frames<'_> {
    /// As `plpgsql_ns_lookup` does: block by block, first by the name alone and then behind the block's label; what has no fields is nothing in front of a dot.
    fn variable(&self, path: &[&str]) -> Variable {
        let [first, rest @ ..] = path else { return Variable::Missing };
        for frame in self.frames.iter().rev() {
            let labelled = if frame.label.as_deref() == Some(first) { rest.split_first() } else { None };
            for (name, path) in [Some((first, rest)), labelled].into_iter().flatten() {
                match frame.variables.get(*name) {
                    Some(typed) if path.is_empty() || self.is_row(typed) => return self.within(typed, path),
                    _ => {}
                }
            }
        }
        Variable::Missing
    }

    fn parameter(&self, number: usize) -> Option<Typed> {
        self.parameters.get(number.checked_sub(1)?).cloned()
    }

    fn conflict_with_columns(&self) -> bool {
        self.conflict_with_columns
    }
}

/// What a polymorphic parameter is inside the body cannot be told.
fn variadic_as_array(ty: &Type) -> Typed {
    match ty {
        Type::Builtin(builtin) if builtin.is_polymorphic() => Typed::unknown(),
        other => Typed::of(other.clone()),
    }
}

/// The variables of trigger functions.
fn special(result: &Type, rows: &TriggerRows, frame: &mut Frame) {
    let mut declare = |name: &str, ty: Typed| drop(frame.variables.insert(name.to_owned(), ty));
    if result.is(Builtin::TRIGGER) {
        declare("new", rows.row.clone());
        declare("old", rows.row.clone());
        for name in ["tg_name", "tg_table_name", "tg_relname", "tg_table_schema"] {
            declare(name, Typed::of(Builtin::NAME));
        }
        for name in ["tg_when", "tg_level", "tg_op"] {
            declare(name, Typed::of(Builtin::TEXT));
        }
        declare("tg_relid", Typed::of(Builtin::OID));
        declare("tg_nargs", Typed::of(Builtin::INT4));
        declare("tg_argv", Typed::of(Type::from(Builtin::TEXT).array()));
    }
    if result.is(Builtin::EVENT_TRIGGER) {
        declare("tg_event", Typed::of(Builtin::TEXT));
        declare("tg_tag", Typed::of(Builtin::TEXT));
    }
}
