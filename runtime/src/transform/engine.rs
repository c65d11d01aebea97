//! Which engine does the work.

use super::buffer::Buffer;
#[cfg(target_arch = "x86_64")]
use super::canonical::Avx2;
use super::canonical::{self, Portable};
use super::general::{Forward, Walk};
use super::{Error, Selection, Transform};

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
        Engine::Portable => canonical::run(Portable, transform, document, out),
        Engine::General => false,
    };
    if done { Ok(()) } else { Walk::<Forward, _>::run(transform, document, out) }
}

#[inline]
fn fastest<B: Buffer>(transform: &Transform, document: &[u8], out: &mut B) -> bool {
    #[cfg(target_arch = "x86_64")]
    if let Some(lanes) = Avx2::detect() {
        return canonical::run(lanes, transform, document, out);
    }
    canonical::run(Portable, transform, document, out)
}

/// Selects with the engine that the settings name.
pub(super) fn select<B: Buffer>(
    settings: &Transform,
    selection: &Selection,
    document: &[u8],
    out: &mut B,
) -> Result<(), Error> {
    let done = match settings.engine {
        _ if !selection.canonical => false,
        Engine::Fastest => fastest_select(settings, selection, document, out),
        Engine::Portable => canonical::select(Portable, settings, selection, document, out),
        Engine::General => false,
    };
    if done { Ok(()) } else { Walk::<Forward, _>::select(settings, selection, document, out) }
}

#[inline]
fn fastest_select<B: Buffer>(settings: &Transform, selection: &Selection, document: &[u8], out: &mut B) -> bool {
    #[cfg(target_arch = "x86_64")]
    if let Some(lanes) = Avx2::detect() {
        return canonical::select(lanes, settings, selection, document, out);
    }
    canonical::select(Portable, settings, selection, document, out)
}
