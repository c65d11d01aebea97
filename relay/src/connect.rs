//! The configuration with which Kafka Connect reads the event log: Debezium's own connector for PostgreSQL, and its Outbox Event
//! Router.
//!
//! What is set, and why, was found with the real ones (`tests/debezium`): the document of an event arrives byte for byte only where it
//! is not expanded and not converted; nothing but the log's publication is read; and the connector makes no publication of its own.

use crate::document::write_string;

/// Which events a connector routes. The router takes the key of a message from one column, and an entity's key is in one of two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keys {
    /// All of a log in which every key is a uuid.
    Uuid,
    /// Of a log that has both, those whose key is a uuid.
    UuidOnly,
    /// Those whose key is something else: `{"tenant": 7, "code": "A"}`.
    Other,
}

/// A connector that routes the events of a log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RouterConnector {
    /// What topics begin with: events go to `<name>.<entity type>.events`.
    pub name: String,
    /// The server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The user, who has the right `REPLICATION` and may read the log.
    pub user: String,
    /// The database.
    pub database: String,
    /// The environment variable of the Connect worker that holds the user's password.
    pub password_env: String,
    /// The schema of the log.
    pub schema: String,
    /// Which events it routes.
    pub keys: Keys,
    /// Whether what is in the log already is routed first.
    pub from_beginning: bool,
}

impl RouterConnector {
    /// The name under which Kafka Connect has it.
    #[must_use]
    pub fn connector_name(&self) -> String {
        format!("{}-mutation-events{}", self.name, self.suffix().replace('_', "-"))
    }

    fn suffix(&self) -> &'static str {
        match self.keys {
            Keys::Uuid => "",
            Keys::UuidOnly => "_uuid",
            Keys::Other => "_other",
        }
    }

    /// The rows that it routes, where that is not all.
    fn rows(&self) -> Option<&'static str> {
        match self.keys {
            Keys::Uuid => None,
            Keys::UuidOnly => Some("entity_id IS NOT NULL"),
            Keys::Other => Some("entity_id IS NULL"),
        }
    }

    /// What it reads of the log that is there, in the order of the events. A publication has no say in that.
    fn snapshot_query(&self) -> String {
        let rows = self.rows().map(|rows| format!(" WHERE {rows}")).unwrap_or_default();
        format!("SELECT * FROM {}.mutation_events{rows} ORDER BY event_id", quoted(&self.schema))
    }

    /// The publication that it reads: the log's own, or one of those that [`RouterConnector::publication_sql`] makes.
    #[must_use]
    pub fn publication(&self) -> String {
        format!("pgmutate_{}{}", self.schema, self.suffix())
    }

    /// The SQL of a publication with a part of the log's events, where this connector needs one. PostgreSQL 15 or newer.
    #[must_use]
    pub fn publication_sql(&self) -> Option<String> {
        let rows = self.rows()?;
        Some(format!(
            "CREATE PUBLICATION {} FOR TABLE {}.mutation_events WHERE ({rows})\n    WITH (publish = 'insert', publish_via_partition_root = true);\n",
            quoted(&self.publication()),
            quoted(&self.schema)
        ))
    }

    /// Its settings, in the order in which they are to be read.
    #[must_use]
    pub fn settings(&self) -> Vec<(String, String)> {
        let key_column = if self.keys == Keys::Other { "entity_key" } else { "entity_id" };
        // Names of PostgreSQL are patterns here, and the slot's name allows only these letters.
        let slot: String = format!("debezium_{}{}", self.name, self.suffix())
            .to_lowercase()
            .chars()
            .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '_' })
            .take(63)
            .collect();
        let table = format!("{}\\.mutation_events", escaped(&self.schema));
        let mut settings = [
            ("connector.class", "io.debezium.connector.postgresql.PostgresConnector".to_owned()),
            ("tasks.max", "1".to_owned()),
            ("database.hostname", self.host.clone()),
            ("database.port", self.port.to_string()),
            ("database.user", self.user.clone()),
            // The worker needs config.providers=env and config.providers.env.class=...EnvVarConfigProvider for that.
            ("database.password", format!("${{env:{}}}", self.password_env)),
            ("database.dbname", self.database.clone()),
            ("topic.prefix", self.name.clone()),
            ("plugin.name", "pgoutput".to_owned()),
            ("publication.name", self.publication()),
            ("publication.autocreate.mode", "disabled".to_owned()),
            ("slot.name", slot),
            ("snapshot.mode", if self.from_beginning { "initial" } else { "no_data" }.to_owned()),
            ("table.include.list", table.clone()),
            // Messages of other programs in the write-ahead log are none of ours.
            ("message.prefix.exclude.list", ".*".to_owned()),
            ("tombstones.on.delete", "false".to_owned()),
            // Without it the slot of a quiet log keeps the write-ahead log of a busy database.
            ("heartbeat.interval.ms", "10000".to_owned()),
            ("key.converter", "org.apache.kafka.connect.storage.StringConverter".to_owned()),
            ("value.converter", "org.apache.kafka.connect.storage.StringConverter".to_owned()),
            ("header.converter", "org.apache.kafka.connect.storage.StringConverter".to_owned()),
            ("predicates", "events".to_owned()),
            ("predicates.events.type", "org.apache.kafka.connect.transforms.predicates.TopicNameMatches".to_owned()),
            ("predicates.events.pattern", format!("{}\\.{table}", escaped(&self.name))),
            ("transforms", "outbox".to_owned()),
            ("transforms.outbox.type", "io.debezium.transforms.outbox.EventRouter".to_owned()),
            ("transforms.outbox.predicate", "events".to_owned()),
            ("transforms.outbox.table.field.event.id", "event_id".to_owned()),
            ("transforms.outbox.table.field.event.key", key_column.to_owned()),
            ("transforms.outbox.table.field.event.payload", "payload".to_owned()),
            // Expanded, 12.50 becomes 12.5, and 123456789012345678901234.12 becomes 1.2345678901234569E23.
            ("transforms.outbox.table.expand.json.payload", "false".to_owned()),
            ("transforms.outbox.route.by.field", "entity_type".to_owned()),
            ("transforms.outbox.route.topic.replacement", format!("{}.${{routedByValue}}.events", self.name)),
            (
                "transforms.outbox.table.fields.additional.placement",
                "event_type:header:event_type,entity_type:header:entity_type,operation:header:operation,\
                 transaction_id:header:transaction_id,event_timestamp:header:event_timestamp"
                    .to_owned(),
            ),
            ("transforms.outbox.table.op.invalid.behavior", "error".to_owned()),
        ]
        .map(|(name, value): (&str, String)| (name.to_owned(), value))
        .to_vec();
        if self.from_beginning {
            let (name, table) = ("snapshot.select.statement.overrides", format!("{}.mutation_events", self.schema));
            settings.push((format!("{name}.{table}"), self.snapshot_query()));
            settings.push((name.to_owned(), table));
        }
        settings
    }

    /// As it is posted to the `/connectors` of a Connect worker.
    #[must_use]
    pub fn json(&self) -> String {
        let mut out = b"{\n  \"name\": ".to_vec();
        write_string(&self.connector_name(), &mut out);
        out.extend_from_slice(b",\n  \"config\": {");
        for (at, (name, value)) in self.settings().into_iter().enumerate() {
            out.extend_from_slice(if at > 0 { b",\n    " } else { b"\n    " });
            write_string(&name, &mut out);
            out.extend_from_slice(b": ");
            write_string(&value, &mut out);
        }
        out.extend_from_slice(b"\n  }\n}\n");
        String::from_utf8_lossy(&out).into_owned()
    }

    /// As a file of properties, for a standalone worker.
    #[must_use]
    pub fn properties(&self) -> String {
        let name = [("name".to_owned(), self.connector_name())];
        let lines = name.into_iter().chain(self.settings());
        lines.map(|(name, value)| format!("{name}={}\n", value.replace('\\', "\\\\"))).collect()
    }
}

/// A name as SQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text that a pattern of Java's matches as it is.
fn escaped(text: &str) -> String {
    text.chars().map(|c| if c.is_alphanumeric() || c == '_' { c.to_string() } else { format!("\\{c}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connector(keys: Keys) -> RouterConnector {
        RouterConnector {
            name: "shop".to_owned(),
            host: "db".to_owned(),
            port: 5432,
            user: "debezium".to_owned(),
            database: "shop".to_owned(),
            password_env: "PASSWORD".to_owned(),
            schema: "app".to_owned(),
            keys,
            from_beginning: false,
        }
    }

    #[test]
    fn both_forms_hold_every_setting() {
        let connector = connector(Keys::Uuid);
        let json: serde_json::Value = serde_json::from_str(&connector.json()).unwrap();
        let properties = connector.properties();
        assert_eq!(json["name"], "shop-mutation-events");
        for (name, value) in connector.settings() {
            assert_eq!(json["config"][&name], value, "{name}");
            assert!(properties.contains(&format!("\n{name}={}\n", value.replace('\\', "\\\\"))), "{name}");
        }
        assert_eq!(json["config"]["predicates.events.pattern"], r"shop\.app\.mutation_events");
        assert!(properties.contains(r"predicates.events.pattern=shop\\.app\\.mutation_events"), "{properties}");
    }

    #[test]
    fn a_log_with_both_kinds_of_keys_needs_a_publication_for_each() {
        assert_eq!(connector(Keys::Uuid).publication_sql(), None);
        let sql = connector(Keys::Other).publication_sql().unwrap();
        assert!(
            sql.starts_with(
                r#"CREATE PUBLICATION "pgmutate_app_other" FOR TABLE "app".mutation_events WHERE (entity_id IS NULL)"#
            ),
            "{sql}"
        );
        let settings = connector(Keys::Other).settings();
        let value = |name| settings.iter().find(|(setting, _)| setting == name).unwrap().1.as_str();
        assert_eq!(value("transforms.outbox.table.field.event.key"), "entity_key");
        assert_eq!(value("slot.name"), "debezium_shop_other");
        assert_eq!(value("publication.name"), "pgmutate_app_other");
        let settings = RouterConnector { from_beginning: true, ..connector(Keys::Other) }.settings();
        let query =
            settings.iter().find(|(setting, _)| setting == "snapshot.select.statement.overrides.app.mutation_events");
        assert_eq!(
            query.unwrap().1,
            r#"SELECT * FROM "app".mutation_events WHERE entity_id IS NULL ORDER BY event_id"#
        );
    }
}
