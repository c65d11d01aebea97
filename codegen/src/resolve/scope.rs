//! What a name in a query can mean: columns of FROM, of the queries around it, of WITH, and variables of a body.

use std::sync::Arc;

use crate::catalog::{Builtin, Catalog, ObjectName, Type, TypeKind, TypeUse};

/// The type of an expression.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Typed {
    /// The type; [`Builtin::UNKNOWN`] for a literal that takes any.
    pub ty: Type,
    /// Length, precision and the like, where the server keeps them.
    pub modifier: Option<String>,
    /// The columns of a row that has no type of its own, such as one of a subquery.
    pub fields: Option<Arc<Columns>>,
}

impl Typed {
    /// A type that cannot be told.
    pub fn unknown() -> Self {
        Self::of(Type::Unknown(ObjectName::bare("unknown")))
    }

    /// A type without a modifier.
    pub fn of(ty: impl Into<Type>) -> Self {
        Self { ty: ty.into(), modifier: None, fields: None }
    }

    /// Whether nothing is known of it.
    pub fn is_unknown(&self) -> bool {
        self.ty.is_unknown()
    }

    /// The same with a literal taken for text, as in the result of a query.
    pub(super) fn settled(mut self) -> Self {
        if self.ty.is(Builtin::UNKNOWN) {
            self.ty = Builtin::TEXT.into();
        }
        self
    }
}

impl From<&TypeUse> for Typed {
    fn from(ty: &TypeUse) -> Self {
        Self { ty: ty.ty.clone(), modifier: ty.modifier.clone(), fields: None }
    }
}

/// Columns of a table, a query or a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Columns {
    /// Their names and types, in order.
    pub list: Vec<(String, Typed)>,
    /// Whether these are all.
    pub complete: bool,
}

impl Columns {
    /// Columns of which nothing is known.
    pub fn unknown() -> Self {
        Self { list: Vec::new(), complete: false }
    }

    /// All columns there are.
    pub fn all(list: Vec<(String, Typed)>) -> Self {
        Self { list, complete: true }
    }

    /// The column of that name.
    pub fn find(&self, name: &str) -> Option<&Typed> {
        self.list.iter().find(|(column, _)| column == name).map(|(_, ty)| ty)
    }

    /// Gives the first columns other names.
    pub(super) fn renamed(mut self, names: impl IntoIterator<Item = String>) -> Self {
        let mut names = names.into_iter();
        for (column, name) in self.list.iter_mut().zip(names.by_ref()) {
            column.0 = name;
        }
        // Of columns that are not known, at least these names are.
        if !self.complete {
            self.list.extend(names.map(|name| (name, Typed::unknown())));
        }
        self
    }
}

/// What one element of FROM brings.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) schema: Option<String>,
    pub(super) name: String,
    pub(super) columns: Columns,
    /// What the name alone stands for: the row, or the value of a function that gives single ones.
    pub(super) whole: Typed,
    /// Whether nobody has named it: `old` and `new` of RETURNING, which are there from PostgreSQL 18 on.
    pub(super) is_implied: bool,
}

/// The names of one query.
#[derive(Clone, Default, Debug)]
pub(super) struct Scope {
    pub(super) sources: Vec<Source>,
    /// How many columns they have together.
    pub(super) width: usize,
    /// What `*` stands for, where joins with USING show a column once.
    pub(super) star: Vec<(String, Typed)>,
    /// Where in `star` that begins which a name without a table can mean: a join's condition sees the join alone.
    pub(super) seen_from: usize,
    /// Whether the columns of every source are known.
    pub(super) complete: bool,
}

impl Scope {
    pub(super) fn new() -> Self {
        Self { complete: true, ..Self::default() }
    }

    /// The columns that a name without a table can mean.
    pub(super) fn seen(&self) -> &[(String, Typed)] {
        self.star.get(self.seen_from..).unwrap_or_default()
    }

    pub(super) fn add(&mut self, source: Source) {
        self.width += source.columns.list.len();
        self.sources.push(source);
    }
}

/// The column of that name, and whether it is one of several, which is an error.
pub(super) fn meant<'c>(columns: &'c [(String, Typed)], name: &str) -> Option<(&'c Typed, bool)> {
    let mut meant = columns.iter().filter(|(column, _)| column == name);
    let (_, first) = meant.next()?;
    Some((first, meant.next().is_some()))
}

/// What a name means in the body of a function.
pub trait Variables {
    /// The variable of that name, or the field of a variable, or either with a label before it.
    fn variable(&self, path: &[&str]) -> Variable;

    /// The parameter `$n`.
    fn parameter(&self, number: usize) -> Option<Typed>;

    /// Whether a name may not be that of a column as well: in SQL functions the column is meant, in PL/pgSQL that is an error.
    fn conflict_with_columns(&self) -> bool {
        false
    }
}

/// What became of looking for a variable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Variable {
    /// There is one, of this type.
    Found(Typed),
    /// The variable is a row that has no such field.
    NoField,
    /// There is none.
    Missing,
}

/// No variables, as in a view.
pub struct NoVariables;

impl Variables for NoVariables {
    fn variable(&self, _path: &[&str]) -> Variable {
        Variable::Missing
    }

    fn parameter(&self, _number: usize) -> Option<Typed> {
        None
    }
}

/// The columns of a row type; `None` if it is no row, or one whose columns are not known.
pub(super) fn row_columns(catalog: &Catalog, typed: &Typed) -> Option<Columns> {
    if let Some(fields) = &typed.fields {
        return Some((**fields).clone());
    }
    let Type::Defined(id) = catalog.base_type(&typed.ty) else { return None };
    match &catalog.type_def(*id).kind {
        TypeKind::Composite(fields) => {
            Some(Columns::all(fields.iter().map(|field| (field.name.clone(), Typed::from(&field.ty))).collect()))
        }
        TypeKind::Row(relation) => {
            let relation = catalog.relation(*relation);
            let list = relation.columns.iter().map(|column| (column.name.clone(), Typed::from(&column.ty))).collect();
            Some(Columns { list, complete: relation.columns_known })
        }
        _ => None,
    }
}
