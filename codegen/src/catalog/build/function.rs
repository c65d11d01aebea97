//! CREATE FUNCTION, PROCEDURE and AGGREGATE.

use super::Builder;
use crate::catalog::{
    Argument, Body, Builtin, Function, FunctionId, FunctionKind, FunctionSpans, Mode, Parallel, QualifiedName, Returns,
    Security, Setting, Type, Volatility,
};
use crate::source::SourceMap;
use crate::sql::statement::{
    ArgumentClause, BodyClause, FunctionReference, FunctionStatement, Options, ReturnsClause, SettingClause,
    SettingValue,
};

impl Builder {
    pub(super) fn create_function(&mut self, statement: &FunctionStatement, path: &[String], sources: &SourceMap) {
        let name = self.creation_name(&statement.name, path);
        let arguments = self.arguments(&statement.arguments, path, sources);
        let returns = match &statement.returns {
            ReturnsClause::Nothing => Returns::Parameters,
            ReturnsClause::Table => Returns::Table,
            ReturnsClause::Value { ty, set } => Returns::Value { ty: self.type_use(ty, path, sources), set: *set },
            ReturnsClause::Aggregate { state, finalizer } => {
                let result = finalizer.as_ref().and_then(|name| self.result_of(name, path));
                let state = state.as_ref().map(|ty| self.catalog.resolve_type_name(ty, path));
                let ty = result.or(state).unwrap_or_else(|| Builtin::UNKNOWN.into());
                Returns::Value { ty: self.known_type(ty), set: false }
            }
        };
        let inline = matches!(statement.body, BodyClause::Inline(_));
        let language = statement.options.language.clone().unwrap_or_else(|| if inline { "sql" } else { "" }.to_owned());
        let mut function = Function {
            name,
            kind: if statement.options.window { FunctionKind::Window } else { statement.form },
            arguments,
            returns,
            language,
            volatility: match statement.form {
                // What an aggregate is declared to be does not matter to the server.
                FunctionKind::Aggregate => Volatility::Immutable,
                _ => Volatility::Volatile,
            },
            strict: false,
            security: Security::Invoker,
            owner: None,
            leakproof: false,
            parallel: Parallel::Unsafe,
            settings: Vec::new(),
            comment: None,
            body: match statement.body {
                BodyClause::Quoted(span) => Body::Quoted(span),
                BodyClause::Inline(span) => Body::Inline(span),
                BodyClause::Library | BodyClause::None => Body::None,
            },
            search_path: path.to_vec(),
            origin: self.origin(),
            spans: Some(FunctionSpans {
                name: statement.name.span(),
                header: statement.header,
                statement: statement.span,
            }),
        };
        apply_options(&mut function, &statement.options, path);
        self.add_function(function);
    }

    /// Adds a function; one with the same name and input types is replaced, and keeps its comment and its owner.
    pub(super) fn add_function(&mut self, mut function: Function) -> FunctionId {
        let inputs: Vec<&Type> = function.inputs().map(|argument| &argument.ty.ty).collect();
        let same = self.overload_with(&function.name, &inputs);
        if let Some(id) = same {
            let old = &mut self.catalog.functions[id.0 as usize];
            (function.comment, function.owner) = (old.comment.take(), old.owner.take());
            *old = function;
            return id;
        }
        let id = FunctionId(self.catalog.functions.len() as u32);
        let schema = self.catalog.schemas.entry(function.name.schema.clone()).or_default();
        schema.functions.entry(function.name.name.clone()).or_default().push(id);
        self.catalog.functions.push(function);
        id
    }

    fn overload_with(&self, name: &QualifiedName, inputs: &[&Type]) -> Option<FunctionId> {
        let overloads = self.catalog.overloads(&name.schema, &name.name).iter().copied();
        let mut same = overloads.filter(|&id| {
            let function = self.catalog.function(id);
            function.inputs().map(|argument| &argument.ty.ty).eq(inputs.iter().copied())
        });
        same.next()
    }

    fn arguments(&self, clauses: &[ArgumentClause], path: &[String], sources: &SourceMap) -> Vec<Argument> {
        clauses
            .iter()
            .map(|clause| Argument {
                mode: clause.mode,
                name: clause.name.as_ref().map(|name| name.value.to_string()),
                ty: self.type_use(&clause.ty, path, sources),
                default: clause.default.clone(),
                span: Some(clause.span),
            })
            .collect()
    }

    /// The result of the only function of that name, as the final function of an aggregate.
    fn result_of(&self, name: &crate::sql::name::Path, path: &[String]) -> Option<Type> {
        let reference = FunctionReference { name: name.clone(), signature: None };
        match self.functions_referred(&reference, path).as_slice() {
            [only] => Some(self.catalog.function(*only).result_type()),
            _ => None,
        }
    }

    /// The functions that ALTER, DROP or COMMENT means: one, none, or several if no parameters are written.
    pub(super) fn functions_referred(&self, reference: &FunctionReference, path: &[String]) -> Vec<FunctionId> {
        let name = super::lookup::object_name(&reference.name);
        let schemas: Vec<&str> = match &name.schema {
            Some(schema) => vec![schema],
            None => path.iter().map(String::as_str).collect(),
        };
        let Some(signature) = &reference.signature else {
            let mut overloads = schemas.iter().map(|schema| self.catalog.overloads(schema, &name.name));
            return overloads.find(|found| !found.is_empty()).unwrap_or_default().to_vec();
        };
        let resolve = |argument: &ArgumentClause| self.catalog.resolve_type_name(&argument.ty, path);
        let inputs: Vec<Type> = signature.arguments.iter().filter(|a| a.mode.is_input()).map(resolve).collect();
        // A procedure may also be told by all of its parameters.
        let all: Vec<Type> = signature.arguments.iter().map(resolve).collect();
        let matches = |id: &FunctionId| {
            let function = self.catalog.function(*id);
            let declared = || function.arguments.iter().filter(|argument| argument.mode != Mode::Table);
            function.inputs().map(|a| &a.ty.ty).eq(&inputs)
                || function.kind == FunctionKind::Procedure && declared().map(|a| &a.ty.ty).eq(&all)
        };
        let found =
            schemas.iter().find_map(|schema| self.catalog.overloads(schema, &name.name).iter().find(|id| matches(id)));
        found.copied().into_iter().collect()
    }
}

/// Takes over what a CREATE or ALTER says; `path` is what FROM CURRENT takes.
pub(super) fn apply_options(function: &mut Function, options: &Options, path: &[String]) {
    function.volatility = options.volatility.unwrap_or(function.volatility);
    function.strict = options.strict.unwrap_or(function.strict);
    function.security = options.security.unwrap_or(function.security);
    function.leakproof = options.leakproof.unwrap_or(function.leakproof);
    function.parallel = options.parallel.unwrap_or(function.parallel);
    for clause in &options.settings {
        apply_setting(&mut function.settings, clause, path);
    }
}

fn apply_setting(settings: &mut Vec<Setting>, clause: &SettingClause, path: &[String]) {
    let Some(name) = &clause.name else { return settings.clear() };
    let values = match &clause.value {
        SettingValue::Values(values) => Some(values.clone()),
        SettingValue::Current if name == "search_path" => Some(path.to_vec()),
        SettingValue::Current => None,
        SettingValue::Default => return settings.retain(|setting| setting.name != *name),
    };
    match settings.iter_mut().find(|setting| setting.name == *name) {
        Some(setting) => setting.values = values,
        None => settings.push(Setting { name: name.clone(), values }),
    }
}
