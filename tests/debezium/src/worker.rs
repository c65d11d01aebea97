//! Debezium's own connector, in a real Kafka Connect worker.

use std::ffi::OsString;
use std::path::Path;

use pgmutate_relay::connect::RouterConnector;
use pgmutate_test_services::{Jars, Kafka, Service, java};

/// What a worker is tuned for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Speed {
    /// To be there soon.
    Short,
    /// To do as much as it can: Java's own defaults.
    Full,
}

/// A Kafka Connect worker with these connectors.
///
/// # Panics
/// When something of it is missing.
#[must_use]
pub fn worker(kafka: &Kafka, connectors: &[RouterConnector], password: &str, speed: Speed) -> Service {
    let (jars, plugin) = (Jars::Kafka.folder().unwrap().join("*"), Jars::Debezium.folder().unwrap());
    let mut java = java(384, &[jars]).unwrap();
    if speed == Speed::Full {
        java.retain(|option| !option.to_string_lossy().starts_with("-XX:"));
    }
    let command = |folder: &Path| {
        let mut command: Vec<OsString> = vec!["env".into(), format!("PGMUTATE_DATABASE_PASSWORD={password}").into()];
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
