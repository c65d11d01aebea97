//! A tree as indented lines: `line:column what details`. Expressions are printed from their trees, so that a change of
//! how one is read shows.

use std::fmt::Write;

use pgmutate_codegen::plpgsql::ast::*;
use pgmutate_codegen::source::{SourceMap, Span};
use pgmutate_codegen::sql::embedded::{Command, CommandTree, Expression, ExpressionTree, Unknown};

pub(crate) fn body(sources: &SourceMap, body: &Body) -> String {
    let mut dump = Dump { sources, out: String::new(), depth: 0 };
    let tally = &body.tally;
    let unknown = tally.unknown.len();
    dump.out = format!("body: {} statements, {} expressions, {unknown} unknown\n", tally.statements, tally.expressions);
    for option in &body.options {
        dump.line(
            option.span,
            &format!("option {} {}", option.name, option.value.as_ref().map_or(String::new(), ToString::to_string)),
        );
    }
    match &body.block {
        Ok(block) => dump.block(block),
        Err(unknown) => dump.unknown(unknown),
    }
    dump.out
}

struct Dump<'a> {
    sources: &'a SourceMap,
    out: String,
    depth: usize,
}

impl Dump<'_> {
    fn line(&mut self, span: Span, text: &str) {
        let file = self.sources.file(span.file);
        let (start, end) = (file.position(span.start as usize), file.position(span.end as usize));
        let indent = "  ".repeat(self.depth);
        let place = format!("{}:{}-{}:{}", start.line, start.column, end.line, end.column);
        writeln!(self.out, "{indent}{} [{place}]", text.trim_end()).unwrap();
    }

    /// A line without a place of its own, and what belongs to it.
    fn part(&mut self, text: &str, inside: impl FnOnce(&mut Self)) {
        let indent = "  ".repeat(self.depth);
        writeln!(self.out, "{indent}{}", text.trim_end()).unwrap();
        self.inside(inside);
    }

    fn inside(&mut self, inside: impl FnOnce(&mut Self)) {
        self.depth += 1;
        inside(self);
        self.depth -= 1;
    }

    fn unknown(&mut self, unknown: &Unknown) {
        self.line(unknown.span, &format!("UNKNOWN {}", unknown.reason));
    }

    fn expression(&mut self, role: &str, expression: &Expression) {
        match &expression.tree {
            ExpressionTree::Expr(expr) => self.line(expression.span, &format!("{role} {expr}")),
            ExpressionTree::Query(query) => self.line(expression.span, &format!("{role} from query {query}")),
            ExpressionTree::Unknown(unknown) => self.unknown(unknown),
        }
    }

    fn expressions(&mut self, role: &str, expressions: &[Expression]) {
        for expression in expressions {
            self.expression(role, expression);
        }
    }

    fn command(&mut self, role: &str, command: &Command) {
        match &command.tree {
            CommandTree::Statement(statement) => {
                self.line(command.span, &format!("{role} {statement}").replace('\0', "\\0"));
            }
            CommandTree::Utility(words) => self.line(command.span, &format!("{role} utility {words}")),
            CommandTree::Unknown(unknown) => self.unknown(unknown),
        }
        self.inside(|dump| dump.expressions("aside", &command.aside));
    }

    fn dynamic(&mut self, dynamic: &Dynamic) {
        self.expression("text", &dynamic.text);
        self.expressions("using", &dynamic.using);
    }

    fn into(&mut self, into: &Into) {
        let strict = if into.strict { " strict" } else { "" };
        self.line(into.span, &format!("into{strict} {:?}", into.targets));
    }

    fn block(&mut self, block: &Block) {
        self.line(block.span, &format!("block{}", label(block.label.as_ref())));
        self.inside(|dump| {
            for declaration in &block.declarations {
                dump.declaration(declaration);
            }
            dump.statements(&block.statements);
            for handler in &block.handlers {
                let conditions: Vec<_> = handler.conditions.iter().map(condition).collect();
                dump.line(handler.span, &format!("handler {}", conditions.join(" or ")));
                dump.inside(|dump| dump.statements(&handler.statements));
            }
        });
    }

    fn declaration(&mut self, declaration: &Declaration) {
        let name = &declaration.name;
        match &declaration.kind {
            DeclarationKind::Variable(variable) => {
                let mut text = format!("variable {name} {}", data_type(&variable.data_type));
                if variable.constant {
                    text.push_str(" constant");
                }
                if let Some(collation) = &variable.collation {
                    write!(text, " collate {collation}").unwrap();
                }
                if variable.not_null {
                    text.push_str(" not null");
                }
                self.line(declaration.span, &text);
                self.inside(|dump| dump.expressions("default", variable.default.as_slice()));
            }
            DeclarationKind::Alias(of) => self.line(declaration.span, &format!("alias {name} of {of:?}")),
            DeclarationKind::Cursor(cursor) => {
                self.line(declaration.span, &format!("cursor {name}{}", scroll(cursor.scroll)));
                self.inside(|dump| {
                    for argument in &cursor.arguments {
                        dump.line(
                            argument.data_type.span,
                            &format!("argument {} {}", argument.name, data_type(&argument.data_type)),
                        );
                    }
                    dump.command("query", &cursor.query);
                });
            }
            DeclarationKind::Unknown(unknown) => {
                self.line(declaration.span, &format!("declared {name}"));
                self.inside(|dump| dump.unknown(unknown));
            }
        }
    }

    fn target(&mut self, target: &Target) {
        self.line(target.span, &format!("target {}", target.path));
        self.inside(|dump| {
            for step in &target.steps {
                match step {
                    Step::Field(name) => dump.line(name.span, &format!("field {name}")),
                    Step::Element(index) => dump.expression("element", index),
                    Step::Slice(lower, upper) => dump.part("slice", |dump| {
                        dump.expressions("from", lower.as_slice());
                        dump.expressions("to", upper.as_slice());
                    }),
                }
            }
        });
    }

    fn statements(&mut self, statements: &[Statement]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        use StatementKind as K;
        let name = match &statement.kind {
            K::Block(block) => return self.block(block),
            K::Unknown(unknown) => return self.unknown(unknown),
            K::Assign(_) => "assign".to_owned(),
            K::If(_) => "if".to_owned(),
            K::Case(_) => "case".to_owned(),
            K::Loop(of) => loop_line(of),
            K::Exit(jump) => format!("exit{}", label(jump.label.as_ref())),
            K::Continue(jump) => format!("continue{}", label(jump.label.as_ref())),
            K::Return(_) => "return".to_owned(),
            K::ReturnNext(_) => "return next".to_owned(),
            K::ReturnQuery(_) => "return query".to_owned(),
            K::ReturnQueryExecute(_) => "return query execute".to_owned(),
            K::Raise(raise) => raise_line(raise),
            K::Assert(_) => "assert".to_owned(),
            K::Perform(_) => "perform".to_owned(),
            K::Sql(_) => "sql".to_owned(),
            K::Call(_) => "call".to_owned(),
            K::Execute(_) => "execute".to_owned(),
            K::GetDiagnostics(get) => format!("get {} diagnostics", if get.stacked { "stacked" } else { "current" }),
            K::Open(open) => format!("open {}", open.cursor),
            K::Fetch(fetch) => format!("fetch {} into {:?}", fetch.cursor, fetch.targets),
            K::Move(moved) => format!("move {}", moved.cursor),
            K::Close(cursor) => format!("close {cursor}"),
            K::Commit(chain) => format!("commit, chain {chain:?}"),
            K::Rollback(chain) => format!("rollback, chain {chain:?}"),
            K::Null => "null".to_owned(),
        };
        self.line(statement.span, &name);
        self.inside(|dump| dump.parts(&statement.kind));
    }

    fn parts(&mut self, kind: &StatementKind) {
        use StatementKind as K;
        match kind {
            K::Assign(assignment) => {
                self.target(&assignment.target);
                self.expression("value", &assignment.value);
            }
            K::If(branches) => {
                for branch in &branches.branches {
                    self.line(branch.span, "branch");
                    self.inside(|dump| {
                        dump.expression("condition", &branch.condition);
                        dump.statements(&branch.statements);
                    });
                }
                self.otherwise(branches.otherwise.as_deref());
            }
            K::Case(case) => {
                self.expressions("operand", case.operand.as_slice());
                for arm in &case.arms {
                    self.line(arm.span, "when");
                    self.inside(|dump| {
                        dump.expressions("value", &arm.values);
                        dump.statements(&arm.statements);
                    });
                }
                self.otherwise(case.otherwise.as_deref());
            }
            K::Loop(of) => {
                self.loop_parts(&of.kind);
                self.statements(&of.statements);
            }
            K::Exit(jump) | K::Continue(jump) => self.expressions("when", jump.condition.as_slice()),
            K::Return(value) | K::ReturnNext(value) => self.expressions("value", value.as_slice()),
            K::ReturnQuery(query) => self.command("query", query),
            K::ReturnQueryExecute(dynamic) => self.dynamic(dynamic),
            K::Raise(raise) => {
                if let Raised::Message { span, arguments, .. } = &raise.what {
                    self.line(*span, "format");
                    self.expressions("argument", arguments);
                }
                for option in &raise.options {
                    self.expression(&format!("option {:?}", option.kind), &option.value);
                }
            }
            K::Assert(assert) => {
                self.expression("condition", &assert.condition);
                self.expressions("message", assert.message.as_slice());
            }
            K::Perform(query) => self.command("query", query),
            K::Sql(sql) => {
                self.command("command", &sql.command);
                sql.into.iter().for_each(|into| self.into(into));
            }
            K::Call(call) => self.command("call", call),
            K::Execute(execute) => {
                self.dynamic(&execute.statement);
                execute.into.iter().for_each(|into| self.into(into));
            }
            K::GetDiagnostics(get) => {
                for item in &get.items {
                    self.target(&item.target);
                    self.line(item.item.span, &format!("item {}", item.item));
                }
            }
            K::Open(open) => match &open.kind {
                OpenKind::Bound(arguments) => self.arguments(arguments),
                OpenKind::Query { scroll: option, query } => self.command(&format!("query{}", scroll(*option)), query),
                OpenKind::Dynamic { scroll: option, query } => {
                    self.part(&format!("dynamic{}", scroll(*option)), |dump| dump.dynamic(query));
                }
            },
            K::Fetch(fetch) => self.direction(&fetch.direction),
            K::Move(moved) => self.direction(&moved.direction),
            K::Block(_) | K::Unknown(_) | K::Close(_) | K::Commit(_) | K::Rollback(_) | K::Null => {}
        }
    }

    fn otherwise(&mut self, statements: Option<&[Statement]>) {
        if let Some(statements) = statements {
            self.part("else", |dump| dump.statements(statements));
        }
    }

    fn arguments(&mut self, arguments: &[CursorArgument]) {
        for argument in arguments {
            let name = argument.name.as_ref().map_or(String::new(), |name| format!(" {name}"));
            self.expression(&format!("argument{name}"), &argument.value);
        }
    }

    fn direction(&mut self, direction: &Direction) {
        let (name, rows) = match direction {
            Direction::Next => ("next", None),
            Direction::Prior => ("prior", None),
            Direction::First => ("first", None),
            Direction::Last => ("last", None),
            Direction::Absolute(rows) => ("absolute", Some(rows)),
            Direction::Relative(rows) => ("relative", Some(rows)),
            Direction::Forward(rows) => ("forward", rows.as_ref()),
            Direction::ForwardAll => ("forward all", None),
            Direction::Backward(rows) => ("backward", rows.as_ref()),
            Direction::BackwardAll => ("backward all", None),
        };
        self.part(name, |dump| rows.iter().for_each(|rows| dump.expression("rows", rows)));
    }

    fn loop_parts(&mut self, kind: &LoopKind) {
        match kind {
            LoopKind::Forever => {}
            LoopKind::While(condition) => self.expression("while", condition),
            LoopKind::Integers { from, to, step, .. } => {
                self.expression("from", from);
                self.expression("to", to);
                self.expressions("by", step.as_slice());
            }
            LoopKind::Rows { query, .. } => self.command("query", query),
            LoopKind::Cursor { arguments, .. } => self.arguments(arguments),
            LoopKind::Dynamic { query, .. } => self.dynamic(query),
            LoopKind::Elements { array, .. } => self.expression("array", array),
        }
    }
}

fn loop_line(of: &Loop) -> String {
    let kind = match &of.kind {
        LoopKind::Forever => String::new(),
        LoopKind::While(_) => " while".to_owned(),
        LoopKind::Integers { variable, reverse, .. } => {
            format!(" {variable} over {}", if *reverse { "integers in reverse" } else { "integers" })
        }
        LoopKind::Rows { targets, .. } => format!(" {targets:?} over rows"),
        LoopKind::Cursor { variable, cursor, .. } => format!(" {variable} over cursor {cursor}"),
        LoopKind::Dynamic { targets, .. } => format!(" {targets:?} over dynamic rows"),
        LoopKind::Elements { targets, slice, .. } => format!(" {targets:?} over elements, slice {slice}"),
    };
    format!("loop{}{kind}", label(of.label.as_ref()))
}

fn raise_line(raise: &Raise) -> String {
    let what = match &raise.what {
        Raised::Again => "again".to_owned(),
        Raised::Message { format, .. } => format!("message {format:?}"),
        Raised::Condition(of) => format!("condition {}", condition(of)),
        Raised::Options => "options".to_owned(),
    };
    format!("raise {:?} {what}", raise.level)
}

fn condition(condition: &Condition) -> String {
    match condition {
        Condition::Named(name) => name.to_string(),
        Condition::Sqlstate { code, .. } => format!("sqlstate {code}"),
        Condition::Others(_) => "OTHERS".to_owned(),
    }
}

fn data_type(data_type: &DataType) -> String {
    let array = |array: bool| if array { "[]" } else { "" };
    match &data_type.kind {
        DataTypeKind::Record => "RECORD".to_owned(),
        DataTypeKind::TypeOf { path, array: is_array } => format!("type of {path}{}", array(*is_array)),
        DataTypeKind::RowOf { path, array: is_array } => format!("row of {path}{}", array(*is_array)),
        DataTypeKind::Named(name) => format!("`{name}`"),
    }
}

fn label(label: Option<&pgmutate_codegen::sql::name::Name>) -> String {
    label.map_or(String::new(), |label| format!(" <<{label}>>"))
}

fn scroll(scroll: Option<bool>) -> &'static str {
    match scroll {
        Some(true) => " scroll",
        Some(false) => " no scroll",
        None => "",
    }
}
