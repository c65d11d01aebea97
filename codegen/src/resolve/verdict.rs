//! Whether a name that was not found is wrong, or only unknown: it may be of a schema or an extension that no source
//! defines.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use crate::catalog::{Body, Catalog, Function, ObjectName, Origin, QualifiedName};
use crate::diagnostic::{Code, Diagnostic, MOST};
use crate::resolve::{Builtins, Finding, Majors, Meaning, temporary};
use crate::source::{SourceMap, Span};
use crate::suggest;

/// In what a name stands.
pub(super) struct Holder<'a> {
    /// What it is, in words.
    what: String,
    /// The search path that it sets for itself.
    search_path: Option<&'a [String]>,
    /// Whether the server resolved it when it was defined, and keeps what it means whatever is renamed later.
    is_kept: bool,
}

impl Holder<'static> {
    /// Something outside of bodies.
    pub(super) fn standing(what: String) -> Self {
        Self { what: format!("in {what}, which PostgreSQL refuses"), search_path: None, is_kept: true }
    }
}

impl<'a> Holder<'a> {
    /// A function's body.
    pub(super) fn body(function: &'a Function) -> Self {
        let is_kept = matches!(function.body, Body::Inline(_));
        let fate = if is_kept { "which PostgreSQL refuses" } else { "which fails when it runs into this" };
        Self { what: format!("in `{}`, {fate}", function.name), search_path: function.fixed_search_path(), is_kept }
    }
}

/// Tells what is wrong from what is not known.
pub(super) struct Judge<'a> {
    catalog: &'a Catalog,
    majors: Majors,
    /// The schemas in which the sources define everything.
    whole: HashSet<&'a str>,
    /// Schemas by the names of what is in them.
    relations: Named<'a>,
    functions: Named<'a>,
    types: Named<'a>,
    /// Tables that some body makes for the session.
    temporary: HashSet<String>,
    /// For how many functions a similar name was looked for.
    looked: Cell<usize>,
}

/// The schemas that have something of a name.
type Named<'a> = HashMap<&'a str, Vec<&'a str>>;

fn named<'a>(names: impl Iterator<Item = &'a QualifiedName>) -> Named<'a> {
    let mut named = Named::new();
    for name in names {
        named.entry(&name.name).or_default().push(&name.schema);
    }
    named
}

impl<'a> Judge<'a> {
    pub(super) fn new(catalog: &'a Catalog, sources: &SourceMap, majors: Majors) -> Self {
        let mut judge = Self {
            catalog,
            majors,
            whole: HashSet::new(),
            relations: named(catalog.relations().map(|(_, relation)| &relation.name)),
            functions: named(catalog.functions().map(|(_, function)| &function.name)),
            types: named(catalog.types().map(|(_, def)| &def.name)),
            temporary: temporary::made(catalog, sources),
            looked: Cell::new(0),
        };
        let relations = catalog.relations().map(|(_, relation)| (&*relation.name.schema, &relation.origin));
        let functions = catalog.functions().map(|(_, function)| (&*function.name.schema, &function.origin));
        let types = catalog.types().map(|(_, def)| (&*def.name.schema, &def.origin));
        let own = relations.chain(functions).chain(types).filter(|(_, origin)| **origin == Origin::Source);
        judge.whole.extend(own.map(|(schema, _)| schema));
        // An empty `public` is the sources' own all the same.
        judge.whole.insert("public");
        for extension in catalog.extensions().filter(|extension| !extension.contents_known) {
            judge.whole.remove(&*extension.schema);
        }
        judge
    }

    /// What is said of a finding; nothing if the name may exist all the same. Names were looked up along `search_path`.
    pub(super) fn judge(
        &self,
        holder: &Holder<'_>,
        search_path: &[String],
        (span, written, finding): &(Span, String, Finding),
    ) -> Option<Diagnostic> {
        if holder.is_kept && self.catalog.is_former(written) {
            return None;
        }
        let is_wrong = |name: &ObjectName, named: &Named<'_>| self.is_wrong(holder, search_path, name, named);
        let diagnostic = match finding {
            Finding::NoRelation(name) if self.is_temporary(name) => return None,
            Finding::NoRelation(name) => {
                let help = "correct the name, or declare the table in a schema file or a stub";
                is_wrong(name, &self.relations).then(|| {
                    Diagnostic::new(Code::SQL_UNKNOWN_TABLE, format!("table or view `{name}` does not exist"))
                        .at(*span, "no SQL file defines it")
                        .help(help)
                })?
            }
            Finding::NoType(name) => is_wrong(name, &self.types).then(|| {
                Diagnostic::new(Code::SQL_UNKNOWN_TYPE, format!("type `{name}` does not exist"))
                    .at(*span, "no SQL file defines it")
                    .help("correct the name, or declare the type in a schema file or a stub")
            })?,
            Finding::NoFunction { name, values, overloads, elsewhere } => {
                let call = format!("{name}({})", values.join(", "));
                is_wrong(name, &self.functions).then(|| self.no_function(*span, name, &call, overloads, *elsewhere))?
            }
            Finding::Ambiguous { name, values, overloads } => {
                let call = format!("{name}({})", values.join(", "));
                is_wrong(name, &self.functions).then(|| {
                    let message = format!("`{call}` is ambiguous: several overloads of `{name}` accept it");
                    let diagnostic = Diagnostic::new(Code::SQL_UNKNOWN_FUNCTION, message)
                        .at(*span, "none of them fits better than the others");
                    noted(diagnostic, overloads).help("cast the arguments to the types of the one that is meant")
                })?
            }
            Finding::NoOperator { left, right } => {
                let applied = left.iter().map(|left| format!("{left} ")).collect::<String>();
                let message = format!("operator `{applied}{written} {right}` does not exist");
                Diagnostic::new(Code::SQL_UNKNOWN_OPERATOR, message)
                    .at(*span, "no operator takes these types")
                    .help("cast one side to the type of the other")
            }
            Finding::NoAssignment { value, column, castable } => {
                let message = format!("`{written}` is `{column}`, and a value of `{value}` is written to it");
                Diagnostic::new(Code::SQL_ASSIGNMENT, message).at(*span, "no cast leads to this column by itself").help(
                    match castable {
                        true => format!("write it as `...::{column}` if that is meant, or correct the column's type"),
                        false => "write another value, or correct the column's type".to_owned(),
                    },
                )
            }
            Finding::NoColumn => {
                Diagnostic::new(Code::SQL_UNKNOWN_COLUMN, format!("column `{written}` does not exist"))
                    .at(*span, "neither a column of the tables here nor a variable")
                    .help("correct the name")
            }
            Finding::AmbiguousColumn(meaning) => {
                let (label, help) = match meaning {
                    Meaning::Variable => (
                        "a column, and a variable or a parameter",
                        "put the table in front of it, or give the variable another name",
                    ),
                    Meaning::OtherColumn => ("a column of more than one table", "put the table in front of it"),
                };
                Diagnostic::new(Code::SQL_AMBIGUOUS_COLUMN, format!("`{written}` is ambiguous"))
                    .at(*span, label)
                    .help(help)
            }
            Finding::NoVariable => {
                Diagnostic::new(Code::SQL_UNKNOWN_COLUMN, format!("variable `{written}` is not declared"))
                    .at(*span, "neither a variable nor a parameter")
                    .help("declare it, or correct the name")
            }
            Finding::NoColumnOf(of) => {
                Diagnostic::new(Code::SQL_UNKNOWN_COLUMN, format!("`{of}` has no column `{written}`"))
                    .at(*span, "no such column")
                    .help("correct the name")
            }
            Finding::NoField(ty) => {
                Diagnostic::new(Code::SQL_UNKNOWN_COLUMN, format!("a row of `{ty}` has no field `{written}`"))
                    .at(*span, "no such field")
                    .help("correct the name")
            }
            Finding::NoSource => Diagnostic::new(Code::SQL_UNKNOWN_TABLE, format!("nothing is named `{written}` here"))
                .at(*span, "neither in FROM nor a variable")
                .help("correct the name, or add the table to FROM"),
        };
        Some(diagnostic.note(&*holder.what))
    }

    fn no_function(
        &self,
        span: Span,
        name: &ObjectName,
        call: &str,
        overloads: &[String],
        elsewhere: Majors,
    ) -> Diagnostic {
        let diagnostic = |message: String| Diagnostic::new(Code::SQL_UNKNOWN_FUNCTION, message);
        if elsewhere != Majors::NONE {
            return diagnostic(format!("function `{call}` does not exist in PostgreSQL {}", self.majors))
                .at(span, format!("it is in PostgreSQL {elsewhere}"))
                .help(
                    "write it in another way; or, if another version is deployed, correct `postgres` in the manifest",
                );
        }
        if overloads.is_empty() {
            let diagnostic = Diagnostic::new(Code::UNKNOWN_CALL, format!("function `{name}` does not exist"))
                .at(span, "no SQL file defines it, nor does the server");
            return match self.function_near(name) {
                None => diagnostic.help("correct the name, or declare the function in a stub"),
                near => suggest::did_you_mean(diagnostic, near.as_deref()),
            };
        }
        let diagnostic = diagnostic(format!("no overload of `{name}` accepts `{call}`"))
            .at(span, "called with other types than it takes");
        noted(diagnostic, overloads).help("cast the arguments, or correct the name")
    }

    /// The function of the sources whose name is nearest, for as many names as anybody is told of: looking takes time with every function.
    fn function_near(&self, name: &ObjectName) -> Option<String> {
        let looked = self.looked.get();
        if looked >= MOST {
            return None;
        }
        self.looked.set(looked + 1);
        let names: Vec<String> = match &name.schema {
            None => self.functions.keys().map(|&name| name.to_owned()).collect(),
            Some(_) => {
                let of = |(name, schemas): (&&str, &Vec<&str>)| {
                    schemas.iter().map(|schema| format!("{schema}.{name}")).collect::<Vec<_>>()
                };
                self.functions.iter().flat_map(of).collect()
            }
        };
        suggest::nearest(&name.to_string(), names.iter().map(String::as_str)).map(str::to_owned)
    }

    /// Whether a name is wrong; `named` tells which schemas have something of its kind.
    fn is_wrong(&self, holder: &Holder<'_>, search_path: &[String], name: &ObjectName, named: &Named<'_>) -> bool {
        if self.catalog.is_mentioned_unread(&name.name) {
            return false;
        }
        if let Some(schema) = &name.schema {
            return self.is_whole(schema);
        }
        // Without a search path of its own the caller's counts, which may have any schema of the sources.
        let elsewhere =
            || named.get(&*name.name).into_iter().flatten().any(|schema| !search_path.iter().any(|s| s == schema));
        if holder.search_path.is_none() && elsewhere() {
            return false;
        }
        let searched = search_path.iter().map(String::as_str);
        searched.filter(|schema| !matches!(*schema, "$user" | "pg_temp" | "pg_catalog" | "")).all(|s| self.is_whole(s))
            && !self.is_of_an_extension(&name.name)
    }

    /// Whether another body may have made it for the session.
    fn is_temporary(&self, name: &ObjectName) -> bool {
        name.schema.as_deref().is_none_or(|schema| schema == "pg_temp") && self.temporary.contains(&name.name)
    }

    /// Whether the sources define everything in a schema.
    fn is_whole(&self, schema: &str) -> bool {
        self.whole.contains(schema) && self.catalog.schema(schema).is_some()
    }

    /// Whether an extension of PostgreSQL's own has a function of that name, which somebody may have created by hand.
    fn is_of_an_extension(&self, name: &str) -> bool {
        Builtins::get().extensions().any(|(_, section)| !section.functions(name).is_empty())
    }
}

/// A diagnostic with the overloads that there are.
fn noted(diagnostic: Diagnostic, overloads: &[String]) -> Diagnostic {
    let there_is = |diagnostic: Diagnostic, overload: &String| diagnostic.note(format!("there is `{overload}`"));
    overloads.iter().fold(diagnostic, there_is)
}
