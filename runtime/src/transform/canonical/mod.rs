//! The engine for canonical jsonb text, as PostgreSQL writes it: keys in jsonb's order, one space behind `:` and `,`.
//!
//! It knows one way forward and gives up at anything else: white space elsewhere, keys out of order, a mistake. Whoever called it then starts again with
//! the [general](super::general) engine, which reads everything and finds the words for what is wrong. So this engine decides nothing by itself: what it
//! accepts, the general engine accepts with the same bytes.
//!
//! jsonb's key order is the order of the table's fields, so the next key is nearly always the one under a cursor, and is recognised with its quotes,
//! comma and colon by one comparison of 32 bytes. Strings are copied and searched for their end in the same steps.

mod document;
mod emit;
mod frames;
mod gather;
mod keys;
mod lanes;
mod member;
mod mode;
mod output;
mod reader;
mod scalar;
mod sprint;
mod tree;
mod walk;

use std::marker::PhantomData;

use super::buffer::Buffer;
use super::select::Selection;
use super::settings::Transform;
use document::{Document, Gathering};
use lanes::Lanes;
#[cfg(target_arch = "x86_64")]
pub(super) use lanes::avx2::Avx2;
pub(super) use lanes::portable::Portable;
use mode::{Streamed, Whole};

/// Transforms a canonical document and appends the result to `out`; for any other document it returns `false` and leaves `out` as it was.
#[inline]
pub(super) fn run<L: Lanes, B: Buffer>(lanes: L, transform: &Transform, document: &[u8], out: &mut B) -> bool {
    lanes.call(Document { transform, selection: None, document, out, mode: PhantomData::<Whole> })
}

/// The same for what was selected.
#[inline]
pub(super) fn select<L: Lanes, B: Buffer>(
    lanes: L,
    transform: &Transform,
    selection: &Selection,
    document: &[u8],
    out: &mut B,
) -> bool {
    if selection.in_order {
        lanes.call(Document { transform, selection: Some(selection), document, out, mode: PhantomData::<Streamed> })
    } else if document.len() <= frames::MOST {
        frames::with_room(|kept| lanes.call(Gathering { transform, selection, document, kept, out }))
    } else {
        false
    }
}
