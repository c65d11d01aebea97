\set n random(1, 1000)
\set cents random(100, 99999)
SELECT app.update_product(('b0000000-0000-4000-9000-' || lpad(:n::text, 12, '0'))::uuid, jsonb_build_object('price', :cents::numeric / 100));
