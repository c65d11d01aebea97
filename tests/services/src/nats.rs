//! A NATS server with JetStream.

use std::ffi::OsString;
use std::path::Path;

use pgmutate_test_support::Error;

use crate::service::{Service, free_port, program};

/// A server of one's own.
pub struct Nats {
    service: Service,
    port: u16,
}

impl Nats {
    /// Starts a server. `settings` are lines of its configuration beside JetStream's own, such as `max_payload: 4096`.
    ///
    /// # Errors
    /// When the program is missing or does not start.
    pub async fn start(settings: &str) -> Result<Nats, Error> {
        let nats = program("nats-server", "nats-server")?;
        let port = free_port()?;
        let command =
            |folder: &Path| -> Vec<OsString> { vec![nats.into(), "--config".into(), folder.join("nats.conf").into()] };
        let furnish = |folder: &Path| {
            let store = folder.join("store");
            let configuration = format!(
                "listen: \"127.0.0.1:{port}\"\njetstream {{ store_dir: \"{}\" }}\n{settings}\n",
                store.display()
            );
            std::fs::write(folder.join("nats.conf"), configuration)
        };
        let service = Service::start("nats", command, furnish)?;
        service.wait_for_port(port).await?;
        Ok(Nats { service, port })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// The port on which it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The program itself.
    #[must_use]
    pub fn service(&self) -> &Service {
        &self.service
    }
}
