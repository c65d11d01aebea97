//! A server of the user's own, given by `DATABASE_URL`: nothing on it is touched but what this crate has created.

use std::path::PathBuf;

use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::Error;
use crate::account::Account;
use crate::environment::Environment;
use crate::guard::Guard;
use crate::installation::matching_folders;

const SCRIPT: &str = include_str!("sweep.sh");

/// Gives, as `DROP DATABASE` statements, the databases of runs that ended without dropping theirs and had no guard to
/// do it. A run is alive while its session is, which bears the name that its databases' names begin with.
pub(crate) const DROP_ABANDONED: &str = r"
    SELECT format('DROP DATABASE IF EXISTS %I WITH (FORCE)', datname)
    FROM pg_catalog.pg_database AS d
    WHERE datname ~ '^pgmutate_test_[0-9a-f]{16}_[0-9]+$'
      AND pg_catalog.pg_has_role(datdba, 'USAGE')
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity AS a
                      WHERE a.application_name = pg_catalog.left(d.datname::text, 30))";

/// The server of `DATABASE_URL`.
pub(crate) struct GivenServer {
    url: String,
    config: Config,
    _guard: Option<Guard>,
}

impl GivenServer {
    /// Reads `url` and starts a guard for the databases of the run called `run`, if there is a `psql` for it to use.
    pub(crate) fn new(url: String, run: &str, environment: &Environment) -> Result<GivenServer, Error> {
        let config: Config =
            url.parse().map_err(|error| Error::postgres("`DATABASE_URL` is not a connection string", &error))?;
        let guard = match psql(environment) {
            Some(psql) => {
                let arguments = [psql.into_os_string(), run.into()];
                Some(Guard::start(SCRIPT, &Account::Own, arguments, psql_variables(&config))?)
            }
            None => None,
        };
        Ok(GivenServer { url, config, _guard: guard })
    }

    pub(crate) fn config(&self) -> Config {
        self.config.clone()
    }

    /// The connection string for another database of the server, in the form that the user chose.
    pub(crate) fn url(&self, database: &str) -> String {
        match self.url.split_once("://") {
            Some((scheme, rest)) => {
                let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
                let server = place.split('/').next().unwrap_or_default();
                // A query may name the database as well, and would win.
                let query: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("dbname=")).collect();
                let query = query.join("&");
                let mark = if query.is_empty() { "" } else { "?" };
                format!("{scheme}://{server}/{database}{mark}{query}")
            }
            // Of a keyword that occurs twice the last one counts.
            None => format!("{} dbname={database}", self.url),
        }
    }
}

/// `psql`, from `PATH` or from beside a server's binaries.
fn psql(environment: &Environment) -> Option<PathBuf> {
    let usual = environment.folders.iter().flat_map(|pattern| matching_folders(pattern).into_iter().rev());
    environment.path.iter().cloned().chain(usual).map(|folder| folder.join("psql")).find(|psql| psql.is_file())
}

/// The connection for `psql`, as environment variables: an argument could be read by every user of the machine.
fn psql_variables(config: &Config) -> Vec<(&'static str, String)> {
    let hosts: Vec<String> = config
        .get_hosts()
        .iter()
        .map(|host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(folder) => folder.display().to_string(),
        })
        .collect();
    let ports: Vec<String> = config.get_ports().iter().map(u16::to_string).collect();
    let mut variables = vec![("PGCONNECT_TIMEOUT", "10".to_owned())];
    let mut set = |name, value: Option<String>| variables.extend(value.map(|value| (name, value)));
    set("PGHOST", (!hosts.is_empty()).then(|| hosts.join(",")));
    set("PGPORT", (!ports.is_empty()).then(|| ports.join(",")));
    set("PGUSER", config.get_user().map(str::to_owned));
    set("PGPASSWORD", config.get_password().map(|password| String::from_utf8_lossy(password).into_owned()));
    set("PGDATABASE", config.get_dbname().or(config.get_user()).map(str::to_owned));
    set("PGOPTIONS", config.get_options().map(str::to_owned));
    variables
}

#[cfg(test)]
mod tests {
    use super::*;

    fn other(url: &str) -> String {
        let config = url.parse().unwrap();
        GivenServer { url: url.to_owned(), config, _guard: None }.url("other")
    }

    #[test]
    fn another_database_keeps_the_rest_of_the_url() {
        assert_eq!(other("postgres://me:pw@host:5433/mine"), "postgres://me:pw@host:5433/other");
        assert_eq!(other("postgresql://host"), "postgresql://host/other");
        assert_eq!(
            other("postgres:///mine?host=/run/pg&dbname=x&connect_timeout=3"),
            "postgres:///other?host=/run/pg&connect_timeout=3"
        );
        assert_eq!(other("host=localhost user=me dbname=mine"), "host=localhost user=me dbname=mine dbname=other");
    }

    #[test]
    fn another_database_is_what_the_url_then_names() {
        for url in ["postgres://me@host/mine?dbname=x", "host=localhost user=me dbname=mine"] {
            let config: Config = other(url).parse().unwrap();
            assert_eq!(config.get_dbname(), Some("other"), "{url}");
        }
    }

    #[test]
    fn psql_gets_the_same_connection() {
        let config: Config = "postgres://me:p%20w@one:1,two:2/mine?options=-c%20a%3Db".parse().unwrap();
        let variables = psql_variables(&config);
        let value = |name| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| value.as_str());
        assert_eq!(value("PGHOST"), Some("one,two"));
        assert_eq!(value("PGPORT"), Some("1,2"));
        assert_eq!(value("PGUSER"), Some("me"));
        assert_eq!(value("PGPASSWORD"), Some("p w"));
        assert_eq!(value("PGDATABASE"), Some("mine"));
        assert_eq!(value("PGOPTIONS"), Some("-c a=b"));
    }
}
