//! What a PostgreSQL server has before anybody adds to it, and what its extensions add: `data/builtins.tsv`.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use super::signature::{Input, Majors, Operator, Signature};
use crate::catalog::{Builtin, FunctionKind, ObjectName, Type};

static DATA: &str = include_str!("../../data/builtins.tsv");

/// The functions, operators, casts and tables of the server, and of each extension.
#[derive(Debug)]
pub struct Builtins {
    server: Section,
    extensions: BTreeMap<&'static str, Section>,
}

/// What the server or one extension brings.
#[derive(Default, Debug)]
pub struct Section {
    functions: HashMap<&'static str, Vec<Signature>>,
    operators: HashMap<&'static str, Vec<Operator>>,
    /// Source and target, with the weakest context in which the cast is made by itself.
    casts: HashMap<(Type, Type), CastContext>,
    relations: BTreeMap<&'static str, Vec<Relation>>,
    types: Vec<ExtensionType>,
}

/// A table or view of the server, as some majors have it.
#[derive(Debug)]
struct Relation {
    majors: Majors,
    columns: Vec<(&'static str, Type)>,
}

/// When a cast is made without being written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum CastContext {
    /// In any expression.
    Implicit,
    /// When a value is stored.
    Assignment,
    /// Never.
    Explicit,
}

/// A type that an extension brings.
#[derive(Debug)]
pub struct ExtensionType {
    /// Its name.
    pub name: &'static str,
    /// Whether an ambiguous call prefers it.
    pub preferred: bool,
    /// The letter of `pg_type.typcategory`.
    pub category: char,
}

impl Builtins {
    /// The data, read once.
    pub fn get() -> &'static Self {
        static BUILTINS: OnceLock<Builtins> = OnceLock::new();
        BUILTINS.get_or_init(|| Self::parse(DATA))
    }

    /// What the server has.
    pub fn server(&self) -> &Section {
        &self.server
    }

    /// What an extension brings, if it is one of PostgreSQL's own.
    pub fn extension(&self, name: &str) -> Option<&Section> {
        self.extensions.get(name)
    }

    /// Every extension with what it brings.
    pub fn extensions(&self) -> impl Iterator<Item = (&'static str, &Section)> {
        self.extensions.iter().map(|(name, section)| (*name, section))
    }

    fn parse(data: &'static str) -> Self {
        let mut builtins = Self { server: Section::default(), extensions: BTreeMap::new() };
        let mut extension = None;
        for line in data.lines() {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                extension = Some(name);
            } else if let Some((majors, line)) = line.split_once('\t') {
                let section = match extension {
                    Some(name) => builtins.extensions.entry(name).or_default(),
                    None => &mut builtins.server,
                };
                // A line that is not understood would be a mistake of the program that wrote it; a test looks for them.
                section.line(Majors::parse(majors), line);
            }
        }
        builtins
    }
}

impl Section {
    /// The overloads of a function.
    pub fn functions(&self, name: &str) -> &[Signature] {
        self.functions.get(name).map_or(&[], Vec::as_slice)
    }

    /// Every function.
    pub fn all_functions(&self) -> impl Iterator<Item = &Signature> {
        let mut names: Vec<_> = self.functions.iter().collect();
        names.sort_unstable_by_key(|(name, _)| **name);
        names.into_iter().flat_map(|(_, overloads)| overloads)
    }

    /// The operators of that name.
    pub fn operators(&self, name: &str) -> &[Operator] {
        self.operators.get(name).map_or(&[], Vec::as_slice)
    }

    /// Every operator with its name.
    pub fn all_operators(&self) -> impl Iterator<Item = (&'static str, &Operator)> {
        let mut names: Vec<_> = self.operators.iter().collect();
        names.sort_unstable_by_key(|(name, _)| **name);
        names.into_iter().flat_map(|(name, operators)| operators.iter().map(|operator| (*name, operator)))
    }

    /// When a value of one type becomes one of another by itself.
    pub fn cast(&self, source: &Type, target: &Type) -> Option<CastContext> {
        self.casts.get(&(source.clone(), target.clone())).copied()
    }

    /// Every cast.
    pub fn all_casts(&self) -> impl Iterator<Item = (&Type, &Type, CastContext)> {
        self.casts.iter().map(|((source, target), context)| (source, target, *context))
    }

    /// The columns of a table or view, named with its schema, in the newest of `majors` that has it.
    pub fn relation(&self, name: &str, majors: Majors) -> Option<&[(&'static str, Type)]> {
        let forms = self.relations.get(name)?.iter().filter(|relation| relation.majors.overlap(majors));
        forms.max_by_key(|relation| relation.majors).map(|relation| relation.columns.as_slice())
    }

    /// Every table and view with its newest columns.
    pub fn relations(&self) -> impl Iterator<Item = (&'static str, &[(&'static str, Type)])> {
        self.relations.keys().filter_map(|name| Some((*name, self.relation(name, Majors::ALL)?)))
    }

    /// The types that an extension brings.
    pub fn types(&self) -> &[ExtensionType] {
        &self.types
    }

    fn line(&mut self, majors: Majors, line: &'static str) -> Option<()> {
        let mut fields = line.split('\t');
        let kind = fields.next()?;
        let mut field = || fields.next();
        match kind {
            "f" => {
                let name = field()?;
                let signature = signature(name, field()?, field()?, field()?, majors)?;
                self.functions.entry(name).or_default().push(signature);
            }
            "o" => {
                let name = field()?;
                let left = Some(field()?).filter(|left| *left != "-").map(type_named);
                let operator = Operator { left, right: type_named(field()?), result: type_named(field()?), majors };
                self.operators.entry(name).or_default().push(operator);
            }
            "c" => {
                let types = (type_named(field()?), type_named(field()?));
                let context = match field()? {
                    "i" => CastContext::Implicit,
                    "a" => CastContext::Assignment,
                    _ => CastContext::Explicit,
                };
                self.casts.insert(types, context);
            }
            "t" => {
                let (name, category, preferred) = (field()?, field()?, field()?);
                let category = category.chars().next()?;
                self.types.push(ExtensionType { name, preferred: preferred == "1", category });
            }
            "r" => {
                let name = field()?;
                let columns = field()?.split(',').filter_map(|column| column.split_once(':'));
                let columns = columns.map(|(name, ty)| (name, type_named(ty))).collect();
                self.relations.entry(name).or_default().push(Relation { majors, columns });
            }
            _ => return None,
        }
        Some(())
    }
}

fn signature(name: &str, kind: &str, inputs: &str, result: &str, majors: Majors) -> Option<Signature> {
    let mut parsed = Vec::new();
    let mut variadic = false;
    for input in inputs.split(',').filter(|input| !input.is_empty()) {
        let spread = input.strip_prefix('*');
        variadic |= spread.is_some();
        let input = spread.unwrap_or(input);
        let (name, ty) = match input.split_once(':') {
            Some((name, ty)) => (Some(name.to_owned()), ty),
            None => (None, input),
        };
        let required = ty.trim_end_matches('=');
        parsed.push(Input { name, ty: type_named(required), default: required.len() < ty.len() });
    }
    let columns = result.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let outputs = columns.into_iter().flat_map(|columns| columns.split(','));
    let outputs = outputs.filter_map(|column| column.split_once(':'));
    let outputs: Vec<_> = outputs.map(|(name, ty)| (name.to_owned(), type_named(ty))).collect();
    Some(Signature {
        name: name.to_owned(),
        inputs: parsed,
        variadic,
        result: match outputs.as_slice() {
            [] => type_named(result),
            [(_, only)] => only.clone(),
            _ => Builtin::RECORD.into(),
        },
        outputs,
        set: kind.ends_with('s') && kind.len() > 1,
        kind: match kind.chars().next()? {
            'a' => FunctionKind::Aggregate,
            'w' => FunctionKind::Window,
            'p' => FunctionKind::Procedure,
            _ => FunctionKind::Function,
        },
        function: None,
        majors,
    })
}

/// A type by its name in `pg_type`; one of an extension is unknown until the catalogue has it.
fn type_named(name: &str) -> Type {
    let element = |name: &str| match Builtin::named(name) {
        Some(builtin) => Type::Builtin(builtin),
        None => Type::Unknown(ObjectName::bare(name)),
    };
    match (Builtin::named(name), name.strip_prefix('_')) {
        (None, Some(of)) => element(of).array(),
        _ => element(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_understood() {
        let mut section = Section::default();
        for line in DATA.lines().skip(2).filter(|line| !line.starts_with('[')) {
            let (majors, line) = line.split_once('\t').expect(line);
            let majors = Majors::parse(majors);
            assert!(majors.overlap(Majors::ALL), "{line}");
            assert!(section.line(majors, line).is_some(), "{line}");
        }
    }

    #[test]
    fn signatures_have_defaults_names_and_columns() {
        let server = Builtins::get().server();
        let [insert] = server.functions("jsonb_insert") else { panic!("one overload") };
        assert_eq!(insert.inputs.iter().filter(|input| input.default).count(), 1);
        let [each] = server.functions("jsonb_each") else { panic!("one overload") };
        assert_eq!(each.outputs[1], ("value".to_owned(), Builtin::JSONB.into()));
        assert!(each.set);
        let [format, _] = server.functions("format") else { panic!("two overloads") };
        assert!(format.variadic != server.functions("format")[1].variadic);
        assert_eq!(server.cast(&Builtin::INT4.into(), &Builtin::INT8.into()), Some(CastContext::Implicit));
        assert!(server.relation("pg_catalog.pg_class", Majors::ALL).is_some());
        let [any_value] = server.functions("any_value") else { panic!("one overload") };
        assert!(
            any_value.majors.overlap(Majors::of(16).unwrap()) && !any_value.majors.overlap(Majors::of(15).unwrap())
        );
        assert!(server.relation("pg_catalog.pg_stat_io", Majors::of(15).unwrap()).is_none());
        assert!(Builtins::get().extension("citext").is_some());
    }
}
