-- A thousand customers and products whose documents are about 700 bytes, so that an update's payload is about 1.5 kB, and
-- three thousand orders, so that the planner takes the order tables for what they are.

INSERT INTO core.customer (id, email, first_name, last_name)
SELECT ('c0000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid, 'customer' || n || '@example.com', repeat('first ', 80), 'last'
FROM generate_series(1, 1000) AS n;

INSERT INTO core.product (id, sku, name, price, stock)
SELECT ('b0000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid, 'SKU-' || n, repeat('name ', 100), 12.50, 1000000000
FROM generate_series(1, 1000) AS n;

DO $$
BEGIN
    PERFORM core.refresh_customer(customer.id) FROM core.customer AS customer;
    PERFORM core.refresh_product(product.id) FROM core.product AS product;
END;
$$;

DO $$
BEGIN
    PERFORM core.refresh_order(core.place_order(customer.id, NULL, NULL, jsonb_build_array(
        jsonb_build_object('product_id', product.id, 'quantity', 1)
    )))
    FROM core.customer AS customer, (SELECT product.id FROM core.product AS product LIMIT 3) AS product;
END;
$$;
