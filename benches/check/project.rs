//! A project of so many mutations as an application has them: a table, a kept document and three mutations for each entity, in the shop's
//! style, in files of 50 entities.

use std::fmt::Write as _;
use std::path::Path;

const SCHEMAS: &str = "CREATE SCHEMA core;\nCREATE SCHEMA app;\n";

/// What an entity adds; `@` stands for its number.
const ENTITY: &str = "
CREATE TABLE core.part_@ (
    id         uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    owner_id   uuid        REFERENCES core.part_@ (id),
    name       text        NOT NULL UNIQUE,
    note       text,
    price      numeric     NOT NULL,
    stock      integer     NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE app.tv_part_@ (id uuid PRIMARY KEY, data jsonb NOT NULL);

CREATE VIEW core.v_part_@ AS
SELECT
    part.id,
    jsonb_build_object(
        'id', part.id,
        'name', part.name,
        'note', part.note,
        'price', part.price,
        'stock', part.stock,
        'created_at', part.created_at,
        'children', COALESCE(
            (SELECT jsonb_agg(jsonb_build_object('id', child.id, 'name', child.name) ORDER BY child.id)
             FROM core.part_@ AS child WHERE child.owner_id = part.id),
            '[]'::jsonb
        )
    ) AS data
FROM core.part_@ AS part;

CREATE FUNCTION core.refresh_part_@(p_id uuid) RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
    document jsonb;
BEGIN
    INSERT INTO app.tv_part_@ AS kept (id, data)
    SELECT built.id, built.data FROM core.v_part_@ AS built WHERE built.id = p_id
    ON CONFLICT (id) DO UPDATE SET data = excluded.data
    RETURNING kept.data INTO STRICT document;
    RETURN document;
END;
$$;

CREATE FUNCTION core.lock_part_@(p_id uuid) RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
    document jsonb;
BEGIN
    PERFORM 1 FROM core.part_@ AS part WHERE part.id = p_id FOR NO KEY UPDATE;
    SELECT kept.data INTO document FROM app.tv_part_@ AS kept WHERE kept.id = p_id;
    RETURN document;
END;
$$;

CREATE FUNCTION app.create_part_@(input jsonb) RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
    v_id   uuid;
    v_part jsonb;
BEGIN
    INSERT INTO core.part_@ (name, note, price, stock)
    VALUES (input ->> 'name', input ->> 'note', (input ->> 'price')::numeric, COALESCE((input ->> 'stock')::integer, 0))
    ON CONFLICT (name) DO NOTHING
    RETURNING id INTO v_id;
    IF v_id IS NULL THEN
        RETURN app.build_mutation_response(false, 'NAME_TAKEN', 'the name is taken', NULL);
    END IF;
    v_part := core.refresh_part_@(v_id);
    PERFORM app.log_cdc_event('PART_@_CREATED', 'part_@', v_id, 'CREATE', NULL, v_part, NULL);
    RETURN app.build_mutation_response(true, 'SUCCESS', 'created', jsonb_build_object('part', v_part));
END;
$$;

CREATE FUNCTION app.update_part_@(part_id uuid, input jsonb) RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
    before jsonb;
BEGIN
    before := core.lock_part_@(part_id);
    IF before IS NULL THEN
        RETURN app.build_mutation_response(false, 'NOT_FOUND', format('there is no part %s', part_id), NULL);
    END IF;
    UPDATE core.part_@ AS part
    SET name  = CASE WHEN input ? 'name' THEN input ->> 'name' ELSE part.name END,
        price = CASE WHEN input ? 'price' THEN (input ->> 'price')::numeric ELSE part.price END,
        stock = CASE WHEN input ? 'stock' THEN (input ->> 'stock')::integer ELSE part.stock END
    WHERE part.id = part_id;
    RETURN app.build_mutation_response(
        true, 'SUCCESS', 'updated', jsonb_build_object('part', core.refresh_part_@(part_id))
    );
EXCEPTION
    WHEN unique_violation THEN
        RETURN app.build_mutation_response(false, 'NAME_TAKEN', 'the name is taken', NULL);
END;
$$;

CREATE FUNCTION app.delete_part_@(part_id uuid) RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
    before jsonb;
BEGIN
    before := core.lock_part_@(part_id);
    IF before IS NULL THEN
        RETURN app.build_mutation_response(false, 'NOT_FOUND', format('there is no part %s', part_id), NULL);
    END IF;
    DELETE FROM core.part_@ AS part WHERE part.id = part_id;
    DELETE FROM app.tv_part_@ AS kept WHERE kept.id = part_id;
    RETURN app.build_mutation_response(
        true, 'SUCCESS', 'deleted', jsonb_build_object('part_id', part_id, 'part', before)
    );
END;
$$;
";

/// Writes the SQL to `folder/sql` and the manifest beside it.
pub fn write(folder: &Path, mutations: usize) {
    let entities = mutations.div_ceil(3);
    let sql = folder.join("sql");
    std::fs::create_dir_all(&sql).unwrap();
    std::fs::write(sql.join("schemas.sql"), SCHEMAS).unwrap();
    let numbers = (0..entities).collect::<Vec<_>>();
    for (file, numbers) in numbers.chunks(50).enumerate() {
        let text = numbers.iter().map(|n| ENTITY.replace('@', &n.to_string())).collect::<String>();
        std::fs::write(sql.join(format!("entities_{file}.sql")), text).unwrap();
    }
    std::fs::write(folder.join("mutations.json"), manifest(entities)).unwrap();
}

fn manifest(entities: usize) -> String {
    let mut parts = [const { String::new() }; 4];
    let [declared, types, inputs, mutations] = &mut parts;
    for n in 0..entities {
        let comma = if n + 1 < entities { "," } else { "" };
        let _ = writeln!(
            declared,
            "    \"part_{n}\": {{ \"table\": \"core.part_{n}\", \"key\": \"id\",
      \"image\": {{ \"table\": \"app.tv_part_{n}\", \"key\": \"id\", \"column\": \"data\", \"type\": \"Part{n}\" }} }}{comma}"
        );
        let _ = writeln!(
            types,
            "    \"Child{n}\": {{ \"fields\": {{ \"id\": \"ID!\", \"name\": \"String!\" }} }},
    \"Part{n}\": {{ \"fields\": {{ \"id\": \"ID!\", \"name\": \"String!\", \"note\": \"String\", \"price\": \"Decimal!\",
      \"stock\": \"Int!\", \"created_at\": \"DateTime!\", \"children\": \"[Child{n}!]!\" }} }}{comma}"
        );
        let _ = writeln!(
            inputs,
            "    \"CreatePart{n}Input\": {{ \"fields\": {{ \"name\": \"String!\", \"note\": \"String\", \"price\": \"Decimal!\", \"stock\": \"Int\" }} }},
    \"UpdatePart{n}Input\": {{ \"fields\": {{ \"name\": \"String\", \"price\": \"Decimal\", \"stock\": \"Int\" }} }}{comma}"
        );
        let _ = writeln!(
            mutations,
            "    \"createPart{n}\": {{
      \"function\": \"app.create_part_{n}\", \"arguments\": {{ \"input\": \"CreatePart{n}Input!\" }},
      \"success\": {{ \"part\": \"Part{n}!\" }}, \"errors\": [\"NAME_TAKEN\"],
      \"event\": {{ \"type\": \"PART_{n}_CREATED\", \"entity\": \"part_{n}\", \"operation\": \"CREATE\", \"id\": \"part.id\", \"after\": \"part\", \"logged_by\": \"function\" }}
    }},
    \"updatePart{n}\": {{
      \"function\": \"app.update_part_{n}\", \"arguments\": {{ \"part_id\": \"ID!\", \"input\": \"UpdatePart{n}Input!\" }},
      \"success\": {{ \"part\": \"Part{n}!\" }}, \"errors\": [\"NOT_FOUND\", \"NAME_TAKEN\"],
      \"event\": {{ \"type\": \"PART_{n}_UPDATED\", \"entity\": \"part_{n}\", \"operation\": \"UPDATE\", \"id\": \"$part_id\", \"after\": \"part\" }}
    }},
    \"deletePart{n}\": {{
      \"function\": \"app.delete_part_{n}\", \"arguments\": {{ \"part_id\": \"ID!\" }},
      \"success\": {{ \"part_id\": \"ID!\", \"part\": \"Part{n}!\" }}, \"errors\": [\"NOT_FOUND\"],
      \"event\": {{ \"type\": \"PART_{n}_DELETED\", \"entity\": \"part_{n}\", \"operation\": \"DELETE\", \"id\": \"$part_id\" }}
    }}{comma}"
        );
    }
    format!(
        "{{\n  \"version\": 1,\n  \"entities\": {{\n{declared}  }},\n  \"types\": {{\n{types}  }},\n  \"inputs\": {{\n{inputs}  }},\n  \"mutations\": {{\n{mutations}  }}\n}}\n"
    )
}
