//! What stands outside of bodies: queries of views, defaults, checks, keys of indexes, policies, conditions of triggers.
//!
//! The server resolves these when they are defined, so a name that is not there is refused at once.

use super::scope::{Columns, Scope, Source, Typed, row_columns};
use super::verdict::{Holder, Judge};
use super::{NoVariables, Resolver, Types, Variable, Variables};
use crate::catalog::{
    AttachmentKind, Catalog, ConstraintKind, Function, Generated, IndexKey, Origin, Relation, Text, Type, TypeDef,
    TypeKind,
};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceMap, Span};
use crate::sql::cursor::significant;
use crate::sql::embedded::{self, CommandTree, ExpressionTree, Tally};
use crate::sql::lexer::{Mode, PositionMap};

/// Looks at all of them.
pub(super) struct Standing<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) sources: &'a SourceMap,
    pub(super) types: &'a Types<'a>,
    pub(super) judge: &'a Judge<'a>,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) tally: Tally,
}

/// `VALUE` in the check of a domain.
struct DomainValue(Typed);

impl Variables for DomainValue {
    fn variable(&self, path: &[&str]) -> Variable {
        match path {
            ["value"] => Variable::Found(self.0.clone()),
            _ => Variable::Missing,
        }
    }

    fn parameter(&self, _number: usize) -> Option<Typed> {
        None
    }
}

impl Standing<'_> {
    pub(super) fn check(&mut self) {
        let catalog = self.catalog;
        for (_, function) in catalog.functions().filter(|(_, function)| function.origin == Origin::Source) {
            self.function(function);
        }
        for (_, relation) in catalog.relations().filter(|(_, relation)| relation.origin == Origin::Source) {
            self.relation(relation);
        }
        for (_, def) in catalog.types().filter(|(_, def)| def.origin == Origin::Source) {
            self.domain(def);
        }
    }

    fn function(&mut self, function: &Function) {
        for default in function.arguments.iter().filter_map(|argument| argument.default.as_ref()) {
            let holder = Holder::standing(format!("the default of a parameter of `{}`", function.name));
            self.expression(default, None, &NoVariables, &function.search_path, &holder);
        }
    }

    fn relation(&mut self, relation: &Relation) {
        let (name, path) = (&relation.name, &relation.search_path);
        if let Some(query) = relation.query {
            self.query(query, relation);
        }
        let row = |kind: &str| {
            (Holder::standing(format!("{kind} of `{name}`")), [Row::of(self.catalog, relation, name.name.clone())])
        };
        for column in &relation.columns {
            if let Some(default) = &column.default {
                let holder = Holder::standing(format!("the default of column `{}` of `{name}`", column.name));
                self.expression(default, None, &NoVariables, path, &holder);
            }
            if let Generated::Expression { expression: text, .. } = &column.generated {
                let (holder, rows) = row("a generated column");
                self.expression(text, Some(&rows), &NoVariables, path, &holder);
            }
        }
        for constraint in &relation.constraints {
            if let ConstraintKind::Check { expression } = &constraint.kind {
                let (holder, rows) = row("a check");
                self.expression(expression, Some(&rows), &NoVariables, path, &holder);
            }
        }
        for index in &relation.unique_indexes {
            let keys = index.keys.iter().filter_map(|key| match key {
                IndexKey::Expression(text) => Some(text),
                IndexKey::Column(_) => None,
            });
            for text in keys.chain(&index.predicate) {
                let (holder, rows) = row("an index");
                self.expression(text, Some(&rows), &NoVariables, path, &holder);
            }
        }
        for attachment in &relation.attachments {
            let (holder, rows) = match attachment.kind {
                AttachmentKind::Index => row("an index"),
                AttachmentKind::Policy => row("a policy"),
                AttachmentKind::Trigger => row("a trigger"),
            };
            let rows = match attachment.kind {
                AttachmentKind::Trigger => {
                    ["new", "old"].map(|name| Row::of(self.catalog, relation, name.to_owned())).to_vec()
                }
                _ => rows.to_vec(),
            };
            for text in attachment.expressions.iter().chain(&attachment.check) {
                self.expression(text, Some(&rows), &NoVariables, &attachment.search_path, &holder);
            }
        }
    }

    fn domain(&mut self, def: &TypeDef) {
        let TypeKind::Domain(domain) = &def.kind else { return };
        let value = DomainValue(Typed::of(domain.base.ty.clone()));
        let path = [def.name.schema.clone(), "public".to_owned()];
        let checks = domain.checks.iter().map(|check| &check.expression);
        for text in checks.chain(&domain.default) {
            let holder = Holder::standing(format!("the domain `{}`", def.name));
            self.expression(text, None, &value, &path, &holder);
        }
    }

    fn query(&mut self, span: Span, relation: &Relation) {
        let text = self.sources.snippet(span);
        let tokens = significant(text, Mode::Server);
        let map = PositionMap::shifted(span.file, span.start as usize);
        let command = embedded::command(text, &tokens, &map, None);
        // What is not understood was told when the columns were looked for.
        let CommandTree::Statement(statement) = &command.tree else { return };
        let mut resolver = Resolver::new(self.types, &relation.search_path, span.file, &NoVariables);
        resolver.statement(statement);
        let holder = Holder::standing(format!("the query of `{}`", relation.name));
        self.told(resolver, &relation.search_path, &holder);
    }

    fn expression(
        &mut self,
        text: &Text,
        rows: Option<&[Row]>,
        variables: &dyn Variables,
        path: &[String],
        holder: &Holder<'_>,
    ) {
        let Some(span) = text.span else { return };
        let source = self.sources.snippet(span);
        // What lies in a string that a DO block executes has no text of its own.
        if source != text.text {
            return;
        }
        self.tally.expressions += 1;
        let tokens = significant(source, Mode::Server);
        let map = PositionMap::shifted(span.file, span.start as usize);
        let expression = embedded::expression(source, &tokens, &map);
        let tree = match &expression.tree {
            ExpressionTree::Expr(tree) => tree,
            ExpressionTree::Query(_) => return,
            ExpressionTree::Unknown(unknown) => return self.tally.unknown.push(unknown.clone()),
        };
        let mut resolver = Resolver::new(self.types, path, span.file, variables);
        let mut scope = Scope::new();
        for row in rows.unwrap_or_default() {
            scope.complete &= row.columns.complete;
            // A condition of a trigger has two rows, whose columns need their names before them.
            if rows.is_some_and(|rows| rows.len() == 1) {
                scope.star.clone_from(&row.columns.list);
            }
            scope.add(Source {
                schema: None,
                name: row.name.clone(),
                columns: row.columns.clone(),
                whole: row.whole.clone(),
                is_implied: false,
            });
        }
        resolver.scopes.push(scope);
        resolver.expr(tree);
        self.told(resolver, path, holder);
    }

    fn told(&mut self, resolver: Resolver<'_>, path: &[String], holder: &Holder<'_>) {
        let mut findings = resolver.findings;
        findings.sort_by_key(|(span, ..)| *span);
        findings.dedup();
        let told = findings.iter().filter_map(|finding| self.judge.judge(holder, path, finding));
        self.diagnostics.extend(told);
    }
}

/// A row that an expression sees.
#[derive(Clone)]
struct Row {
    name: String,
    columns: Columns,
    whole: Typed,
}

impl Row {
    fn of(catalog: &Catalog, relation: &Relation, name: String) -> Self {
        let whole = Typed::of(Type::Defined(relation.row_type));
        let columns = row_columns(catalog, &whole).unwrap_or_else(Columns::unknown);
        Self { name, columns, whole }
    }
}
