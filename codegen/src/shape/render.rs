//! Shapes as text, one line for each key: what golden files hold, and what people read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::domain::{Content, Field, InputStep, Json, Literals, Nullness, Object, Row, Scalar, Tag, Value};
use super::{Event, Shape, Trace};
use crate::catalog::{Catalog, Function, Origin};
use crate::source::{FileId, SourceMap, Span};

/// Renders what is known of `function`.
pub fn render(shape: &Shape, function: &Function, catalog: &Catalog, sources: &SourceMap) -> String {
    let external = catalog.functions().filter(|(_, function)| function.origin != Origin::Source);
    let external = external.filter_map(|(_, function)| Some(function.spans?.name.file)).collect();
    let mut renderer = Renderer { catalog, sources, external, out: String::new() };
    let _ = writeln!(renderer.out, "{}", function.name);
    renderer.out.push_str("  returns ");
    renderer.value(&shape.result, 1);
    renderer.out.push('\n');
    let inputs = function.inputs().map(|input| input.name.clone().unwrap_or_default()).collect::<Vec<_>>();
    for (path, read) in &shape.reads {
        let mut written = inputs.get(path.argument).cloned().unwrap_or_default();
        for step in &path.steps {
            match step {
                InputStep::Key(key) => {
                    let _ = write!(written, ".{key}");
                }
                InputStep::Element => written.push_str("[]"),
            }
        }
        let types = read.types.iter().map(|ty| catalog.display(ty).to_string()).collect::<Vec<_>>();
        let types = if types.is_empty() { String::new() } else { format!(" as {}", types.join(", ")) };
        let _ = writeln!(renderer.out, "  reads ${written}{types}{}", renderer.places(read.places.iter()));
    }
    for (tag, trace) in &shape.paths {
        renderer.trace(*tag, trace);
    }
    for (raise, places) in &shape.facts.raises {
        let sqlstate = raise.sqlstate.as_deref().unwrap_or("an error that is made at run time");
        let constraint = raise.constraint.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
        let of = raise.of.as_ref().map(|of| format!(" of {of}")).unwrap_or_default();
        let _ = writeln!(renderer.out, "  raises {sqlstate}{constraint}{of}{}", renderer.places(places.iter()));
    }
    let locks = shape.paths.values().flat_map(|trace| &trace.locks).collect::<BTreeMap<_, _>>();
    for (place, lock) in locks {
        let table = &catalog.relation(lock.table).name;
        let _ = writeln!(renderer.out, "  locks {table} first{}", renderer.places([place].into_iter()));
    }
    if let Some(ends) = shape.facts.ends {
        let _ = writeln!(renderer.out, "  ends the transaction{}", renderer.places([&ends].into_iter()));
    }
    for place in shape.facts.found.keys() {
        let _ = writeln!(renderer.out, "  asks FOUND, which is always true{}", renderer.places([place].into_iter()));
    }
    renderer.out
}

struct Renderer<'a> {
    catalog: &'a Catalog,
    sources: &'a SourceMap,
    /// The files that are not the user's, whose lines say nothing.
    external: BTreeSet<FileId>,
    out: String,
}

impl Renderer<'_> {
    fn places<'s>(&self, places: impl Iterator<Item = &'s Span>) -> String {
        let places = places.filter(|span| !self.external.contains(&span.file)).map(|span| {
            let file = self.sources.file(span.file);
            file.position(span.start as usize).line.to_string()
        });
        let places = places.collect::<Vec<_>>();
        if places.is_empty() { String::new() } else { format!(" @{}", places.join(",")) }
    }

    fn trace(&mut self, tag: Tag, trace: &Trace) {
        let tag = match tag {
            Tag::Success => "success",
            Tag::Failure => "failure",
            Tag::Other => "answer",
        };
        if let Some(span) = trace.writes {
            let _ = writeln!(self.out, "  on {tag} may write{}", self.places([span].iter()));
        }
        if trace.unknown.is_some() {
            let _ = writeln!(self.out, "  on {tag} may do more{}", self.places(trace.unknown.iter()));
        }
        for event in trace.events.values() {
            self.event(tag, event);
        }
    }

    fn event(&mut self, tag: &str, event: &Event) {
        let word = if event.always { "logs" } else { "may log" };
        let _ = writeln!(self.out, "  on {tag} {word}{}", self.places([event.span].iter()));
        for (name, argument) in &event.arguments {
            let _ = write!(self.out, "    {name}: ");
            self.value(&argument.value, 2);
            self.out.push('\n');
        }
    }

    fn value(&mut self, value: &Value, depth: usize) {
        match &value.content {
            Content::Never if value.null != Nullness::Never => return self.out.push_str("NULL"),
            Content::Never => self.out.push_str("nothing"),
            Content::Scalar(scalar) => self.scalar(scalar),
            Content::Json(json) => self.json(json, depth),
            Content::Row(row) => self.row(row, depth),
            Content::Array(element) => {
                self.out.push_str("array of ");
                self.value(element, depth);
            }
            list @ Content::List(_) => self.value(&Value::new(list.clone().without_order()), depth),
            Content::Unknown(opaque) => {
                let _ = write!(self.out, "unknown ({})", opaque.reason.words());
            }
        }
        self.null(value.null, "NULL");
    }

    fn null(&mut self, null: Nullness, word: &str) {
        match null {
            Nullness::Never => {}
            Nullness::Unproven => {
                let _ = write!(self.out, " | perhaps {word}");
            }
            Nullness::Passed | Nullness::Nullable => {
                let _ = write!(self.out, " | {word}");
            }
        }
    }

    fn scalar(&mut self, scalar: &Scalar) {
        if let Literals::Of(literals) = &scalar.literals
            && !literals.is_empty()
        {
            let literals = literals.keys().map(|literal| match literal {
                super::domain::Literal::Text(text) => format!("'{text}'"),
                other => other.text().to_owned(),
            });
            let literals = literals.collect::<Vec<_>>().join(" | ");
            return self.out.push_str(&literals);
        }
        let types = scalar.types.iter().map(|ty| self.catalog.display(ty).to_string()).collect::<Vec<_>>();
        self.out.push_str(&types.join(" | "));
    }

    fn row(&mut self, row: &Row, depth: usize) {
        self.out.push_str("row (");
        for (name, value) in &row.columns {
            let _ = write!(self.out, "\n{}{name}: ", "  ".repeat(depth + 1));
            self.value(value, depth + 1);
        }
        let _ = write!(self.out, "\n{})", "  ".repeat(depth));
    }

    fn json(&mut self, json: &Json, depth: usize) {
        let mut first = true;
        let mut next = |out: &mut String| {
            if !std::mem::take(&mut first) {
                out.push_str(" | ");
            }
        };
        for object in json.objects.values() {
            next(&mut self.out);
            self.object(object, depth);
        }
        if let Some(element) = &json.array {
            next(&mut self.out);
            if element.is_never() {
                self.out.push_str("[]");
            } else {
                self.out.push('[');
                self.json(element, depth);
                self.out.push(']');
            }
        }
        if let Some(scalar) = &json.scalar {
            next(&mut self.out);
            self.scalar(scalar);
        }
        if let Some(opaque) = &json.opaque {
            next(&mut self.out);
            let _ = write!(self.out, "opaque ({})", opaque.reason.words());
        }
        if json.objects.is_empty() && json.array.is_none() && json.scalar.is_none() && json.opaque.is_none() {
            return self.out.push_str(if json.null == Nullness::Never { "nothing" } else { "null" });
        }
        self.null(json.null, "null");
    }

    fn object(&mut self, object: &Object, depth: usize) {
        self.out.push('{');
        for (key, Field { value, always, places }) in &object.fields {
            let mark = if *always { "" } else { "?" };
            let _ = write!(self.out, "\n{}{key}{mark}: ", "  ".repeat(depth + 1));
            self.json(value, depth + 1);
            let places = self.places(places.iter());
            if value.objects.is_empty() {
                self.out.push_str(&places);
            }
        }
        if let Some(rest) = &object.rest {
            let _ = write!(self.out, "\n{}other keys ({})", "  ".repeat(depth + 1), rest.reason.words());
        }
        let _ = write!(self.out, "\n{}}}", "  ".repeat(depth));
    }
}
