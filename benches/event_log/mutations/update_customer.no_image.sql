\set n random(1, 1000)
\set locale random(1, 1000000)
WITH input  AS MATERIALIZED (SELECT ('c0000000-0000-4000-9000-' || lpad(:n::text, 12, '0'))::uuid AS id, jsonb_build_object('locale', :locale::text) AS input),
     call   AS MATERIALIZED (SELECT NULL::jsonb AS image, app.update_customer(customer_id => id, input => input) AS response FROM input),
     answer AS MATERIALIZED (SELECT image, response, CASE
         WHEN response -> 'success' = 'true' AND response ->> 'code' = 'SUCCESS' THEN true
         WHEN response -> 'success' = 'false' AND response ->> 'code' IN ('NOT_FOUND', 'EMAIL_TAKEN') THEN false
         ELSE app.contract_violation('app.update_customer', response) END AS success FROM call)
SELECT response, success, CASE WHEN success THEN app.log_cdc_event(
    'CUSTOMER_UPDATED', 'customer', id, 'UPDATE', image, response -> 'customer', NULL
) END AS event_id FROM answer, input;
