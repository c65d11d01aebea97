//! A Redis server.

use std::ffi::OsString;
use std::path::Path;

use pgmutate_test_support::Error;

use crate::service::{Service, free_port, program};

/// A server of one's own, which writes everything to its disk before it answers.
pub struct Redis {
    service: Service,
    port: u16,
}

impl Redis {
    /// Starts a server. `settings` are lines of its configuration, such as `requirepass secret`.
    ///
    /// # Errors
    /// When the program is missing or does not start.
    pub async fn start(settings: &str) -> Result<Redis, Error> {
        let redis = program("redis-server", "redis-server")?;
        let port = free_port()?;
        let command = |folder: &Path| -> Vec<OsString> { vec![redis.into(), folder.join("redis.conf").into()] };
        let furnish = |folder: &Path| {
            let configuration = format!(
                "bind 127.0.0.1\nport {port}\ndir {}\nappendonly yes\nappendfsync always\nsave \"\"\n{settings}\n",
                folder.display()
            );
            std::fs::write(folder.join("redis.conf"), configuration)
        };
        let service = Service::start("redis", command, furnish)?;
        service.wait_for_port(port).await?;
        Ok(Redis { service, port })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
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
