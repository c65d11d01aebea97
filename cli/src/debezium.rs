//! `pgmutate debezium-config`.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use pgmutate_codegen::event_log;
use pgmutate_relay::connect::{Keys, RouterConnector};
use tokio_postgres::config::Host;

use crate::project::ProjectArgs;
use crate::report::{self, Failure};

/// Print the configuration with which Kafka Connect and Debezium's own connector read the event log.
#[derive(Args)]
pub(crate) struct DebeziumConfig {
    #[command(flatten)]
    project: ProjectArgs,
    /// What topics begin with: events go to `NAME.<entity type>.events`.
    #[arg(long)]
    name: String,
    /// The database, as the Connect worker reaches it. Its password is not written.
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// The environment variable of the Connect worker that holds the password.
    #[arg(long, value_name = "VARIABLE", default_value = "PGMUTATE_DATABASE_PASSWORD")]
    password_env: String,
    /// Which events, where the log has keys of both kinds.
    #[arg(long)]
    keys: Option<KeysArg>,
    /// Route what is in the log already, and not only what comes.
    #[arg(long)]
    from_beginning: bool,
    /// What to print.
    #[arg(long, default_value = "json")]
    format: FormatArg,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KeysArg {
    /// Events of entities whose key is one uuid.
    Uuid,
    /// All others.
    Other,
}

#[derive(Clone, Copy, ValueEnum)]
enum FormatArg {
    /// As it is posted to the `/connectors` of a worker.
    Json,
    /// A file of properties, for a standalone worker.
    Properties,
    /// The SQL of the publication, where the connector needs another one than the log's own.
    Sql,
}

impl DebeziumConfig {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let generated = self.project.project().generate();
        let entities = match &generated.manifest {
            Some(manifest) if !generated.files.is_empty() => event_log::entities(manifest, &generated.catalog)?,
            _ => {
                report::print(&generated.diagnostics, &generated.sources);
                return Err("the keys of the entities are not known: mend the mistakes above first".into());
            }
        };
        let schema = generated.manifest.as_ref().map(|manifest| manifest.log_schema.clone()).unwrap_or_default();
        let is_uuid = |entity: &event_log::Entity| matches!(&entity.key[..], [column] if column.data_type == "uuid");
        let (uuid, other) = (entities.iter().any(is_uuid), entities.iter().any(|entity| !is_uuid(entity)));
        let keys = match (self.keys, uuid, other) {
            (None, true, true) => {
                let other: Vec<_> =
                    entities.iter().filter(|entity| !is_uuid(entity)).map(|entity| &*entity.name).collect();
                return Err(format!(
                    "the keys of {} are no uuid, and a connector takes the key of a message from one column: make two \
                     connectors, one with `--keys uuid` and one with `--keys other`, each with its publication (`--format sql`)",
                    other.join(", ")
                )
                .into());
            }
            (None | Some(KeysArg::Other), false, true) | (Some(KeysArg::Other), true, true) => Keys::Other,
            (Some(KeysArg::Uuid), _, true) => Keys::UuidOnly,
            (Some(KeysArg::Other), _, false) => {
                return Err("the key of every entity is a uuid: leave `--keys other` out".into());
            }
            (None | Some(KeysArg::Uuid), _, false) => Keys::Uuid,
        };
        let database: tokio_postgres::Config =
            self.database_url.parse().map_err(|error| report::database("read the database's URL", &error))?;
        let host = match database.get_hosts() {
            [Host::Tcp(host)] => host.clone(),
            _ => return Err("the database's URL has to name one host that the Connect worker can reach".into()),
        };
        let missing =
            |what: &str| format!("the database's URL names no {what}: write postgres://user@host:5432/database");
        let connector = RouterConnector {
            name: self.name,
            host,
            port: database.get_ports().first().copied().unwrap_or(5432),
            user: database.get_user().ok_or_else(|| missing("user"))?.to_owned(),
            database: database.get_dbname().ok_or_else(|| missing("database"))?.to_owned(),
            password_env: self.password_env,
            schema,
            keys,
            from_beginning: self.from_beginning,
        };
        match self.format {
            FormatArg::Json => print!("{}", connector.json()),
            FormatArg::Properties => print!("{}", connector.properties()),
            FormatArg::Sql => match connector.publication_sql() {
                Some(sql) => print!("{sql}"),
                None => {
                    eprintln!("`pgmutate install` makes the publication `{}`: nothing to do", connector.publication());
                }
            },
        }
        Ok(ExitCode::SUCCESS)
    }
}
