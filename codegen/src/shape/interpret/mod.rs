//! Runs functions on what is known of values instead of on values.

mod body;
mod call;
mod constraint;
mod document;
mod document_function;
mod expression;
mod fact;
mod from;
mod function;
mod operator;
mod outcome;
mod procedure;
mod query;
mod raise;
mod refine;
mod repeat;
mod scope;
mod settle;
mod source;
mod state;
mod types;
mod write;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use body::{Exits, Seen};
pub use fact::{Facts, LateImage, Lock};
use function::Given;
pub use outcome::Answer;
use outcome::Answers;
pub use raise::Raise;
pub(crate) use raise::{conditions, is_custom, sqlstate};
use scope::{Count, Names, Table, Variables};
use settle::{Active, Work};
use state::State;
pub(super) use state::Summary;
pub use state::{Argument, Comparison, Event, Need, Read, Trace};

use crate::body::{Bodies, Code};
use crate::catalog::{Builtin, Catalog, ConstraintKind, Function, FunctionId, Mode, QualifiedName, RelationId, Type};
use crate::plpgsql::ast::Block;
use crate::resolve::{Majors, Types};
use crate::shape::Known;
use crate::shape::domain::{
    Content, InputPath, Join, Json, MAX_WEIGHT, Nullness, Opaque, Places, Reason, Row, Tag, Value,
};
use crate::source::{FileId, SourceMap, Span};
use crate::sql::body::{BodyStatement, SqlBody};
use crate::sql::embedded::Command;

/// So many values are made for one function and all that it calls before nothing more is known of it.
const FUEL: u64 = 1_000_000;

/// So many values are made for all functions together, beyond [`FUEL`] for each of them.
const MAX_WASTE: u64 = 20 * FUEL;

/// What all functions share.
pub(super) struct Analysis<'a> {
    catalog: &'a Catalog,
    sources: &'a SourceMap,
    /// Which overload a call means.
    types: Types<'a>,
    known: &'a Known,
    bodies: &'a Bodies<'a>,
    settled: RefCell<HashMap<Work, Rc<Summary>>>,
    active: RefCell<Vec<Active>>,
    /// The lowest of the active results that the current one rests on.
    lowest: Cell<usize>,
    fuel: Cell<u64>,
    /// What was spent on functions that used up their fuel.
    wasted: Cell<u64>,
    /// The functions that may write to a table, by the table's name.
    writers: HashMap<String, Vec<FunctionId>>,
    /// The foreign keys that refer to a table: their tables, and their places among the constraints there.
    references: HashMap<QualifiedName, Vec<(RelationId, usize)>>,
}

/// What is learnt of a function beside its values.
#[derive(Default)]
struct Collected {
    reads: BTreeMap<InputPath, Read>,
    wholes: BTreeSet<InputPath>,
    has_unseen: bool,
    needs: BTreeMap<InputPath, Need>,
    fills: BTreeMap<(RelationId, String), Value>,
    writes: Option<Span>,
    comparisons: RefCell<BTreeMap<Span, Comparison>>,
    result: Value,
    paths: BTreeMap<Tag, Trace>,
    answers: Answers,
    facts: Facts,
}

impl Collected {
    fn absorb(&mut self, summary: &Summary) {
        self.reads = std::mem::take(&mut self.reads).join(summary.reads.clone());
        self.wholes.extend(summary.wholes.iter().cloned());
        self.has_unseen |= summary.has_unseen;
        self.needs = std::mem::take(&mut self.needs).join(summary.needs.clone());
        self.fills = std::mem::take(&mut self.fills).join(summary.fills.clone());
        self.writes = self.writes.or(summary.writes);
        self.facts.absorb(&summary.facts);
    }
}

/// A function that is being run.
struct Frame<'a> {
    analysis: &'a Analysis<'a>,
    /// The file that its trees are of.
    file: FileId,
    search_path: Vec<String>,
    variables: Variables,
    /// The slots of the inputs, `$1` first.
    parameters: Vec<usize>,
    /// Names and slots of the outputs.
    outputs: Vec<(String, usize)>,
    /// Whether its result is a row.
    returns_row: bool,
    /// Whether it gives any number of rows.
    is_set: bool,
    result_type: Type,
    output_types: Vec<Type>,
    exits: Vec<Exits>,
    /// What the handlers of the innermost block that has some may see.
    seen: Option<Seen>,
    /// The queries of cursors.
    cursors: BTreeMap<String, Command>,
    collected: Collected,
    /// The call that was evaluated last.
    last_call: Option<Rc<Summary>>,
    /// The whole definition, if this is the function that was asked about.
    asked: Option<Span>,
    /// Whether what is evaluated is a condition: what it looks at is no longer only passed on.
    is_condition: bool,
    /// The tables that the statement reads.
    scanned: BTreeSet<RelationId>,
    /// The errors that the innermost handler is run for.
    handling: BTreeMap<Raise, Places>,
}

impl<'a> Analysis<'a> {
    pub(super) fn new(bodies: &'a Bodies<'a>, known: &'a Known) -> Self {
        let (catalog, sources) = (bodies.catalog, bodies.sources);
        let mut analysis = Self {
            catalog,
            sources,
            types: Types::new(catalog, Majors::ALL),
            known,
            bodies,
            settled: RefCell::default(),
            active: RefCell::default(),
            lowest: Cell::new(usize::MAX),
            fuel: Cell::new(FUEL),
            wasted: Cell::new(0),
            writers: HashMap::new(),
            references: HashMap::new(),
        };
        for (id, relation) in catalog.relations() {
            for (index, constraint) in relation.constraints.iter().enumerate() {
                if let ConstraintKind::ForeignKey { table, .. } = &constraint.kind {
                    analysis.references.entry(table.clone()).or_default().push((id, index));
                }
            }
        }
        let mut writers: HashMap<String, Vec<FunctionId>> = HashMap::new();
        for (id, function) in catalog.functions().filter(|(_, function)| Self::is_followed(function)) {
            for table in analysis.written_tables(function) {
                let known = writers.entry(table).or_default();
                if known.last() != Some(&id) {
                    known.push(id);
                }
            }
        }
        analysis.writers = writers;
        analysis
    }

    /// What a function gives to a caller of whom no more is known than what is declared.
    pub(super) fn function(&self, id: FunctionId) -> Rc<Summary> {
        // Where many functions are given up, the others have to do with less.
        self.fuel.set(if self.is_hopeless() { FUEL / 100 } else { FUEL });
        let summary = self.call(id, self.declared_arguments(id));
        if self.is_exhausted() {
            self.wasted.set(self.wasted.get() + FUEL);
        }
        summary
    }

    /// Counts values that are made; false if there were too many.
    fn spend(&self, values: usize) -> bool {
        let left = self.fuel.get().saturating_sub(values as u64);
        self.fuel.set(left);
        left > 0
    }

    /// The same value, cut where it is too large.
    fn bounded(&self, value: Value) -> Value {
        let weight = value.weight(MAX_WEIGHT);
        if weight > 1 {
            self.spend(weight);
        }
        if weight < MAX_WEIGHT { value } else { value.bounded() }
    }

    /// Any of these values.
    fn join_all(&self, values: impl IntoIterator<Item = Value>) -> Value {
        let mut values = values.into_iter();
        let first = values.next().unwrap_or_default();
        values.fold(first, |known, value| match self.is_exhausted() {
            true => known,
            false => self.bounded(known.join(value)),
        })
    }

    /// Whether so much was followed that the function that was asked about is given up.
    fn is_exhausted(&self) -> bool {
        self.fuel.get() == 0
    }

    /// Whether functions were given up so often that their results are kept, whatever they rest on.
    fn is_hopeless(&self) -> bool {
        self.wasted.get() > MAX_WASTE
    }

    /// What a function gives for these arguments.
    fn call(&self, id: FunctionId, arguments: Vec<Value>) -> Rc<Summary> {
        let function = self.catalog.function(id);
        let given = arguments.clone();
        self.settle(
            Work::Call(id, arguments),
            || {
                if function.strict && given.iter().any(Value::is_only_null) {
                    return Summary { result: Value::null(), ..Summary::default() };
                }
                self.run(id, function, &given)
            },
            |reason| self.opaque_summary(function, reason),
        )
    }

    fn run(&self, id: FunctionId, function: &Function, arguments: &[Value]) -> Summary {
        let Some(spans) = function.spans else { return self.opaque_summary(function, Reason::NotFollowed) };
        if !Self::is_followed(function) {
            return self.opaque_summary(function, Reason::NotFollowed);
        }
        let code = self.bodies.keep(id);
        let mut frame = self.frame(function, spans.name.file);
        let mut state = State { reachable: true, ..State::default() };
        frame.declare_parameters(&mut state, function, arguments);
        match &*code {
            Code::Plpgsql(body) => match &body.block {
                Ok(block) => frame.run_block(&mut state, block, function),
                Err(_) => return self.opaque_summary(function, Reason::NotUnderstood),
            },
            Code::Sql(body) => frame.run_sql(&mut state, body, function),
            Code::None => return self.opaque_summary(function, Reason::NotFollowed),
        }
        let collected = frame.collected;
        if self.is_exhausted() {
            return self.opaque_summary(function, Reason::TooLarge);
        }
        let null = if function.strict { Nullness::Unproven } else { Nullness::Never };
        let may_be_null = arguments.iter().any(|argument| argument.null != Nullness::Never);
        let result = if may_be_null { collected.result.or_null(null) } else { collected.result };
        Summary {
            result,
            paths: collected.paths,
            answers: collected.answers,
            reads: collected.reads,
            wholes: collected.wholes,
            has_unseen: collected.has_unseen,
            needs: collected.needs,
            fills: collected.fills,
            writes: collected.writes,
            comparisons: collected.comparisons.into_inner(),
            facts: collected.facts,
        }
    }

    fn frame(&self, function: &Function, file: FileId) -> Frame<'_> {
        let outputs = function.outputs().collect::<Vec<_>>();
        let result_type = function.result_type();
        let any = self.any_of(&result_type, Reason::NotFollowed, None);
        let search_path = function.fixed_search_path().map_or_else(|| function.search_path.clone(), <[_]>::to_vec);
        Frame {
            analysis: self,
            file,
            search_path,
            variables: Variables::default(),
            parameters: Vec::new(),
            outputs: Vec::new(),
            returns_row: outputs.len() > 1 || matches!(any.content, Content::Row(_)) || result_type.is(Builtin::RECORD),
            is_set: function.returns_set(),
            result_type,
            output_types: outputs.iter().map(|output| output.ty.ty.clone()).collect(),
            exits: Vec::new(),
            seen: None,
            cursors: BTreeMap::new(),
            collected: Collected::default(),
            last_call: None,
            is_condition: false,
            scanned: BTreeSet::new(),
            handling: BTreeMap::new(),
            asked: function.spans.map(|spans| spans.statement).filter(|_| self.active.borrow().len() == 1),
        }
    }

    /// A frame for what stands outside of functions.
    fn outside(&self, file: FileId, search_path: &[String]) -> Frame<'_> {
        Frame {
            analysis: self,
            file,
            search_path: search_path.to_vec(),
            variables: Variables::default(),
            parameters: Vec::new(),
            outputs: Vec::new(),
            returns_row: false,
            is_set: false,
            result_type: Builtin::VOID.into(),
            output_types: Vec::new(),
            exits: Vec::new(),
            seen: None,
            cursors: BTreeMap::new(),
            collected: Collected::default(),
            last_call: None,
            asked: None,
            is_condition: false,
            scanned: BTreeSet::new(),
            handling: BTreeMap::new(),
        }
    }

    fn find_relation(&self, schema: Option<&str>, name: &str, search_path: &[String]) -> Option<RelationId> {
        match schema {
            Some(schema) => self.catalog.find_relation(schema, name),
            None => search_path.iter().find_map(|schema| self.catalog.find_relation(schema, name)),
        }
    }

    /// The rows of a view.
    fn view(&self, id: RelationId) -> Table {
        let relation = self.catalog.relation(id);
        let unknown = |reason| Summary { result: Value::unknown(reason, relation.span), ..Summary::default() };
        let run = || {
            let Some(query) = self.view_query(id) else { return unknown(Reason::NotUnderstood) };
            let mut frame = self.outside(query.span.file, &relation.search_path);
            let mut state = State { reachable: true, ..State::default() };
            let mut table = frame.command(&mut state, &query);
            if relation.columns_known && relation.columns.len() == table.columns.len() {
                for (column, (name, _)) in relation.columns.iter().zip(&mut table.columns) {
                    name.clone_from(&column.name);
                }
            }
            Summary { result: table.row(), ..Summary::default() }
        };
        let summary = self.settle(Work::View(id), run, unknown);
        match &summary.result.content {
            Content::Row(row) => Table { columns: row.columns.clone(), open: None, count: Count::ANY },
            Content::Unknown(opaque) => Table::unknown(*opaque),
            _ => Table { columns: Vec::new(), open: None, count: Count::ANY },
        }
    }

    /// The rows of a table.
    fn stored_table(&self, id: RelationId) -> Table {
        let relation = self.catalog.relation(id);
        if !relation.columns_known {
            return Table::unknown(Opaque::new(Reason::NotUnderstood, relation.span));
        }
        let columns = relation.columns.iter().map(|column| {
            let base = self.catalog.base_type(&column.ty.ty);
            let value = match base.is(Builtin::JSON) || base.is(Builtin::JSONB) {
                true => self.column(id, &column.name, column.span),
                false => self.any_of(&column.ty.ty, Reason::Column, column.span),
            };
            let null = if column.not_null { Nullness::Never } else { Nullness::Nullable };
            (column.name.clone(), value.with_null(null))
        });
        Table { columns: columns.collect(), open: None, count: Count::ANY }
    }

    /// The documents that functions write into a column.
    fn column(&self, id: RelationId, name: &str, span: Option<Span>) -> Value {
        let key = (id, name.to_owned());
        let declared = self.known.documents.get(&key);
        let opaque = || Value::json(declared.cloned().unwrap_or_else(|| Json::unknown(Reason::Column, span)));
        let run = || {
            // What functions write and nothing is known of is what is declared.
            let value = self.filled(id, name).filter(|value| declared.is_none() || !is_opaque(value));
            // Where a writer is being worked out itself, what it writes comes later.
            let value = value.or_else(|| (!self.is_beginning()).then(opaque)).unwrap_or_default();
            Summary { result: value, ..Summary::default() }
        };
        let give_up = |reason| Summary { result: Value::json(Json::unknown(reason, span)), ..Summary::default() };
        let value = self.settle(Work::Column(id, name.to_owned()), run, give_up).result.clone();
        if value.is_never() && !self.is_beginning() { opaque() } else { value }
    }

    /// What functions write into a column of documents; `None` where none does.
    pub(super) fn filled(&self, id: RelationId, name: &str) -> Option<Value> {
        let key = (id, name.to_owned());
        let table = &self.catalog.relation(id).name.name;
        let writers = self.writers.get(table).map(Vec::as_slice).unwrap_or_default();
        let filled = writers.iter().filter_map(|writer| {
            let arguments = self.any_arguments(self.catalog.function(*writer));
            self.call(*writer, arguments).fills.get(&key).cloned()
        });
        filled.fold(None, |known: Option<Value>, value| known.join(Some(value)))
    }
}

/// Whether nothing but its being there is known of a document.
fn is_opaque(value: &Value) -> bool {
    match &value.content {
        Content::Json(json) => json.opaque.is_some() && json.objects.is_empty() && json.array.is_none(),
        Content::Unknown(_) => true,
        _ => false,
    }
}

impl Frame<'_> {
    fn declare_parameters(&mut self, state: &mut State, function: &Function, arguments: &[Value]) {
        self.variables.blocks.push(Names { label: Some(function.name.name.clone()), ..Names::default() });
        let mut values = arguments.iter();
        for (i, argument) in function.arguments.iter().enumerate() {
            let span = argument.span.or(function.spans.map(|spans| spans.name));
            let Some(span) = span else { continue };
            let name = argument.name.clone().unwrap_or_else(|| format!("${}", i + 1));
            let slot = self.variables.declare(&name, span, Some(argument.ty.ty.clone()));
            let value = match argument.mode.is_input() {
                true => values.next().cloned().unwrap_or_default(),
                false => Value::null(),
            };
            body::set_slot(state, slot, value);
            if argument.mode.is_input() {
                self.parameters.push(slot);
            }
            if matches!(argument.mode, Mode::Out | Mode::InOut | Mode::Table) {
                let name = argument.name.clone().unwrap_or_else(|| format!("column{}", self.outputs.len() + 1));
                self.outputs.push((name, slot));
            }
        }
    }

    fn run_block(&mut self, state: &mut State, block: &Block, function: &Function) {
        self.block(state, block);
        if !state.reachable {
            return;
        }
        // A function that returns a value and comes to its end without RETURN raises.
        let is_void = self.result_type.is(Builtin::VOID);
        if function.returns_set() {
            self.ended(state);
        } else if is_void || !self.outputs.is_empty() {
            let value = self.outputs(state);
            self.returned_value(value, &state.trace.clone());
        }
    }

    fn run_sql(&mut self, state: &mut State, body: &SqlBody, function: &Function) {
        let mut table = Table { columns: Vec::new(), open: None, count: Count::ANY };
        for statement in &body.statements {
            match statement {
                BodyStatement::Command(command) => table = self.command(state, command),
                BodyStatement::Return(value) => {
                    let value = self.expression(state, value);
                    table = Table { columns: vec![(String::new(), value)], open: None, count: Count::ONE };
                }
            }
        }
        let value = match self.result_type.is(Builtin::VOID) {
            true => Value::null(),
            false if table.columns.len() == 1 && !self.returns_row => table.single(),
            false => match table.columns.as_slice() {
                // One column that is the row itself.
                [(_, value)] if matches!(value.content, Content::Row(_)) && self.output_types.len() != 1 => {
                    value.clone()
                }
                _ => table.row(),
            },
        };
        let sure = table.count.some || function.returns_set() || self.result_type.is(Builtin::VOID);
        let value = if sure { value } else { value.or_null(Nullness::Unproven) };
        self.returned_value(value, &state.trace.clone());
    }

    /// Takes a returned value in, with what happened on the way to it.
    fn returned_value(&mut self, value: Value, trace: &Trace) {
        let value = self.as_result(value);
        let called = self.last_call.take().filter(|call| call.result == value);
        self.note_answer(&value, trace, called.as_deref());
        let called = called.filter(|call| call.paths.len() > 1);
        for tag in tags(&value) {
            let mut happened = trace.clone();
            // What the callee does for other answers has not happened.
            if let Some(path) = called.as_ref().and_then(|call| call.paths.get(&tag)) {
                happened.events.retain(|key, event| {
                    let of_callee = called
                        .as_ref()
                        .is_some_and(|call| call.paths.values().any(|path| path.events.contains_key(key)));
                    !of_callee || path.events.contains_key(key) || event.always
                });
                for (key, event) in &mut happened.events {
                    if path.events.get(key).is_some_and(|event| event.always) {
                        Arc::make_mut(event).always = true;
                    }
                }
            }
            let joined = match self.collected.paths.remove(&tag) {
                Some(known) => known.join(happened),
                None => happened,
            };
            self.collected.paths.insert(tag, joined);
        }
        self.collected.result = std::mem::take(&mut self.collected.result).join(value);
    }

    /// Takes in what happened on a way to the end of a set.
    fn ended(&mut self, state: &State) {
        let happened = [(Tag::Other, state.trace.clone())].into();
        self.collected.paths = std::mem::take(&mut self.collected.paths).join(happened);
    }

    /// Takes a row of a set in.
    fn emit(&mut self, state: &State, value: Value) {
        let value = self.as_result(value);
        self.note_answer(&value, &state.trace, None);
        self.collected.result = std::mem::take(&mut self.collected.result).join(value);
    }

    /// A value as one of the function's result type.
    fn as_result(&mut self, value: Value) -> Value {
        if self.output_types.len() > 1 {
            if self.asked.is_some() {
                self.note_whole(&value);
            }
            let Content::Row(row) = &value.content else { return value };
            if row.columns.len() != self.output_types.len() {
                return Value::unknown(Reason::Mixed, None);
            }
            let names = self.outputs.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
            let typed = row.columns.iter().zip(self.output_types.clone()).zip(names);
            let columns = typed.map(|(((_, value), ty), name)| (name, self.analysis.coerce(value.clone(), &ty, None)));
            return Value::new(Content::Row(Row { columns: columns.collect() })).with_null(value.null);
        }
        if self.result_type.is(Builtin::VOID) {
            return Value::null();
        }
        let ty = self.result_type.clone();
        self.read_as(&value, &ty);
        if self.asked.is_some() {
            self.note_whole(&value);
        }
        self.analysis.coerce(value, &ty, None)
    }

    /// Notes that something is done here that is not followed: it may be anything.
    pub(super) fn note_unseen(&mut self, state: &mut State, span: Option<Span>) {
        self.collected.has_unseen = true;
        state.trace.unknown = state.trace.unknown.or(span);
    }

    /// Notes that documents of the caller's are handed on to where their keys are not followed.
    pub(super) fn note_whole(&mut self, value: &Value) {
        match &value.content {
            Content::Json(_) | Content::Unknown(_) => self.collected.wholes.extend(value.from.iter().cloned()),
            Content::Row(row) => row.columns.iter().for_each(|(_, column)| self.note_whole(column)),
            Content::Array(element) => self.note_whole(element),
            Content::List(elements) => elements.iter().for_each(|element| self.note_whole(element)),
            Content::Never | Content::Scalar(_) => {}
        }
    }

    /// Notes that parts of the caller's arguments are read.
    fn read(&mut self, paths: &BTreeSet<InputPath>, ty: Option<&Type>, span: Option<Span>) {
        for path in paths.iter().filter(|path| !path.steps.is_empty()) {
            let read = self.collected.reads.entry(path.clone()).or_default();
            read.types.extend(ty.cloned());
            read.places.extend(span);
        }
    }

    /// Notes that a part of the caller's arguments is taken for one of `ty`.
    fn read_as(&mut self, value: &Value, ty: &Type) {
        if value.from.is_empty() {
            return;
        }
        let ty = self.analysis.catalog.base_type(ty).clone();
        let is_open = [Builtin::JSON, Builtin::JSONB, Builtin::RECORD, Builtin::VOID].iter().any(|open| ty.is(*open));
        if !is_open {
            self.read(&value.from.clone(), Some(&ty), None);
        }
    }
}

/// The tags of the answers that a value may be.
fn tags(value: &Value) -> Vec<Tag> {
    match &value.content {
        Content::Json(Json { objects, opaque: None, scalar: None, array: None, null: Nullness::Never })
            if !objects.is_empty() =>
        {
            objects.keys().copied().collect()
        }
        Content::Json(json) => {
            let mut tags = json.objects.keys().copied().collect::<BTreeSet<_>>();
            tags.insert(Tag::Other);
            tags.into_iter().collect()
        }
        _ => vec![Tag::Other],
    }
}
