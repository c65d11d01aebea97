//! A real PgBouncer in front of a database, in transaction mode: two transactions of one client may run on two connections of the server.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use pgmutate_test_support::Database;
use tokio_postgres::config::Host;
use tokio_postgres::{Config, NoTls};

/// How many connections it keeps to the server: fewer than there are clients, so that clients share them.
pub const SERVER_CONNECTIONS: usize = 2;

/// A running PgBouncer; it ends when this is dropped, and when this process ends in whatever way.
pub struct Pooler {
    guard: Child,
    folder: PathBuf,
    config: Config,
}

/// Starts PgBouncer and stops it when standard input closes.
const GUARD: &str = r#""$@" & pid=$!; read -r _; kill $pid; wait $pid"#;

impl Pooler {
    /// Starts one in front of `database`.
    ///
    /// # Panics
    ///
    /// Where PgBouncer is not installed or does not start: its promise is not tested then.
    pub async fn start(database: &Database) -> Self {
        let program = program()
            .expect("PgBouncer is not installed: `apt-get install pgbouncer`, or your system's package of that name");
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let folder = std::env::temp_dir().join(format!("pgmutate-pooler-{}-{port}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        let file = folder.join("pgbouncer.ini");
        fs::write(&file, settings(database, port)).unwrap();
        // Another user may have to read it, and there is nobody else's secret in it.
        for path in [&folder, &file] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let mut command = Command::new("sh");
        command.args(["-c", GUARD, "sh"]).arg(program).arg("--quiet");
        if fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0) {
            command.args(["--user", "nobody"]);
        }
        let log = File::create(folder.join("log")).unwrap();
        command.arg(&file).stdin(Stdio::piped()).stdout(log.try_clone().unwrap()).stderr(log);
        let mut config = Config::new();
        config.host("127.0.0.1").port(port).user("anybody").dbname(database.name());
        let pooler = Self { guard: command.spawn().unwrap(), folder, config };
        pooler.wait_until_ready().await;
        pooler
    }

    /// How to connect through it.
    #[must_use]
    pub fn config(&self) -> Config {
        self.config.clone()
    }

    async fn wait_until_ready(&self) {
        for _ in 0..200 {
            if self.config.connect(NoTls).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("PgBouncer does not start: {}", fs::read_to_string(self.folder.join("log")).unwrap_or_default());
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn program() -> io::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let found = folders.map(|folder| folder.join("pgbouncer")).find(|file| file.is_file());
    found.ok_or_else(|| io::ErrorKind::NotFound.into())
}

fn settings(database: &Database, port: u16) -> String {
    let server = database.tcp_config().expect("a server that PgBouncer reaches through TCP");
    let host = match server.get_hosts().first() {
        Some(Host::Tcp(host)) => host.clone(),
        Some(Host::Unix(folder)) => Path::new(folder).display().to_string(),
        None => panic!("the database is on no server"),
    };
    let server_port = server.get_ports().first().copied().unwrap_or(5432);
    let user = server.get_user().unwrap_or("postgres");
    let password = server.get_password().map(|password| String::from_utf8_lossy(password).into_owned());
    let password = password.map(|password| format!(" password='{}'", password.replace('\'', "''"))).unwrap_or_default();
    let name = database.name();
    format!(
        "[databases]\n{name} = host={host} port={server_port} dbname={name} user={user}{password}\n\
         [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n\
         pool_mode = transaction\ndefault_pool_size = {SERVER_CONNECTIONS}\n"
    )
}
