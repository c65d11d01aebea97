INSERT INTO {{schema}}.mutation_entities AS entity (entity_type, table_schema, table_name, key_columns, image_function) VALUES
{{rows}}
ON CONFLICT (entity_type) DO UPDATE
SET table_schema   = excluded.table_schema,
    table_name     = excluded.table_name,
    key_columns    = excluded.key_columns,
    image_function = excluded.image_function
WHERE (entity.table_schema, entity.table_name, entity.key_columns, entity.image_function)
    IS DISTINCT FROM (excluded.table_schema, excluded.table_name, excluded.key_columns, excluded.image_function);
