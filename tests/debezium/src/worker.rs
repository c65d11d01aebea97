//! Debezium's own connector, in a real Kafka Connect worker.

use std::ffi::OsString;
use std::path::Path;

use std::time::{Duration, Instant};

use pgmutate_relay::connect::{Keys, RouterConnector};
use pgmutate_test_services::{Jars, Kafka, Service, java};
use pgmutate_test_support::Database;
use tokio_postgres::Client;
use tokio_postgres::config::Host;

/// What a worker is tuned for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Speed {
    /// To be there soon.
    Short,
    /// To do as much as it can: Java's own defaults.
    Full,
}

/// The variable in which a worker has the password of its connectors.
const PASSWORD: &str = "PGMUTATE_DATABASE_PASSWORD";

/// A connector for the log of a database.
///
/// # Panics
/// When the database cannot be reached by TCP.
#[must_use]
pub fn connector(database: &Database, name: &str, keys: Keys, from_beginning: bool) -> RouterConnector {
    let config = database.tcp_config().unwrap();
    let Host::Tcp(host) = &config.get_hosts()[0] else { panic!("{config:?}") };
    RouterConnector {
        name: name.to_owned(),
        host: host.clone(),
        port: config.get_ports()[0],
        user: config.get_user().unwrap().to_owned(),
        database: config.get_dbname().unwrap().to_owned(),
        password_env: PASSWORD.to_owned(),
        schema: "app".to_owned(),
        keys,
        from_beginning,
    }
}

/// Waits until so many connectors of a worker read their slots, the only ones of the server that are read.
///
/// # Panics
/// When that takes longer than three minutes.
pub async fn streams(worker: &Service, client: &Client, connectors: i64) {
    let active = "SELECT count(*) FROM pg_replication_slots WHERE active";
    let begin = Instant::now();
    while client.query_one(active, &[]).await.unwrap().get::<_, i64>(0) != connectors {
        assert!(begin.elapsed() < Duration::from_secs(180), "the connectors do not stream:\n{}", worker.log());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// A Kafka Connect worker with these connectors of a database.
///
/// # Panics
/// When something of it is missing.
#[must_use]
pub fn worker(kafka: &Kafka, database: &Database, connectors: &[RouterConnector], speed: Speed) -> Service {
    let password = String::from_utf8(database.tcp_config().unwrap().get_password().unwrap().to_vec()).unwrap();
    let (jars, plugin) = (Jars::Kafka.folder().unwrap().join("*"), Jars::Debezium.folder().unwrap());
    let mut java = java(384, &[jars]).unwrap();
    if speed == Speed::Full {
        java.retain(|option| !option.to_string_lossy().starts_with("-XX:"));
    }
    let command = |folder: &Path| {
        let mut command: Vec<OsString> = vec!["env".into(), format!("{PASSWORD}={password}").into()];
        command.extend(java);
        command.push("org.apache.kafka.connect.cli.ConnectStandalone".into());
        command.push(folder.join("worker.properties").into());
        command.extend(connectors.iter().map(|connector| folder.join(connector.connector_name()).into()));
        command
    };
    let furnish = |folder: &Path| {
        std::fs::create_dir(folder.join("plugins"))?;
        std::os::unix::fs::symlink(&plugin, folder.join("plugins/debezium"))?;
        let folder_name = folder.display();
        let properties = format!(
            "bootstrap.servers={}
key.converter=org.apache.kafka.connect.json.JsonConverter
value.converter=org.apache.kafka.connect.json.JsonConverter
offset.storage.file.filename={folder_name}/offsets
offset.flush.interval.ms=1000
plugin.path={folder_name}/plugins
plugin.discovery=service_load
listeners=http://127.0.0.1:0
config.providers=env
config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider
",
            kafka.brokers()
        );
        std::fs::write(folder.join("worker.properties"), properties)?;
        for (at, connector) in connectors.iter().enumerate() {
            // The worker takes both forms.
            let text = if at == 0 { connector.json() } else { connector.properties() };
            std::fs::write(folder.join(connector.connector_name()), text)?;
        }
        Ok(())
    };
    Service::start("connect", command, furnish).unwrap()
}
