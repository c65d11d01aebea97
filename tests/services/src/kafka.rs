//! A Kafka 4 broker: one process that is its own controller.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use pgmutate_test_support::Error;

use crate::java::{Jars, java};
use crate::service::{Service, free_port};

/// A user that the broker knows, on the listener that asks for one.
pub const USER: &str = "relay";
/// Its password.
pub const PASSWORD: &str = "relay-secret";

/// The file of the certificate in the broker's folder.
const CERTIFICATE: &str = "certificate.pem";

/// A broker of one's own.
pub struct Kafka {
    service: Service,
    plain: u16,
    authenticated: u16,
    encrypted: Option<u16>,
}

impl Kafka {
    /// Starts a broker. With `settings` of its own as well, such as `("message.max.bytes", "2000")`.
    ///
    /// # Errors
    /// When Java or the jars are missing, or it does not start.
    pub async fn start(settings: &[(&str, &str)]) -> Result<Kafka, Error> {
        Kafka::start_with(settings, None, None).await
    }

    /// Starts a broker that has a key and its certificate for TLS, both as PEM, and tells clients to come to the port `advertised`.
    ///
    /// # Errors
    /// As [`Kafka::start`].
    pub async fn start_with(
        settings: &[(&str, &str)],
        certificate: Option<(&str, &str)>,
        advertised: Option<u16>,
    ) -> Result<Kafka, Error> {
        let jars = Jars::Kafka.folder()?.join("*");
        let (plain, inner, authenticated, controller) = (free_port()?, free_port()?, free_port()?, free_port()?);
        let encrypted = certificate.map(|_| free_port()).transpose()?;
        let java = java(384, &[jars])?;
        let command = |folder: &Path| {
            // The second argument and what follows is the beginning of every Java command.
            let script = "file=$1; shift
                [ -e data ] || \"$@\" kafka.tools.StorageTool format -t AAAAAAAAAAAAAAAAAAAAAQ -c \"$file\" || exit 1
                exec \"$@\" kafka.Kafka \"$file\"";
            let mut command: Vec<OsString> = ["sh", "-c", script, "kafka"].map(OsString::from).into();
            command.push(folder.join("server.properties").into());
            command.extend(java);
            command
        };
        let furnish = |folder: &Path| {
            let encrypted_listener = encrypted.map(|port| format!(",TLS://127.0.0.1:{port}")).unwrap_or_default();
            let advertised = advertised.unwrap_or(plain);
            let mut properties = format!(
                "process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
inter.broker.listener.name=INNER
listeners=PLAIN://127.0.0.1:{plain},INNER://127.0.0.1:{inner},USERS://127.0.0.1:{authenticated},CONTROLLER://127.0.0.1:{controller}{encrypted_listener}
advertised.listeners=PLAIN://127.0.0.1:{advertised},INNER://127.0.0.1:{inner},USERS://127.0.0.1:{authenticated}{encrypted_listener}
listener.security.protocol.map=PLAIN:PLAINTEXT,INNER:PLAINTEXT,USERS:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SSL
sasl.enabled.mechanisms=PLAIN
listener.name.users.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_{USER}=\"{PASSWORD}\";
log.dirs={}
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
offsets.topic.num.partitions=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
num.partitions=3
",
                folder.join("data").display()
            );
            if let Some((key, certificate)) = certificate {
                let file = folder.join("broker.pem");
                let (kind, location) = ("listener.name.tls.ssl.keystore.type=PEM", file.display());
                properties.push_str(&format!("{kind}\nlistener.name.tls.ssl.keystore.location={location}\n"));
                std::fs::write(&file, [key, certificate].concat())?;
                std::fs::write(folder.join(CERTIFICATE), certificate)?;
            }
            for (name, value) in settings {
                properties.push_str(&format!("{name}={value}\n"));
            }
            std::fs::write(folder.join("server.properties"), properties)
        };
        let service = Service::start("kafka", command, furnish)?;
        let kafka = Kafka { service, plain, authenticated, encrypted };
        kafka.wait().await?;
        Ok(kafka)
    }

    /// Waits until it answers, after a start.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn wait(&self) -> Result<(), Error> {
        self.service.wait_for_port(self.plain).await
    }

    /// Where everyone may connect.
    #[must_use]
    pub fn brokers(&self) -> String {
        format!("127.0.0.1:{}", self.plain)
    }

    /// Where only [`USER`] may connect, by `SASL_PLAINTEXT` and `PLAIN`.
    #[must_use]
    pub fn authenticated(&self) -> String {
        format!("127.0.0.1:{}", self.authenticated)
    }

    /// Where connections are encrypted, if it was given a certificate.
    #[must_use]
    pub fn encrypted(&self) -> Option<String> {
        self.encrypted.map(|port| format!("127.0.0.1:{port}"))
    }

    /// The file of its certificate, if it was given one.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.service.folder().join(CERTIFICATE)
    }

    /// The port of [`Kafka::brokers`].
    #[must_use]
    pub fn port(&self) -> u16 {
        self.plain
    }

    /// The program itself.
    #[must_use]
    pub fn service(&self) -> &Service {
        &self.service
    }
}
