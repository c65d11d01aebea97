//! Which events a consumer wants.

use tokio_postgres::types::ToSql;

use crate::Operation;

/// Which events a consumer wants: those that fit every list that is not empty.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filter {
    /// Event types, such as `ORDER_CREATED`.
    pub event_types: Vec<String>,
    /// Entities, such as `order`.
    pub entities: Vec<String>,
    /// Operations.
    pub operations: Vec<Operation>,
}

impl Filter {
    /// Whether it wants an event of this type, entity and operation, each as the log writes it.
    #[cfg(feature = "slot")]
    pub(crate) fn wants(&self, event_type: &str, entity: &str, operation: &str) -> bool {
        let fits = |list: &[String], name: &str| list.is_empty() || list.iter().any(|wanted| wanted == name);
        fits(&self.event_types, event_type)
            && fits(&self.entities, entity)
            && (self.operations.is_empty() || self.operations.iter().any(|wanted| wanted.as_str() == operation))
    }

    /// The condition as SQL, with parameters from `$first` on.
    pub(super) fn condition(&self, first: usize) -> String {
        let lists = [
            ("event_type", self.event_types.len()),
            ("entity_type", self.entities.len()),
            ("operation::text", self.operations.len()),
        ];
        let used = lists.iter().filter(|(_, length)| *length > 0);
        let conditions: Vec<_> = used
            .enumerate()
            .map(|(at, (column, _))| format!("event.{column} = ANY(${}::text[])", first + at))
            .collect();
        if conditions.is_empty() { "true".to_owned() } else { conditions.join(" AND ") }
    }

    /// The values of those parameters.
    pub(super) fn values(&self) -> Vec<Box<dyn ToSql + Send + Sync>> {
        let operations: Vec<&'static str> = self.operations.iter().map(|operation| operation.as_str()).collect();
        let mut values: Vec<Box<dyn ToSql + Send + Sync>> = Vec::new();
        for list in [&self.event_types, &self.entities] {
            if !list.is_empty() {
                values.push(Box::new(list.clone()));
            }
        }
        if !operations.is_empty() {
            values.push(Box::new(operations));
        }
        values
    }
}
