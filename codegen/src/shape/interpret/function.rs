//! Calls in expressions: functions of PostgreSQL, aggregates, and those of the sources.

use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments, ObjectName, ObjectNamePart,
};

use super::Frame;
use super::call::look_at;
use super::scope::Rows;
use super::state::State;
use super::types::common_type;
use crate::catalog::{Builtin, Type};
use crate::shape::domain::{Content, Join, Literals, Nullness, Reason, Value};
use crate::source::Span;
use crate::sql::embedded;

/// An argument of a call.
#[derive(Clone, Debug)]
pub(super) struct Given {
    /// Its name, where it is given by name.
    pub(super) name: Option<String>,
    /// Its value.
    pub(super) value: Value,
    /// Where it is written.
    pub(super) span: Option<Span>,
    /// Whether it is spread.
    pub(super) is_variadic: bool,
}

/// Functions of PostgreSQL that read no more of a document than the keys that are followed.
const FOLLOWED: [&str; 8] = [
    "json_array_length",
    "json_extract_path",
    "json_extract_path_text",
    "json_typeof",
    "jsonb_array_length",
    "jsonb_extract_path",
    "jsonb_extract_path_text",
    "jsonb_typeof",
];

/// What a function of PostgreSQL gives.
#[derive(Clone, Copy)]
enum Gives {
    /// This type; NULL where an argument is.
    Strict(Builtin),
    /// This type, never NULL.
    Always(Builtin),
    /// This type, NULL or not.
    Perhaps(Builtin),
    /// The type of the first argument.
    Same,
}

/// The names of a call: schema and name, folded.
pub(super) fn function_name(name: &ObjectName) -> Option<(Option<&str>, &str)> {
    match name.0.as_slice() {
        [ObjectNamePart::Identifier(name)] => Some((None, name.value.as_str())),
        [ObjectNamePart::Identifier(schema), ObjectNamePart::Identifier(name)] => {
            Some((Some(schema.value.as_str()), name.value.as_str()))
        }
        _ => None,
    }
}

impl Frame<'_> {
    pub(super) fn argument(&mut self, state: &mut State, rows: &Rows<'_>, argument: &FunctionArg) -> Given {
        let (name, arg) = match argument {
            FunctionArg::Named { name, arg, .. } => (Some(name.value.clone()), arg),
            FunctionArg::ExprNamed { name: Expr::Identifier(name), arg, .. } => (Some(name.value.clone()), arg),
            FunctionArg::ExprNamed { arg, .. } | FunctionArg::Unnamed(arg) => (None, arg),
        };
        match arg {
            FunctionArgExpr::Expr(expr) => {
                let is_variadic = matches!(expr, Expr::Prefixed { prefix, .. } if prefix.value == embedded::VARIADIC);
                Given { name, value: self.value(state, rows, expr), span: self.place(expr), is_variadic }
            }
            FunctionArgExpr::QualifiedWildcard(source) => {
                let name = source.0.last().and_then(|part| part.as_ident()).map(|name| name.value.clone());
                let row = name.as_deref().and_then(|name| rows.column(name));
                let value = row.unwrap_or_else(|| Value::unknown(Reason::Undefined, None));
                Given { name: None, value, span: None, is_variadic: false }
            }
            FunctionArgExpr::Wildcard | FunctionArgExpr::WildcardWithOptions(_) => {
                Given { name, value: Value::scalar(Builtin::INT8), span: None, is_variadic: false }
            }
        }
    }

    pub(super) fn function(
        &mut self,
        state: &mut State,
        rows: &Rows<'_>,
        function: &Function,
        span: Option<Span>,
    ) -> Value {
        let list = match &function.args {
            FunctionArguments::List(list) => list,
            FunctionArguments::Subquery(query) => {
                // ARRAY(SELECT ...)
                let table = self.query(state, rows, query);
                let element = table.single();
                return Value::new(Content::Array(Box::new(element)));
            }
            FunctionArguments::None => {
                return match function_name(&function.name) {
                    Some((_, name)) => builtin(name, &[], span),
                    None => Value::unknown(Reason::NotUnderstood, span),
                };
            }
        };
        let Some((schema, name)) = function_name(&function.name) else {
            return Value::unknown(Reason::NotUnderstood, span);
        };
        let lazy = schema.is_none() && matches!(name, "coalesce");
        if lazy {
            return self.coalesce(state, rows, &list.args, span);
        }
        let given = self.arguments(state, rows, &list.args);
        if let Some(filter) = &function.filter {
            self.value(state, rows, filter);
        }
        for clause in &list.clauses {
            if let FunctionArgumentClause::OrderBy(keys) = clause {
                for key in keys {
                    self.value(state, rows, &key.expr);
                }
            }
        }
        let candidates = self.analysis.candidates(schema, name, &self.search_path);
        if !candidates.is_empty() {
            let place = self.place(&function.name).or(span);
            return self.call(state, &candidates, given, place);
        }
        if schema.is_some_and(|schema| schema != "pg_catalog") {
            self.note_unseen(state, span);
            given.iter().for_each(|given| look_at(state, &given.value));
            return Value::unknown(Reason::Undefined, span);
        }
        if !FOLLOWED.contains(&name) {
            given.iter().for_each(|given| self.note_whole(&given.value));
        }
        if let Some(value) = self.aggregate(rows, function, name, &given, span) {
            return value;
        }
        if let Some(value) = self.document_function(name, &given, span) {
            return value;
        }
        builtin(name, &given, span)
    }

    fn coalesce(&mut self, state: &mut State, rows: &Rows<'_>, args: &[FunctionArg], span: Option<Span>) -> Value {
        let mut values = Vec::new();
        let mut from = std::collections::BTreeSet::new();
        let mut null = Nullness::Never;
        for (i, argument) in args.iter().enumerate() {
            let given = if i == 0 {
                self.argument(state, rows, argument)
            } else {
                self.maybe(state, |frame, state| frame.argument(state, rows, argument))
            };
            null = given.value.null;
            from.extend(given.value.from.iter().cloned());
            values.push(given.value.not_null());
            if null == Nullness::Never {
                break;
            }
        }
        let values = self.analysis.unify(values, span);
        let joined = values.into_iter().fold(Value::default(), Join::join);
        Value { null, from: Value::bounded_paths(from), ..joined }
    }

    /// The result of an aggregate or window function; `None` if `name` is none.
    fn aggregate(
        &mut self,
        rows: &Rows<'_>,
        function: &Function,
        name: &str,
        given: &[Given],
        span: Option<Span>,
    ) -> Option<Value> {
        let first = given.first().map(|given| &given.value);
        let value = match name {
            "count" | "row_number" | "rank" | "dense_rank" | "ntile" | "regr_count" => Value::scalar(Builtin::INT8),
            "sum" | "avg" => match first.map(|value| &value.content) {
                Some(Content::Scalar(scalar)) => match total(name, scalar.only_type()) {
                    Some(ty) => Value::scalar(ty),
                    None => Value::unknown(Reason::NotFollowed, span).not_null(),
                },
                _ => Value::unknown(Reason::NotFollowed, span).not_null(),
            },
            "min" | "max" | "first_value" | "last_value" | "nth_value" | "lag" | "lead" | "mode" | "any_value"
            | "percentile_disc" => Value { from: Default::default(), ..any_literal(first?.clone()).not_null() },
            "bool_and" | "bool_or" | "every" => Value::scalar(Builtin::BOOL),
            "string_agg" => Value::scalar(Builtin::TEXT),
            "stddev" | "stddev_pop" | "stddev_samp" | "variance" | "var_pop" | "var_samp" => {
                Value::scalar(Builtin::NUMERIC)
            }
            "percentile_cont" | "corr" | "percent_rank" | "cume_dist" => Value::scalar(Builtin::FLOAT8),
            "bit_and" | "bit_or" | "bit_xor" => Value { from: Default::default(), ..any_literal(first?.clone()) },
            "array_agg" => Value::new(Content::Array(Box::new(first?.clone()))),
            _ => self.document_aggregate(name, given, span)?,
        };
        if function.over.is_some() {
            let null = match name {
                "count" | "row_number" | "rank" | "dense_rank" | "ntile" | "percent_rank" | "cume_dist" => {
                    Nullness::Never
                }
                "lag" | "lead" | "nth_value" => Nullness::Nullable,
                _ => first.map(|value| value.null).unwrap_or_default(),
            };
            return Some(value.with_null(null));
        }
        if matches!(name, "lag" | "lead" | "first_value" | "last_value" | "nth_value" | "row_number" | "ntile") {
            return None;
        }
        rows.aggregated.set(true);
        if matches!(name, "count" | "regr_count") {
            return Some(value);
        }
        let of_none = !(rows.grouped || rows.some.get()) || function.filter.is_some();
        let keeps_nulls = matches!(value.content, Content::Array(_)) || name.starts_with("json");
        let null = match (of_none, keeps_nulls) {
            (true, _) => Nullness::Nullable,
            (false, true) => Nullness::Never,
            (false, false) => first.map(|value| value.null).unwrap_or_default(),
        };
        Some(value.with_null(null))
    }
}

fn any_literal(mut value: Value) -> Value {
    if let Content::Scalar(scalar) = &mut value.content {
        scalar.literals = Literals::Any;
    }
    value
}

fn total(name: &str, ty: Option<&Type>) -> Option<Type> {
    let Type::Builtin(builtin) = ty? else { return None };
    let whole = [Builtin::INT2, Builtin::INT4];
    Some(Type::Builtin(match (name, *builtin) {
        ("sum", builtin) if whole.contains(&builtin) => Builtin::INT8,
        ("sum", Builtin::INT8) => Builtin::NUMERIC,
        ("avg", builtin) if whole.contains(&builtin) || builtin == Builtin::INT8 => Builtin::NUMERIC,
        ("avg", Builtin::FLOAT4) => Builtin::FLOAT8,
        (_, builtin) => builtin,
    }))
}

/// The result of a function of PostgreSQL.
fn builtin(name: &str, given: &[Given], span: Option<Span>) -> Value {
    let null = given.iter().map(|given| given.value.null).fold(Nullness::Never, Join::join);
    let first = given.first().map(|given| &given.value);
    match name {
        "nullif" => {
            let value = first.cloned().unwrap_or_default();
            return value.or_null(Nullness::Nullable);
        }
        "greatest" | "least" => {
            let types = given.iter().filter_map(|given| match &given.value.content {
                Content::Scalar(scalar) => Some(scalar.types.iter()),
                _ => None,
            });
            let never = given.iter().any(|given| given.value.null == Nullness::Never);
            let null = if never { Nullness::Never } else { null };
            return match common_type(types.flatten()) {
                Some(ty) => Value::scalar(ty).with_null(null),
                None => Value::unknown(Reason::NotFollowed, span),
            };
        }
        "row" => return super::expression::row_of(given.iter().map(|given| given.value.clone()).collect()),
        "array_append" | "array_prepend" | "array_cat" | "array_remove" | "array_replace" => {
            let list = given.iter().find(|given| matches!(given.value.content, Content::Array(_)));
            let joined =
                list.map(|list| list.value.clone()).unwrap_or_else(|| Value::unknown(Reason::NotFollowed, span));
            let Content::Array(element) = joined.content else { return joined };
            let others = given.iter().map(|given| match &given.value.content {
                Content::Array(element) => (**element).clone(),
                _ => given.value.clone(),
            });
            let element = if name == "array_remove" { *element } else { others.fold(*element, Join::join) };
            return Value::new(Content::Array(Box::new(element)));
        }
        _ => {}
    }
    match gives(name) {
        Some(Gives::Strict(ty)) => Value::scalar(ty).with_null(null),
        Some(Gives::Always(ty)) => Value::scalar(ty),
        Some(Gives::Perhaps(ty)) => Value::scalar(ty).with_null(Nullness::Unproven),
        Some(Gives::Same) => {
            let value = first.cloned().unwrap_or_else(|| Value::unknown(Reason::NotFollowed, span));
            Value { from: Default::default(), ..any_literal(value) }.with_null(null)
        }
        None => Value::unknown(Reason::NotFollowed, span),
    }
}

fn gives(name: &str) -> Option<Gives> {
    use Builtin as B;
    use Gives::{Always, Perhaps, Same, Strict};
    Some(match name {
        "lower"
        | "upper"
        | "initcap"
        | "trim"
        | "btrim"
        | "ltrim"
        | "rtrim"
        | "replace"
        | "substr"
        | "substring"
        | "left"
        | "right"
        | "lpad"
        | "rpad"
        | "repeat"
        | "reverse"
        | "translate"
        | "split_part"
        | "format"
        | "md5"
        | "to_char"
        | "quote_ident"
        | "quote_literal"
        | "encode"
        | "regexp_replace"
        | "overlay"
        | "chr"
        | "normalize"
        | "unaccent"
        | "crypt"
        | "array_to_string"
        | "host"
        | "text"
        | "to_hex"
        | "concat_ws"
        | "convert_from"
        | "format_type"
        | "obj_description"
        | "pg_get_serial_sequence" => Strict(B::TEXT),
        "concat" | "quote_nullable" | "version" | "gen_salt" => Always(B::TEXT),
        "current_database" | "current_schema" | "current_user" | "session_user" | "user" => Always(B::NAME),
        "current_setting" | "set_config" => Perhaps(B::TEXT),
        "length" | "char_length" | "character_length" | "octet_length" | "bit_length" | "ascii" | "position"
        | "strpos" | "cardinality" | "jsonb_array_length" => Strict(B::INT4),
        "num_nonnulls" | "num_nulls" | "pg_backend_pid" => Always(B::INT4),
        "array_length" | "array_upper" | "array_lower" | "array_position" | "array_ndims" => Perhaps(B::INT4),
        "abs" | "mod" | "date_trunc" | "date_bin" | "range_merge" => Same,
        "round" | "trunc" | "ceil" | "ceiling" | "floor" => Strict(B::NUMERIC),
        "sqrt" | "exp" | "ln" | "log" | "log10" | "power" | "sin" | "cos" | "tan" | "radians" | "degrees"
        | "date_part" => Strict(B::FLOAT8),
        "random" | "pi" => Always(B::FLOAT8),
        "extract" | "to_number" => Strict(B::NUMERIC),
        "now" | "clock_timestamp" | "statement_timestamp" | "transaction_timestamp" | "current_timestamp" => {
            Always(B::TIMESTAMPTZ)
        }
        "localtimestamp" => Always(B::TIMESTAMP),
        "current_date" => Always(B::DATE),
        "to_timestamp" | "make_timestamptz" => Strict(B::TIMESTAMPTZ),
        "make_timestamp" => Strict(B::TIMESTAMP),
        "to_date" | "make_date" => Strict(B::DATE),
        "age" | "make_interval" | "justify_days" | "justify_hours" | "justify_interval" => Strict(B::INTERVAL),
        "gen_random_uuid" | "uuidv4" | "uuidv7" => Always(B::UUID),
        "nextval" | "setval" | "txid_current" | "lastval" => Always(B::INT8),
        "currval" | "hashtextextended" | "pg_database_size" | "pg_total_relation_size" => Strict(B::INT8),
        "hashtext" => Strict(B::INT4),
        "starts_with"
        | "isfinite"
        | "isempty"
        | "lower_inc"
        | "upper_inc"
        | "jsonb_exists"
        | "has_table_privilege"
        | "pg_try_advisory_xact_lock"
        | "pg_try_advisory_lock"
        | "pg_advisory_unlock" => Strict(B::BOOL),
        "digest" | "hmac" | "decode" | "gen_random_bytes" | "sha256" | "sha512" | "convert_to" => Strict(B::BYTEA),
        "to_tsvector" | "setweight" => Strict(B::TSVECTOR),
        "to_tsquery" | "plainto_tsquery" | "websearch_to_tsquery" | "phraseto_tsquery" => Strict(B::TSQUERY),
        "ts_rank" | "ts_rank_cd" | "similarity" | "word_similarity" => Strict(B::FLOAT4),
        "pg_typeof" => Always(B::REGTYPE),
        "to_regclass" => Perhaps(B::REGCLASS),
        "regexp_match" | "string_to_array" | "regexp_split_to_array" => return None,
        "pg_notify" | "pg_advisory_xact_lock" | "pg_advisory_lock" | "pg_sleep" => Always(B::VOID),
        _ => return None,
    })
}
