DO $pgmutate$
DECLARE
    images CONSTANT text[] := {{image_functions}};
    image  text;
BEGIN
    FOREACH image IN ARRAY images LOOP
        IF to_regprocedure(image) IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM {{schema}}.mutation_entities AS entity WHERE entity.image_function = image)
        THEN
            RAISE EXCEPTION 'the function `%` is there already, and pgmutate did not make it', image
                USING ERRCODE = 'duplicate_function',
                      HINT = 'rename the function or the entity';
        END IF;
    END LOOP;

    FOR image IN
        SELECT entity.image_function
        FROM {{schema}}.mutation_entities AS entity
        WHERE entity.image_function IS NOT NULL AND entity.image_function <> ALL (images)
    LOOP
        EXECUTE 'DROP FUNCTION IF EXISTS ' || image;
    END LOOP;

    DELETE FROM {{schema}}.mutation_entities AS entity WHERE entity.entity_type <> ALL ({{entity_types}});
END;
$pgmutate$;
