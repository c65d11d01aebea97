//! One program in a folder of its own.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use pgmutate_test_support::{Error, Guard};

const SCRIPT: &str = include_str!("service.sh");

/// How long a program may take until it answers: a machine may be busy.
const PATIENCE: Duration = Duration::from_secs(180);

/// A program that a test needs, in a folder of its own. Both are gone with this handle, however this process ends.
pub struct Service {
    name: &'static str,
    folder: PathBuf,
    guard: Mutex<Guard>,
}

impl Service {
    /// Makes a folder, lets `furnish` put files into it, and starts the command that it returns.
    ///
    /// # Errors
    /// When the folder cannot be made or furnished.
    ///
    /// # Panics
    /// When the command cannot be written as arguments.
    pub fn start(
        name: &'static str,
        command: impl FnOnce(&Path) -> Vec<OsString>,
        furnish: impl FnOnce(&Path) -> std::io::Result<()>,
    ) -> Result<Service, Error> {
        let folder = std::env::temp_dir().join(format!("pgmutate-{name}-{}", pgmutate_test_support::random_name()?));
        let arguments = [folder.clone().into_os_string()].into_iter().chain(command(&folder));
        let guard = Guard::of_this_user(SCRIPT, arguments)?;
        let service = Service { name, folder, guard: Mutex::new(guard) };
        // Its answer says that the folder is there.
        service.ask("runs")?;
        furnish(&service.folder).map_err(|error| Error::new(format!("cannot furnish {name}: {error}")))?;
        service.ask("start")?;
        Ok(service)
    }

    /// Its folder, in which it runs.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What it has said so far.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read(self.folder.join("log")).map(|log| String::from_utf8_lossy(&log).into_owned()).unwrap_or_default()
    }

    /// Kills it as a crash does.
    ///
    /// # Panics
    /// When its guard is gone.
    pub fn kill(&self) {
        self.ask("stop KILL").expect("the guard answers");
    }

    /// Starts it again, on the files that it left.
    ///
    /// # Panics
    /// When its guard is gone.
    pub fn start_again(&self) {
        self.ask("start").expect("the guard answers");
    }

    /// Stops it where it stands: its connections stay open and nothing answers.
    ///
    /// # Panics
    /// When its guard is gone.
    pub fn freeze(&self) {
        self.ask("signal STOP").expect("the guard answers");
    }

    /// Lets it go on.
    ///
    /// # Panics
    /// When its guard is gone.
    pub fn thaw(&self) {
        self.ask("signal CONT").expect("the guard answers");
    }

    /// Waits until `ready` holds.
    ///
    /// # Errors
    /// When the program ends before, or takes too long: with the end of its log.
    pub async fn wait_until(&self, mut ready: impl FnMut(&Service) -> bool) -> Result<(), Error> {
        let begin = Instant::now();
        loop {
            if ready(self) {
                return Ok(());
            }
            let runs = self.ask("runs")?;
            if !runs || begin.elapsed() > PATIENCE {
                let log = self.log();
                let end: Vec<&str> = log.lines().rev().take(15).collect();
                let end: Vec<&str> = end.into_iter().rev().collect();
                let what = if runs { "does not begin to answer" } else { "has ended" };
                return Err(Error::new(format!("{} {what}: {}", self.name, end.join("\n"))));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until it listens.
    ///
    /// # Errors
    /// As [`Service::wait_until`].
    pub async fn wait_for_port(&self, port: u16) -> Result<(), Error> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        self.wait_until(|_| TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok()).await
    }

    fn ask(&self, command: &str) -> Result<bool, Error> {
        self.guard.lock().unwrap_or_else(PoisonError::into_inner).ask(command)
    }
}

/// A port that nobody has at the moment.
pub(crate) fn free_port() -> Result<u16, Error> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    port.map(|address| address.port()).map_err(|error| Error::new(format!("no free port on 127.0.0.1: {error}")))
}

/// Where a program is: in `PATH`, or where Debian keeps servers.
pub(crate) fn program(name: &str, package: &str) -> Result<PathBuf, Error> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/bin".into()]);
    folders
        .find_map(|folder| Some(folder.join(name)).filter(|file| file.is_file()))
        .ok_or_else(|| Error::new(format!("`{name}` is not there: install it (Debian: `apt-get install {package}`)")))
}
