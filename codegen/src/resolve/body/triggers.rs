//! What the functions of triggers see: the rows of the tables that they are tied to.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::records::either;
use crate::catalog::{Attachment, Catalog, FunctionId, ObjectName, RelationId, Type};
use crate::resolve::scope::row_columns;
use crate::resolve::{Columns, Typed};

/// The tables of each function that a trigger runs.
pub(in crate::resolve) struct Triggers {
    tables: HashMap<FunctionId, BTreeSet<RelationId>>,
    transition_tables: HashMap<FunctionId, BTreeSet<(String, RelationId)>>,
}

/// What the body of a trigger's function sees beside its variables.
pub(super) struct TriggerRows {
    /// NEW and OLD.
    pub(super) row: Typed,
    /// The sets of rows before and after, by name.
    pub(super) transition_tables: BTreeMap<String, Columns>,
}

impl Triggers {
    pub(in crate::resolve) fn of(catalog: &Catalog) -> Self {
        let mut triggers = Self { tables: HashMap::new(), transition_tables: HashMap::new() };
        for (id, relation) in catalog.relations() {
            for trigger in &relation.attachments {
                let Some(function) = function(catalog, trigger) else { continue };
                triggers.tables.entry(function).or_default().insert(id);
                let tables = trigger.transition_tables.iter().map(|name| (name.clone(), id));
                triggers.transition_tables.entry(function).or_default().extend(tables);
            }
        }
        triggers
    }

    /// What a function sees of the tables that it serves.
    pub(super) fn rows(&self, catalog: &Catalog, id: FunctionId) -> TriggerRows {
        let unknown = TriggerRows { row: Typed::unknown(), transition_tables: BTreeMap::new() };
        let Some(tables) = self.tables.get(&id) else { return unknown };
        let row_type = |table: &RelationId| Typed::of(Type::Defined(catalog.relation(*table).row_type));
        let columns = |table: &RelationId| row_columns(catalog, &row_type(table)).unwrap_or_else(Columns::unknown);
        let mut transition_tables = BTreeMap::new();
        for (name, table) in self.transition_tables.get(&id).into_iter().flatten() {
            let columns = columns(table);
            transition_tables
                .entry(name.clone())
                .and_modify(|known: &mut Columns| *known = Columns::unknown())
                .or_insert(columns);
        }
        let row = match tables.iter().collect::<Vec<_>>().as_slice() {
            // A block that is put together when it runs may tie the function to other tables as well.
            _ if catalog.is_mentioned_unread(&catalog.function(id).name.name) => Typed::unknown(),
            [] => Typed::unknown(),
            [only] => row_type(only),
            several => {
                // It may ask which table it is; what none of them has is wrong all the same.
                let rows = several.iter().map(|table| columns(table)).reduce(either);
                Typed { fields: rows.map(Arc::new), ..Typed::unknown() }
            }
        };
        TriggerRows { row, transition_tables }
    }
}

/// The function that a trigger runs.
fn function(catalog: &Catalog, trigger: &Attachment) -> Option<FunctionId> {
    let ObjectName { schema, name } = trigger.function.as_ref()?;
    let takes_nothing = |id: &&FunctionId| catalog.function(**id).inputs().next().is_none();
    let of = |schema: &str| catalog.overloads(schema, name).iter().find(takes_nothing).copied();
    match schema {
        Some(schema) => of(schema),
        None => trigger.search_path.iter().find_map(|schema| of(schema)),
    }
}
