//! Every expression and statement of a body, with the variables that it sees.

use std::collections::BTreeMap;
use std::sync::Arc;

use sqlparser::ast::Statement as SqlStatement;

use super::records::Records;
use super::variables::Frames;
use crate::catalog::{Builtin, Catalog, ObjectName, Type};
use crate::plpgsql::ast::{
    AliasOf, Block, DataType, DataTypeKind, Declaration, DeclarationKind, Dynamic, LoopKind, OpenKind, Raised,
    Statement, StatementKind, Step, Target,
};
use crate::resolve::from::{idents, object_name};
use crate::resolve::scope::row_columns;
use crate::resolve::{Columns, Finding, Resolver, Typed, Types, Variable, Variables as _};
use crate::source::{FileId, Span};
use crate::sql::cursor::{Cursor, significant};
use crate::sql::embedded::{Command, CommandTree, Expression, ExpressionTree};
use crate::sql::lexer::{Mode, PositionMap};
use crate::sql::name::Path;
use crate::sql::type_name::TypeName;

/// Walks one body.
pub(super) struct Walk<'a> {
    pub(super) types: &'a Types<'a>,
    pub(super) catalog: &'a Catalog,
    pub(super) search_path: &'a [String],
    pub(super) file: FileId,
    pub(super) variables: Frames<'a>,
    /// Tables that the body makes for itself.
    pub(super) temporary: BTreeMap<String, Columns>,
    /// What its records hold.
    pub(super) records: Records,
    pub(super) findings: Vec<(Span, String, Finding)>,
    /// Whether a statement that is put together at run time may make tables.
    pub(super) makes_unseen_tables: bool,
}

impl Walk<'_> {
    pub(super) fn block(&mut self, block: &Block) {
        self.variables.open(block.label.as_ref().map(|label| label.value.to_string()));
        for declaration in &block.declarations {
            self.declaration(declaration);
        }
        self.statements(&block.statements);
        for handler in &block.handlers {
            self.variables.open(None);
            self.variables.declare("sqlerrm", Typed::of(Builtin::TEXT));
            self.variables.declare("sqlstate", Typed::of(Builtin::TEXT));
            self.statements(&handler.statements);
            self.variables.close();
        }
        self.variables.close();
    }

    fn declaration(&mut self, declaration: &Declaration) {
        let name = &*declaration.name.value;
        match &declaration.kind {
            DeclarationKind::Variable(variable) => {
                let value = variable.default.as_ref().map(|default| self.value(default));
                let ty = self.data_type(&variable.data_type);
                if variable.data_type.kind == DataTypeKind::Record {
                    let place = declaration.name.span;
                    self.variables.declare_record(name, self.records.held(place), place);
                    if let Some(value) = value {
                        self.records.put(place, row_columns(self.catalog, &value));
                    }
                } else {
                    self.variables.declare(name, ty);
                }
            }
            DeclarationKind::Alias(alias) => {
                let ty = match alias {
                    AliasOf::Variable(path) => {
                        // What is put into the one is in the other, and nobody follows that.
                        self.put(std::slice::from_ref(path), None);
                        self.variable(path)
                    }
                    AliasOf::Parameter(number) => self.variables.parameter(*number as usize),
                };
                self.variables.declare(name, ty.unwrap_or_else(Typed::unknown));
            }
            DeclarationKind::Cursor(cursor) => {
                self.variables.declare(name, Typed::of(Builtin::REFCURSOR));
                self.variables.open(Some(name.to_owned()));
                for argument in &cursor.arguments {
                    let ty = self.data_type(&argument.data_type);
                    self.variables.declare(&*argument.name.value, ty);
                }
                let columns = self.command(&cursor.query);
                self.variables.close();
                self.variables.bind_cursor(name, columns);
            }
            DeclarationKind::Unknown(_) => self.variables.declare(name, Typed::unknown()),
        }
    }

    fn variable(&self, path: &Path) -> Option<Typed> {
        let names: Vec<&str> = path.names().iter().map(|name| &*name.value).collect();
        match self.variables.variable(&names) {
            Variable::Found(ty) => Some(ty),
            Variable::NoField | Variable::Missing => None,
        }
    }

    fn data_type(&mut self, ty: &DataType) -> Typed {
        match &ty.kind {
            DataTypeKind::Record => Typed::unknown(),
            DataTypeKind::TypeOf { path, array } => {
                let element = self.variable(path).or_else(|| self.column_type(path));
                let element = element.unwrap_or_else(Typed::unknown);
                if *array { Typed { ty: element.ty.array(), ..element } } else { element }
            }
            DataTypeKind::RowOf { path, array } => {
                let name = path_name(path);
                let ty = match self.catalog.resolve_relation(&name, self.search_path) {
                    Some(id) => Type::Defined(self.catalog.relation(id).row_type),
                    None => {
                        if self.types.server_relation(&name).is_none() && !self.temporary.contains_key(&name.name) {
                            let place = path.last();
                            self.findings.push((
                                place.span,
                                place.value.to_string(),
                                Finding::NoRelation(name.clone()),
                            ));
                        }
                        Type::Unknown(name)
                    }
                };
                Typed::of(if *array { ty.array() } else { ty })
            }
            DataTypeKind::Named(text) => {
                let tokens = significant(text, Mode::Server);
                let map = PositionMap::shifted(self.file, ty.span.start as usize);
                let mut cursor = Cursor::new(text, &tokens, &map);
                let Some(name) = TypeName::parse(&mut cursor) else { return Typed::unknown() };
                let resolved = self.catalog.resolve_type_name(&name, self.search_path);
                if let Type::Unknown(missing) = &resolved {
                    self.findings.push((ty.span, missing.name.clone(), Finding::NoType(missing.clone())));
                }
                Typed { ty: resolved, modifier: None, fields: None }
            }
        }
    }

    fn column_type(&mut self, path: &Path) -> Option<Typed> {
        let table = match path.qualifiers() {
            [table] => ObjectName::bare(&*table.value),
            [.., schema, table] => ObjectName::qualified(&*schema.value, &*table.value),
            [] => return None,
        };
        let column = path.last();
        let Some(id) = self.catalog.resolve_relation(&table, self.search_path) else {
            if self.types.server_relation(&table).is_none() && !self.temporary.contains_key(&table.name) {
                let place = path.qualifiers().last()?;
                self.findings.push((place.span, table.name.clone(), Finding::NoRelation(table)));
            }
            return None;
        };
        let relation = self.catalog.relation(id);
        match relation.column(&column.value) {
            Some(column) => Some(Typed::from(&column.ty)),
            None => {
                if relation.columns_known {
                    let finding = Finding::NoColumnOf(table.name);
                    self.findings.push((column.span, column.value.to_string(), finding));
                }
                None
            }
        }
    }

    fn statements(&mut self, statements: &[Statement]) {
        statements.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &Statement) {
        match &statement.kind {
            StatementKind::Block(block) => self.block(block),
            StatementKind::Assign(assignment) => {
                self.target(&assignment.target);
                let value = self.value(&assignment.value);
                if assignment.target.steps.is_empty() && assignment.target.path.qualifiers().is_empty() {
                    let row = row_columns(self.catalog, &value);
                    self.put(std::slice::from_ref(&assignment.target.path), row);
                }
            }
            StatementKind::If(r#if) => {
                for branch in &r#if.branches {
                    self.expression(&branch.condition);
                    self.statements(&branch.statements);
                }
                r#if.otherwise.iter().for_each(|statements| self.statements(statements));
            }
            StatementKind::Case(case) => {
                case.operand.iter().for_each(|operand| self.expression(operand));
                for arm in &case.arms {
                    arm.values.iter().for_each(|value| self.expression(value));
                    self.statements(&arm.statements);
                }
                case.otherwise.iter().for_each(|statements| self.statements(statements));
            }
            StatementKind::Loop(r#loop) => {
                self.variables.open(r#loop.label.as_ref().map(|label| label.value.to_string()));
                self.loop_head(&r#loop.kind);
                self.statements(&r#loop.statements);
                self.variables.close();
            }
            StatementKind::Exit(jump) | StatementKind::Continue(jump) => {
                jump.condition.iter().for_each(|condition| self.expression(condition));
            }
            StatementKind::Return(value) | StatementKind::ReturnNext(value) => {
                value.iter().for_each(|value| self.expression(value));
            }
            StatementKind::ReturnQuery(command) | StatementKind::Perform(command) => drop(self.command(command)),
            StatementKind::ReturnQueryExecute(dynamic) => self.dynamic(dynamic),
            StatementKind::Raise(raise) => {
                if let Raised::Message { arguments, .. } = &raise.what {
                    arguments.iter().for_each(|argument| self.expression(argument));
                }
                raise.options.iter().for_each(|option| self.expression(&option.value));
            }
            StatementKind::Assert(assert) => {
                self.expression(&assert.condition);
                assert.message.iter().for_each(|message| self.expression(message));
            }
            StatementKind::Sql(sql) => {
                let columns = self.command(&sql.command);
                if let Some(into) = &sql.into {
                    self.put(&into.targets, Some(columns));
                }
            }
            StatementKind::Execute(execute) => {
                self.dynamic(&execute.statement);
                if let Some(into) = &execute.into {
                    self.put(&into.targets, None);
                }
            }
            StatementKind::Fetch(fetch) => self.put(&fetch.targets, None),
            StatementKind::Call(command) => {
                self.command(command);
                // What comes back may be put into any variable that is given.
                self.records.forget();
            }
            StatementKind::Open(open) => match &open.kind {
                OpenKind::Bound(arguments) => arguments.iter().for_each(|argument| self.expression(&argument.value)),
                OpenKind::Query { query, .. } => drop(self.command(query)),
                OpenKind::Dynamic { query, .. } => self.dynamic(query),
            },
            StatementKind::GetDiagnostics(get) => get.items.iter().for_each(|item| self.target(&item.target)),
            StatementKind::Move(_)
            | StatementKind::Close(_)
            | StatementKind::Commit(_)
            | StatementKind::Rollback(_)
            | StatementKind::Null
            | StatementKind::Unknown(_) => {}
        }
    }

    fn loop_head(&mut self, kind: &LoopKind) {
        match kind {
            LoopKind::Forever => {}
            LoopKind::While(condition) => self.expression(condition),
            LoopKind::Integers { variable, from, to, step, .. } => {
                [Some(from), Some(to), step.as_ref()].into_iter().flatten().for_each(|value| self.expression(value));
                self.variables.declare(&*variable.value, Typed::of(Builtin::INT4));
            }
            LoopKind::Rows { targets, query } => {
                let columns = self.command(query);
                self.put(targets, Some(columns));
            }
            LoopKind::Cursor { variable, cursor, arguments } => {
                arguments.iter().for_each(|argument| self.expression(&argument.value));
                let columns = self.variables.cursor(&cursor.last().value).filter(|columns| columns.complete).cloned();
                let fields = columns.map(Arc::new);
                self.variables.declare(&*variable.value, Typed { fields, ..Typed::unknown() });
            }
            LoopKind::Dynamic { targets, query } => {
                self.dynamic(query);
                self.put(targets, None);
            }
            LoopKind::Elements { targets, array, .. } => {
                self.expression(array);
                self.put(targets, None);
            }
        }
    }

    /// Notes what is put into records: a row, into a single one.
    fn put(&mut self, targets: &[Path], row: Option<Columns>) {
        for target in targets {
            if self.variables.variable(&[&target.names()[0].value]) == Variable::Missing
                && self.variable(target).is_none()
            {
                self.undeclared(target);
            }
        }
        let row = row.filter(|_| targets.len() == 1);
        for target in targets.iter().filter(|target| target.qualifiers().is_empty()) {
            if let Some(place) = self.variables.record(&target.last().value) {
                self.records.put(place, row.clone());
            }
        }
        // Behind a label it may be any record; behind a variable it is a field.
        let is_label = |target: &Path| {
            let first = target.qualifiers().first();
            first.is_some_and(|first| self.variables.variable(&[&first.value]) == Variable::Missing)
        };
        if targets.iter().any(is_label) {
            self.records.forget();
        }
    }

    /// Looks at the field of a row that is assigned to, and at subscripts.
    fn target(&mut self, target: &Target) {
        let names: Vec<&str> = target.path.names().iter().map(|name| &*name.value).collect();
        match (self.variables.variable(&names), target.path.names()) {
            (Variable::NoField, [.., row, field]) => {
                let finding = Finding::NoColumnOf(row.value.to_string());
                self.findings.push((field.span, field.value.to_string(), finding));
            }
            (Variable::Missing, _) => self.undeclared(&target.path),
            _ => {}
        }
        for step in &target.steps {
            match step {
                Step::Field(_) => {}
                Step::Element(index) => self.expression(index),
                Step::Slice(low, high) => low.iter().chain(high).for_each(|bound| self.expression(bound)),
            }
        }
    }

    /// Notes that nothing is declared as what is assigned to.
    fn undeclared(&mut self, path: &Path) {
        let name = path.last();
        // `$1` is declared by its position.
        if !name.value.starts_with('$') {
            self.findings.push((name.span, name.value.to_string(), Finding::NoVariable));
        }
    }

    fn dynamic(&mut self, dynamic: &Dynamic) {
        self.expression(&dynamic.text);
        dynamic.using.iter().for_each(|value| self.expression(value));
        self.makes_unseen_tables = true;
    }

    pub(super) fn expression(&mut self, expression: &Expression) {
        self.value(expression);
    }

    fn value(&mut self, expression: &Expression) -> Typed {
        self.resolve(|resolver| match &expression.tree {
            ExpressionTree::Expr(expr) => resolver.expr(expr),
            ExpressionTree::Query(query) => {
                let columns = resolver.query(query);
                columns.list.into_iter().next().map_or_else(Typed::unknown, |(_, ty)| ty)
            }
            ExpressionTree::Unknown(_) => Typed::unknown(),
        })
    }

    /// Looks at a statement; gives the columns of its rows.
    pub(super) fn command(&mut self, command: &Command) -> Columns {
        let columns = match &command.tree {
            CommandTree::Statement(statement) => self.sql(statement),
            CommandTree::Utility(_) => Columns::unknown(),
            CommandTree::Unknown(_) => {
                self.makes_unseen_tables = true;
                Columns::unknown()
            }
        };
        for expression in &command.aside {
            if let ExpressionTree::Expr(expr) = &expression.tree {
                self.resolve(|resolver| resolver.in_unknown_table(expr));
            }
        }
        columns
    }

    fn sql(&mut self, statement: &SqlStatement) -> Columns {
        match statement {
            SqlStatement::CreateTable(create) => {
                let columns = match &create.query {
                    Some(query) => self.resolve(|resolver| resolver.query(query)),
                    None => self.resolve(|resolver| resolver.declared_columns(&create.columns)),
                };
                let names = create.columns.iter().map(|column| column.name.value.clone());
                let columns = if create.query.is_some() { columns.renamed(names) } else { columns };
                self.make_temporary(&create.name, columns);
            }
            SqlStatement::CreateView(create) => {
                let columns = self.resolve(|resolver| resolver.query(&create.query));
                let names = create.columns.iter().map(|column| column.name.value.clone());
                self.make_temporary(&create.name, columns.renamed(names));
            }
            SqlStatement::AlterTable(alter) => {
                let name = object_name(&idents(&alter.name));
                // Which columns it has from here on is not followed.
                if let Some(columns) = name.and_then(|name| self.temporary.get_mut(&name.name)) {
                    columns.complete = false;
                }
            }
            _ => return self.resolve(|resolver| resolver.statement(statement)),
        }
        Columns::unknown()
    }

    fn make_temporary(&mut self, name: &sqlparser::ast::ObjectName, columns: Columns) {
        if let Some(name) = object_name(&idents(name)) {
            self.temporary.insert(name.name, columns);
        }
    }

    fn resolve<T>(&mut self, look: impl FnOnce(&mut Resolver<'_>) -> T) -> T {
        let mut resolver = Resolver::new(self.types, self.search_path, self.file, &self.variables);
        resolver.temporary = Some(&self.temporary);
        let result = look(&mut resolver);
        self.findings.append(&mut resolver.findings);
        result
    }
}

fn path_name(path: &Path) -> ObjectName {
    match path.qualifiers() {
        [] => ObjectName::bare(&*path.last().value),
        [.., schema] => ObjectName::qualified(&*schema.value, &*path.last().value),
    }
}
