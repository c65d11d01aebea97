//! PostgreSQL for a machine that has none: compiles and runs `tests/fetch`, once.

use std::env;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Error;
use crate::environment::Environment;
use crate::installation::Installation;

/// The crate that downloads. It is compiled only here, because it needs about 200 others.
const FETCH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fetch");

/// Downloads PostgreSQL `major` into the cache of `environment`, unless another process is faster.
pub(crate) fn download(major: u32, environment: &Environment) -> Result<Installation, Error> {
    fetch(major, environment).map_err(|cause| {
        Error::new(format!(
            "no suitable PostgreSQL server is installed, and downloading PostgreSQL {major} failed ({cause}): install \
             one (Debian, Ubuntu: `apt-get install postgresql`; Fedora: `dnf install postgresql-server`; macOS: `brew \
             install postgresql`) or set `DATABASE_URL` to a server of yours"
        ))
    })
}

fn fetch(major: u32, environment: &Environment) -> Result<Installation, String> {
    let cache = environment.cache.as_deref().ok_or("there is no folder for it: `HOME` is not set")?;
    // Straight to stderr: a test's captured output would leave the reader wondering what takes so long.
    let _ = writeln!(
        io::stderr(),
        "no suitable PostgreSQL server is installed: fetching PostgreSQL {major} into `{}`, once; this takes a minute or two",
        cache.display()
    );
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["run", "--quiet", "--locked", "--manifest-path"])
        .arg(Path::new(FETCH).join("Cargo.toml"))
        .arg("--target-dir")
        .arg(build_folder(cache))
        .arg("--")
        .arg(major.to_string())
        .arg(cache)
        // Where a `cargo` of rustup finds which toolchain this project wants.
        .current_dir(FETCH)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot run `cargo`: {error}"))?;
    if !output.status.success() {
        return Err(cause(&String::from_utf8_lossy(&output.stderr)));
    }
    let bin = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end());
    let installation = Installation::at(&bin).ok_or_else(|| format!("no server in `{}`", bin.display()))?;
    if !environment.account.can_read(&installation.bin) {
        return Err(format!("`{}` is closed to the user that the server runs as", installation.bin.display()));
    }
    Ok(installation)
}

/// Where the downloader is compiled: in the target folder that this program comes from, so that `cargo clean` removes
/// both.
fn build_folder(cache: &Path) -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    let target = program.ancestors().skip(1).find(|folder| folder.join("CACHEDIR.TAG").is_file());
    target.unwrap_or(cache).join("fetch")
}

/// Why the downloader or its compilation failed: cargo's first error line and the last word on it.
fn cause(stderr: &str) -> String {
    let mut lines = stderr.lines().map(str::trim).filter(|line| !line.is_empty());
    let last = lines.clone().next_back().unwrap_or("no reason given");
    match lines.find(|line| line.starts_with("error")) {
        Some(first) if first != last => format!("{first}; {last}"),
        _ => last.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_downloader_is_where_it_is_looked_for() {
        assert!(Path::new(FETCH).join("Cargo.lock").is_file());
    }

    #[test]
    fn the_cause_is_one_line() {
        let cargo = "warning: spurious\nerror: failed to get `tokio`\n\nCaused by:\n  no route to host\n";
        assert_eq!(cause(cargo), "error: failed to get `tokio`; no route to host");
        assert_eq!(cause("version not found for '=99'\n"), "version not found for '=99'");
        assert_eq!(cause(""), "no reason given");
    }

    #[test]
    fn no_place_for_a_download_says_what_to_install() {
        let environment = Environment {
            database_url: None,
            wanted: None,
            path: Vec::new(),
            folders: Vec::new(),
            cache: None,
            account: crate::account::Account::Own,
        };
        let message = download(16, &environment).unwrap_err().to_string();
        assert!(message.contains("`HOME` is not set"), "{message}");
        assert!(message.contains("apt-get install postgresql"), "{message}");
        assert!(!message.contains('\n'), "{message}");
    }
}
