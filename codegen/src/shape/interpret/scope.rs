//! What names stand for: columns of the query around, then variables.

use std::cell::Cell;
use std::collections::BTreeMap;

use crate::catalog::Type;
use crate::shape::domain::{Content, Join, Nullness, Opaque, Reason, Row, Value};
use crate::source::Span;

/// How many rows there may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Count {
    /// Whether there is one at least.
    pub(super) some: bool,
    /// Whether there may be more than one.
    pub(super) many: bool,
}

impl Count {
    pub(super) const ONE: Self = Self { some: true, many: false };
    pub(super) const AT_MOST_ONE: Self = Self { some: false, many: false };
    pub(super) const ANY: Self = Self { some: false, many: true };

    /// For each row of `self`, those of `other`.
    pub(super) fn times(self, other: Self) -> Self {
        Self { some: self.some && other.some, many: self.many || other.many }
    }
}

/// The rows of a query, a table or a function.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Table {
    /// Names and values of the columns.
    pub(super) columns: Vec<(String, Value)>,
    /// Why there may be other columns.
    pub(super) open: Option<Opaque>,
    /// How many rows.
    pub(super) count: Count,
}

impl Table {
    /// Rows of which nothing is known.
    pub(super) fn unknown(opaque: Opaque) -> Self {
        Self { columns: Vec::new(), open: Some(opaque), count: Count::ANY }
    }

    /// A row as one value.
    pub(super) fn row(&self) -> Value {
        match self.open {
            Some(opaque) => Value::new(Content::Unknown(opaque)),
            None => Value::new(Content::Row(Row { columns: self.columns.clone() })),
        }
    }

    /// The only column's value.
    pub(super) fn single(&self) -> Value {
        match (&self.columns[..], self.open) {
            ([(_, value)], None) => value.clone(),
            (_, Some(opaque)) => Value::new(Content::Unknown(opaque)).or_null(Nullness::Unproven),
            _ => Value::unknown(Reason::NotUnderstood, None),
        }
    }

    /// Every column, NULL as well: the other side of an outer join.
    pub(super) fn or_null(mut self, null: Nullness) -> Self {
        for (_, value) in &mut self.columns {
            *value = std::mem::take(value).or_null(null);
        }
        self
    }

    /// The rows of `self` and of `other`, by position.
    pub(super) fn union(self, other: Self) -> Self {
        let open = if self.columns.len() == other.columns.len() {
            self.open.join(other.open)
        } else {
            let mixed = Opaque::new(Reason::Mixed, None);
            Some(self.open.join(other.open).unwrap_or(mixed))
        };
        let columns = self.columns.into_iter().zip(other.columns).map(|((name, a), (_, b))| (name, a.join(b)));
        Self {
            columns: columns.collect(),
            open,
            count: Count { some: self.count.some || other.count.some, many: true },
        }
    }
}

/// A table in FROM, under the name that it has there.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Source {
    /// The alias, or the table's own name.
    pub(super) name: String,
    /// Its rows.
    pub(super) table: Table,
    /// Whether only its qualified name finds its columns, as `excluded`.
    pub(super) qualified_only: bool,
    /// Columns that USING merged into those of an earlier source.
    pub(super) merged: Vec<String>,
}

impl Source {
    pub(super) fn new(name: impl Into<String>, table: Table) -> Self {
        Self { name: name.into(), table, qualified_only: false, merged: Vec::new() }
    }
}

/// The columns that an expression sees.
#[derive(Default)]
pub(super) struct Rows<'p> {
    /// The tables in FROM.
    pub(super) sources: Vec<Source>,
    /// The queries of WITH.
    pub(super) ctes: BTreeMap<String, Table>,
    /// Those of the query around.
    pub(super) parent: Option<&'p Rows<'p>>,
    /// Whether there is a GROUP BY.
    pub(super) grouped: bool,
    /// Whether an aggregate was seen.
    pub(super) aggregated: Cell<bool>,
    /// Whether a condition says that an aggregate is of one row at least.
    pub(super) some: Cell<bool>,
}

impl<'p> Rows<'p> {
    /// Those of a query inside `parent`.
    pub(super) fn inside(parent: &'p Rows<'p>) -> Self {
        Self { parent: Some(parent), ..Self::default() }
    }

    pub(super) fn cte(&self, name: &str) -> Option<&Table> {
        self.ctes.get(name).or_else(|| self.parent?.cte(name))
    }

    /// The column of that name, or the row of the source of that name.
    pub(super) fn column(&self, name: &str) -> Option<Value> {
        let visible = self.sources.iter().filter(|source| !source.qualified_only);
        let columns = visible.flat_map(|source| &source.table.columns);
        if let Some((_, value)) = columns.clone().find(|(column, _)| column == name) {
            return Some(value.clone());
        }
        if let Some(source) = self.sources.iter().find(|source| source.name == name) {
            return Some(source.table.row());
        }
        self.parent?.column(name)
    }

    /// The column of the source of that name; `None` where there is no such source.
    pub(super) fn qualified(&self, source: &str, name: &str) -> Option<Value> {
        let Some(found) = self.sources.iter().find(|known| known.name == source) else {
            return self.parent?.qualified(source, name);
        };
        let column = found.table.columns.iter().find(|(column, _)| column == name);
        match (column, found.table.open) {
            (Some((_, value)), _) => Some(value.clone()),
            (None, Some(opaque)) => Some(Value::new(Content::Unknown(opaque)).or_null(Nullness::Unproven)),
            // A function that gives single values, named by its alias: `item.value` or a field of the value.
            (None, None) => match &found.table.columns[..] {
                [(_, Value { content: Content::Row(row), .. })] => row.get(name).cloned(),
                _ => None,
            },
        }
    }

    /// Why a name that was not found may be a column all the same.
    pub(super) fn open(&self) -> Option<Opaque> {
        self.sources.iter().find_map(|source| source.table.open).or_else(|| self.parent?.open())
    }

    /// Changes a column that a condition tells something of.
    pub(super) fn refine(&mut self, path: &[&str], change: impl FnOnce(&mut Value)) {
        let column = match path {
            [name] => self.sources.iter_mut().flat_map(|source| &mut source.table.columns).find(|(c, _)| c == name),
            [source, name] => {
                let source = self.sources.iter_mut().find(|known| known.name == *source);
                source.and_then(|source| source.table.columns.iter_mut().find(|(c, _)| c == name))
            }
            _ => None,
        };
        if let Some((_, value)) = column {
            change(value);
        }
    }
}

/// A variable's place in [`State`](super::state::State), and what it is declared as.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    /// Its type; none for a RECORD.
    pub(super) ty: Option<Type>,
}

/// The names of a block.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// The block's label, or the function's name.
    pub(super) label: Option<String>,
    /// Slots by name.
    pub(super) slots: BTreeMap<String, usize>,
}

/// The variables of a function.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables {
    /// All slots.
    pub(super) slots: Vec<Slot>,
    /// The names in scope, outermost block first.
    pub(super) blocks: Vec<Names>,
    /// The slots of declarations that were seen: a block in a loop declares the same ones again.
    declared: BTreeMap<(Span, String), usize>,
}

impl Variables {
    /// Declares a variable in the innermost block.
    pub(super) fn declare(&mut self, name: &str, span: Span, ty: Option<Type>) -> usize {
        let key = (span, name.to_owned());
        let slot = match self.declared.get(&key) {
            Some(slot) => *slot,
            None => {
                self.slots.push(Slot { ty });
                self.declared.insert(key, self.slots.len() - 1);
                self.slots.len() - 1
            }
        };
        self.alias(name, slot);
        slot
    }

    /// Gives a variable another name in the innermost block.
    pub(super) fn alias(&mut self, name: &str, slot: usize) {
        if self.blocks.is_empty() {
            self.blocks.push(Names::default());
        }
        if let Some(block) = self.blocks.last_mut() {
            block.slots.insert(name.to_owned(), slot);
        }
    }

    /// The variable at the start of `path`, and how many of the names are it.
    pub(super) fn find(&self, path: &[&str]) -> Option<(usize, usize)> {
        let (first, rest) = path.split_first()?;
        for block in self.blocks.iter().rev() {
            if let Some(slot) = block.slots.get(*first) {
                return Some((*slot, 1));
            }
            if let (Some(label), Some(second)) = (&block.label, rest.first())
                && label == first
                && let Some(slot) = block.slots.get(*second)
            {
                return Some((*slot, 2));
            }
        }
        None
    }
}
