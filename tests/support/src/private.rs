//! A server that is ours alone: made, started, stopped and removed by its guard.

use std::ffi::OsString;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio_postgres::Config;

use crate::Error;
use crate::account::Account;
use crate::guard::Guard;
use crate::installation::Installation;
use crate::random;
use crate::server::Shutdown;

const SCRIPT: &str = include_str!("guard.sh");

/// How often a start is tried again after another program was faster to take the port.
const ATTEMPTS: usize = 10;

/// What every private server is set to. Nothing in it outlives the test, so nothing needs to reach the disk; the rest
/// is for the same behaviour on every machine and for tests that open many connections at once.
const SETTINGS: [(&str, &str); 7] = [
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("listen_addresses", "127.0.0.1"),
    ("log_timezone", "UTC"),
    ("max_connections", "200"),
    ("timezone", "UTC"),
    ("unix_socket_permissions", "0700"),
];

/// A running private server.
pub(crate) struct PrivateServer {
    folder: PathBuf,
    port: u16,
    password: String,
    guard: Mutex<Guard>,
}

impl PrivateServer {
    /// Makes a server from `installation` and starts it. `settings` overrule ours.
    pub(crate) fn start(
        installation: &Installation,
        account: &Account,
        settings: &[(String, String)],
    ) -> Result<PrivateServer, Error> {
        let folder = account.folder(std::env::temp_dir(), &format!("pgmutate-{}", random::hex::<8>()?));
        let password = random::hex::<16>()?;
        let ours = SETTINGS.iter().map(|(name, value)| setting(name, value));
        let socket = setting("unix_socket_directories", &format!("\"{}\"", folder.display()));
        let theirs = settings.iter().map(|(name, value)| setting(name, value));
        let arguments = [folder.clone().into_os_string(), installation.bin.clone().into_os_string()];
        let settings = ours.chain([socket]).chain(theirs).map(OsString::from);
        let mut guard = Guard::start(SCRIPT, account, arguments.into_iter().chain(settings), [])?;
        if !guard.ask(&format!("create {password}"))? {
            let log = last_line(&folder);
            return Err(Error::new(format!("`initdb` of `{}` failed: {log}", installation.bin.display())));
        }
        let port = start_on_free_port(&mut guard, &folder)?;
        Ok(PrivateServer { folder, port, password, guard: Mutex::new(guard) })
    }

    /// Stops the server in the manner of `shutdown` and starts it again, on the same port with the same data.
    pub(crate) fn restart(&self, shutdown: Shutdown) -> Result<(), Error> {
        let mut guard = self.guard();
        let mode = match shutdown {
            Shutdown::Fast => "fast",
            Shutdown::Immediate => "immediate",
        };
        guard.ask(&format!("stop {mode}"))?;
        let mut attempts = 0;
        while !guard.ask(&format!("start {}", self.port))? {
            attempts += 1;
            // The processes of a killed server take a moment to notice, and hold its shared memory until then.
            if attempts == ATTEMPTS {
                return Err(start_failed(&self.folder));
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        Ok(())
    }

    /// The process id of the server's first process.
    pub(crate) fn pid(&self) -> Result<u32, Error> {
        let file = self.folder.join("data/postmaster.pid");
        let text = fs::read_to_string(&file)
            .map_err(|error| Error::new(format!("the private server does not run: `{}`: {error}", file.display())))?;
        let line = text.lines().next().unwrap_or_default();
        line.parse().map_err(|_| Error::new(format!("no process id in `{}`", file.display())))
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// How to reach it through the Unix socket, where everyone who can open the folder is trusted.
    pub(crate) fn socket_config(&self) -> Config {
        let mut config = Config::new();
        config.host_path(&self.folder).port(self.port).user("postgres");
        config
    }

    /// How to reach it through TCP, where other users of this machine could knock, so that a password is asked for.
    pub(crate) fn tcp_config(&self) -> Config {
        let mut config = Config::new();
        config.host("127.0.0.1").port(self.port).user("postgres").password(&self.password);
        config
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    fn guard(&self) -> MutexGuard<'_, Guard> {
        self.guard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A line of `postgresql.conf`.
fn setting(name: &str, value: &str) -> String {
    format!("{name} = '{}'", value.replace('\\', "\\\\").replace('\'', "''"))
}

/// Starts the server on a port that nobody has, which can only be known by trying.
fn start_on_free_port(guard: &mut Guard, folder: &Path) -> Result<u16, Error> {
    for _ in 0..ATTEMPTS {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .map_err(|error| Error::new(format!("no free port on 127.0.0.1: {error}")))?
            .port();
        if guard.ask(&format!("start {port}"))? {
            return Ok(port);
        }
        if !log(folder).contains("could not create any TCP/IP sockets") {
            break;
        }
    }
    Err(start_failed(folder))
}

fn start_failed(folder: &Path) -> Error {
    Error::new(format!("the private server does not start: {}", last_line(folder)))
}

fn log(folder: &Path) -> String {
    fs::read(folder.join("log")).map(|log| String::from_utf8_lossy(&log).into_owned()).unwrap_or_default()
}

/// What the log says last about what went wrong.
fn last_line(folder: &Path) -> String {
    let log = log(folder);
    let lines = || log.lines().rev().map(str::trim).filter(|line| !line.is_empty());
    let grave = |line: &&str| ["FATAL", "PANIC", "error"].iter().any(|word| line.contains(word));
    lines().find(grave).or_else(|| lines().next()).unwrap_or("it has left no log").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_keeps_quotes_and_backslashes() {
        assert_eq!(setting("a", r"it's C:\x"), r"a = 'it''s C:\\x'");
    }
}
