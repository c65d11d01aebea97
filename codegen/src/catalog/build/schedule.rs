//! Schema files, whose order means nothing: each is applied from its start, and waits where it needs what another one
//! makes.

use std::collections::{BTreeMap, VecDeque};

use super::{Builder, Item, needs};
use crate::catalog::{ObjectName, QualifiedName};
use crate::source::SourceMap;
use crate::sql::statement::Statement;

/// How many statements that make each name are still to come.
#[derive(Default)]
pub(super) struct Coming {
    /// Relations and types, which share their names.
    relations: BTreeMap<QualifiedName, usize>,
    functions: BTreeMap<QualifiedName, usize>,
}

impl Coming {
    fn new<'a>(builder: &Builder, items: impl Iterator<Item = &'a Item>) -> Self {
        let mut coming = Self::default();
        for item in items {
            if let Some(name) = builder.relation_made(item) {
                *coming.relations.entry(name).or_default() += 1;
            } else if let Some(name) = builder.function_made(item) {
                *coming.functions.entry(name).or_default() += 1;
            }
        }
        coming
    }

    /// Whether a relation or type of that name is to come.
    pub(super) fn relation(&self, name: &ObjectName, path: &[String]) -> bool {
        holds(&self.relations, name, path)
    }

    /// Whether a function of that name is to come.
    pub(super) fn function(&self, name: &ObjectName, path: &[String]) -> bool {
        holds(&self.functions, name, path)
    }

    fn made(&mut self, builder: &Builder, item: &Item) {
        if let Some(name) = builder.relation_made(item) {
            remove(&mut self.relations, &name);
        } else if let Some(name) = builder.function_made(item) {
            remove(&mut self.functions, &name);
        }
    }
}

fn holds(names: &BTreeMap<QualifiedName, usize>, name: &ObjectName, path: &[String]) -> bool {
    let in_schema = |schema: &str| names.contains_key(&QualifiedName::new(schema, &*name.name));
    match &name.schema {
        Some(schema) => in_schema(schema),
        None => path.iter().any(|schema| in_schema(schema)),
    }
}

fn remove(names: &mut BTreeMap<QualifiedName, usize>, name: &QualifiedName) {
    if let Some(count) = names.get_mut(name) {
        *count -= 1;
        if *count == 0 {
            names.remove(name);
        }
    }
}

impl Builder {
    /// Applies files, given in the order of their names.
    pub(super) fn apply_files(&mut self, files: &[Vec<Item>], sources: &SourceMap) {
        let all = || files.iter().flatten();
        for item in all() {
            if let Statement::Schema { name, .. } = &item.statement {
                self.create_schema(&name.value);
            }
        }
        all().filter(|item| matches!(item.statement, Statement::Extension { .. })).for_each(|i| self.apply(i, sources));
        let mut coming = Coming::new(self, all());
        let mut files: Vec<VecDeque<&Item>> = files.iter().map(|items| items.iter().collect()).collect();
        while files.iter().any(|file| !file.is_empty()) {
            let moved = self.advance_in_order(&mut files, &mut coming, sources)
                || self.pass_over_waiting(&mut files, &mut coming, sources);
            // What waits for each other goes as it is: what it needs is then unknown, and told so.
            if !moved && let Some(item) = files.iter_mut().find_map(VecDeque::pop_front) {
                self.declare(item, &mut coming, sources);
            }
        }
    }

    /// Applies each file up to the first statement that waits; gives whether there was anything to apply.
    fn advance_in_order(&mut self, files: &mut [VecDeque<&Item>], coming: &mut Coming, sources: &SourceMap) -> bool {
        let mut moved = false;
        for file in files {
            while let Some(item) = file.front().copied().filter(|item| !needs::waits(self, item, coming)) {
                file.pop_front();
                self.declare(item, coming, sources);
                moved = true;
            }
        }
        moved
    }

    /// Applies all that does not wait: within a file, too, something may be used before it is made.
    fn pass_over_waiting(&mut self, files: &mut [VecDeque<&Item>], coming: &mut Coming, sources: &SourceMap) -> bool {
        let mut moved = false;
        for file in files {
            file.retain(|item| {
                let waits = needs::waits(self, item, coming);
                if !waits {
                    self.declare(item, coming, sources);
                    moved = true;
                }
                waits
            });
        }
        moved
    }

    fn declare(&mut self, item: &Item, coming: &mut Coming, sources: &SourceMap) {
        coming.made(self, item);
        self.apply_declaration(item, sources);
    }

    /// The relation or type that a statement makes.
    pub(super) fn relation_made(&self, item: &Item) -> Option<QualifiedName> {
        let name = match &item.statement {
            Statement::Table(table) if !table.temporary => &table.name,
            Statement::TableAs(table) if !table.temporary => &table.name,
            Statement::View(view) if !view.temporary => &view.name,
            Statement::Sequence { name, temporary: false, .. } => name,
            Statement::Type(ty) => &ty.name,
            Statement::Domain(domain) => &domain.name,
            _ => return None,
        };
        Some(self.creation_name(name, &item.path))
    }

    fn function_made(&self, item: &Item) -> Option<QualifiedName> {
        match &item.statement {
            Statement::Function(function) => Some(self.creation_name(&function.name, &item.path)),
            _ => None,
        }
    }
}
