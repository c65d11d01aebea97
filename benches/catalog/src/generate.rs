//! SQL in the style of an application: for every ten functions a table and a view, and functions of sixty lines.

use std::fmt::Write as _;

/// A script that defines `count` functions, and what they need.
pub fn script(count: usize) -> String {
    let mut sql = String::from(
        "CREATE SCHEMA app;\nCREATE TABLE app.events (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text NOT NULL, payload jsonb NOT NULL, at timestamptz NOT NULL DEFAULT now());\nCREATE FUNCTION app.log_event(kind text, payload jsonb) RETURNS void LANGUAGE sql AS $$ INSERT INTO app.events (kind, payload) VALUES (kind, payload) $$;\n",
    );
    for i in 0..count {
        if i % 10 == 0 {
            table(&mut sql, i / 10);
        }
        function(&mut sql, i);
    }
    sql
}

fn table(sql: &mut String, i: usize) {
    let _ = write!(
        sql,
        "
CREATE TABLE app.item_{i} (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    parent_id uuid REFERENCES app.item_{i} (id),
    name text NOT NULL CHECK (length(name) > 0),
    sku varchar(40) NOT NULL UNIQUE,
    price numeric(12, 2) NOT NULL DEFAULT 0 CHECK (price >= 0),
    stock integer NOT NULL DEFAULT 0,
    tags text[] NOT NULL DEFAULT '{{}}',
    data jsonb NOT NULL DEFAULT '{{}}'::jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz
);
CREATE VIEW app.v_item_{i} AS
SELECT i.id, i.name, i.sku, i.price, count(c.id) AS children, coalesce(sum(c.price), 0) AS total,
       jsonb_build_object('id', i.id, 'name', i.name, 'price', i.price) AS data
FROM app.item_{i} AS i LEFT JOIN app.item_{i} AS c ON c.parent_id = i.id
GROUP BY i.id, i.name, i.sku, i.price;
"
    );
}

/// Sixty lines.
fn function(sql: &mut String, i: usize) {
    let t = i / 10;
    let _ = write!(
        sql,
        "
CREATE OR REPLACE FUNCTION app.save_item_{i}(item_id uuid, input jsonb)
RETURNS jsonb
LANGUAGE plpgsql
AS $function$
DECLARE
    v_item app.item_{t}%ROWTYPE;
    v_name text := trim(input ->> 'name');
    v_price numeric(12, 2) := (input ->> 'price')::numeric;
    v_count integer;
    v_child record;
    v_children jsonb := '[]'::jsonb;
BEGIN
    IF v_name IS NULL OR length(v_name) = 0 THEN
        RETURN jsonb_build_object('success', false, 'code', 'NAME_MISSING', 'message', 'the name is missing');
    END IF;
    IF v_price IS NOT NULL AND v_price < 0 THEN
        RETURN jsonb_build_object('success', false, 'code', 'PRICE_NEGATIVE', 'message', format('%s is negative', v_price));
    END IF;
    SELECT * INTO v_item FROM app.item_{t} AS i WHERE i.id = item_id FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO app.item_{t} (id, name, sku, price, stock, tags)
        VALUES (
            coalesce(item_id, gen_random_uuid()),
            v_name,
            upper(input ->> 'sku'),
            coalesce(v_price, 0),
            coalesce((input ->> 'stock')::integer, 0),
            ARRAY(SELECT jsonb_array_elements_text(input -> 'tags'))
        )
        RETURNING * INTO v_item;
    ELSE
        UPDATE app.item_{t} AS i
        SET name = v_name,
            price = coalesce(v_price, i.price),
            stock = i.stock + coalesce((input ->> 'stock')::integer, 0),
            updated_at = now()
        WHERE i.id = item_id
        RETURNING i.* INTO v_item;
    END IF;
    SELECT count(*) INTO v_count FROM app.item_{t} AS c WHERE c.parent_id = v_item.id AND c.stock > {i};
    FOR v_child IN
        SELECT c.id, c.name, c.price * c.stock AS value FROM app.item_{t} AS c WHERE c.parent_id = v_item.id ORDER BY c.created_at DESC LIMIT 10
    LOOP
        v_children := v_children || jsonb_build_object('id', v_child.id, 'name', v_child.name, 'value', round(v_child.value, 2));
    END LOOP;
    PERFORM app.log_event(
        'ITEM_SAVED',
        jsonb_build_object('id', v_item.id, 'count', v_count, 'before', input)
    );
    RETURN jsonb_build_object(
        'success', true,
        'item', (SELECT v.data FROM app.v_item_{t} AS v WHERE v.id = v_item.id),
        'children', v_children,
        'count', v_count
    );
EXCEPTION WHEN unique_violation THEN
    RETURN jsonb_build_object('success', false, 'code', 'SKU_TAKEN', 'message', sqlerrm);
END
$function$;
"
    );
}
