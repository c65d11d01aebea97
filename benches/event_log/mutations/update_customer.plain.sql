\set n random(1, 1000)
\set locale random(1, 1000000)
SELECT app.update_customer(('c0000000-0000-4000-9000-' || lpad(:n::text, 12, '0'))::uuid, jsonb_build_object('locale', :locale::text));
