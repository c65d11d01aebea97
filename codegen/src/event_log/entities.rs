//! What the log knows of entities: the rows of `mutation_entities`, and a function for the before image of each.

use std::collections::HashSet;

use super::error::Error;
use super::template::Template;
use super::{Entity, NAME_BYTES, QualifiedName};
use crate::sql_text::{identifier, literal};

/// Refuses entities for which no correct SQL can be written.
pub(super) fn check(entities: &[Entity]) -> Result<(), Error> {
    let mut seen = HashSet::new();
    for Entity { name, key, image, .. } in entities {
        let entity = || name.clone();
        if !seen.insert(name) {
            return Err(Error::Duplicate { entity: entity() });
        }
        if key.is_empty() {
            return Err(Error::NoKey { entity: entity() });
        }
        if let Some(column) = key.iter().find(|column| !is_type_name(&column.data_type)) {
            let (column, data_type) = (column.name.clone(), column.data_type.clone());
            return Err(Error::KeyType { entity: entity(), column, data_type });
        }
        if let Some(image) = image {
            if image.key.len() != key.len() {
                return Err(Error::ImageKey { entity: entity(), expected: key.len(), found: image.key.len() });
            }
            let function = image_function(name);
            if function.len() > NAME_BYTES {
                return Err(Error::LongName { entity: entity(), function });
            }
        }
    }
    Ok(())
}

/// The SQL that brings `mutation_entities` and the image functions to what `entities` says.
pub(super) fn declare(template: &Template, schema: &str, entities: &[Entity]) -> String {
    let signatures = entities.iter().map(|entity| image_signature(schema, entity)).collect::<Vec<_>>();
    let stale = template
        .with("image_functions", text_array(signatures.iter().flatten()))
        .with("entity_types", text_array(entities.iter().map(|entity| &entity.name)))
        .fill(include_str!("template/entities.sql"));

    let mut sql = stale;
    if !entities.is_empty() {
        let rows = entities.iter().zip(&signatures).map(|(entity, signature)| row(entity, signature.as_deref()));
        sql.push('\n');
        sql.push_str(
            &template.with("rows", rows.collect::<Vec<_>>().join(",\n")).fill(include_str!("template/entity_rows.sql")),
        );
    }
    for (entity, signature) in entities.iter().zip(&signatures) {
        if let (Some(image), Some(signature)) = (&entity.image, signature) {
            let key = || entity.key.iter().map(|column| &column.name);
            let function = QualifiedName::new(schema, image_function(&entity.name));
            let comment =
                format!("Locks the {} of this key and returns its before image, null where there is none", entity.name);
            sql.push('\n');
            sql.push_str(
                &template
                    .with("function", function.quoted())
                    .with("signature", signature.clone())
                    .with("parameters", parameters(entity))
                    .with("table", entity.table.quoted())
                    .with("table_key", equals("entity", key()))
                    .with("image_table", image.table.quoted())
                    .with("image_key", equals("kept", image.key.iter()))
                    .with("column", identifier(&image.column))
                    .with("comment", literal(&comment))
                    .fill(include_str!("template/image.sql")),
            );
        }
    }
    sql
}

/// The image function of an entity with the types of its parameters, as `regprocedure` reads it.
pub(super) fn image_signature(schema: &str, entity: &Entity) -> Option<String> {
    entity.image.as_ref()?;
    let types = entity.key.iter().map(|column| column.data_type.as_str()).collect::<Vec<_>>().join(", ");
    Some(format!("{}({types})", QualifiedName::new(schema, image_function(&entity.name)).quoted()))
}

fn image_function(entity: &str) -> String {
    format!("before_{entity}")
}

/// `key uuid`, or `key_1 bigint, key_2 text` where the key has several columns. Their names must never change: PostgreSQL does not
/// replace a function under other parameter names.
fn parameters(entity: &Entity) -> String {
    let named = |(at, column): (usize, &super::KeyColumn)| match entity.key.len() {
        1 => format!("key {}", column.data_type),
        _ => format!("key_{} {}", at + 1, column.data_type),
    };
    entity.key.iter().enumerate().map(named).collect::<Vec<_>>().join(", ")
}

/// `entity.id = $1`: by position, because a parameter's name may be a column's as well.
fn equals<'a>(alias: &str, columns: impl Iterator<Item = &'a String>) -> String {
    let equal = |(at, column): (usize, &String)| format!("{alias}.{} = ${}", identifier(column), at + 1);
    columns.enumerate().map(equal).collect::<Vec<_>>().join(" AND ")
}

fn row(entity: &Entity, image_function: Option<&str>) -> String {
    let key = text_array(entity.key.iter().map(|column| &column.name));
    let image_function = image_function.map_or_else(|| "NULL".to_owned(), literal);
    let [name, schema, table] = [&entity.name, &entity.table.schema, &entity.table.name].map(|text| literal(text));
    format!("    ({name}, {schema}, {table}, {key}, {image_function})")
}

fn text_array<'a>(texts: impl Iterator<Item = &'a String>) -> String {
    format!("ARRAY[{}]::text[]", texts.map(|text| literal(text)).collect::<Vec<_>>().join(", "))
}

/// Whether a text is the name of a type and nothing else: words, quoted identifiers, dots, one list of numbers, brackets.
fn is_type_name(text: &str) -> bool {
    let mut rest = text.trim_start();
    let mut words = 0;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' => match quoted_end(rest) {
                Some(end) => end,
                None => return false,
            },
            c if c.is_alphabetic() || c == '_' => {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
            }
            '.' if words > 0 => 1,
            '(' | '[' if words > 0 => {
                let close = if first == '(' { ')' } else { ']' };
                match rest.find(close) {
                    Some(end) if rest[1..end].chars().all(|c| c.is_ascii_digit() || c == ',' || c == ' ') => end + 1,
                    _ => return false,
                }
            }
            _ => return false,
        };
        words += usize::from(first == '"' || first.is_alphabetic() || first == '_');
        rest = rest[end..].trim_start();
    }
    words > 0
}

/// The length of the quoted identifier that a text begins with.
fn quoted_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == b'"')?;
        match bytes.get(at + 1) {
            Some(b'"') => at += 2,
            _ => return (at > 1).then_some(at + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_a_type_and_nothing_else() {
        for text in [
            "uuid",
            "character varying(20)",
            "numeric(10, 2)",
            "core.\"Sku\"",
            "\"a\"\"b\"",
            "text[]",
            "timestamp with time zone",
        ] {
            assert!(is_type_name(text), "{text}");
        }
        for text in [
            "",
            "uuid) RETURNS",
            "uuid; DROP TABLE x",
            "\"open",
            "\"\"",
            "uuid -- x",
            "a'b",
            "(3)",
            "numeric(10",
            "uuid DEFAULT 'x'",
        ] {
            assert!(!is_type_name(text), "{text}");
        }
    }
}
