//! Calls: what is given, which overload is meant, and what it gives.

use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectName as Path, TrimWhereField, WindowType,
};

use super::from::{idents, object_name};
use super::overload::{Choice, Given};
use super::scope::{Columns, Typed};
use super::{Finding, Majors, Resolver, Signature};
use crate::catalog::{Builtin, FunctionKind, ObjectName, Type};
use crate::sql::embedded::VARIADIC;

/// What a call gives.
pub(super) struct Call {
    pub(super) ty: Typed,
    /// The name of the only parameter that makes up the result.
    pub(super) only_output: Option<String>,
}

impl Resolver<'_> {
    /// A call of a function that the grammar writes in another way.
    pub(super) fn named_call(&mut self, name: &str, args: &[&Expr]) -> Typed {
        let given: Vec<Given> = args.iter().map(|arg| Given { name: None, ty: self.expr(arg).ty }).collect();
        let overloads = self.types.overloads(&ObjectName::qualified("pg_catalog", name), self.search_path);
        match self.types.choose(&overloads.iter().map(std::ops::Deref::deref).collect::<Vec<_>>(), &given, false) {
            Choice::One(_, ty) | Choice::Several(Some(ty)) => Typed::of(ty),
            Choice::Several(None) | Choice::Nothing => Typed::unknown(),
        }
    }

    pub(super) fn function(&mut self, function: &Function) -> Typed {
        if let Some(filter) = &function.filter {
            self.expr(filter);
        }
        if let Some(WindowType::WindowSpec(spec)) = &function.over {
            self.window(spec);
        }
        let name = idents(&function.name);
        let word = match name.as_slice() {
            [only] if only.quote_style.is_none() => only.value.as_str(),
            _ => "",
        };
        let args = match &function.args {
            FunctionArguments::None => return value_function(word).map_or_else(Typed::unknown, Typed::of),
            FunctionArguments::Subquery(query) if word.starts_with("json_") => {
                self.query(query);
                return Typed::of(Builtin::JSON);
            }
            FunctionArguments::Subquery(query) => {
                let columns = self.query(query);
                let first = columns.list.into_iter().next().map_or_else(Typed::unknown, |(_, ty)| ty);
                // ARRAY(SELECT …)
                return Typed { ty: first.ty.array(), modifier: first.modifier, fields: None };
            }
            FunctionArguments::List(list) => {
                for clause in &list.clauses {
                    if let sqlparser::ast::FunctionArgumentClause::OrderBy(order) = clause {
                        order.iter().for_each(|order| drop(self.expr(&order.expr)));
                    }
                }
                &list.args
            }
        };
        let values: Vec<&Expr> = args.iter().filter_map(value_of).collect();
        match word {
            "coalesce" | "greatest" | "least" => {
                let types: Vec<Typed> = values.iter().map(|value| self.expr(value)).collect();
                return self.common(&types.iter().collect::<Vec<_>>());
            }
            "nullif" => {
                let types: Vec<Typed> = values.iter().map(|value| self.expr(value)).collect();
                let [first, second] = types.as_slice() else { return Typed::unknown() };
                if first.is_unknown() || second.is_unknown() {
                    return Typed::unknown();
                }
                // It is the first value as the comparison sees it.
                return match self.types.operator("=", Some(&first.ty), &second.ty) {
                    Ok(Some(applied)) if applied.first == first.ty => first.clone(),
                    Ok(Some(applied)) => Typed::of(applied.first),
                    _ => Typed::unknown(),
                };
            }
            "row" => {
                let list = values.iter().map(|value| (String::new(), self.expr(value))).collect();
                return self.row_of(&Columns { list: numbered(list), complete: true });
            }
            "rollup" | "cube" => {
                values.iter().for_each(|value| drop(self.expr(value)));
                return Typed::unknown();
            }
            // `current_timestamp(3)`
            _ if value_function(word).is_some() => {
                let modifier = values.first().map(ToString::to_string);
                return value_function(word).map_or_else(Typed::unknown, |ty| Typed { modifier, ..Typed::of(ty) });
            }
            // The form is a word of the grammar.
            "normalize" => {
                values.iter().take(1).for_each(|value| drop(self.expr(value)));
                return Typed::of(Builtin::TEXT);
            }
            "json_value" | "json_serialize" | "json_exists" | "json_query" | "json_scalar" | "json_array"
            | "json_arrayagg" | "json_objectagg" | "merge_action" | "xmlserialize" => {
                values.iter().for_each(|value| drop(self.expr(value)));
                return Typed::of(match word {
                    "json_exists" => Builtin::BOOL,
                    "json_query" => Builtin::JSONB,
                    "json_value" | "json_serialize" | "merge_action" | "xmlserialize" => Builtin::TEXT,
                    _ => Builtin::JSON,
                });
            }
            // There are functions of this name, too.
            "json_object" if values.len() != 1 => {
                values.iter().for_each(|value| drop(self.expr(value)));
                return Typed::of(Builtin::JSON);
            }
            "treat" => return Typed::unknown(),
            "xmlexists" => {
                values.iter().for_each(|value| drop(self.expr(value)));
                return Typed::of(Builtin::BOOL);
            }
            "grouping" => {
                values.iter().for_each(|value| drop(self.expr(value)));
                return Typed::of(Builtin::INT4);
            }
            "xmlelement" | "xmlforest" | "xmlconcat" | "xmlparse" | "xmlpi" | "xmlroot" => {
                return Typed::of(Builtin::XML);
            }
            _ => {}
        }
        let ordered: Vec<&Expr> = function.within_group.iter().map(|order| &order.expr).collect();
        self.call(&function.name, args, &ordered).ty
    }

    /// `CALL`, whose values stand at output parameters too; what these get is its row.
    pub(super) fn procedure(&mut self, function: &Function) -> Columns {
        let FunctionArguments::List(list) = &function.args else { return Columns::unknown() };
        let (given, spread) = self.given(&list.args);
        let parts = idents(&function.name);
        let (Some(name), Some(place)) = (object_name(&parts), parts.last()) else { return Columns::unknown() };
        let procedures: Vec<Signature> = self.types.procedures(&name, self.search_path);
        let candidates: Vec<&Signature> = procedures.iter().collect();
        if let Choice::Nothing = self.types.choose(&candidates, &given, spread) {
            let overloads = self.displayed(&candidates);
            let values = given.iter().map(|given| self.shown(given)).collect();
            self.find(place, Finding::NoFunction { name, values, overloads, elsewhere: Majors::NONE });
        }
        Columns::unknown()
    }

    /// A call by the rules of overloads; `ordered` is what WITHIN GROUP adds.
    pub(super) fn call(&mut self, name: &Path, args: &[FunctionArg], ordered: &[&Expr]) -> Call {
        let (mut given, spread) = self.given(args);
        given.extend(ordered.iter().map(|value| Given { name: None, ty: self.expr(value).ty }).collect::<Vec<_>>());
        self.called(name, &given, spread)
    }

    /// What a call gives, and whether the last value is given with VARIADIC.
    fn given(&mut self, args: &[FunctionArg]) -> (Vec<Given>, bool) {
        let mut given = Vec::new();
        let mut spread = false;
        for arg in args {
            let name = match arg {
                FunctionArg::Named { name, .. } => Some(name.value.clone()),
                FunctionArg::ExprNamed { name: Expr::Identifier(name), .. } => Some(name.value.clone()),
                _ => None,
            };
            match value_of(arg) {
                Some(value) => {
                    spread |= matches!(value, Expr::Prefixed { prefix, .. } if prefix.value == VARIADIC);
                    given.push(Given { name, ty: self.expr(value).ty });
                }
                // `count(*)` has no argument; `f(t.*)` has a row.
                None => {
                    if let Some(row) = self.row_argument(arg) {
                        given.push(Given { name, ty: row.ty });
                    }
                }
            }
        }
        (given, spread)
    }

    fn row_argument(&mut self, arg: &FunctionArg) -> Option<Typed> {
        let (FunctionArg::Unnamed(value)
        | FunctionArg::Named { arg: value, .. }
        | FunctionArg::ExprNamed { arg: value, .. }) = arg;
        match value {
            FunctionArgExpr::QualifiedWildcard(path) => Some(self.whole(&idents(path))),
            _ => None,
        }
    }

    /// What a call with these values gives.
    pub(super) fn called(&mut self, path: &Path, given: &[Given], spread: bool) -> Call {
        let parts = idents(path);
        let nothing = Call { ty: Typed::unknown(), only_output: None };
        let (Some(name), Some(place)) = (object_name(&parts), parts.last()) else { return nothing };
        let overloads = self.types.overloads(&name, self.search_path);
        let candidates: Vec<_> = overloads.iter().map(std::ops::Deref::deref).collect();
        match self.types.choose(&candidates, given, spread) {
            Choice::One(signature, ty) => {
                self.functions_called.extend(signature.function);
                let named = |names: &[(String, Type)]| {
                    names.iter().map(|(name, ty)| (name.clone(), Typed::of(ty.clone()))).collect::<Vec<_>>()
                };
                let only_output = match signature.outputs.as_slice() {
                    [(name, _)] if !name.is_empty() && signature.kind == FunctionKind::Function => Some(name.clone()),
                    _ => None,
                };
                let ty = match signature.outputs.len() {
                    0 | 1 => Typed::of(ty),
                    _ => self.row_of(&Columns::all(named(&signature.outputs))),
                };
                Call { ty, only_output }
            }
            Choice::Several(ty) => {
                let is_known = |signature: &&Signature| {
                    signature.function.is_some() && !signature.inputs.iter().any(|input| input.ty.is_unknown())
                };
                if candidates.iter().all(is_known) && !given.iter().any(|given| given.ty.is_unknown()) {
                    let overloads = self.displayed(&candidates);
                    let values = given.iter().map(|given| self.shown(given)).collect();
                    self.find(place, Finding::Ambiguous { name, values, overloads });
                }
                Call { ty: ty.map_or_else(Typed::unknown, Typed::of), only_output: None }
            }
            Choice::Nothing => {
                // `date(x)`, `text(x)`: a cast that is written as a call.
                if let ([_], Some(ty)) = (given, self.types.catalog.resolve_type(&name, self.search_path)) {
                    return Call { ty: Typed::of(ty), only_output: None };
                }
                let accepting = self.types.of_every_major(&name).iter();
                let accepting =
                    accepting.filter(|&other| !matches!(self.types.choose(&[other], given, spread), Choice::Nothing));
                let elsewhere = accepting.fold(Majors::NONE, |all, signature| all.or(signature.majors));
                let overloads = self.displayed(&candidates);
                let values = given.iter().map(|given| self.shown(given)).collect();
                self.find(place, Finding::NoFunction { name, values, overloads, elsewhere });
                nothing
            }
        }
    }

    fn displayed(&self, overloads: &[&Signature]) -> Vec<String> {
        overloads.iter().map(|signature| signature.display(self.types.catalog)).collect()
    }

    fn shown(&self, given: &Given) -> String {
        let ty = self.types.catalog.display(&given.ty).to_string();
        match &given.name {
            Some(name) => format!("{name} => {ty}"),
            None => ty,
        }
    }
}

fn value_of(arg: &FunctionArg) -> Option<&Expr> {
    let (FunctionArg::Unnamed(value)
    | FunctionArg::Named { arg: value, .. }
    | FunctionArg::ExprNamed { arg: value, .. }) = arg;
    match value {
        FunctionArgExpr::Expr(expr) => Some(expr),
        _ => None,
    }
}

/// The fields of a row without a type.
pub(super) fn numbered(list: Vec<(String, Typed)>) -> Vec<(String, Typed)> {
    list.into_iter().enumerate().map(|(i, (_, ty))| (format!("f{}", i + 1), ty)).collect()
}

/// Words of the grammar that are values without parentheses.
pub(super) fn value_function(word: &str) -> Option<Builtin> {
    Some(match word {
        "current_date" => Builtin::DATE,
        "current_time" => Builtin::TIMETZ,
        "current_timestamp" => Builtin::TIMESTAMPTZ,
        "localtime" => Builtin::TIME,
        "localtimestamp" => Builtin::TIMESTAMP,
        "current_user" | "session_user" | "user" | "current_role" | "current_catalog" | "current_schema" => {
            Builtin::NAME
        }
        "system_user" => Builtin::TEXT,
        _ => return None,
    })
}

pub(super) fn trim_function(place: Option<&TrimWhereField>) -> &'static str {
    match place {
        Some(TrimWhereField::Leading) => "ltrim",
        Some(TrimWhereField::Trailing) => "rtrim",
        Some(TrimWhereField::Both) | None => "btrim",
    }
}
