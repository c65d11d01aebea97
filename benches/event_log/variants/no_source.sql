-- No source at all: what it costs to build and to keep.
SELECT public.patch_log($$jsonb_build_object(
            'db', current_database(), 'schema', entity.table_schema, 'table', entity.table_name, 'txId', txid_current()
        )$$, $$'{}'::jsonb$$);
