\set c random(1, 1000)
\set p random(1, 500)
\set q random(501, 1000)
WITH call AS MATERIALIZED (SELECT app.create_order(input_payload => jsonb_build_object(
    'customer_id', 'c0000000-0000-4000-9000-' || lpad(:c::text, 12, '0'),
    'items', jsonb_build_array(
        jsonb_build_object('product_id', 'b0000000-0000-4000-9000-' || lpad(:p::text, 12, '0'), 'quantity', 2),
        jsonb_build_object('product_id', 'b0000000-0000-4000-9000-' || lpad(:q::text, 12, '0'), 'quantity', 1)
    )
)) AS response),
answer AS MATERIALIZED (SELECT response, CASE
    WHEN response -> 'success' = 'true' AND response ->> 'code' = 'SUCCESS' THEN true
    WHEN response -> 'success' = 'false' AND response ->> 'code' IN ('CUSTOMER_NOT_FOUND', 'OUT_OF_STOCK') THEN false
    ELSE app.contract_violation('app.create_order', response) END AS success FROM call)
SELECT response, success, CASE WHEN success THEN app.log_cdc_event(
    'ORDER_CREATED', 'order', (response #>> '{order,id}')::uuid, 'CREATE', NULL, response -> 'order', NULL
) END AS event_id FROM answer;
