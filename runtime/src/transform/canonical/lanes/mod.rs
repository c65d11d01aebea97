//! The few questions that the canonical engine asks about 32 bytes, answered with what the machine has.

#[cfg(target_arch = "x86_64")]
pub(super) mod avx2;
pub(super) mod portable;

use super::emit::Emission;
use super::mode::Mode;
use super::reader::Window;
use super::sprint::{Entry, Sprint, Stopped};
use crate::transform::buffer::Buffer;
use crate::transform::pattern::Pattern;

/// A way to look at 32 bytes at once.
pub(in crate::transform) trait Lanes: Copy {
    /// Collects whether bytes that are not ASCII were seen.
    type High: Copy + Default;

    /// Does some work in a function that is compiled for these lanes.
    fn call<W: Work<Self>>(self, work: W) -> W::Done;

    /// Whether the window begins with the pattern, or with the pattern from its third byte on: without a comma, where a key is the first.
    fn matches(self, window: &Window, pattern: &Pattern, first: bool) -> bool;

    /// The position of the first quote, backslash or control character, from `from` (0 or 1) on; 32 where there is none.
    fn plain(self, window: &Window, from: u32, high: &mut Self::High) -> usize;

    /// The length of the number at the start, where it is short and has no exponent.
    fn number(self, window: &Window) -> Option<usize>;

    /// Whether anything that went through [`plain`](Self::plain) may not be ASCII.
    fn is_high(self, high: Self::High) -> bool;

    /// The inner loop: goes on as far as it can. Where the output is not [in room of its own](Self::MAKES_ROOM), it needs some behind its position.
    fn sprint<'a, B: Buffer, M: Mode>(
        self,
        sprint: &mut Sprint<'_, 'a, B>,
        entry: Entry<'a>,
        high: &mut Self::High,
    ) -> Stopped<'a>;

    /// Writes what was gathered.
    fn emit<B: Buffer>(self, emission: &Emission<'_>, out: &mut B) -> Option<()>;

    /// Whether the inner loop makes room by itself, and leaves the buffer filled up to its position.
    const MAKES_ROOM: bool;
}

/// Something to be done with lanes. Its code, all of it marked to be inlined, becomes part of the function that calls it: compiled for the lanes, and
/// fit to be called from itself.
pub(in crate::transform) trait Work<L> {
    type Done;

    fn run(self, lanes: L) -> Self::Done;
}
