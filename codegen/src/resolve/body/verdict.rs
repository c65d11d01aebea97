//! Whether a name that was not found is wrong, or only unknown: it may be of a schema or an extension that no source
//! defines.

use crate::catalog::{Catalog, Function, ObjectName, Origin};
use crate::diagnostic::{Code, Diagnostic};
use crate::resolve::{Builtins, Finding};
use crate::source::Span;

/// What is said of a finding in a function's body; nothing if the name may exist all the same.
pub(super) fn judge(
    catalog: &Catalog,
    function: &Function,
    search_path: &[String],
    (span, written, finding): &(Span, String, Finding),
) -> Option<Diagnostic> {
    let judge = Judge { catalog, function, search_path };
    let diagnostic = match finding {
        Finding::NoRelation(name) => {
            judge.is_wrong(name, |schema| catalog.find_relation(schema, &name.name).is_some()).then(|| {
                let help = "correct the name, or declare the table in a schema file or a stub";
                Diagnostic::new(Code::BODY_UNKNOWN_TABLE, format!("table or view `{name}` does not exist"))
                    .at(*span, "no SQL file defines it")
                    .help(help)
            })?
        }
        Finding::NoType(name) => {
            judge.is_wrong(name, |schema| catalog.find_type(schema, &name.name).is_some()).then(|| {
                Diagnostic::new(Code::BODY_UNKNOWN_TYPE, format!("type `{name}` does not exist"))
                    .at(*span, "no SQL file defines it")
                    .help("correct the name, or declare the type in a schema file or a stub")
            })?
        }
        Finding::NoFunction { name, values, overloads } => {
            let call = format!("{name}({})", values.join(", "));
            judge.is_wrong(name, |schema| !catalog.overloads(schema, &name.name).is_empty()).then(|| {
                let message = match overloads.is_empty() {
                    true => format!("function `{call}` does not exist"),
                    false => format!("no overload of `{name}` accepts `{call}`"),
                };
                let diagnostic = Diagnostic::new(Code::BODY_UNKNOWN_FUNCTION, message);
                let diagnostic = match overloads.is_empty() {
                    true => diagnostic.at(*span, "no SQL file defines it, nor does the server"),
                    false => diagnostic.at(*span, "called with other types than it takes"),
                };
                let noted = overloads
                    .iter()
                    .fold(diagnostic, |diagnostic, overload| diagnostic.note(format!("there is `{overload}`")));
                noted.help("cast the arguments, correct the name, or declare the function in a stub")
            })?
        }
        Finding::NoColumn => Diagnostic::new(Code::BODY_UNKNOWN_COLUMN, format!("column `{written}` does not exist"))
            .at(*span, "neither a column of the tables here nor a variable")
            .help("correct the name"),
        Finding::NoColumnOf(of) => {
            Diagnostic::new(Code::BODY_UNKNOWN_COLUMN, format!("`{of}` has no column `{written}`"))
                .at(*span, "no such column")
                .help("correct the name")
        }
        Finding::NoField(ty) => {
            Diagnostic::new(Code::BODY_UNKNOWN_COLUMN, format!("a row of `{ty}` has no field `{written}`"))
                .at(*span, "no such field")
                .help("correct the name")
        }
        Finding::NoSource => Diagnostic::new(Code::BODY_UNKNOWN_TABLE, format!("nothing is named `{written}` here"))
            .at(*span, "neither in FROM nor a variable")
            .help("correct the name, or add the table to FROM"),
    };
    Some(diagnostic.note(format!("in `{}`, which fails when it runs into this", function.name)))
}

struct Judge<'a> {
    catalog: &'a Catalog,
    function: &'a Function,
    search_path: &'a [String],
}

impl Judge<'_> {
    /// Whether a name is wrong; `is_in` tells whether another schema has it.
    fn is_wrong(&self, name: &ObjectName, is_in: impl Fn(&str) -> bool) -> bool {
        if self.catalog.is_mentioned_unread(&name.name) {
            return false;
        }
        if let Some(schema) = &name.schema {
            return self.is_whole(schema);
        }
        // Without a search path of its own the caller's counts, which may have any schema of the sources.
        if self.function.fixed_search_path().is_none() && self.catalog.schemas().any(|(schema, _)| is_in(schema)) {
            return false;
        }
        let searched = self.search_path.iter().map(String::as_str);
        searched.filter(|schema| !matches!(*schema, "$user" | "pg_temp" | "pg_catalog" | "")).all(|s| self.is_whole(s))
            && !self.is_of_an_extension(&name.name)
    }

    /// Whether the sources define everything in a schema.
    fn is_whole(&self, schema: &str) -> bool {
        let opaque = |extension: &crate::catalog::Extension| !extension.contents_known && extension.schema == schema;
        let own = || {
            let functions = self.catalog.functions().filter(|(_, f)| f.name.schema == schema).map(|(_, f)| &f.origin);
            let relations = self.catalog.relations().filter(|(_, r)| r.name.schema == schema).map(|(_, r)| &r.origin);
            let types = self.catalog.types().filter(|(_, t)| t.name.schema == schema).map(|(_, t)| &t.origin);
            functions.chain(relations).chain(types).any(|origin| *origin == Origin::Source)
        };
        // An empty `public` says nothing of what is in it.
        self.catalog.schema(schema).is_some() && !self.catalog.extensions().any(opaque) && (schema == "public" || own())
    }

    /// Whether an extension of PostgreSQL's own has a function of that name, which somebody may have created by hand.
    fn is_of_an_extension(&self, name: &str) -> bool {
        Builtins::get().extensions().any(|(_, section)| !section.functions(name).is_empty())
    }
}
