//! How a function answers: read from its header, or said by the manifest where the header leaves it open.

use super::Context;
use super::model::{Convention, Outcome};
use crate::catalog::{Builtin, Catalog, Category, Function, FunctionKind, Relation, Type, TypeKind};
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{self, Name, ResultForm, Word};
use crate::source::Span;
use crate::suggest;

/// The names of a column that tells success, of a composite.
const SUCCESS: [&str; 4] = ["success", "succeeded", "is_success", "ok"];
/// The names of a column that holds the code.
const CODE: [&str; 5] = ["code", "status", "error_code", "error_class", "result_code"];
/// The names of a column that holds the message.
const MESSAGE: [&str; 3] = ["message", "status_detail", "error_message"];
/// The names of a column that tells whether anything changed.
const CHANGED: [&str; 2] = ["state_changed", "changed"];

/// What a function gives, and how it is an answer.
pub(crate) struct Answering {
    pub(crate) convention: Convention,
    pub(crate) gives: Gives,
    /// Whether a call gives rows, any number of them.
    pub(crate) is_set: bool,
    /// Whether the row may have columns that are not known.
    pub(crate) is_open: bool,
    /// Whether it is a procedure, which a function of ours calls that answers its OUT parameters as jsonb.
    pub(crate) is_procedure: bool,
}

/// What a call gives; one of a set, where it gives one.
pub(crate) enum Gives {
    /// A `json` or `jsonb`; or what no source tells, which is taken for one.
    Document,
    /// A row.
    Record(Vec<Column>),
    /// A value of another type.
    Value,
    /// `void`
    Nothing,
}

/// A column of a row.
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) ty: Type,
    pub(crate) span: Option<Span>,
}

impl Answering {
    /// The columns of the row; none where it gives none.
    pub(crate) fn columns(&self) -> &[Column] {
        match &self.gives {
            Gives::Record(columns) => columns,
            _ => &[],
        }
    }

    /// The column of that name.
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns().iter().find(|column| column.name == name)
    }
}

/// How `function` answers, as its header tells; `None` where what it gives is no value of SQL.
pub(crate) fn of_header(catalog: &Catalog, function: &Function) -> Option<Answering> {
    let mut answering = Answering {
        convention: Convention::Flat,
        gives: gives(catalog, function)?,
        is_set: function.returns_set(),
        is_open: is_open(catalog, function),
        is_procedure: function.kind == FunctionKind::Procedure,
    };
    answering.convention = match inferred(catalog, function, &answering, None) {
        Word::Flat => Convention::Flat,
        Word::Composite => Convention::Composite(outcome(catalog, None, &answering, &mut Vec::new())),
        Word::Row => Convention::Row { missing: None },
        Word::List => Convention::List,
        Word::Out => Convention::Out,
        Word::Scalar => Convention::Scalar,
        Word::Void => Convention::Void,
    };
    Some(answering)
}

/// How `function` answers; what speaks against it is reported.
pub(super) fn find(
    context: &Context<'_>,
    declared: &manifest::Mutation,
    function: &Function,
    diagnostics: &mut Vec<Diagnostic>,
) -> Answering {
    let form = declared.result.as_ref();
    let is_procedure = function.kind == FunctionKind::Procedure;
    let Some(gives) = gives(context.catalog, function) else {
        diagnostics.push(unknown(context.catalog, declared, function));
        return Answering {
            convention: Convention::Flat,
            gives: Gives::Document,
            is_set: false,
            is_open: true,
            is_procedure,
        };
    };
    let is_set = function.returns_set();
    let is_open = is_open(context.catalog, function);
    let mut answering = Answering { convention: Convention::Flat, gives, is_set, is_open, is_procedure };
    let wanted = match form.and_then(|form| form.convention.as_ref()) {
        Some((word, written)) if fits(*word, &answering) => (*word, Some(written)),
        Some((word, written)) => {
            diagnostics.push(misfit(context.catalog, function, *word, written, &answering));
            (inferred(context.catalog, function, &answering, form), None)
        }
        None => (inferred(context.catalog, function, &answering, form), None),
    };
    answering.convention = match wanted.0 {
        Word::Flat => Convention::Flat,
        Word::Row => Convention::Row { missing: declared.own_error_codes().next().map(|code| code.text.clone()) },
        Word::List => Convention::List,
        Word::Out => Convention::Out,
        Word::Scalar => Convention::Scalar,
        Word::Void => Convention::Void,
        Word::Composite => {
            let outcome = outcome(context.catalog, form, &answering, diagnostics);
            if outcome.success.is_none() && outcome.code.is_none() && form.is_none_or(|form| !form.names_columns()) {
                let place = wanted.1.map_or(declared.function.span, |name| name.span);
                diagnostics.push(no_outcome(function, place));
            }
            Convention::Composite(outcome)
        }
    };
    if let (Some(form), false) = (form, matches!(answering.convention, Convention::Composite(_))) {
        diagnostics.extend(form.columns().next().map(|column| {
            let word = answering.convention.word();
            Diagnostic::new(Code::MANIFEST_FORM, format!("a result of the form `{word}` has no columns of an outcome"))
                .at(column.span, "only a `composite` tells by its columns how it went")
        }));
    }
    answering
}

/// Reports codes that no answer of this convention can have.
pub(super) fn check_codes(
    declared: &manifest::Mutation,
    function: &Function,
    convention: &Convention,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let errors = match convention {
        Convention::Flat | Convention::Composite(Outcome { code: Some(_), .. }) => return,
        Convention::Composite(_) => 1,
        Convention::Row { .. } => 1,
        Convention::List | Convention::Out | Convention::Scalar | Convention::Void => 0,
    };
    let word = convention.word();
    let never = declared.own_error_codes().skip(errors).chain(declared.success_codes.iter().skip(1));
    for code in never.chain(&declared.noop_codes) {
        let message = format!("`{}` never answers the declared code `{}`", function.name, code.text);
        let mut diagnostic = Diagnostic::new(Code::UNANSWERED_CODE, message).at(code.span, "declared here");
        if let Some(spans) = function.spans {
            diagnostic = diagnostic.and(spans.name, format!("the result is read as `{word}`"));
        }
        let what = if errors == 0 { "no code of an error" } else { "one code of an error at most" };
        diagnostics.push(diagnostic.note(format!("without a column of codes it has one code of success and {what}")));
    }
}

/// What a call of `function` gives; `None` for what is no value of SQL.
fn gives(catalog: &Catalog, function: &Function) -> Option<Gives> {
    let outputs = function.outputs().collect::<Vec<_>>();
    let one = outputs.len() == 1 && function.kind != FunctionKind::Procedure;
    if !outputs.is_empty() && !one {
        let columns = outputs.iter().enumerate().map(|(i, output)| Column {
            name: output.name.clone().unwrap_or_else(|| format!("column{}", i + 1)),
            ty: output.ty.ty.clone(),
            span: output.span,
        });
        return Some(Gives::Record(columns.collect()));
    }
    of_type(catalog, &function.result_type())
}

fn of_type(catalog: &Catalog, ty: &Type) -> Option<Gives> {
    Some(match catalog.base_type(ty) {
        Type::Builtin(Builtin::JSON | Builtin::JSONB) | Type::Unknown(_) => Gives::Document,
        Type::Builtin(Builtin::VOID) => Gives::Nothing,
        Type::Builtin(builtin) if builtin.category() == Category::Pseudo => return None,
        Type::Defined(id) => match &catalog.type_def(*id).kind {
            TypeKind::Composite(fields) => {
                let column = |field: &crate::catalog::Field| Column {
                    name: field.name.clone(),
                    ty: field.ty.ty.clone(),
                    span: field.span,
                };
                Gives::Record(fields.iter().map(column).collect())
            }
            TypeKind::Row(relation) => {
                let column = |column: &crate::catalog::Column| Column {
                    name: column.name.clone(),
                    ty: column.ty.ty.clone(),
                    span: column.span,
                };
                Gives::Record(catalog.relation(*relation).columns.iter().map(column).collect())
            }
            _ => Gives::Value,
        },
        _ => Gives::Value,
    })
}

/// The convention that the header tells.
fn inferred(catalog: &Catalog, function: &Function, answering: &Answering, form: Option<&ResultForm>) -> Word {
    if answering.is_set {
        return Word::List;
    }
    match &answering.gives {
        Gives::Document => Word::Flat,
        Gives::Value => Word::Scalar,
        Gives::Nothing => Word::Void,
        Gives::Record(columns) => {
            let is = |names: &[&str], fits: &dyn Fn(&Type) -> bool| {
                columns.iter().any(|column| names.contains(&column.name.as_str()) && fits(&column.ty))
            };
            let boolean = |ty: &Type| is_boolean(catalog, ty);
            let text = |ty: &Type| is_text(catalog, ty);
            let tells = is(&SUCCESS, &boolean) || (is(&CODE, &text) && is(&MESSAGE, &text));
            // A table's `status` is the entity's, not the mutation's.
            let is_outcome = tells && table(catalog, function).is_none();
            match (is_outcome || form.is_some_and(ResultForm::names_columns), function.outputs().next()) {
                (true, _) => Word::Composite,
                (false, Some(_)) => Word::Out,
                (false, None) => Word::Row,
            }
        }
    }
}

/// The table or view whose row the function returns.
fn table<'a>(catalog: &'a Catalog, function: &Function) -> Option<&'a Relation> {
    match catalog.base_type(&function.result_type()) {
        Type::Defined(id) => match &catalog.type_def(*id).kind {
            TypeKind::Row(relation) => Some(catalog.relation(*relation)),
            _ => None,
        },
        _ => None,
    }
}

/// A view whose query was not understood may have any columns.
fn is_open(catalog: &Catalog, function: &Function) -> bool {
    table(catalog, function).is_some_and(|table| !table.columns_known)
}

fn is_boolean(catalog: &Catalog, ty: &Type) -> bool {
    catalog.base_type(ty).is(Builtin::BOOL)
}

fn is_text(catalog: &Catalog, ty: &Type) -> bool {
    match catalog.base_type(ty) {
        Type::Builtin(builtin) => builtin.category() == Category::Text,
        Type::Defined(id) => matches!(catalog.type_def(*id).kind, TypeKind::Enum(_)),
        _ => false,
    }
}

/// Whether what a function gives can be an answer of this convention.
fn fits(word: Word, answering: &Answering) -> bool {
    match (word, &answering.gives) {
        (Word::List, _) => answering.is_set,
        (Word::Flat, Gives::Document)
        | (Word::Scalar, Gives::Document | Gives::Value)
        | (Word::Void, Gives::Nothing | Gives::Value) => !answering.is_set,
        // Of a set, the only row: more than one is an error of the server's, which rolls back.
        (Word::Composite | Word::Row, Gives::Record(_)) => true,
        (Word::Out, Gives::Record(_)) => !answering.is_set,
        _ => false,
    }
}

/// The words that can be said of what a function gives.
fn possible(answering: &Answering) -> String {
    let words = [
        (Word::Flat, "flat"),
        (Word::Composite, "composite"),
        (Word::Row, "row"),
        (Word::List, "list"),
        (Word::Out, "out"),
        (Word::Scalar, "scalar"),
        (Word::Void, "void"),
    ];
    let words = words.iter().filter(|(word, _)| fits(*word, answering)).map(|(_, text)| format!("`{text}`"));
    words.collect::<Vec<_>>().join(" or ")
}

fn returned(catalog: &Catalog, function: &Function) -> String {
    let set = if function.returns_set() { "a set of " } else { "" };
    format!("{set}{}", catalog.display(&function.result_type()))
}

fn misfit(catalog: &Catalog, function: &Function, word: Word, written: &Name, answering: &Answering) -> Diagnostic {
    let message = format!("what `{}` returns is no `{}`", function.name, written.text);
    let mut diagnostic = Diagnostic::new(Code::RESULT_CONVENTION, message).at(written.span, "declared here");
    if let Some(spans) = function.spans {
        diagnostic = diagnostic.and(spans.name, format!("this returns {}", returned(catalog, function)));
    }
    let why = match word {
        Word::Flat => "a flat answer is one `json` or `jsonb`",
        Word::Composite | Word::Row => "a composite and a row have columns",
        Word::List => "a list is RETURNS TABLE or SETOF",
        Word::Out => "`out` is a row that is always there: OUT parameters or a composite type",
        Word::Scalar => "a scalar is one value",
        Word::Void => "`void` drops one value, or says RETURNS void",
    };
    diagnostic.note(why).help(format!("declare it as {}, or leave `result` out", possible(answering)))
}

fn unknown(catalog: &Catalog, declared: &manifest::Mutation, function: &Function) -> Diagnostic {
    let message = format!("what `{}` returns cannot be an answer", function.name);
    let mut diagnostic = Diagnostic::new(Code::RESULT_CONVENTION, message);
    if let Some(spans) = function.spans {
        diagnostic = diagnostic.at(spans.name, format!("this returns {}", returned(catalog, function)));
    }
    diagnostic
        .and(declared.function.span, "a mutation calls it")
        .help("return `jsonb`, a row type, a table, a value or void; docs/manifest.md says what is a success of each")
}

fn no_outcome(function: &Function, place: Span) -> Diagnostic {
    let message = format!("no column of what `{}` returns tells how it went", function.name);
    let mut diagnostic = Diagnostic::new(Code::RESULT_CONVENTION, message).at(place, "a composite tells it");
    if let Some(spans) = function.spans {
        diagnostic = diagnostic.and(spans.name, "what this returns");
    }
    diagnostic.help(
        "name them: \"result\": { \"convention\": \"composite\", \"success\": \"...\", \"code\": \"...\", \"message\": \"...\" }",
    )
}

/// The columns that tell how it went: those that the manifest names, else those that have the usual names.
fn outcome(
    catalog: &Catalog,
    form: Option<&ResultForm>,
    answering: &Answering,
    diagnostics: &mut Vec<Diagnostic>,
) -> Outcome {
    let mut find = |named: Option<&Name>, usual: &[&str], fits: &dyn Fn(&Catalog, &Type) -> bool, what: &str| {
        if let Some(name) = named {
            diagnostics.extend(wrong_column(catalog, answering, name, fits, what));
            return Some(name.text.clone());
        }
        // Who names some of the columns has named all.
        if form.is_some_and(ResultForm::names_columns) {
            return None;
        }
        let found = usual.iter().filter_map(|usual| answering.column(usual)).find(|column| fits(catalog, &column.ty));
        found.map(|column| column.name.clone())
    };
    Outcome {
        success: find(form.and_then(|form| form.success.as_ref()), &SUCCESS, &is_boolean, "boolean"),
        code: find(form.and_then(|form| form.code.as_ref()), &CODE, &is_text, "text or an enum"),
        message: find(form.and_then(|form| form.message.as_ref()), &MESSAGE, &is_text, "text"),
        changed: find(form.and_then(|form| form.changed.as_ref()), &CHANGED, &is_boolean, "boolean"),
    }
}

fn wrong_column(
    catalog: &Catalog,
    answering: &Answering,
    name: &Name,
    fits: &dyn Fn(&Catalog, &Type) -> bool,
    what: &str,
) -> Option<Diagnostic> {
    let Some(column) = answering.column(&name.text) else {
        let names = answering.columns().iter().map(|column| column.name.as_str());
        let near = suggest::nearest(&name.text, names.clone());
        let message = format!("the result has no column `{}`", name.text);
        let diagnostic = Diagnostic::new(Code::UNKNOWN_COLUMN, message).at(name.span, "no such column");
        let all = names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        return Some(match near {
            Some(_) => suggest::did_you_mean(diagnostic, near),
            None => diagnostic.note(format!("its columns: {all}")),
        });
    };
    if fits(catalog, &column.ty) || matches!(catalog.base_type(&column.ty), Type::Unknown(_)) {
        return None;
    }
    let ty = catalog.display(&column.ty).to_string();
    let message = format!("the column `{}` is `{ty}`, not {what}", name.text);
    let diagnostic = Diagnostic::new(Code::COLUMN_TYPE, message).at(name.span, "declared to tell how it went");
    Some(match column.span {
        Some(span) => diagnostic.and(span, "the column"),
        None => diagnostic,
    })
}
