//! The decision: a given server, installed binaries, or a download.

use std::path::Path;

use crate::Error;
use crate::environment::Environment;
use crate::installation::{Installation, matching_folders};

/// The oldest major version that pgmutate works with.
pub(crate) const OLDEST_MAJOR: u32 = 14;

/// The major version that is downloaded when nobody asks for one.
const DOWNLOADED_MAJOR: u32 = 18;

/// What the caller needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Any server will do.
    Any,
    /// One that is ours alone, of this major version if one is named.
    Private(Option<u32>),
}

/// Where the server comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The server of `DATABASE_URL`.
    DatabaseUrl(String),
    /// A private one, from binaries on this machine.
    Installed(Installation),
    /// A private one, from binaries that have to be downloaded first.
    Download {
        /// The major version to download.
        major: u32,
    },
}

/// What `PGMUTATE_TEST_POSTGRES` asks for.
enum Wanted<'a> {
    Nothing,
    Major(u32),
    Folder(&'a Path),
}

impl Source {
    /// Decides where the server comes from, by looking at files but changing none.
    pub(crate) fn choose(need: Need, environment: &Environment) -> Result<Source, Error> {
        let wanted = match need {
            // What the code asks for overrules what its caller asks for: a test of one version tests that version.
            Need::Private(Some(major)) => Wanted::Major(supported(major, "a test")?),
            Need::Private(None) | Need::Any => wanted(environment)?,
        };
        match (wanted, &environment.database_url) {
            (Wanted::Folder(folder), _) => given_folder(folder, environment).map(Source::Installed),
            (Wanted::Major(major), _) => Ok(match find(environment, |found| found.version.major == major) {
                Some(installation) => Source::Installed(installation),
                None => Source::Download { major },
            }),
            (Wanted::Nothing, Some(url)) if need == Need::Any => Ok(Source::DatabaseUrl(url.clone())),
            (Wanted::Nothing, _) => Ok(match find(environment, |found| found.version.major >= OLDEST_MAJOR) {
                Some(installation) => Source::Installed(installation),
                None => Source::Download { major: DOWNLOADED_MAJOR },
            }),
        }
    }
}

fn wanted(environment: &Environment) -> Result<Wanted<'_>, Error> {
    let Some(wanted) = environment.wanted.as_deref() else { return Ok(Wanted::Nothing) };
    if wanted.contains('/') {
        return Ok(Wanted::Folder(Path::new(wanted)));
    }
    let major = wanted.parse().map_err(|_| {
        Error::new(format!(
            "`PGMUTATE_TEST_POSTGRES` is `{wanted}`: give a major version such as `18`, or the path of the folder \
             with PostgreSQL's binaries"
        ))
    })?;
    Ok(Wanted::Major(supported(major, "`PGMUTATE_TEST_POSTGRES`")?))
}

fn supported(major: u32, who: &str) -> Result<u32, Error> {
    if major >= OLDEST_MAJOR {
        return Ok(major);
    }
    Err(Error::new(format!("{who} asks for PostgreSQL {major}, pgmutate needs {OLDEST_MAJOR} or newer")))
}

fn given_folder(folder: &Path, environment: &Environment) -> Result<Installation, Error> {
    let shown = folder.display();
    let installation = Installation::at(folder).ok_or_else(|| {
        Error::new(format!(
            "`PGMUTATE_TEST_POSTGRES` is `{shown}`, which is no folder with working `postgres`, `initdb` and `pg_ctl`"
        ))
    })?;
    supported(installation.version.major, &format!("the folder `{shown}` of `PGMUTATE_TEST_POSTGRES`"))?;
    if !environment.account.can_read(&installation.bin) {
        return Err(Error::new(format!(
            "root's PostgreSQL runs as another user, who cannot read `{}`: let everybody read it",
            installation.bin.display()
        )));
    }
    Ok(installation)
}

/// The first usable installation that `fits`: on `PATH`, which is somebody's choice; then the newest of the usual
/// folders; then the newest of those that were downloaded before.
fn find(environment: &Environment, fits: impl Fn(&Installation) -> bool) -> Option<Installation> {
    let usable = |found: &Installation| fits(found) && environment.account.can_read(&found.bin);
    let newest = |pattern: &String| {
        matching_folders(pattern)
            .iter()
            .filter_map(|folder| Installation::at(folder))
            .filter(usable)
            .max_by_key(|found| found.version)
    };
    let on_path = || environment.path.iter().filter_map(|folder| Installation::at(folder)).find(usable);
    let in_folders = || environment.folders.iter().filter_map(newest).max_by_key(|found| found.version);
    let in_cache = || newest(&format!("{}/*/bin", environment.cache.as_deref()?.display()));
    on_path().or_else(in_folders).or_else(in_cache)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;

    use super::*;
    use crate::account::Account;
    use crate::installation::Version;

    /// A machine with no PostgreSQL; folders named `path`, `usr/MAJOR/bin` and `cache/VERSION/bin` are looked into.
    struct Machine {
        root: tempfile::TempDir,
        environment: Environment,
    }

    impl Machine {
        fn new() -> Machine {
            let root = tempfile::tempdir().unwrap();
            let at = |name: &str| root.path().join(name);
            let environment = Environment {
                database_url: None,
                wanted: None,
                path: vec![at("nowhere"), at("path")],
                folders: vec![format!("{}/usr/*/bin", root.path().display())],
                cache: Some(at("cache")),
                account: Account::Own,
            };
            Machine { root, environment }
        }

        /// Puts binaries that say they are of `version` into `folder`.
        fn with(self, folder: &str, version: &str) -> Machine {
            let folder = self.root.path().join(folder);
            fs::create_dir_all(&folder).unwrap();
            for program in ["postgres", "initdb", "pg_ctl"] {
                let file = folder.join(program);
                fs::write(&file, format!("#!/bin/sh\necho '{program} (PostgreSQL) {version}'\n")).unwrap();
                fs::set_permissions(&file, Permissions::from_mode(0o755)).unwrap();
            }
            self
        }

        fn with_url(mut self) -> Machine {
            self.environment.database_url = Some("postgres://somewhere/db".to_owned());
            self
        }

        fn wanting(mut self, wanted: &str) -> Machine {
            self.environment.wanted = Some(wanted.replace("ROOT", &self.root.path().display().to_string()));
            self
        }

        fn choose(&self, need: Need) -> Result<Source, String> {
            Source::choose(need, &self.environment).map_err(|error| error.to_string())
        }

        fn installed(&self, folder: &str, major: u32, minor: u32) -> Result<Source, String> {
            let bin = self.root.path().join(folder).canonicalize().unwrap();
            Ok(Source::Installed(Installation { bin, version: Version { major, minor } }))
        }
    }

    #[test]
    fn database_url_comes_first() {
        let machine = Machine::new().with("path", "16.1").with_url();
        assert_eq!(machine.choose(Need::Any), Ok(Source::DatabaseUrl("postgres://somewhere/db".to_owned())));
        assert_eq!(machine.choose(Need::Private(None)), machine.installed("path", 16, 1));
    }

    #[test]
    fn path_comes_before_newer_folders() {
        let machine = Machine::new().with("path", "15.18").with("usr/17/bin", "17.1");
        assert_eq!(machine.choose(Need::Any), machine.installed("path", 15, 18));
    }

    #[test]
    fn the_newest_folder_wins() {
        let machine =
            Machine::new().with("usr/9.6/bin", "9.6.24").with("usr/16/bin", "16.9").with("usr/15/bin", "15.20");
        assert_eq!(machine.choose(Need::Any), machine.installed("usr/16/bin", 16, 9));
    }

    #[test]
    fn what_is_too_old_is_passed_over() {
        let machine = Machine::new().with("path", "13.4").with("usr/14/bin", "14.2");
        assert_eq!(machine.choose(Need::Any), machine.installed("usr/14/bin", 14, 2));
        let machine = Machine::new().with("path", "13.4");
        assert_eq!(machine.choose(Need::Any), Ok(Source::Download { major: 18 }));
    }

    #[test]
    fn downloaded_once_is_found_again() {
        let machine = Machine::new().with("cache/18.1.0/bin", "18.1");
        assert_eq!(machine.choose(Need::Any), machine.installed("cache/18.1.0/bin", 18, 1));
        let machine = machine.with("usr/15/bin", "15.1");
        assert_eq!(machine.choose(Need::Any), machine.installed("usr/15/bin", 15, 1));
        assert_eq!(machine.choose(Need::Private(Some(18))), machine.installed("cache/18.1.0/bin", 18, 1));
    }

    #[test]
    fn a_wanted_major_overrules_database_url() {
        let machine = Machine::new().with("path", "16.1").with("usr/18/bin", "18.0").with_url().wanting("18");
        assert_eq!(machine.choose(Need::Any), machine.installed("usr/18/bin", 18, 0));
        assert_eq!(machine.choose(Need::Private(Some(14))), Ok(Source::Download { major: 14 }));
    }

    #[test]
    fn a_wanted_folder_is_taken_or_refused() {
        let machine = Machine::new().with("mine", "17.5").wanting("ROOT/mine");
        assert_eq!(machine.choose(Need::Any), machine.installed("mine", 17, 5));
        let refusal = Machine::new().wanting("ROOT/mine").choose(Need::Any).unwrap_err();
        assert!(refusal.ends_with("which is no folder with working `postgres`, `initdb` and `pg_ctl`"), "{refusal}");
        let refusal = Machine::new().with("mine", "12.1").wanting("ROOT/mine").choose(Need::Any).unwrap_err();
        assert!(refusal.ends_with("asks for PostgreSQL 12, pgmutate needs 14 or newer"), "{refusal}");
    }

    #[test]
    fn a_wanted_version_must_be_one() {
        let refusal = Machine::new().wanting("newest").choose(Need::Any).unwrap_err();
        assert!(refusal.starts_with("`PGMUTATE_TEST_POSTGRES` is `newest`: give a major version"), "{refusal}");
        let refusal = Machine::new().wanting("13").choose(Need::Any).unwrap_err();
        assert_eq!(refusal, "`PGMUTATE_TEST_POSTGRES` asks for PostgreSQL 13, pgmutate needs 14 or newer");
    }

    #[test]
    fn a_client_alone_is_no_server() {
        let machine = Machine::new().with("path", "16.1");
        fs::remove_file(machine.root.path().join("path/initdb")).unwrap();
        assert_eq!(machine.choose(Need::Any), Ok(Source::Download { major: 18 }));
    }

    #[test]
    fn a_link_on_path_leads_to_the_binaries() {
        let machine = Machine::new().with("usr/16/bin", "16.1").with("usr/17/bin", "17.1");
        let links: PathBuf = machine.root.path().join("path");
        fs::create_dir_all(&links).unwrap();
        std::os::unix::fs::symlink(machine.root.path().join("usr/16/bin/postgres"), links.join("postgres")).unwrap();
        assert_eq!(machine.choose(Need::Any), machine.installed("usr/16/bin", 16, 1));
    }

    #[test]
    fn binaries_that_the_servers_user_cannot_read_are_passed_over() {
        let mut machine = Machine::new().with("path", "16.1");
        machine.environment.account = Account::Other { uid: 65534, gid: 65534 };
        fs::set_permissions(machine.root.path(), Permissions::from_mode(0o700)).unwrap();
        assert_eq!(machine.choose(Need::Any), Ok(Source::Download { major: 18 }));
        fs::set_permissions(machine.root.path(), Permissions::from_mode(0o755)).unwrap();
        assert_eq!(machine.choose(Need::Any), machine.installed("path", 16, 1));
    }
}
