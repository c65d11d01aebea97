        -- Up to here events may have been dropped: who has not come so far has missed some.
        ALTER TABLE {{schema}}.mutation_log ADD COLUMN pruned_to bigint NOT NULL DEFAULT 0;

        -- How far each consumer has come: a row for a consumer, not for an event.
        CREATE TABLE {{schema}}.mutation_consumers (
            consumer   text        NOT NULL,
            position   bigint      NOT NULL,
            delivered  bigint      NOT NULL DEFAULT 0,
            created_at timestamptz NOT NULL DEFAULT now(),
            moved_at   timestamptz NOT NULL DEFAULT now(),

            CONSTRAINT mutation_consumers_pkey PRIMARY KEY (consumer),
            CONSTRAINT mutation_consumers_position_check CHECK (position >= 0)
        );

        -- Entities of which an event could not be delivered. It and all later ones of the entity wait; they stay in the log.
        CREATE TABLE {{schema}}.mutation_parked (
            consumer    text        NOT NULL,
            entity_type text        NOT NULL,
            entity_id   uuid,
            entity_key  jsonb,
            entity      text        NOT NULL,
            event_id    bigint      NOT NULL,
            event_type  text        NOT NULL,
            reason      text        NOT NULL,
            attempts    integer     NOT NULL,
            parked_at   timestamptz NOT NULL DEFAULT now(),
            release     text,

            CONSTRAINT mutation_parked_pkey PRIMARY KEY (consumer, entity_type, entity),
            CONSTRAINT mutation_parked_consumer_fkey FOREIGN KEY (consumer)
                REFERENCES {{schema}}.mutation_consumers (consumer) ON DELETE CASCADE,
            CONSTRAINT mutation_parked_entity_check CHECK (entity_id IS NOT NULL OR entity_key IS NOT NULL),
            CONSTRAINT mutation_parked_release_check CHECK (release IN ('replay', 'skip'))
        );
