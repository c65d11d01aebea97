        -- What was answered to calls with an idempotency key.
        CREATE TABLE {{schema}}.mutation_keys (
            function    text        NOT NULL,
            scope       text        NOT NULL,
            key         text        NOT NULL,
            fingerprint text        NOT NULL,
            response    jsonb       NOT NULL,
            success     boolean     NOT NULL,
            created_at  timestamptz NOT NULL DEFAULT now(),
            expires_at  timestamptz NOT NULL,

            CONSTRAINT mutation_keys_pkey PRIMARY KEY (function, scope, key)
        );
        CREATE INDEX mutation_keys_expires_at_idx ON {{schema}}.mutation_keys (expires_at);

        -- A consumer that reads a replication slot: its slot, up to where it has had the write-ahead log, and up to which event it reads
        -- the table first.
        ALTER TABLE {{schema}}.mutation_consumers ADD COLUMN slot text;
        ALTER TABLE {{schema}}.mutation_consumers ADD COLUMN lsn pg_lsn;
        ALTER TABLE {{schema}}.mutation_consumers ADD COLUMN table_to bigint;

        ALTER TABLE {{schema}}.mutation_parked ADD COLUMN passed_to bigint NOT NULL DEFAULT 0;

        -- How long events were on their way, by type: a row for a type, not for an event.
        CREATE TABLE {{schema}}.mutation_latencies (
            consumer   text             NOT NULL,
            event_type text             NOT NULL,
            events     bigint           NOT NULL,
            seconds    double precision NOT NULL,
            longest    double precision NOT NULL,
            counts     bigint[]         NOT NULL,
            since      timestamptz      NOT NULL DEFAULT now(),
            latest     timestamptz      NOT NULL DEFAULT now(),

            CONSTRAINT mutation_latencies_pkey PRIMARY KEY (consumer, event_type),
            CONSTRAINT mutation_latencies_consumer_fkey FOREIGN KEY (consumer)
                REFERENCES {{schema}}.mutation_consumers (consumer) ON DELETE CASCADE
        );
