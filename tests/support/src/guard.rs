//! A process that cleans up after this one, however this one ends.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::Error;
use crate::account::Account;

/// A shell process that runs a script of ours until this handle is dropped or this process ends.
///
/// The script reads its standard input, whose other end only this process holds (the standard library opens pipes
/// close-on-exec), and takes its end for the end of its owner. It stands in a process group of its own, so that neither
/// Ctrl-C nor a signal to the group of a test run reaches it or what it has started.
pub struct Guard {
    child: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Guard {
    /// Starts `script` as `account` with `arguments` and, on top of this process's environment, `variables`.
    pub(crate) fn start<A: AsRef<OsStr>>(
        script: &str,
        account: &Account,
        arguments: impl IntoIterator<Item = A>,
        variables: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<Guard, Error> {
        let mut command = Command::new("/bin/sh");
        // What is set for the user's own PostgreSQL must not reach into ours.
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
            command.env_remove(name);
        }
        command.args(["-c", script, "pgmutate-guard"]).args(arguments).env("LC_ALL", "C").envs(variables);
        // It holds neither the current folder nor an output that somebody waits on until it closes.
        command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        account.apply(&mut command);
        let mut child =
            command.spawn().map_err(|error| Error::new(format!("cannot start `/bin/sh` as a guard: {error}")))?;
        let (Some(commands), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::new("cannot start a guard: it has no pipes"));
        };
        Ok(Guard { child, commands: Some(commands), answers: BufReader::new(answers) })
    }

    /// Starts `script` as the user of this process.
    ///
    /// # Errors
    ///
    /// There is no shell.
    pub fn of_this_user<A: AsRef<OsStr>>(script: &str, arguments: impl IntoIterator<Item = A>) -> Result<Guard, Error> {
        Guard::start(script, &Account::Own, arguments, [])
    }

    /// Has the script run `command`, and tells whether it worked.
    ///
    /// # Errors
    ///
    /// The script has ended.
    pub fn ask(&mut self, command: &str) -> Result<bool, Error> {
        let ended = |_| Error::new("the guard of the private server has ended");
        let commands = self.commands.as_mut().ok_or_else(|| ended(()))?;
        commands.write_all(format!("{command}\n").as_bytes()).map_err(|_| ended(()))?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).map_err(|_| ended(()))?;
        match answer.trim_end() {
            "done" => Ok(true),
            "failed" => Ok(false),
            _ => Err(ended(())),
        }
    }
}

impl Drop for Guard {
    /// Lets the script clean up, and waits for it.
    fn drop(&mut self) {
        drop(self.commands.take());
        let _ = self.child.wait();
    }
}
