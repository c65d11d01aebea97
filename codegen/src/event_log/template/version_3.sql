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
