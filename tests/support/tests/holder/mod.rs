//! A child process that holds a server.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A running `hold_server`, in a process group of its own as a shell would put it.
pub(crate) struct Holder {
    child: Child,
}

/// What a holder has said of its server.
#[derive(Debug, Default)]
pub(crate) struct Held {
    pub(crate) database: String,
    pub(crate) folder: Option<PathBuf>,
    pub(crate) pid: Option<u32>,
}

impl Holder {
    /// Starts it, to end as `ending` says, with these environment variables.
    pub(crate) fn start(ending: &str, variables: &[(&str, &str)]) -> Holder {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hold_server"));
        command.arg(ending).env_remove("DATABASE_URL").envs(variables.iter().copied()).process_group(0);
        Holder { child: command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap() }
    }

    /// Waits until it has its server and database.
    pub(crate) fn held(&mut self) -> Held {
        let mut held = Held::default();
        for line in BufReader::new(self.child.stdout.take().unwrap()).lines() {
            match line.unwrap().split_once(' ') {
                Some(("database", name)) => held.database = name.to_owned(),
                Some(("folder", folder)) => held.folder = Some(folder.into()),
                Some(("pid", pid)) => held.pid = Some(pid.parse().unwrap()),
                Some(_) => {}
                None => return held,
            }
        }
        panic!("the holder has ended without a server: {:?}", self.child.wait());
    }

    /// Sends a signal to its process group, as a terminal does, and waits for its end.
    pub(crate) fn signal(mut self, name: &str) {
        let group = format!("-{}", self.child.id());
        // The shell's own `kill`: a small system has no other.
        let kill = ["-c", r#"kill -s "$1" -- "$2""#, "kill", name, group.as_str()];
        assert!(Command::new("sh").args(kill).status().unwrap().success());
        assert!(self.child.wait().unwrap().signal().is_some());
    }

    pub(crate) fn wait(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

/// Waits for `condition`, and fails with `otherwise` when it does not come about for a minute.
pub(crate) fn eventually(condition: impl Fn() -> bool, otherwise: &str) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(60), "{otherwise}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
