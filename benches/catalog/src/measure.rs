//! One run, and what it allocates.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use pgmutate_codegen::catalog;
use pgmutate_codegen::body::Bodies;
use pgmutate_codegen::resolve::{self, Majors};
use pgmutate_codegen::source::SourceMap;
use pgmutate_codegen::sql::input::{Source, SourceKind};

/// Counts what is allocated and not freed.
pub struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn added(bytes: usize) {
    let now = NOW.fetch_add(bytes, Relaxed) + bytes;
    PEAK.fetch_max(now, Relaxed);
}

// SAFETY: every call is the system's; the counters touch no memory of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        added(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        added(size);
        NOW.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.realloc(memory, layout, size) }
    }
}

/// What a run took.
pub struct Run {
    /// Reading: lexer, statements, catalogue, columns of views.
    pub read: Duration,
    /// Bodies: parsed and resolved.
    pub resolve: Duration,
    /// The most bytes that were allocated at once, beyond those before, the text of the SQL included.
    pub peak: usize,
    /// The size of the SQL.
    pub bytes: usize,
}

/// Reads, parses and resolves a script in which nothing is wrong.
pub fn run(sql: String) -> Run {
    let bytes = sql.len();
    // The script is handed over, so that its text is counted by itself.
    let before = NOW.load(Relaxed) - bytes;
    PEAK.store(NOW.load(Relaxed), Relaxed);
    let start = Instant::now();
    let mut sources = SourceMap::new();
    let Ok(file) = sources.add("bench.sql", sql) else { panic!("too large") };
    let (catalog, mistakes) = catalog::read(&sources, &[Source::whole(&sources, file, SourceKind::Schema)]);
    let read = start.elapsed();
    let start = Instant::now();
    let checked = resolve::check(&Bodies::new(&catalog, &sources), Majors::ALL);
    let resolve = start.elapsed();
    assert!(mistakes.is_empty() && catalog.unknown().is_empty(), "{mistakes:?}");
    assert!(checked.diagnostics.is_empty() && checked.tally.unknown.is_empty(), "{:?}", checked.diagnostics.first());
    Run { read, resolve, peak: PEAK.load(Relaxed) - before, bytes }
}
