//! Slips that a body's own text shows, whatever the manifest says.

use super::{Checker, and, at, name_of};
use crate::catalog::{Function, RelationId};
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{self, LoggedBy, Mutation, Name, Operation};
use crate::shape::{Shape, Trace};

impl Checker<'_> {
    pub(super) fn facts(
        &mut self,
        declared: &Mutation,
        function: &Function,
        shape: &Shape,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        for (place, performed) in &shape.facts.found {
            let diagnostic = Diagnostic::new(Code::FOUND_ALWAYS, "FOUND is always true here")
                .at(*place, "this tells nothing")
                .and(*performed, "this PERFORM gives a row whatever the function in it does")
                .help("let the called function say it, as in `RETURN core.delete_note(note_id)`, or ask FOUND right behind the DELETE");
            self.report(diagnostic, diagnostics);
        }
        for (place, late) in &shape.facts.late_images {
            let diagnostic = Diagnostic::new(Code::LATE_IMAGE, "the before image is read after the change")
                .at(*place, "this is what the entity is now")
                .and(late.changed, "it is changed here")
                .and(late.read, "and read afterwards")
                .help("read it before the first change of its table");
            self.report(diagnostic, diagnostics);
        }
        if let Some(ends) = shape.facts.ends {
            let message = format!("`{}` ends the transaction", function.name);
            let diagnostic = Diagnostic::new(Code::ENDS_TRANSACTION, message)
                .at(ends, "PostgreSQL refuses this where a mutation is called")
                .and(declared.function.span, "a mutation calls it")
                .help("leave COMMIT and ROLLBACK to the caller: a mutation and its event are one transaction");
            self.report(diagnostic, diagnostics);
        }
        let traces = shape.paths.values().cloned().chain(shape.answers.iter().map(|answer| answer.trace.clone()));
        let traces = traces.collect::<Vec<_>>();
        self.lock_order(declared, function, &traces, diagnostics);
        self.no_event(declared, function, &traces, diagnostics);
    }

    /// The statement locks the entity's row before it calls the function, which must not lock another one first.
    fn lock_order(
        &mut self,
        declared: &Mutation,
        function: &Function,
        traces: &[Trace],
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let imaged =
            |event: &&manifest::Event| event.logged_by == LoggedBy::Runtime && event.operation != Operation::Create;
        // Of several images the first is locked first.
        let Some(event) = declared.events.iter().find(imaged) else { return };
        let Some(entity) = self.context.manifest.entities.iter().find(|entity| entity.name.text == event.entity.text)
        else {
            return;
        };
        let Some(own) = self.relation(&entity.table) else { return };
        let mut locks = traces.iter().flat_map(|trace| &trace.locks);
        // A way on which the entity is locked first, or is never changed, is no proof of another order.
        if traces.iter().any(|trace| trace.locks.values().any(|lock| lock.table == own)) {
            return;
        }
        let changed = traces.iter().find_map(|trace| trace.changed.get(&own));
        let (Some((place, lock)), Some(changed)) = (locks.next(), changed) else { return };
        let first = &self.context.catalog.relation(lock.table).name;
        let table = &entity.table.text;
        let message = format!("`{}` locks `{first}` before `{table}`", function.name);
        let diagnostic = Diagnostic::new(Code::LOCK_ORDER, message)
            .at(*place, "locked first here")
            .and(*changed, format!("`{table}` is changed here"))
            .and(event.event_type.span, format!("a row of `{table}` is locked for the before image before the call"))
            .note("two calls that lock in opposite orders wait for each other: one of them fails with a deadlock")
            .help(format!("lock the row of `{table}` first: SELECT ... FROM {table} WHERE ... FOR NO KEY UPDATE"));
        self.report(diagnostic, diagnostics);
    }

    /// Somebody must log the change of an entity, or the manifest must say that nobody does.
    fn no_event(
        &mut self,
        declared: &Mutation,
        function: &Function,
        traces: &[Trace],
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        if !declared.events.is_empty() || declared.says_events {
            return;
        }
        if traces.iter().any(|trace| !trace.events.is_empty() || trace.unknown.is_some()) {
            return;
        }
        for entity in &self.context.manifest.entities {
            let Some(table) = self.relation(&entity.table) else { continue };
            let Some(place) = traces.iter().find_map(|trace| trace.changed.get(&table)) else { continue };
            let message = format!("`{}` changes the entity `{}`, and nobody logs it", function.name, entity.name.text);
            let diagnostic = at(Diagnostic::new(Code::NOT_LOGGED, message), Some(*place), "changed here");
            let diagnostic = and(diagnostic, name_of(function), "neither this function");
            let diagnostic = diagnostic.and(declared.name.span, "nor the runtime, as no event is declared");
            self.report(
                diagnostic.help("declare the `event` of the mutation, or say that it leaves none: \"events\": []"),
                diagnostics,
            );
            return;
        }
    }

    fn relation(&self, name: &Name) -> Option<RelationId> {
        let name = name.qualified()?;
        self.context.catalog.find_relation(&name.schema, &name.name)
    }
}
