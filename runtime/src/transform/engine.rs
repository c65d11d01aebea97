//! Which engine does the work.

use super::buffer::Buffer;
use super::canonical::{self, Portable};
use super::general::{Forward, Walk};
use super::{Error, Transform};

/// An engine. They all give the same bytes and the same errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Engine {
    /// The fastest that this machine runs.
    #[default]
    Fastest,
    /// The one for canonical jsonb text in portable code.
    Portable,
    /// The one that reads any JSON, to which the others leave what they do not know.
    General,
}

pub(super) fn forward<B: Buffer>(transform: &Transform, document: &[u8], out: &mut B) -> Result<(), Error> {
    let done = match transform.engine {
        Engine::Fastest => fastest(transform, document, out),
        Engine::Portable => portable(transform, document, out),
        Engine::General => false,
    };
    if done { Ok(()) } else { Walk::<Forward, _>::run(transform, document, out) }
}

#[inline]
fn fastest<B: Buffer>(transform: &Transform, document: &[u8], out: &mut B) -> bool {
    #[cfg(target_arch = "x86_64")]
    if let Some(lanes) = canonical::Avx2::detect() {
        return lanes.run(transform, document, out);
    }
    portable(transform, document, out)
}

/// A function of its own, so that the main loop is compiled once.
#[inline(never)]
fn portable<B: Buffer>(transform: &Transform, document: &[u8], out: &mut B) -> bool {
    canonical::run(Portable, transform, document, out)
}
