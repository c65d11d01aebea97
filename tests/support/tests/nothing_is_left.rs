//! However a process ends that has started a server, the server and its folder are gone a moment later.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at once when its set-up fails")]

mod holder;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use holder::{Held, Holder, eventually};

/// Fails unless the server's processes and folder go away.
fn assert_gone(held: &Held) {
    let (folder, pid) = (held.folder.as_deref().unwrap(), held.pid.unwrap());
    eventually(|| !folder.exists(), &format!("`{}` is left", folder.display()));
    eventually(|| !processes().iter().any(|process| process.pid == pid), &format!("the server {pid} runs on"));
    assert_no_process_of(folder);
}

/// Fails unless all processes end that were started with a path in `folder`.
fn assert_no_process_of(folder: &Path) {
    let folder = folder.to_str().unwrap();
    let any = || processes().iter().any(|process| process.arguments.contains(folder));
    eventually(|| !any(), &format!("a process of `{folder}` runs on"));
}

struct Process {
    pid: u32,
    arguments: String,
}

/// The processes that run. One that has ended, and that nobody has asked how, has no arguments and does not count.
fn processes() -> Vec<Process> {
    if !Path::new("/proc/self/cmdline").exists() {
        let output = Command::new("ps").args(["-A", "-o", "pid=,stat=,args="]).output().unwrap();
        let processes = String::from_utf8_lossy(&output.stdout).into_owned();
        return processes.lines().filter_map(of_ps).collect();
    }
    let numbers = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    numbers.filter_map(of_proc).collect()
}

fn of_ps(line: &str) -> Option<Process> {
    let (pid, rest) = line.trim().split_once(' ')?;
    let rest = rest.trim_start();
    (!rest.starts_with('Z')).then(|| Process { pid: pid.parse().unwrap(), arguments: rest.to_owned() })
}

fn of_proc(pid: u32) -> Option<Process> {
    let arguments = fs::read(format!("/proc/{pid}/cmdline")).ok().filter(|arguments| !arguments.is_empty())?;
    Some(Process { pid, arguments: String::from_utf8_lossy(&arguments).replace('\0', " ") })
}

#[test]
fn a_running_server_is_seen() {
    let mut holder = Holder::start("wait", &[]);
    let held = holder.held();
    assert!(held.folder.as_deref().unwrap().exists());
    let processes = processes();
    let server = processes.iter().find(|process| Some(process.pid) == held.pid).unwrap();
    assert!(server.arguments.contains(held.folder.as_deref().unwrap().to_str().unwrap()));
    // Lets it go: its input ends.
    drop(processes);
    assert!(holder.wait().success());
    assert_gone(&held);
}

#[test]
fn after_a_normal_end() {
    let mut holder = Holder::start("return", &[]);
    let held = holder.held();
    assert!(holder.wait().success());
    // The drop has waited for it: no need to be patient.
    assert!(!held.folder.as_deref().unwrap().exists());
    assert_gone(&held);
}

#[test]
fn after_an_exit_without_destructors() {
    let mut holder = Holder::start("exit", &[]);
    let held = holder.held();
    assert!(holder.wait().success());
    assert_gone(&held);
}

#[test]
fn after_a_failing_test() {
    let mut holder = Holder::start("panic", &[]);
    let held = holder.held();
    assert!(!holder.wait().success());
    assert_gone(&held);
}

#[test]
fn after_an_abort() {
    let mut holder = Holder::start("abort", &[]);
    let held = holder.held();
    assert!(!holder.wait().success());
    assert_gone(&held);
}

#[test]
fn after_ctrl_c() {
    let mut holder = Holder::start("wait", &[]);
    let held = holder.held();
    holder.signal("INT");
    assert_gone(&held);
}

#[test]
fn after_the_terminal_is_closed() {
    let mut holder = Holder::start("wait", &[]);
    let held = holder.held();
    holder.signal("HUP");
    assert_gone(&held);
}

#[test]
fn after_kill_9() {
    let mut holder = Holder::start("wait", &[]);
    let held = holder.held();
    holder.signal("KILL");
    assert_gone(&held);
}

#[test]
fn after_kill_9_while_the_server_is_being_made() {
    let temporary = tempfile::tempdir_in("/tmp").unwrap();
    fs::set_permissions(temporary.path(), Permissions::from_mode(0o777)).unwrap();
    let is_empty = || fs::read_dir(temporary.path()).unwrap().next().is_none();
    let holder = Holder::start("wait", &[("TMPDIR", temporary.path().to_str().unwrap())]);
    eventually(|| !is_empty(), "no server is being made");
    holder.signal("KILL");
    eventually(is_empty, "a half-made server is left");
    assert_no_process_of(temporary.path());
}
