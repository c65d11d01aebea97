-- txId through pg_current_xact_id(), which becomes a number only by way of text.
SELECT public.patch_log($$'txId', txid_current()$$, $$'txId', pg_current_xact_id()::text::bigint$$);
