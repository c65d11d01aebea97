//! The manifest's entities as the event log knows them.

use super::{Entity, Image, KeyColumn, QualifiedName};
use crate::catalog::Catalog;
use crate::manifest::{self, Manifest};

/// The entities of `manifest`, with the types that their keys have in `catalog`.
///
/// # Errors
/// A table or key column that the SQL does not define.
pub fn entities(manifest: &Manifest, catalog: &Catalog) -> Result<Vec<Entity>, UnknownKey> {
    manifest.entities.iter().map(|entity| self::entity(entity, catalog)).collect()
}

fn entity(entity: &manifest::Entity, catalog: &Catalog) -> Result<Entity, UnknownKey> {
    let unknown = || UnknownKey { table: entity.table.text.clone(), column: entity.key.text.clone() };
    let table = qualified(&entity.table).ok_or_else(unknown)?;
    let relation = catalog.find_relation(&table.schema, &table.name).ok_or_else(unknown)?;
    let column = catalog.relation(relation).column(&entity.key.text).ok_or_else(unknown)?;
    let data_type = catalog.display_use(&column.ty).to_string();
    Ok(Entity {
        name: entity.name.text.clone(),
        table,
        key: vec![KeyColumn { name: entity.key.text.clone(), data_type }],
        image: entity.image.as_ref().and_then(|image| {
            let (key, column) = (vec![image.key.text.clone()], image.column.text.clone());
            Some(Image { table: qualified(&image.table)?, key, column })
        }),
    })
}

fn qualified(name: &manifest::Name) -> Option<QualifiedName> {
    let name = name.qualified()?;
    Some(QualifiedName::new(name.schema, name.name))
}

/// An entity's table or key column that no SQL file defines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownKey {
    table: String,
    column: String,
}

impl std::fmt::Display for UnknownKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "no SQL file defines the table `{}` with a column `{}`: run `pgmutate check`",
            self.table, self.column
        )
    }
}

impl std::error::Error for UnknownKey {}
