CREATE SCHEMA IF NOT EXISTS app;

CREATE TYPE app.task_state AS ENUM ('OPEN', 'DONE');

CREATE TABLE app.task (
    id         uuid           PRIMARY KEY DEFAULT gen_random_uuid(),
    title      text           NOT NULL CHECK (title <> ''),
    state      app.task_state NOT NULL DEFAULT 'OPEN',
    created_at timestamptz    NOT NULL DEFAULT now()
);

CREATE FUNCTION app.task_document(task app.task) RETURNS jsonb
LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object(
        'id', task.id, 'title', task.title, 'state', task.state, 'created_at', task.created_at
    );
$$;

CREATE FUNCTION app.add_task(title text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    added app.task;
BEGIN
    INSERT INTO app.task (title) VALUES (add_task.title) RETURNING * INTO added;
    RETURN app.build_mutation_response(
        true, 'SUCCESS', 'task added', jsonb_build_object('task', app.task_document(added))
    );
END;
$$;
COMMENT ON FUNCTION app.add_task IS 'Adds a task, which is open.';

CREATE FUNCTION app.complete_task(task_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    done app.task;
BEGIN
    UPDATE app.task AS task SET state = 'DONE' WHERE task.id = task_id RETURNING task.* INTO done;
    IF done.id IS NULL THEN
        RETURN app.build_mutation_response(false, 'NOT_FOUND', 'there is no such task', NULL);
    END IF;
    RETURN app.build_mutation_response(
        true, 'SUCCESS', 'task done', jsonb_build_object('task', app.task_document(done))
    );
END;
$$;
COMMENT ON FUNCTION app.complete_task IS 'Says that a task is done.';
