        CREATE TABLE {{schema}}.mutation_log (
            only_row         boolean     NOT NULL DEFAULT true,
            version          integer     NOT NULL,
            identity         uuid        NOT NULL DEFAULT gen_random_uuid(),
            installed_at     timestamptz NOT NULL DEFAULT now(),
            partition_rows   bigint      NOT NULL DEFAULT 1000000,
            partitions_ahead integer     NOT NULL DEFAULT 4,
            partitioned_to   bigint      NOT NULL DEFAULT 1,

            CONSTRAINT mutation_log_pkey PRIMARY KEY (only_row),
            CONSTRAINT mutation_log_only_row_check CHECK (only_row),
            CONSTRAINT mutation_log_partition_rows_check CHECK (partition_rows > 0),
            CONSTRAINT mutation_log_partitions_ahead_check CHECK (partitions_ahead > 0)
        );

        CREATE TABLE {{schema}}.mutation_entities (
            entity_type    text   NOT NULL,
            table_schema   text   NOT NULL,
            table_name     text   NOT NULL,
            key_columns    text[] NOT NULL,
            image_function text,

            CONSTRAINT mutation_entities_pkey PRIMARY KEY (entity_type)
        );

        -- A domain costs an INSERT less than a check constraint, which is prepared again for every statement.
        CREATE DOMAIN {{schema}}.mutation_operation AS text
            CONSTRAINT mutation_operation_check CHECK (VALUE IN ('CREATE', 'UPDATE', 'DELETE'));

        -- Partitioned by event_id, which keeps the primary key: old events leave by dropping a partition.
        CREATE TABLE {{schema}}.mutation_events (
            event_id        bigint      NOT NULL GENERATED ALWAYS AS IDENTITY (CACHE 1),
            event_type      text        NOT NULL,
            entity_type     text        NOT NULL,
            entity_id       uuid,
            entity_key      jsonb,
            operation       {{schema}}.mutation_operation NOT NULL,
            payload         jsonb       NOT NULL,
            source          jsonb       NOT NULL,
            event_timestamp timestamptz NOT NULL DEFAULT clock_timestamp(),
            transaction_id  bigint      NOT NULL DEFAULT txid_current(),

            CONSTRAINT mutation_events_pkey PRIMARY KEY (event_id)
        ) PARTITION BY RANGE (event_id);

        -- The cheapest of their kind, measured: each is paid for by every mutation.
        CREATE INDEX mutation_events_entity_id_idx ON {{schema}}.mutation_events (entity_id);
        CREATE INDEX mutation_events_entity_key_idx ON {{schema}}.mutation_events USING hash (entity_key) WHERE entity_key IS NOT NULL;
        CREATE INDEX mutation_events_event_timestamp_idx ON {{schema}}.mutation_events USING brin (event_timestamp);

        -- Where events go when nobody made partitions in time: a mutation never fails for that.
        CREATE TABLE {{schema}}.mutation_events_default PARTITION OF {{schema}}.mutation_events DEFAULT;

        INSERT INTO {{schema}}.mutation_log (version) VALUES (1);
