-- The payload by jsonb_set into a constant.
SELECT public.patch_log(
    $$jsonb_build_object('before', before, 'after', after, 'metadata', metadata)$$,
    $$jsonb_set(jsonb_set(jsonb_set('{"after": null, "before": null, "metadata": null}', '{before}', COALESCE(before, 'null')),
        '{after}', COALESCE(after, 'null')), '{metadata}', COALESCE(metadata, 'null'))$$
);
