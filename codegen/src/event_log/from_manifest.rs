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
    let unknown =
        |column: &manifest::Name| UnknownKey { table: entity.table.text.clone(), column: column.text.clone() };
    let first =
        entity.key.first().ok_or_else(|| UnknownKey { table: entity.table.text.clone(), column: String::new() })?;
    let table = qualified(&entity.table).ok_or_else(|| unknown(first))?;
    let relation = catalog.find_relation(&table.schema, &table.name).ok_or_else(|| unknown(first))?;
    let key = entity.key.iter().map(|name| {
        let column = catalog.relation(relation).column(&name.text).ok_or_else(|| unknown(name))?;
        Ok(KeyColumn { name: name.text.clone(), data_type: catalog.display_use(&column.ty).to_string() })
    });
    let key = key.collect::<Result<_, UnknownKey>>()?;
    Ok(Entity {
        name: entity.name.text.clone(),
        table,
        key,
        image: entity.image.as_ref().and_then(|image| {
            let key = image.key.iter().map(|name| name.text.clone()).collect();
            Some(Image { table: qualified(&image.table)?, key, column: image.column.text.clone() })
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
