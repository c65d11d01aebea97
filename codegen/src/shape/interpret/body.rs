//! Statements of PL/pgSQL.

use std::rc::Rc;

use super::Frame;
use super::raise::{self, Raise as Raised};
use super::refine::null_of;
use super::scope::{Count, Names, Rows, Table};
use super::state::{Found, State, join_shared};
use crate::catalog::{Builtin, Type};
use crate::plpgsql::ast::{
    AliasOf, Assignment, Block, Case, DataType, DataTypeKind, DeclarationKind, Execute, If, Into, Jump, Raise,
    RaiseLevel, Statement, StatementKind, Step, Target,
};
use crate::shape::domain::{Content, Join, Json, Literal, Nullness, Opaque, Reason, Row, Value};
use crate::sql::embedded::{Command, CommandTree, Expression};
use crate::sql::name::Path;

/// Where a loop or block is left to.
#[derive(Default)]
pub(super) struct Exits {
    /// The label of the loop or block.
    pub(super) label: Option<String>,
    /// Whether it is a loop, which EXIT without a label leaves.
    pub(super) is_loop: bool,
    /// What is known where it is left.
    pub(super) left: Option<State>,
    /// What is known where a round ends early.
    pub(super) continued: Option<State>,
}

/// The values that variables had since a block with handlers began.
#[derive(Default)]
pub(super) struct Seen {
    /// All of them, joined.
    values: Vec<Rc<Value>>,
    /// Those that were taken in last.
    last: Vec<Rc<Value>>,
}

impl Frame<'_> {
    pub(super) fn block(&mut self, state: &mut State, block: &Block) {
        let label = block.label.as_ref().map(|label| label.value.to_string());
        self.variables.blocks.push(Names { label: label.clone(), ..Names::default() });
        self.exits.push(Exits { label, ..Exits::default() });
        for declaration in &block.declarations {
            let name = &*declaration.name.value;
            match &declaration.kind {
                DeclarationKind::Variable(variable) => {
                    let ty = self.declared_type(&variable.data_type);
                    let value = match &variable.default {
                        Some(default) => self.expression(state, default),
                        None => Value::null(),
                    };
                    let slot = self.variables.declare(name, declaration.name.span, ty);
                    self.initialise(state, slot, value, variable.default.as_ref());
                }
                DeclarationKind::Alias(AliasOf::Variable(path)) => {
                    let names = names(path);
                    if let Some((slot, _)) = self.variables.find(&names) {
                        self.variables.alias(name, slot);
                    }
                }
                DeclarationKind::Alias(AliasOf::Parameter(position)) => {
                    let slot = (*position as usize).checked_sub(1).and_then(|i| self.parameters.get(i));
                    if let Some(slot) = slot.copied() {
                        self.variables.alias(name, slot);
                    }
                }
                DeclarationKind::Cursor(cursor) => {
                    self.cursors.insert(name.to_owned(), cursor.query.clone());
                }
                DeclarationKind::Unknown(unknown) => {
                    let slot = self.variables.declare(name, declaration.name.span, None);
                    set_slot(state, slot, Value::unknown(Reason::NotUnderstood, Some(unknown.span)));
                }
            }
        }
        self.guarded(state, block);
        if let Some(exits) = self.exits.pop()
            && let Some(left) = exits.left
        {
            *state = std::mem::take(state).join(left);
        }
        self.variables.blocks.pop();
    }

    /// The statements of a block, and its handlers.
    fn guarded(&mut self, state: &mut State, block: &Block) {
        if block.handlers.is_empty() {
            return self.statements(state, &block.statements);
        }
        // An error may come after any statement: a handler sees any of the values that variables had, and none of the
        // changes to tables.
        let before = state.clone();
        let outer = self.seen.replace(Seen { values: before.variables.clone(), last: before.variables.clone() });
        let outside = std::mem::take(&mut self.collected.facts.raises);
        self.statements(state, &block.statements);
        let mut raised = std::mem::replace(&mut self.collected.facts.raises, outside);
        let seen = std::mem::replace(&mut self.seen, outer).unwrap_or_default();
        let mut caught = State { variables: seen.values, found: None, ..before };
        caught.variables.resize(state.variables.len().max(caught.variables.len()), Rc::default());
        for handler in &block.handlers {
            let mut handling = caught.clone();
            let outer = std::mem::replace(&mut self.handling, Self::catch(&mut raised, handler));
            self.statements(&mut handling, &handler.statements);
            self.handling = outer;
            *state = std::mem::take(state).join(handling);
        }
        for (raise, places) in raised {
            self.collected.facts.raises.entry(raise).or_default().extend(places);
        }
        self.note_seen(state);
    }

    /// Adds the variables' values of now to those that a handler may see.
    fn note_seen(&mut self, state: &State) {
        let analysis = self.analysis;
        let Some(seen) = &mut self.seen else { return };
        if !state.reachable {
            return;
        }
        let longest = state.variables.len().max(seen.values.len());
        seen.values.resize(longest, Rc::default());
        seen.last.resize(longest, Rc::default());
        for ((seen, last), value) in seen.values.iter_mut().zip(&mut seen.last).zip(&state.variables) {
            if !Rc::ptr_eq(last, value) {
                analysis.spend(join_shared(seen, value));
                *last = Rc::clone(value);
            }
        }
    }

    pub(super) fn statements(&mut self, state: &mut State, statements: &[Statement]) {
        for statement in statements {
            if !state.reachable {
                return;
            }
            if self.analysis.is_exhausted() {
                // Nothing is known of the whole function then.
                return state.end();
            }
            self.plain_statement(state, statement);
            self.analysis.spend(std::mem::take(&mut state.made.0));
            self.note_seen(state);
        }
    }

    fn plain_statement(&mut self, state: &mut State, statement: &Statement) {
        match &statement.kind {
            StatementKind::Block(block) => self.block(state, block),
            StatementKind::Assign(assignment) => self.assign_statement(state, assignment),
            StatementKind::If(branches) => self.if_statement(state, branches),
            StatementKind::Case(case) => self.case_statement(state, case),
            StatementKind::Loop(repeated) => self.repeat(state, repeated),
            StatementKind::Exit(jump) => self.jump(state, jump, false),
            StatementKind::Continue(jump) => self.jump(state, jump, true),
            StatementKind::Return(value) => self.return_statement(state, value.as_ref()),
            StatementKind::ReturnNext(value) => {
                let value = match value {
                    Some(value) => self.expression(state, value),
                    None => self.outputs(state),
                };
                self.emit(state, value);
            }
            StatementKind::ReturnQuery(command) => {
                let table = self.command(state, command);
                let value = if table.columns.len() == 1 && !self.returns_row { table.single() } else { table.row() };
                self.emit(state, value);
            }
            StatementKind::ReturnQueryExecute(dynamic) => {
                for value in &dynamic.using {
                    self.expression(state, value);
                }
                self.note_unseen(state, Some(statement.span));
                self.emit(state, Value::unknown(Reason::Dynamic, Some(statement.span)).not_null());
            }
            StatementKind::Raise(raise) => {
                self.note_raised(state, raise, statement.span);
                self.raise(state, raise);
            }
            StatementKind::Assert(assert) => {
                self.note_raise(Raised::plain(raise::ASSERT_FAILURE), Some(statement.span));
                self.test(state, &assert.condition);
                self.refine_expression(state, &assert.condition, true);
            }
            StatementKind::Perform(command) => {
                let table = self.command(state, command);
                let performed = Some(statement.span);
                state.found = Some(Found { row: Vec::new(), may_fail: !table.count.some, performed });
            }
            StatementKind::Call(command) => {
                self.command(state, command);
                state.found = None;
            }
            StatementKind::Sql(sql) => {
                self.begin_reading();
                let changed = state.trace.changed.clone();
                let table = self.command(state, &sql.command);
                match &sql.into {
                    Some(into) => {
                        if into.strict {
                            self.note_raise(Raised::plain(raise::NO_DATA_FOUND), Some(into.span));
                            self.note_raise(Raised::plain(raise::TOO_MANY_ROWS), Some(into.span));
                        }
                        self.store(state, into, &table);
                        let changed = self.read_after_change(&changed);
                        for target in &into.targets {
                            if let Some((slot, _)) = self.variables.find(&names(target)) {
                                self.note_filled(state, slot, statement.span, changed);
                            }
                        }
                    }
                    None => state.found = None,
                }
            }
            StatementKind::Execute(execute) => self.execute(state, execute, statement),
            StatementKind::GetDiagnostics(diagnostics) => {
                for item in &diagnostics.items {
                    let builtin = match &*item.item.value {
                        "row_count" => crate::catalog::Builtin::INT8,
                        _ => crate::catalog::Builtin::TEXT,
                    };
                    self.assign_target(state, &item.target, Value::scalar(builtin), None);
                }
            }
            StatementKind::Fetch(fetch) => {
                let table = match fetch.cursor.names() {
                    [cursor] => self.cursors.get(&*cursor.value).cloned(),
                    _ => None,
                };
                let table = match table {
                    Some(query) => self.command(state, &query),
                    None => Table::unknown(Opaque::new(Reason::Dynamic, Some(statement.span))),
                };
                let into = Into { span: statement.span, strict: false, targets: fetch.targets.clone() };
                let count = Count::AT_MOST_ONE;
                self.store(state, &into, &Table { count, ..table });
            }
            StatementKind::Commit(_) | StatementKind::Rollback(_) => {
                let ends = &mut self.collected.facts.ends;
                *ends = (*ends).or(Some(statement.span));
            }
            StatementKind::Open(_) | StatementKind::Move(_) | StatementKind::Close(_) | StatementKind::Null => {}
            StatementKind::Unknown(unknown) => {
                // It may do anything to the variables.
                let opaque = Rc::new(Value::unknown(Reason::NotUnderstood, Some(unknown.span)));
                state.variables.fill(opaque);
                state.found = None;
                self.note_unseen(state, Some(unknown.span));
            }
        }
    }

    /// Runs a statement of SQL.
    pub(super) fn command(&mut self, state: &mut State, command: &Command) -> Table {
        let rows = Rows::default();
        match &command.tree {
            CommandTree::Statement(statement) => self.statement(state, &rows, statement),
            CommandTree::Utility(_) => Table { columns: Vec::new(), open: None, count: Count::ANY },
            CommandTree::Unknown(unknown) => {
                self.note_unseen(state, Some(unknown.span));
                Table::unknown(Opaque::new(Reason::NotUnderstood, Some(unknown.span)))
            }
        }
    }

    fn execute(&mut self, state: &mut State, execute: &Execute, statement: &Statement) {
        self.expression(state, &execute.statement.text);
        for value in &execute.statement.using {
            self.expression(state, value);
        }
        self.note_unseen(state, Some(statement.span));
        if let Some(into) = &execute.into {
            let found = state.found.take();
            let table = Table::unknown(Opaque::new(Reason::Dynamic, Some(statement.span)));
            self.store(state, into, &table);
            // EXECUTE leaves FOUND alone.
            state.found = found;
        }
    }

    fn raise(&mut self, state: &mut State, raise: &Raise) {
        for option in &raise.options {
            self.expression(state, &option.value);
        }
        if let crate::plpgsql::ast::Raised::Message { arguments, .. } = &raise.what {
            for argument in arguments {
                self.expression(state, argument);
            }
        }
        if raise.level == RaiseLevel::Exception {
            state.end();
        }
    }

    fn return_statement(&mut self, state: &mut State, value: Option<&Expression>) {
        if self.is_set && value.is_none() {
            // The rows have been given before.
            self.ended(state);
            return state.end();
        }
        let value = match value {
            Some(value) => {
                self.last_call = None;
                self.expression(state, value)
            }
            None => self.outputs(state),
        };
        self.returned_value(value, &state.trace);
        state.end();
    }

    /// The value of the OUT parameters.
    pub(super) fn outputs(&self, state: &State) -> Value {
        let value = |slot: &usize| state.value(*slot);
        match self.outputs.as_slice() {
            [] => Value::null(),
            [(_, slot)] if !self.returns_row => value(slot),
            several => {
                let columns = several.iter().map(|(name, slot)| (name.clone(), value(slot)));
                Value::new(Content::Row(Row { columns: columns.collect() }))
            }
        }
    }

    fn if_statement(&mut self, state: &mut State, branches: &If) {
        let mut end = state.unreachable();
        for branch in &branches.branches {
            if !state.reachable {
                break;
            }
            self.test(state, &branch.condition);
            let mut taken = state.clone();
            self.refine_expression(&mut taken, &branch.condition, true);
            self.refine_expression(state, &branch.condition, false);
            self.statements(&mut taken, &branch.statements);
            end = end.join(taken);
        }
        if let Some(otherwise) = &branches.otherwise {
            self.statements(state, otherwise);
        }
        *state = end.join(std::mem::take(state));
    }

    fn case_statement(&mut self, state: &mut State, case: &Case) {
        if let Some(operand) = &case.operand {
            self.test(state, operand);
        }
        let mut end = state.unreachable();
        for arm in &case.arms {
            let mut taken = state.clone();
            for value in &arm.values {
                self.test(&mut taken, value);
            }
            if let ([condition], None) = (&arm.values[..], &case.operand) {
                self.refine_expression(&mut taken, condition, true);
                self.refine_expression(state, condition, false);
            }
            self.statements(&mut taken, &arm.statements);
            end = end.join(taken);
        }
        match &case.otherwise {
            Some(otherwise) => self.statements(state, otherwise),
            None => {
                self.note_raise(Raised::plain(raise::CASE_NOT_FOUND), None);
                state.end();
            }
        }
        *state = end.join(std::mem::take(state));
    }

    fn jump(&mut self, state: &mut State, jump: &Jump, continues: bool) {
        let mut leaving = state.clone();
        if let Some(condition) = &jump.condition {
            self.test(state, condition);
            leaving = state.clone();
            self.refine_expression(&mut leaving, condition, true);
            self.refine_expression(state, condition, false);
        } else {
            state.end();
        }
        let label = jump.label.as_ref().map(|label| &*label.value);
        let target = self.exits.iter_mut().rev().find(|exits| match label {
            Some(label) => exits.label.as_deref() == Some(label),
            None => exits.is_loop,
        });
        if let Some(exits) = target {
            let place = if continues { &mut exits.continued } else { &mut exits.left };
            *place = place.take().join(Some(leaving));
        }
    }

    fn declared_type(&self, data_type: &DataType) -> Option<Type> {
        let arrayed = |ty: Type, array: bool| if array { ty.array() } else { ty };
        match &data_type.kind {
            DataTypeKind::Record => None,
            DataTypeKind::Named(name) => Some(self.analysis.type_named(name, &self.search_path)),
            DataTypeKind::TypeOf { path, array } => {
                let found = names(path);
                if let Some((slot, _)) = self.variables.find(&found) {
                    return self
                        .variables
                        .slots
                        .get(slot)
                        .and_then(|slot| slot.ty.clone())
                        .map(|ty| arrayed(ty, *array));
                }
                let (column, table) = found.split_last()?;
                let (name, schema) = table.split_last()?;
                let id = self.analysis.find_relation(schema.last().copied(), name, &self.search_path)?;
                let column = self.analysis.catalog.relation(id).column(column)?;
                Some(arrayed(column.ty.ty.clone(), *array))
            }
            DataTypeKind::RowOf { path, array } => {
                let found = names(path);
                let (name, schema) = found.split_last()?;
                let id = self.analysis.find_relation(schema.last().copied(), name, &self.search_path)?;
                Some(arrayed(Type::Defined(self.analysis.catalog.relation(id).row_type), *array))
            }
        }
    }

    fn initialise(&mut self, state: &mut State, slot: usize, value: Value, default: Option<&Expression>) {
        let ty = self.variables.slots.get(slot).and_then(|slot| slot.ty.clone());
        let mut value = match &ty {
            Some(ty) => self.cast(value, ty, default.map(|default| default.span)),
            None => value,
        };
        // A row variable is there, with columns that are NULL.
        if let (Some(ty), Content::Never) = (&ty, &value.content)
            && let Content::Row(row) = self.analysis.any_of(ty, Reason::NotUnderstood, None).content
        {
            value = null_of(&Value::new(Content::Row(row)), Nullness::Nullable).not_null();
        }
        set_slot(state, slot, value);
    }

    fn assign_statement(&mut self, state: &mut State, assignment: &Assignment) {
        self.begin_reading();
        let changed = state.trace.changed.clone();
        let value = self.expression(state, &assignment.value);
        self.assign_target(state, &assignment.target, value, Some(&assignment.value));
        let changed = self.read_after_change(&changed);
        if let Some((slot, _)) = self.variables.find(&names(&assignment.target.path)) {
            self.note_filled(state, slot, assignment.value.span, changed);
        }
    }

    /// Assigns to a variable or a part of one.
    pub(super) fn assign_target(
        &mut self,
        state: &mut State,
        target: &Target,
        value: Value,
        from: Option<&Expression>,
    ) {
        let path = names(&target.path);
        let Some((slot, used)) = self.variables.find(&path) else { return };
        let place = from.map(|from| from.span).or(Some(target.span));
        forget_found(state, slot);
        let fields = path.iter().skip(used).copied().collect::<Vec<_>>();
        let ty = self.variables.slots.get(slot).and_then(|slot| slot.ty.clone());
        let known = state.value(slot);
        let mut steps = Vec::new();
        for step in &target.steps {
            steps.push(match step {
                Step::Field(name) => Part::Field(name.value.to_string()),
                Step::Element(index) => Part::Element(self.expression(state, index)),
                Step::Slice(..) => Part::Slice,
            });
        }
        let value = match (&ty, fields.is_empty() && steps.is_empty()) {
            (Some(ty), true) => self.cast(value, ty, place),
            (None, true) => value,
            (ty, false) => {
                let parts = fields.into_iter().map(|field| Part::Field(field.to_owned())).chain(steps);
                let parts = parts.collect::<Vec<_>>();
                let field_type = self.part_type(ty.as_ref(), &parts);
                let value = match &field_type {
                    Some(ty) => self.cast(value, ty, place),
                    None => value,
                };
                self.note_whole(&value);
                put(known, &parts, value)
            }
        };
        set_slot(state, slot, value);
    }

    /// The type of a field of a variable.
    fn part_type(&self, ty: Option<&Type>, parts: &[Part]) -> Option<Type> {
        let mut ty = ty?.clone();
        for part in parts {
            ty = match part {
                Part::Field(name) => {
                    let row = self.analysis.any_of(&ty, Reason::NotUnderstood, None);
                    let Content::Row(row) = row.content else { return None };
                    let at = row.columns.iter().position(|(column, _)| column == name)?;
                    self.analysis.column_types(&ty).get(at)?.clone()
                }
                Part::Element(_) => match self.analysis.catalog.base_type(&ty) {
                    Type::Array(element) => (**element).clone(),
                    // What is put into a document is one.
                    base if base.is(Builtin::JSONB) => continue,
                    _ => return None,
                },
                Part::Slice => return None,
            };
        }
        Some(ty)
    }

    /// Stores the row of a query in variables.
    pub(super) fn store(&mut self, state: &mut State, into: &Into, table: &Table) {
        let sure = table.count.some || into.strict;
        let mut found = Vec::new();
        let targets = into.targets.iter().map(|target| self.variables.find(&names(target)).map(|(slot, _)| slot));
        let targets = targets.collect::<Vec<_>>();
        let is_row = |frame: &Self, slot: usize| match frame.variables.slots.get(slot).and_then(|slot| slot.ty.as_ref())
        {
            None => true,
            Some(ty) => {
                let value = frame.analysis.any_of(ty, Reason::NotUnderstood, None);
                matches!(value.content, Content::Row(_))
            }
        };
        match targets.as_slice() {
            [Some(slot)] if into.targets.first().is_some_and(|t| t.names().len() == 1) && is_row(self, *slot) => {
                let ty = self.variables.slots.get(*slot).and_then(|slot| slot.ty.clone());
                let mut value = table.row();
                if let (Some(ty), [(_, only)]) = (&ty, table.columns.as_slice())
                    && matches!(only.content, Content::Row(_))
                    && self.analysis.column_types(ty).len() != 1
                {
                    value = only.clone();
                }
                if let Some(ty) = &ty {
                    value = self.analysis.coerce(value, ty, Some(into.span));
                }
                found.push((*slot, Rc::new(value)));
            }
            _ => {
                // A row in the place of columns is spread over them.
                let columns = match table.columns.as_slice() {
                    [(_, Value { content: Content::Row(row), .. })] if targets.len() > 1 => row.columns.clone(),
                    columns => columns.to_vec(),
                };
                for (i, (target, slot)) in into.targets.iter().zip(&targets).enumerate() {
                    let value = match (columns.get(i), table.open) {
                        (Some((_, value)), None) => value.clone(),
                        (_, Some(opaque)) => Value::new(Content::Unknown(opaque)).with_null(Nullness::Unproven),
                        (None, None) => Value::null(),
                    };
                    let Some(slot) = slot else { continue };
                    if self.variables.find(&names(target)).is_some_and(|(_, used)| used < target.names().len()) {
                        let target = Target { span: into.span, path: target.clone(), steps: Vec::new() };
                        let value = if sure { value } else { value.or_null(Nullness::Unproven) };
                        self.assign_target(state, &target, value, None);
                        continue;
                    }
                    let value = match self.variables.slots.get(*slot).and_then(|slot| slot.ty.clone()) {
                        Some(ty) => self.cast(value, &ty, Some(into.span)),
                        None => value,
                    };
                    found.push((*slot, Rc::new(value)));
                }
            }
        }
        for (slot, value) in &found {
            if sure {
                share_slot(state, *slot, Rc::clone(value));
            } else {
                set_slot(state, *slot, (**value).clone().join(null_of(value, Nullness::Unproven)));
                state.fetched.insert(*slot, (into.span, Rc::clone(value)));
            }
        }
        state.found = Some(Found { row: found, may_fail: !sure, performed: None });
    }
}

/// A part of a variable that is assigned to.
enum Part {
    Field(String),
    Element(Value),
    Slice,
}

/// `known` with `value` in the place of one of its parts.
fn put(known: Value, parts: &[Part], value: Value) -> Value {
    let Some((part, rest)) = parts.split_first() else { return value };
    match (part, known.content) {
        (Part::Field(name), Content::Row(mut row)) => {
            if let Some((_, column)) = row.columns.iter_mut().find(|(column, _)| column == name) {
                *column = put(std::mem::take(column), rest, value);
            }
            Value::new(Content::Row(row))
        }
        (Part::Element(_), Content::Array(element)) => {
            let replaced = put((*element).clone(), rest, value);
            Value::new(Content::Array(Box::new((*element).join(replaced))))
        }
        (Part::Element(_), Content::Never) => Value::new(Content::Array(Box::new(put(Value::default(), rest, value)))),
        (Part::Element(key), Content::Json(json)) => {
            let new = match rest {
                [] => value.to_json(),
                _ => Json::unknown(Reason::NotFollowed, None),
            };
            let json = match key.constant() {
                Some(Literal::Text(key)) => json.map_objects(|mut object| {
                    let field =
                        crate::shape::domain::Field { value: new.clone(), always: true, places: Default::default() };
                    object.fields.insert(key.clone(), field);
                    object
                }),
                _ => json.join(Json::unknown(Reason::DynamicKey, None)),
            };
            Value::json(json)
        }
        (Part::Slice, content) => Value::new(content),
        _ => Value::unknown(Reason::NotUnderstood, None),
    }
}

/// FOUND says nothing of a variable that was changed since.
fn forget_found(state: &mut State, slot: usize) {
    state.fetched.remove(&slot);
    if let Some(found) = &mut state.found {
        found.row.retain(|(known, _)| *known != slot);
    }
}

pub(super) fn set_slot(state: &mut State, slot: usize, value: Value) {
    share_slot(state, slot, Rc::new(value));
}

fn share_slot(state: &mut State, slot: usize, value: Rc<Value>) {
    if state.variables.len() <= slot {
        state.variables.resize(slot + 1, Rc::default());
    }
    forget_found(state, slot);
    if let Some(variable) = state.variables.get_mut(slot) {
        *variable = value;
    }
}

pub(super) fn names(path: &Path) -> Vec<&str> {
    path.names().iter().map(|name| &*name.value).collect()
}
