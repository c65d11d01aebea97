//! A stack on which sqlparser's recursion is safe.

use std::cell::Cell;
use std::io;

/// Without optimisation a level of nesting costs sqlparser up to 200 KiB, and cloning a level of its trees 5 KiB. The
/// guard's limits times that, doubled. Pages that are not touched cost nothing.
const SIZE: usize = 128 << 20;

thread_local! {
    static IS_DEEP: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` on a stack on which every tree that the parsers make can be walked, cloned and dropped. Within it, and
/// within what it calls, no further stack is made.
///
/// # Errors
/// That of the operating system if it has no room for the stack.
pub fn with_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    if IS_DEEP.get() {
        return Ok(work());
    }
    std::thread::scope(|scope| {
        let deep = move || {
            IS_DEEP.set(true);
            work()
        };
        let thread = std::thread::Builder::new().name("sql".into()).stack_size(SIZE).spawn_scoped(scope, deep)?;
        thread.join().or_else(|panic| std::panic::resume_unwind(panic))
    })
}
