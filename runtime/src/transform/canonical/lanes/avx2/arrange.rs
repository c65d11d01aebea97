//! Puts the fields of an object in the order of its selection.

use std::mem::MaybeUninit;

use super::memory::{WINDOW, copy};
use crate::transform::canonical::reader::{NEAR, Reader};
use crate::transform::canonical::select::Span;
use crate::transform::pattern::Prefix;
use crate::transform::select::{Chosen, What};

/// Up to how many bytes of an object may have been written for it to be arranged here.
pub(super) const SHORT: usize = 32 * WINDOW;

/// What is used behind the place where an object ends.
pub(super) const SLACK: usize = Prefix::ROOM + 2 * WINDOW;

/// So many values have each a place of its own aside, as long as two windows: it is read again as it was written, which does not wait for the memory.
const APART: usize = 4;

/// What was written of an object, while it is put in order.
type Aside = MaybeUninit<[u8; SHORT + 2 * WINDOW]>;

const _: () = assert!(APART * 2 * WINDOW <= SHORT);

static NULL: [u8; 2 * WINDOW] = {
    let mut bytes = [0; 2 * WINDOW];
    let (null, _) = bytes.split_at_mut(4);
    null.copy_from_slice(b"null");
    bytes
};

/// Writes an object's fields to `start`, and returns where they end. The first `written` bytes there are the values that are no scalars. It gives up
/// where something would be read or written beyond the document's end or `last`.
///
/// # Safety
/// From every place up to `last`, and `written` bytes farther, so many bytes as [`SLACK`] can be read and written; `written` is at most [`SHORT`].
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2")]
pub(super) unsafe fn arrange(
    chosen: &Chosen,
    spans: &[Span],
    reader: &Reader<'_>,
    (start, written): (*mut u8, usize),
    base: *mut u8,
    last: *mut u8,
) -> Option<*mut u8> {
    let document = reader.document;
    let mut aside = Aside::uninit();
    let aside = aside.as_mut_ptr().cast::<u8>();
    let mut apart = false;
    if written > 0 {
        // SAFETY: `written` bytes and two windows more can be read, and are in the room aside.
        unsafe { apart = put_aside(chosen, spans, (start, written), start.addr() - base.addr(), aside)? };
    }
    let begin = start.addr() - base.addr();
    let mut target = start;
    for slot in &chosen.slots {
        if target > last {
            return None;
        }
        // SAFETY: the target was checked, and a text has room for two windows.
        unsafe { copy(slot.text.bytes().as_ptr(), target) };
        let What::Field { number, aside: place, .. } = slot.what else {
            // SAFETY: the same.
            unsafe { copy(slot.text.bytes().as_ptr().add(WINDOW), target.add(WINDOW)) };
            target = target.wrapping_add(slot.text.len());
            continue;
        };
        target = target.wrapping_add(slot.text.len());
        let Span { at, len } = *spans.get(number)?;
        let (piece, len) = if len == 0 {
            (NULL.as_ptr(), 4)
        } else if let Some(place) = place {
            let at = at.wrapping_sub(begin);
            if at > written || len > written - at {
                return None;
            }
            // SAFETY: it is among what was copied; those that are apart are not so many, and short.
            (unsafe { aside.add(if apart { place * 2 * WINDOW } else { at }).cast_const() }, len)
        } else if len > 2 * WINDOW {
            let piece = document.get(at..)?.get(..len)?;
            if target.wrapping_add(len) > last || len > last.addr() - start.addr() {
                return None;
            }
            // SAFETY: there is room for so many bytes.
            unsafe { std::ptr::copy_nonoverlapping(piece.as_ptr(), target, len) };
            target = target.wrapping_add(len);
            continue;
        } else if at + 2 * WINDOW <= document.len() {
            (document.as_ptr().wrapping_add(at), len)
        } else {
            // The tail repeats the document's last bytes, with zeros behind them.
            let at = at.wrapping_sub(reader.tail.start);
            if at > NEAR {
                return None;
            }
            (reader.tail.bytes.as_ptr().wrapping_add(at), len)
        };
        // A piece of what was written may be longer than two windows.
        if len > 2 * WINDOW {
            if target.wrapping_add(len) > last {
                return None;
            }
            // SAFETY: it was copied; there is room for it.
            unsafe { std::ptr::copy_nonoverlapping(piece, target, len) };
        } else {
            // SAFETY: two windows can be read of each piece; the target was checked, and a text and two windows fit behind it.
            unsafe {
                copy(piece, target);
                if len > WINDOW {
                    copy(piece.add(WINDOW), target.add(WINDOW));
                }
            }
        }
        target = target.wrapping_add(len);
    }
    Some(target)
}

/// Copies what was written of an object, which is written over then. Whether each value is at its own place, as long as two windows.
///
/// # Safety
/// `written` bytes, at most [`SHORT`], and two windows more can be read from `start` on; `aside` is an [`Aside`].
#[inline]
unsafe fn put_aside(
    chosen: &Chosen,
    spans: &[Span],
    (start, written): (*mut u8, usize),
    begin: usize,
    aside: *mut u8,
) -> Option<bool> {
    if written <= 4 * WINDOW {
        let mut apart = true;
        for slot in &chosen.slots {
            let What::Field { number, aside: Some(place), .. } = slot.what else { continue };
            let Span { at, len } = *spans.get(number)?;
            let at = at.wrapping_sub(begin);
            if place >= APART || len > 2 * WINDOW || len > 0 && at > written {
                apart = false;
                break;
            }
            if len > 0 {
                // SAFETY: two windows can be read from each place in what was written, and there is room for four values.
                unsafe {
                    copy(start.add(at), aside.add(place * 2 * WINDOW));
                    copy(start.add(at + WINDOW), aside.add(place * 2 * WINDOW + WINDOW));
                }
            }
        }
        if apart {
            return Some(true);
        }
    }
    let mut copied = 0;
    while copied < written {
        // SAFETY: `written` bytes and a window more are in both.
        unsafe { copy(start.add(copied), aside.add(copied)) };
        copied += WINDOW;
    }
    Some(false)
}
