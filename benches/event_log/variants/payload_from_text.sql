-- The payload put together as text.
SELECT public.patch_log(
    $$jsonb_build_object('before', before, 'after', after, 'metadata', metadata)$$,
    $$('{"before": ' || COALESCE(before::text, 'null') || ', "after": ' || COALESCE(after::text, 'null')
        || ', "metadata": ' || COALESCE(metadata::text, 'null') || '}')::jsonb$$
);
