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

        -- Partitioned by event_id, which keeps the primary key: old events leave by dropping a partition.
        CREATE TABLE {{schema}}.mutation_events (
            event_id        bigint      NOT NULL GENERATED ALWAYS AS IDENTITY (CACHE 1),
            event_type      text        NOT NULL,
            entity_type     text        NOT NULL,
            entity_id       uuid,
            entity_key      jsonb,
            operation       text        NOT NULL,
            payload         jsonb       NOT NULL,
            source          jsonb       NOT NULL,
            event_timestamp timestamptz NOT NULL DEFAULT clock_timestamp(),
            transaction_id  bigint      NOT NULL DEFAULT txid_current(),

            CONSTRAINT mutation_events_pkey PRIMARY KEY (event_id),
            CONSTRAINT mutation_events_operation_check CHECK (operation IN ('CREATE', 'UPDATE', 'DELETE')),
            CONSTRAINT mutation_events_entity_check CHECK (num_nonnulls(entity_id, entity_key) > 0)
        ) PARTITION BY RANGE (event_id);

        -- Where events go when nobody made partitions in time: a mutation never fails for that.
        CREATE TABLE {{schema}}.mutation_events_default PARTITION OF {{schema}}.mutation_events DEFAULT;

        INSERT INTO {{schema}}.mutation_log (version) VALUES (1);
