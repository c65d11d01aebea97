//! `pgmutate transform`.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use pgmutate::transform::{self as runtime, FieldSpec, Object, Selection, TypeSpec, ValueSpec, make_tables};
use pgmutate_codegen::contract::{Table, Tables, Value};
use pgmutate_codegen::project::Project;
use pgmutate_codegen::sql::input::{Inputs, MigrationFolder};

use crate::report::{self, Failure};

/// Turn a document into what the client gets, or client variables into what the function reads; from stdin to stdout.
///
/// Exit 1 where the document is refused: the message tells the byte and the path.
#[derive(Args)]
pub(crate) struct Transform {
    /// The manifest.
    #[arg(long, value_name = "FILE", default_value = "mutations.json")]
    manifest: PathBuf,
    /// Schema files, where the type is the answer of a mutation, such as `CreateOrderSuccess`: files, folders or patterns.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    sql: Vec<PathBuf>,
    /// Folders of migrations.
    #[arg(long, value_name = "DIR", num_args = 1..)]
    migrations: Vec<PathBuf>,
    /// Stubs: declarations of what other schemas and extensions bring.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    external: Vec<PathBuf>,
    /// The document's type.
    #[arg(long = "type", value_name = "TYPE")]
    typename: String,
    /// Only this, in this order: `{ id items { sku } }`.
    #[arg(long, value_name = "SELECTION", conflicts_with_all = ["reverse", "unknown"])]
    selection: Option<String>,
    /// The way back: from a client's variables, of an input type, to the JSON that the function reads.
    #[arg(long)]
    reverse: bool,
    /// What becomes of keys that the type does not declare.
    #[arg(long, default_value = "drop", conflicts_with = "reverse")]
    unknown: Unknown,
    /// What becomes of fields that are missing or null and must not be.
    #[arg(long, default_value = "refuse", conflicts_with = "reverse")]
    missing: Missing,
}

#[derive(Clone, Copy, ValueEnum)]
enum Unknown {
    /// Leave them out.
    Drop,
    /// Rename them by rule, with everything under them.
    Rename,
    /// Refuse the document.
    Refuse,
}

#[derive(Clone, Copy, ValueEnum)]
enum Missing {
    /// Refuse the document.
    Refuse,
    /// Pass it as it is.
    Allow,
}

impl Transform {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let migrations = self.migrations.iter().map(|path| MigrationFolder { path: path.clone(), tool: None });
        let inputs =
            Inputs { schema: self.sql.clone(), migrations: migrations.collect(), external: self.external.clone() };
        let project = Project { inputs, manifest: self.manifest.clone(), ..Project::default() };
        let tables = match project.tables() {
            Ok(tables) => tables,
            Err(unread) => {
                report::print(&unread.diagnostics, &unread.sources);
                return Err("no document was read: mend the mistakes above first".into());
            }
        };
        let object = self.object(&tables)?;
        let selection = match &self.selection {
            Some(text) => {
                let selection = Selection::parse(object, text);
                Some(selection.map_err(|error| format!("the selection does not fit `{}`: {error}", self.typename))?)
            }
            None => None,
        };

        let mut document = Vec::new();
        std::io::stdin().lock().read_to_end(&mut document).map_err(|error| format!("cannot read stdin: {error}"))?;
        let settings = runtime::Transform::new(object)
            .unknown(match self.unknown {
                Unknown::Drop => runtime::Unknown::Drop,
                Unknown::Rename => runtime::Unknown::Rename,
                Unknown::Refuse => runtime::Unknown::Refuse,
            })
            .missing(match self.missing {
                Missing::Refuse => runtime::Missing::Refuse,
                Missing::Allow => runtime::Missing::Allow,
            });
        let mut out = Vec::with_capacity(document.len());
        let result = match selection {
            Some(selection) => selection.settings(&settings).run(&document, &mut out),
            None if self.reverse => settings.reverse(&document, &mut out),
            None => settings.run(&document, &mut out),
        };
        result.map_err(|error| format!("the document is no `{}`: {error}", self.typename))?;
        out.push(b'\n');
        std::io::stdout().lock().write_all(&out).map_err(|error| format!("cannot write to stdout: {error}"))?;
        Ok(ExitCode::SUCCESS)
    }

    /// The table of the type that was asked for.
    fn object(&self, tables: &Tables) -> Result<&'static Object, Failure> {
        let name = &self.typename;
        let has = |objects: &[Table]| objects.iter().any(|object| object.typename == *name);
        let (wanted, other) =
            if self.reverse { (&tables.inputs, &tables.objects) } else { (&tables.objects, &tables.inputs) };
        if has(wanted) {
            let made = make_tables(&specs(tables))?;
            return made.get(name).copied().ok_or_else(|| format!("type `{name}` has no table").into());
        }
        let what = if self.reverse { "input" } else { "output type" };
        let mut message = format!("`{name}` is no {what} of `{}`", self.manifest.display());
        if has(other) {
            message += if self.reverse {
                "\nhelp: it is an output type: leave out --reverse"
            } else {
                "\nhelp: it is an input: read it with --reverse"
            };
        } else if let Some(union) = tables.unions.iter().find(|union| union.name == *name) {
            let members: Vec<_> = union.members.iter().map(|(_, member)| format!("`{member}`")).collect();
            message += &format!("\nhelp: it is a union: name one of its members, {}", members.join(", "));
        } else {
            let mut names: Vec<_> = wanted.iter().map(|object| format!("`{}`", object.typename)).collect();
            names.sort();
            message +=
                &format!("\nhelp: there are {}", if names.is_empty() { "none".to_owned() } else { names.join(", ") });
            if self.sql.is_empty() && self.migrations.is_empty() && !self.reverse {
                message += "; the answers of mutations are known with --sql";
            }
        }
        Err(message.into())
    }
}

/// The types as the runtime makes tables of them.
fn specs(tables: &Tables) -> BTreeMap<String, TypeSpec> {
    let objects = tables.objects.iter().chain(&tables.inputs).map(|object| {
        let fields = object.fields.iter().map(|field| FieldSpec {
            key: field.key.clone(),
            name: field.name.clone(),
            value: spec(&field.value),
            nullable: field.nullable,
            optional: false,
        });
        (object.typename.clone(), TypeSpec::Object(fields.collect()))
    });
    let unions = tables.unions.iter().map(|union| {
        let (discriminator, members) = (union.discriminator.clone(), union.members.clone());
        (union.name.clone(), TypeSpec::Union { discriminator, members })
    });
    objects.chain(unions).collect()
}

fn spec(value: &Value) -> ValueSpec {
    match value {
        Value::Scalar => ValueSpec::Scalar,
        Value::Opaque => ValueSpec::Opaque,
        Value::Object(name) | Value::Union(name) => ValueSpec::Named(name.clone()),
        Value::List { element, nullable: true } => {
            ValueSpec::List(Box::new(ValueSpec::Nullable(Box::new(spec(element)))))
        }
        Value::List { element, nullable: false } => ValueSpec::List(Box::new(spec(element))),
    }
}
