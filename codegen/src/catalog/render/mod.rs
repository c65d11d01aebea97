//! The catalogue for people and for programs: `pgmutate catalog`.

mod json;
mod table;
mod writer;

pub use json::json;
pub use table::table;

use super::{Argument, Catalog, Function, Returns};
use crate::resolve::Checked;
use crate::source::{SourceMap, Span};

/// `app.create_order(customer_id uuid, items jsonb)`: what tells a function from its overloads.
pub fn signature(catalog: &Catalog, function: &Function) -> String {
    let inputs: Vec<String> = function.inputs().map(|argument| parameter(catalog, argument)).collect();
    format!("{}({})", function.name, inputs.join(", "))
}

fn parameter(catalog: &Catalog, argument: &Argument) -> String {
    let ty = catalog.display(&argument.ty.ty);
    match &argument.name {
        Some(name) => format!("{} {ty}", super::Quoted(name)),
        None => ty.to_string(),
    }
}

/// The result as RETURNS would say it.
fn result(catalog: &Catalog, function: &Function) -> String {
    let columns = || function.outputs().map(|output| parameter(catalog, output)).collect::<Vec<_>>().join(", ");
    match &function.returns {
        Returns::Table => format!("TABLE({})", columns()),
        Returns::Value { ty, set: true } => format!("SETOF {}", catalog.display(&ty.ty)),
        Returns::Value { ty, set: false } => catalog.display(&ty.ty).to_string(),
        Returns::Parameters if function.outputs().next().is_some() => format!("({})", columns()),
        Returns::Parameters => "void".to_owned(),
    }
}

fn place(sources: &SourceMap, span: Option<Span>) -> Option<String> {
    span.map(|span| sources.location(span))
}

/// What was not understood, in statements, in bodies and in what stands outside of them, by place.
fn unknown<'a>(catalog: &'a Catalog, checked: &'a Checked) -> Vec<(Span, &'a str)> {
    let statements = catalog.unknown().iter().map(|unknown| (unknown.span, unknown.reason.as_str()));
    let others = checked.tally.unknown.iter().chain(&checked.standing.unknown);
    let mut all: Vec<_> = statements.chain(others.map(|unknown| (unknown.span, &*unknown.reason))).collect();
    all.sort();
    all
}
