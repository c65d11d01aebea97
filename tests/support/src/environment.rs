//! What the process sees of its surroundings: all that decides where a server comes from.

use std::env;
use std::path::PathBuf;

use crate::Error;
use crate::account::Account;

/// Where the packages of distributions and the usual installers put the server's binaries.
const FOLDERS: [&str; 13] = [
    "/usr/lib/postgresql/*/bin",                       // Debian, Ubuntu
    "/usr/pgsql-*/bin",                                // Fedora, RHEL: PostgreSQL's own packages
    "/usr/lib/postgresql*/bin",                        // openSUSE
    "/usr/lib64/postgresql-*/bin",                     // Gentoo
    "/usr/libexec/postgresql*",                        // Alpine
    "/usr/local/pgsql/bin",                            // built from source
    "/opt/homebrew/opt/postgresql@*/bin",              // Homebrew on Apple silicon
    "/usr/local/opt/postgresql@*/bin",                 // Homebrew on Intel
    "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin", // Homebrew on Linux
    "/opt/local/lib/postgresql*/bin",                  // MacPorts
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/Library/PostgreSQL/*/bin", // EDB's installer on macOS
    "/opt/PostgreSQL/*/bin",     // EDB's installer on Linux
];

/// The surroundings, apart from the process so that a test can make its own.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    /// `DATABASE_URL`, unless it is empty.
    pub(crate) database_url: Option<String>,
    /// `PGMUTATE_TEST_POSTGRES`, unless it is empty.
    pub(crate) wanted: Option<String>,
    /// The folders of `PATH`.
    pub(crate) path: Vec<PathBuf>,
    /// Further folders to look in, each a path in which one component may hold a `*`.
    pub(crate) folders: Vec<String>,
    /// Where downloaded binaries are kept, each version in a folder of its own.
    pub(crate) cache: Option<PathBuf>,
    /// Who must be able to read the binaries.
    pub(crate) account: Account,
}

impl Environment {
    /// The surroundings of this process.
    pub(crate) fn of_process() -> Result<Environment, Error> {
        let account = Account::find()?;
        Ok(Environment {
            database_url: text("DATABASE_URL")?,
            wanted: text("PGMUTATE_TEST_POSTGRES")?,
            path: env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default(),
            folders: FOLDERS.map(str::to_owned).into(),
            cache: cache(&account),
            account,
        })
    }
}

/// An environment variable; an empty one counts as not set.
fn text(name: &str) -> Result<Option<String>, Error> {
    match env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(Error::new(format!("`{name}` is not valid UTF-8"))),
    }
}

/// What root downloads is read by the server's user, from whom root's home is usually closed.
fn cache(account: &Account) -> Option<PathBuf> {
    if let Account::Other { .. } = account {
        return Some("/var/cache/pgmutate".into());
    }
    let folder = |name| env::var_os(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
    let caches = folder("XDG_CACHE_HOME").or_else(|| Some(folder("HOME")?.join(".cache")))?;
    Some(caches.join("pgmutate"))
}
