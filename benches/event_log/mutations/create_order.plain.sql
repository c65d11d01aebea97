\set c random(1, 1000)
\set p random(1, 500)
\set q random(501, 1000)
SELECT app.create_order(jsonb_build_object(
    'customer_id', 'c0000000-0000-4000-9000-' || lpad(:c::text, 12, '0'),
    'items', jsonb_build_array(
        jsonb_build_object('product_id', 'b0000000-0000-4000-9000-' || lpad(:p::text, 12, '0'), 'quantity', 2),
        jsonb_build_object('product_id', 'b0000000-0000-4000-9000-' || lpad(:q::text, 12, '0'), 'quantity', 1)
    )
));
