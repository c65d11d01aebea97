//! All variants in turn, many rounds, so that a busy neighbour slows them all alike; and a count of what they allocate.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The system's allocator with a counter.
pub struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is handed to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps `dealloc`'s contract.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps `realloc`'s contract.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// Something to measure.
pub struct Variant<'a> {
    pub name: &'static str,
    pub run: Box<dyn FnMut() + 'a>,
}

/// What was measured of a variant.
pub struct Measured {
    pub name: &'static str,
    /// Of the fastest round: what a busy machine disturbs least.
    pub nanoseconds: f64,
    /// Of the round in the middle.
    pub median: f64,
    /// Calls of the allocator in one run, once it has warmed up.
    pub allocations: u64,
}

/// Runs every variant once in each round, each for about `sample`.
pub fn measure(variants: &mut [Variant<'_>], rounds: usize, sample: Duration) -> Vec<Measured> {
    let mut plans: Vec<(u32, u64, Vec<f64>)> = variants
        .iter_mut()
        .map(|variant| {
            (variant.run)();
            (variant.run)();
            let before = ALLOCATIONS.load(Ordering::Relaxed);
            (variant.run)();
            let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
            let start = Instant::now();
            let mut runs = 0u32;
            while start.elapsed() < sample {
                (variant.run)();
                runs += 1;
            }
            (runs.max(1), allocations, Vec::with_capacity(rounds))
        })
        .collect();
    for _ in 0..rounds {
        for (variant, (runs, _, samples)) in variants.iter_mut().zip(&mut plans) {
            let start = Instant::now();
            for _ in 0..*runs {
                (variant.run)();
            }
            samples.push(start.elapsed().as_nanos() as f64 / f64::from(*runs));
        }
    }
    variants
        .iter()
        .zip(plans)
        .map(|(variant, (_, allocations, mut samples))| {
            samples.sort_by(f64::total_cmp);
            Measured { name: variant.name, nanoseconds: samples[0], median: samples[samples.len() / 2], allocations }
        })
        .collect()
}
