CREATE SCHEMA app;

CREATE TABLE app.note (id uuid PRIMARY KEY, body text NOT NULL, author text);
CREATE TABLE app.kept_note (id uuid PRIMARY KEY, data jsonb NOT NULL);

CREATE TABLE app.archived_note (id uuid PRIMARY KEY, body text NOT NULL, author text);

-- An absent key leaves its column, a null clears it. Gives the note as it is then; nulls where there is none.
CREATE FUNCTION app.change(note_id uuid, input jsonb) RETURNS app.note LANGUAGE plpgsql AS $$
DECLARE
    changed app.note;
BEGIN
    UPDATE app.note AS n
    SET body = CASE WHEN input ? 'body' THEN input ->> 'body' ELSE n.body END,
        author = CASE WHEN input ? 'author' THEN input ->> 'author' ELSE n.author END
    WHERE n.id = note_id
    RETURNING n.* INTO changed;
    UPDATE app.kept_note AS kept
    SET data = jsonb_build_object('id', changed.id, 'body', changed.body, 'author', changed.author)
    WHERE kept.id = note_id;
    RETURN changed;
END;
$$;

-- The same, for the last time.
CREATE FUNCTION app.archive(note_id uuid, input jsonb) RETURNS app.note LANGUAGE plpgsql AS $$
DECLARE
    changed app.note := app.change(note_id, input);
BEGIN
    INSERT INTO app.archived_note SELECT n.* FROM app.note AS n WHERE n.id = note_id;
    DELETE FROM app.note AS n WHERE n.id = note_id;
    DELETE FROM app.kept_note AS kept WHERE kept.id = note_id;
    RETURN changed;
END;
$$;

CREATE FUNCTION app.change_flat(note_id uuid, input jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    changed app.note := app.change(note_id, input);
BEGIN
    IF changed.id IS NULL THEN
        RETURN jsonb_build_object('success', false, 'code', 'NOT_FOUND', 'message', 'there is no such note');
    END IF;
    RETURN jsonb_build_object(
        'success', true, 'code', 'SUCCESS', 'message', NULL,
        'note', jsonb_build_object('id', changed.id, 'body', changed.body, 'author', changed.author)
    );
END;
$$;

CREATE TYPE app.outcome AS (succeeded boolean, code text, message text, note app.note);

CREATE FUNCTION app.change_composite(note_id uuid, input jsonb) RETURNS app.outcome LANGUAGE plpgsql AS $$
DECLARE
    changed app.note := app.change(note_id, input);
BEGIN
    IF changed.id IS NULL THEN
        RETURN ROW(false, 'NOT_FOUND', 'there is no such note', NULL)::app.outcome;
    END IF;
    RETURN ROW(true, 'SUCCESS', NULL, changed)::app.outcome;
END;
$$;

CREATE FUNCTION app.change_row(note_id uuid, input jsonb) RETURNS app.note LANGUAGE plpgsql AS $$
BEGIN
    RETURN app.change(note_id, input);
END;
$$;

CREATE FUNCTION app.archive_list(note_id uuid, input jsonb) RETURNS SETOF app.note LANGUAGE plpgsql AS $$
BEGIN
    PERFORM app.archive(note_id, input);
    RETURN QUERY SELECT n.id, n.body, n.author FROM app.archived_note AS n WHERE n.id = note_id;
END;
$$;

CREATE FUNCTION app.archive_out(note_id uuid, input jsonb, OUT body text, OUT author text) LANGUAGE plpgsql AS $$
DECLARE
    archived app.note := app.archive(note_id, input);
BEGIN
    body := archived.body;
    author := archived.author;
END;
$$;

CREATE FUNCTION app.archive_scalar(note_id uuid, input jsonb) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    archived app.note := app.archive(note_id, input);
BEGIN
    RETURN length(archived.body);
END;
$$;

CREATE FUNCTION app.archive_void(note_id uuid, input jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    archived app.note := app.archive(note_id, input);
BEGIN
    IF archived.id IS NULL THEN
        RAISE EXCEPTION 'there is no such note' USING ERRCODE = 'no_data_found';
    END IF;
END;
$$;
