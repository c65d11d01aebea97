//! As whom a private server runs, and where it may keep its files.

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Error;

/// The longest path of a Unix socket that every system takes (macOS: 104 bytes with the closing zero).
const SOCKET_PATH_MAX: usize = 103;

/// The user that owns and runs a private server.
#[derive(Clone, Debug)]
pub(crate) enum Account {
    /// The user of this process.
    Own,
    /// Another one, since this process is root's and PostgreSQL refuses to be run by root.
    Other { uid: u32, gid: u32 },
}

impl Account {
    /// The user to run a private server as.
    pub(crate) fn find() -> Result<Account, Error> {
        let own = id(&["-u"]).ok_or_else(|| Error::new("cannot find out which user this is: `id -u` failed"))?;
        if own != 0 {
            return Ok(Account::Own);
        }
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| Some(Account::Other { uid: id(&["-u", name])?, gid: id(&["-g", name])? }))
            .ok_or_else(|| {
                Error::new(
                    "PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody` to run it \
                     as: create one, run as an ordinary user, or set `DATABASE_URL`",
                )
            })
    }

    /// Makes `command` run as this user. The supplementary groups of root go with its user id.
    pub(crate) fn apply(&self, command: &mut Command) {
        if let Account::Other { uid, gid } = self {
            command.gid(*gid).uid(*uid);
        }
    }

    /// Whether this user can read what lies in `folder`. For another user this asks whether everybody can, which
    /// errs only on the side of refusing.
    pub(crate) fn can_read(&self, folder: &Path) -> bool {
        match self {
            Account::Own => true,
            Account::Other { .. } => folder.ancestors().all(|step| mode(step).is_some_and(|mode| mode & 0o1 != 0)),
        }
    }

    fn can_write(&self, folder: &Path) -> bool {
        match self {
            Account::Own => true,
            Account::Other { .. } => self.can_read(folder) && mode(folder).is_some_and(|mode| mode & 0o2 != 0),
        }
    }

    /// The folder for temporary files in which a private server gets a folder called `name`: `preferred` if the
    /// server's user may write there and its socket's path is short enough, else `/tmp`.
    pub(crate) fn folder(&self, preferred: PathBuf, name: &str) -> PathBuf {
        let folder = preferred.join(name);
        let socket = folder.join(".s.PGSQL.65535");
        let fits = socket.as_os_str().len() <= SOCKET_PATH_MAX && folder.is_absolute();
        if fits && self.can_write(&preferred) { folder } else { Path::new("/tmp").join(name) }
    }
}

fn mode(path: &Path) -> Option<u32> {
    std::fs::metadata(path).ok().map(|metadata| metadata.mode())
}

/// The answer of `id`, the one way to a user's number that Linux, macOS and the BSDs share.
fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).output().ok()?;
    if !output.status.success() {
        return None;
    }
    std::str::from_utf8(&output.stdout).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const OTHER: Account = Account::Other { uid: 65534, gid: 65534 };

    fn folder(mode: u32) -> tempfile::TempDir {
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(mode)).unwrap();
        folder
    }

    #[test]
    fn another_user_needs_a_folder_open_to_all() {
        let open = folder(0o777);
        assert_eq!(OTHER.folder(open.path().into(), "x"), open.path().join("x"));
        let private = folder(0o700);
        assert_eq!(OTHER.folder(private.path().into(), "x"), Path::new("/tmp/x"));
        assert_eq!(Account::Own.folder(private.path().into(), "x"), private.path().join("x"));
    }

    #[test]
    fn a_private_parent_closes_what_lies_in_it() {
        let parent = folder(0o700);
        let child = parent.path().join("open");
        fs::create_dir(&child).unwrap();
        fs::set_permissions(&child, Permissions::from_mode(0o777)).unwrap();
        assert!(!OTHER.can_read(&child));
        fs::set_permissions(parent.path(), Permissions::from_mode(0o755)).unwrap();
        assert!(OTHER.can_read(&child));
    }

    #[test]
    fn a_long_temporary_folder_is_avoided() {
        let long = PathBuf::from(format!("/tmp/{}", "x".repeat(90)));
        assert_eq!(Account::Own.folder(long, "pgmutate-1"), Path::new("/tmp/pgmutate-1"));
    }
}
