//! What processes have used of the CPU, as the kernel's scheduler counts it.

use std::fs;
use std::time::Duration;

/// So much of the CPU, user and system, has this process used: it has one thread that works.
pub fn of_this_process() -> Duration {
    on_cpu("/proc/self/schedstat")
}

/// So much has another process used.
pub fn of(process: i32) -> Duration {
    on_cpu(&format!("/proc/{process}/schedstat"))
}

fn on_cpu(path: &str) -> Duration {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("`{path}`: {error}"));
    let nanoseconds = text.split(' ').next().and_then(|first| first.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or_else(|| panic!("`{path}` holds no number: {text}")))
}
