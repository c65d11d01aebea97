-- Schemas and tables of entities as constants in the body: no row of mutation_entities is read.
SELECT public.patch_log('FROM app.mutation_entities AS entity', $$FROM (SELECT log_cdc_event.entity_type, 'core' AS table_schema,
    CASE log_cdc_event.entity_type WHEN 'customer' THEN 'customer' WHEN 'product' THEN 'product' WHEN 'order' THEN 'order' END
    AS table_name) AS entity$$);
