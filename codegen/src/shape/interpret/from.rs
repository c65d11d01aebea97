//! What stands in FROM: tables, views, subqueries, functions, and their joins.

use sqlparser::ast::{
    FunctionArg, Join as JoinTree, JoinConstraint, JoinOperator, ObjectName, TableAlias, TableFactor, TableWithJoins,
};

use super::Frame;
use super::function::{Given, function_name};
use super::query::{narrow, rename};
use super::scope::{Count, Rows, Source, Table};
use super::state::State;
use crate::catalog::{Builtin, RelationId, RelationKind};
use crate::shape::domain::{Content, InputStep, Json, Literal, Nullness, Opaque, Reason, Row, Value};
use crate::source::Span;
use crate::sql::embedded::{self, JSON_TABLE};

impl Frame<'_> {
    /// Adds the tables of an item of FROM; gives how many rows it has.
    pub(super) fn add_item(&mut self, state: &mut State, rows: &mut Rows<'_>, item: &TableWithJoins) -> Count {
        let first = rows.sources.len();
        let sources = self.factor(state, rows, &item.relation);
        let mut count = count_of(&sources);
        rows.sources.extend(sources);
        for join in &item.joins {
            count = self.join(state, rows, first, count, join);
        }
        count
    }

    fn join(&mut self, state: &mut State, rows: &mut Rows<'_>, first: usize, left: Count, join: &JoinTree) -> Count {
        use JoinOperator as J;
        let mut sources = self.factor(state, rows, &join.relation);
        let right = count_of(&sources);
        let (constraint, keeps_left, keeps_right) = match &join.join_operator {
            J::Join(c) | J::Inner(c) | J::StraightJoin(c) => (c, false, false),
            J::CrossJoin(c) => (c, false, false),
            J::Left(c) | J::LeftOuter(c) => (c, true, false),
            J::Right(c) | J::RightOuter(c) => (c, false, true),
            J::FullOuter(c) => (c, true, true),
            _ => (&JoinConstraint::None, true, true),
        };
        let is_free = match constraint {
            JoinConstraint::None => true,
            JoinConstraint::On(sqlparser::ast::Expr::Value(value)) => {
                value.value == sqlparser::ast::Value::Boolean(true)
            }
            _ => false,
        };
        // A row of the other side is always there: nothing is made up.
        let always = is_free && right.some;
        if keeps_left && !always {
            for source in &mut sources {
                source.table = std::mem::replace(&mut source.table, empty()).or_null(Nullness::Nullable);
            }
        }
        if keeps_right {
            for source in rows.sources.iter_mut().skip(first) {
                source.table = std::mem::replace(&mut source.table, empty()).or_null(Nullness::Nullable);
            }
        }
        let mut shared = Vec::new();
        match constraint {
            JoinConstraint::Using(columns) => {
                shared.extend(columns.iter().filter_map(|name| function_name(name).map(|(_, name)| name.to_owned())));
            }
            JoinConstraint::Natural => {
                let known = rows.sources.iter().skip(first).flat_map(|source| &source.table.columns);
                let known = known.map(|(name, _)| name.clone()).collect::<Vec<_>>();
                let new = sources.iter().flat_map(|source| &source.table.columns).map(|(name, _)| name.clone());
                shared.extend(new.filter(|name| known.contains(name)));
            }
            _ => {}
        }
        for source in &mut sources {
            source.merged.clone_from(&shared);
        }
        rows.sources.extend(sources);
        if let JoinConstraint::On(condition) = constraint {
            self.condition(state, rows, condition);
            if !keeps_left && !keeps_right {
                narrow(rows, condition);
            }
        }
        match (is_free, keeps_left, keeps_right) {
            (true, false, false) => left.times(right),
            (_, true, true) => Count { some: left.some || right.some, many: true },
            (_, true, false) => Count { some: left.some, many: left.many || right.many },
            (_, false, true) => Count { some: right.some, many: left.many || right.many },
            (false, false, false) => Count { some: false, many: left.many || right.many },
        }
    }

    fn factor(&mut self, state: &mut State, rows: &mut Rows<'_>, factor: &TableFactor) -> Vec<Source> {
        match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let table = match function_name(name) {
                    Some((schema, name)) => self.named_table(rows, schema, name),
                    None => Table::unknown(Opaque::new(Reason::NotUnderstood, self.place(name))),
                };
                let own = function_name(name).map(|(_, name)| name.to_owned()).unwrap_or_default();
                vec![aliased(table, alias.as_ref(), own)]
            }
            TableFactor::Table { name, alias, args: Some(args), with_ordinality, .. } => {
                vec![self.function_table(state, rows, name, &args.args, alias.as_ref(), *with_ordinality)]
            }
            TableFactor::Function { name, args, alias, with_ordinality, .. } => {
                vec![self.function_table(state, rows, name, args, alias.as_ref(), *with_ordinality)]
            }
            TableFactor::Derived { subquery, alias, .. } => {
                let table = self.query(state, rows, subquery);
                vec![aliased(table, alias.as_ref(), String::new())]
            }
            TableFactor::UNNEST { alias, array_exprs, with_ordinality, .. } => {
                let columns = array_exprs.iter().map(|array| {
                    let value = self.value(state, rows, array);
                    element_columns(&value)
                });
                let mut columns = columns.collect::<Vec<_>>().concat();
                if *with_ordinality {
                    columns.push(("ordinality".to_owned(), Value::scalar(Builtin::INT8)));
                }
                let table = Table { columns, open: None, count: Count::ANY };
                vec![function_alias(table, alias.as_ref(), "unnest")]
            }
            TableFactor::NestedJoin { table_with_joins, alias } => {
                let mut inner = Rows { parent: Some(rows), ..Rows::default() };
                let count = self.add_item(state, &mut inner, table_with_joins);
                let mut sources = std::mem::take(&mut inner.sources);
                match alias {
                    None => {
                        if let Some(first) = sources.first_mut() {
                            first.table.count = count;
                        }
                        sources
                    }
                    Some(alias) => {
                        let columns = sources.iter().flat_map(|source| source.table.columns.clone()).collect();
                        let open = sources.iter().find_map(|source| source.table.open);
                        vec![aliased(Table { columns, open, count }, Some(alias), String::new())]
                    }
                }
            }
            other => {
                let place = self.place(other);
                self.collected.has_unseen = true;
                vec![Source::new("", Table::unknown(Opaque::new(Reason::NotUnderstood, place)))]
            }
        }
    }

    /// A query of WITH, a table or a view.
    pub(super) fn named_table(&mut self, rows: &Rows<'_>, schema: Option<&str>, name: &str) -> Table {
        if schema.is_none()
            && let Some(table) = rows.cte(name)
        {
            return table.clone();
        }
        match self.analysis.find_relation(schema, name, &self.search_path) {
            Some(id) => self.relation(id),
            None => Table::unknown(Opaque::new(Reason::Undefined, None)),
        }
    }

    /// The rows of a table or view.
    pub(super) fn relation(&mut self, id: RelationId) -> Table {
        self.scanned.insert(id);
        let relation = self.analysis.catalog.relation(id);
        match relation.kind {
            RelationKind::View | RelationKind::MaterializedView => self.analysis.view(id),
            _ => self.analysis.stored_table(id),
        }
    }

    fn function_table(
        &mut self,
        state: &mut State,
        rows: &Rows<'_>,
        name: &ObjectName,
        args: &[FunctionArg],
        alias: Option<&TableAlias>,
        with_ordinality: bool,
    ) -> Source {
        let place = self.place(name);
        let Some((schema, function)) = function_name(name) else {
            return Source::new("", Table::unknown(Opaque::new(Reason::NotUnderstood, place)));
        };
        if function == JSON_TABLE {
            return function_alias(self.json_table(args, place), alias, "json_table");
        }
        let given = self.arguments(state, rows, args);
        let candidates = self.analysis.candidates(schema, function, &self.search_path);
        let mut table = match candidates.first() {
            Some(first) => {
                let declared = self.analysis.catalog.function(*first);
                let output = declared.outputs().next().filter(|_| declared.outputs().count() == 1);
                let output = output.and_then(|output| output.name.clone());
                let count = if declared.returns_set() { Count::ANY } else { Count::ONE };
                let value = self.call(state, &candidates, given, place);
                rows_of(&value, output.as_deref().unwrap_or(function), count)
            }
            None => self.known_rows(function, &given, alias, place),
        };
        if with_ordinality {
            table.columns.push(("ordinality".to_owned(), Value::scalar(Builtin::INT8)));
        }
        function_alias(table, alias, function)
    }

    /// The rows of JSON_TABLE: of its columns the types are known.
    fn json_table(&mut self, args: &[FunctionArg], place: Option<Span>) -> Table {
        let mut table = Table { columns: Vec::new(), open: None, count: Count::ANY };
        for column in embedded::json_table_columns(args) {
            let Some((name, ty)) = column else {
                return Table::unknown(Opaque::new(Reason::NotUnderstood, place));
            };
            let ty = self.analysis.data_type(ty, &self.search_path);
            let value = self.analysis.any_of(&ty, Reason::NotFollowed, place).with_null(Nullness::Unproven);
            table.columns.push((name.value.clone(), value));
        }
        table
    }

    /// The rows of a function of PostgreSQL.
    fn known_rows(
        &mut self,
        function: &str,
        given: &[Given],
        alias: Option<&TableAlias>,
        place: Option<Span>,
    ) -> Table {
        let first = given.first().map(|given| given.value.clone()).unwrap_or_default();
        let column =
            |name: &str, value: Value| Table { columns: vec![(name.to_owned(), value)], open: None, count: Count::ANY };
        match function {
            "jsonb_array_elements" | "json_array_elements" => column("value", self.elements(&first, false)),
            "jsonb_array_elements_text" | "json_array_elements_text" => column("value", self.elements(&first, true)),
            "jsonb_object_keys" | "json_object_keys" => {
                self.note_whole(&first);
                column(function, Value::scalar(Builtin::TEXT))
            }
            "jsonb_each" | "json_each" | "jsonb_each_text" | "json_each_text" => {
                self.note_whole(&first);
                let value = match function.ends_with("_text") {
                    true => Value::scalar(Builtin::TEXT).with_null(Nullness::Unproven),
                    false => Value::json(Json::unknown(Reason::DynamicKey, place)),
                };
                let mut table = column("key", Value::scalar(Builtin::TEXT));
                table.columns.push(("value".to_owned(), value));
                table
            }
            "jsonb_to_recordset" | "json_to_recordset" | "jsonb_to_record" | "json_to_record" => {
                let is_set = function.ends_with("set");
                let value = if is_set { self.elements(&first, false) } else { first };
                let columns = alias.map(|alias| alias.columns.as_slice()).unwrap_or_default().iter().map(|column| {
                    let key = Value::literal(Literal::Text(column.name.value.clone()), None);
                    let read = self.member(&value, &key, true, self.name_place(&column.name));
                    let read = match &column.data_type {
                        Some(ty) => {
                            let ty = self.analysis.data_type(ty, &self.search_path);
                            self.cast(read, &ty, place)
                        }
                        None => read,
                    };
                    (column.name.value.clone(), read.or_null(Nullness::Unproven))
                });
                let columns = columns.collect();
                Table { columns, open: None, count: if is_set { Count::ANY } else { Count::ONE } }
            }
            "jsonb_populate_record"
            | "json_populate_record"
            | "jsonb_populate_recordset"
            | "json_populate_recordset" => {
                let is_set = function.ends_with("set");
                let source = given.get(1).map(|given| given.value.clone()).unwrap_or_default();
                let source = if is_set { self.elements(&source, false) } else { source };
                if let Content::Row(row) = &first.content {
                    for (name, value) in &row.columns {
                        let paths = source.from.iter().map(|path| path.step(InputStep::Key(name.clone()))).collect();
                        let ty = match &value.content {
                            Content::Scalar(scalar) => scalar.only_type().cloned(),
                            _ => None,
                        };
                        self.read(&paths, ty.as_ref(), place);
                    }
                }
                let mut table = rows_of(&first.not_null(), function, Count::ANY);
                table.count = if is_set { Count::ANY } else { Count::ONE };
                table.or_null(Nullness::Unproven)
            }
            "generate_series" => {
                let value = Value { from: Default::default(), ..first };
                let ty = match &value.content {
                    Content::Scalar(scalar) => scalar.only_type().cloned(),
                    _ => None,
                };
                column(function, ty.map_or_else(|| Value::unknown(Reason::NotFollowed, place), Value::scalar))
            }
            "generate_subscripts" => column(function, Value::scalar(Builtin::INT4)),
            "unnest" => Table { columns: element_columns(&first), open: None, count: Count::ANY },
            "string_to_table" | "regexp_split_to_table" => column(function, Value::scalar(Builtin::TEXT)),
            _ => {
                given.iter().for_each(|given| self.note_whole(&given.value));
                let columns = alias.map(|alias| alias.columns.as_slice()).unwrap_or_default();
                if columns.is_empty() {
                    return Table::unknown(Opaque::new(Reason::NotFollowed, place));
                }
                let columns = columns.iter().map(|column| {
                    let value = match &column.data_type {
                        Some(ty) => {
                            let ty = self.analysis.data_type(ty, &self.search_path);
                            self.analysis.any_of(&ty, Reason::NotFollowed, place).with_null(Nullness::Unproven)
                        }
                        None => Value::unknown(Reason::NotFollowed, place),
                    };
                    (column.name.value.clone(), value)
                });
                Table { columns: columns.collect(), open: None, count: Count::ANY }
            }
        }
    }
}

fn empty() -> Table {
    Table { columns: Vec::new(), open: None, count: Count::ANY }
}

fn count_of(sources: &[Source]) -> Count {
    match sources {
        [] => Count::ONE,
        [first, ..] => first.table.count,
    }
}

/// The rows that a function's value is.
fn rows_of(value: &Value, column: &str, count: Count) -> Table {
    match &value.content {
        Content::Row(Row { columns }) => {
            let columns = columns.iter().map(|(name, field)| (name.clone(), field.clone().or_null(value.null)));
            Table { columns: columns.collect(), open: None, count }
        }
        Content::Unknown(opaque) if value.from.is_empty() => Table { count, ..Table::unknown(*opaque) },
        _ => Table { columns: vec![(column.to_owned(), value.clone())], open: None, count },
    }
}

fn element_columns(array: &Value) -> Vec<(String, Value)> {
    match &array.content {
        Content::Array(element) => match &element.content {
            Content::Row(row) => row.columns.clone(),
            _ => vec![("unnest".to_owned(), (**element).clone())],
        },
        Content::Unknown(opaque) => vec![("unnest".to_owned(), Value::new(Content::Unknown(*opaque)))],
        _ => vec![("unnest".to_owned(), Value::unknown(Reason::NotFollowed, None))],
    }
}

/// A table under its alias.
fn aliased(table: Table, alias: Option<&TableAlias>, own: String) -> Source {
    match alias {
        None => Source::new(own, table),
        Some(alias) => {
            let names = alias.columns.iter().map(|column| column.name.value.clone()).collect::<Vec<_>>();
            Source::new(alias.name.value.clone(), rename(table, &names))
        }
    }
}

/// A function's rows under its alias, which names a single column as well.
fn function_alias(mut table: Table, alias: Option<&TableAlias>, function: &str) -> Source {
    if let (Some(alias), [(name, _)]) = (alias, table.columns.as_mut_slice())
        && alias.columns.is_empty()
        && (name == function || name == "value" || name == "unnest")
    {
        // `jsonb_array_elements` keeps `value`, and the alias stands for the row, which is the value.
        if name != "value" {
            name.clone_from(&alias.name.value);
        }
    }
    let source = aliased(table, alias, function.to_owned());
    match source.table.columns.as_slice() {
        [(name, value)] if *name != source.name && source.table.open.is_none() && name == "value" => {
            let value = value.clone();
            let mut source = source;
            // Both names find it; `*` gives it once.
            source.merged.push(source.name.clone());
            source.table.columns.push((source.name.clone(), value));
            source
        }
        _ => source,
    }
}
