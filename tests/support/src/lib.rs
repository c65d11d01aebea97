//! The one place that decides how a test, an example or a soak run gets PostgreSQL.
//!
//! ```no_run
//! # async fn example() -> Result<(), pgmutate_test_support::Error> {
//! let database = pgmutate_test_support::database().await?; // fresh and empty, dropped at the end of the scope
//! let client = database.connect().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Where the server comes from
//!
//! 1. `DATABASE_URL`, if it is set: a server of the user's own, of which nothing is touched but databases that this
//!    crate has created.
//! 2. A private server from installed binaries: from `PATH`, or from where distributions and installers put them.
//! 3. A private server from binaries that are downloaded once into a cache (by `tests/fetch`, which only then is
//!    compiled).
//! 4. Otherwise one line that says what to install.
//!
//! `PGMUTATE_TEST_POSTGRES` asks for a private server and overrules `DATABASE_URL`: a major version (`18`) or a folder
//! with the server's binaries. A run as root starts the server as `postgres` or `nobody`, because PostgreSQL refuses to
//! be run by root.
//!
//! # What is left behind: nothing
//!
//! A private server belongs to a guard, a small shell process that holds the other end of a pipe. When the pipe closes,
//! because the [`Server`] was dropped or because this process ended in whatever way, the guard stops the server and
//! removes its folder. On a server of the user's own a guard drops the databases, and where that cannot be (no `psql`)
//! the next run does.

#[cfg(not(unix))]
compile_error!("pgmutate's tests and examples start PostgreSQL by the means of a Unix system; use one, or WSL");

mod account;
mod clerk;
mod database;
mod download;
mod environment;
mod error;
mod given;
mod guard;
mod installation;
mod private;
mod random;
mod server;
mod source;

use tokio::sync::OnceCell;

pub use database::Database;
pub use error::Error;
pub use guard::Guard;
pub use server::{Private, Server, Shutdown};

static SHARED: OnceCell<Result<Server, Error>> = OnceCell::const_new();

/// The server that all tests of this process share; started by the first call.
///
/// It lasts until the process ends, so its guard stops it a moment after that. A program that wants the server gone
/// when it ends owns one instead: [`Server::start`].
///
/// # Errors
///
/// As [`Server::start`]; the same error for every caller, because the start is tried once.
pub async fn server() -> Result<&'static Server, Error> {
    SHARED.get_or_init(Server::start).await.as_ref().map_err(Clone::clone)
}

/// A fresh database on the [shared server](server).
///
/// # Errors
///
/// As [`server`] and [`Server::database`].
pub async fn database() -> Result<Database, Error> {
    server().await?.database().await
}

/// A part of a name that nobody else has.
///
/// # Errors
///
/// The system has no random bytes.
pub fn random_name() -> Result<String, Error> {
    random::hex::<8>()
}
