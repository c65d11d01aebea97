//! The lanes of every machine: words of eight bytes.

use super::{Lanes, Work};
use crate::transform::buffer::Buffer;
use crate::transform::canonical::emit::Emission;
use crate::transform::canonical::mode::Mode;
use crate::transform::canonical::reader::Window;
use crate::transform::canonical::sprint::{Entry, Sprint, Stopped};
use crate::transform::pattern::{Pattern, same_start};
use crate::transform::text::{HIGH, number_len, specials};

/// Eight bytes at a time, in safe code.
#[derive(Clone, Copy)]
pub(in crate::transform) struct Portable;

impl Lanes for Portable {
    type High = u64;

    #[inline(never)]
    fn call<W: Work<Self>>(self, work: W) -> W::Done {
        work.run(self)
    }

    #[inline(always)]
    fn matches(self, window: &Window, pattern: &Pattern, first: bool) -> bool {
        same_start(window, pattern.bytes(first), pattern.len() - if first { 2 } else { 0 })
    }

    #[inline(always)]
    fn plain(self, window: &Window, from: u32, high: &mut u64) -> usize {
        let (words, _) = window.as_chunks::<8>();
        for (number, word) in words.iter().enumerate() {
            let mut word = u64::from_le_bytes(*word);
            if number == 0 && from == 1 {
                word = word & !0xFF | u64::from(b' ');
            }
            *high |= word;
            let special = specials(word);
            if special != 0 {
                return number * 8 + special.trailing_zeros() as usize / 8;
            }
        }
        window.len()
    }

    #[inline(always)]
    fn number(self, window: &Window) -> Option<usize> {
        number_len(window).filter(|&len| len < window.len())
    }

    #[inline(always)]
    fn is_high(self, high: u64) -> bool {
        high & HIGH != 0
    }

    const MAKES_ROOM: bool = false;

    #[inline(always)]
    fn sprint<'a, B: Buffer, M: Mode>(
        self,
        sprint: &mut Sprint<'_, 'a, B>,
        entry: Entry<'a>,
        high: &mut u64,
    ) -> Stopped<'a> {
        match entry {
            Entry::Document => Stopped::AtOnce,
            Entry::Value(field) => sprint.run::<Self, M>(self, field, high),
        }
    }

    #[inline(always)]
    fn emit<B: Buffer>(self, emission: &Emission<'_>, out: &mut B) -> Option<()> {
        emission.write(out)
    }
}
