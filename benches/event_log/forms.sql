-- The driver of forms.sh.

CREATE TABLE public.sample (round integer, variant text, us numeric);

-- The kernel brings a process's account up to date when it leaves the processor, so it leaves.
CREATE FUNCTION public.cpu() RETURNS bigint
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM pg_sleep(0.0001);
    RETURN split_part(pg_read_file('/proc/self/schedstat', 0, 100), ' ', 1)::bigint;
END;
$$;

CREATE PROCEDURE public.measure(variants text[], rounds integer, calls integer)
LANGUAGE plpgsql
AS $$
DECLARE
    variant text;
    query   text;
    started bigint;
BEGIN
    FOR round IN 1..rounds LOOP
        FOR variant IN SELECT name FROM unnest(variants || ARRAY['none']) AS name ORDER BY random() LOOP
            query := format(
                'SELECT count(%s) FROM (SELECT id, data FROM app.tv_product LIMIT %s) AS product',
                CASE WHEN variant = 'none' THEN 'product.data' ELSE format(
                    '%I.log_cdc_event(%L, %L, product.id, %L, product.data, product.data, NULL)',
                    'v_' || variant, 'PRODUCT_UPDATED', 'product', 'UPDATE'
                ) END,
                calls
            );
            started := public.cpu();
            EXECUTE query;
            INSERT INTO public.sample VALUES (round, variant, (public.cpu() - started) / 1000.0 / calls);
        END LOOP;
        COMMIT;
    END LOOP;
END;
$$;

CREATE VIEW public.result AS
WITH call AS (
    SELECT sample.round, sample.variant, sample.us - none.us AS us
    FROM public.sample AS sample
    JOIN public.sample AS none ON none.round = sample.round AND none.variant = 'none'
    WHERE sample.variant <> 'none' AND sample.round > 20
)
SELECT
    call.variant,
    round(percentile_cont(0.5) WITHIN GROUP (ORDER BY call.us)::numeric, 1) AS us,
    round(percentile_cont(0.5) WITHIN GROUP (ORDER BY call.us / NULLIF(shipped.us, 0))::numeric, 3) AS ratio,
    round(percentile_cont(0.25) WITHIN GROUP (ORDER BY call.us / NULLIF(shipped.us, 0))::numeric, 2) AS quarter,
    round(percentile_cont(0.75) WITHIN GROUP (ORDER BY call.us / NULLIF(shipped.us, 0))::numeric, 2) AS three_quarters
FROM call
JOIN call AS shipped ON shipped.round = call.round AND shipped.variant = 'shipped'
GROUP BY call.variant
ORDER BY ratio;
