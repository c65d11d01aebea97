//! What the inner loop does where places are gathered: the spans of the object that is open, and objects that are written as they end.

use std::ptr::NonNull;

use super::emit::Emitter;
use super::sprint::Around;
use crate::transform::buffer::Buffer;
use crate::transform::canonical::emit::Emission;
use crate::transform::canonical::frames::Span;
use crate::transform::canonical::reader::Reader;
use crate::transform::canonical::sprint::Sprint;
use crate::transform::table::Field;

impl<'t> Around<'t> {
    /// The span of the field before `rest`, within the object's node. Behind it there is one for each field that may still come.
    #[inline(always)]
    pub(super) fn span<B>(&self, sprint: &mut Sprint<'_, 't, B>, rest: &[Field]) -> Option<*mut Span> {
        let (place, end) = (self.place(rest)?, self.frame + self.chosen?.spans);
        let spans = sprint.selecting.as_mut()?.frames.spans.get_mut(..end)?;
        Some(spans.as_mut_ptr().wrapping_add(place))
    }

    /// The place of that span.
    #[inline(always)]
    pub(super) fn place(&self, rest: &[Field]) -> Option<usize> {
        // The node has a span of its own before those of the fields.
        Some(self.frame + self.chosen?.fields.len().checked_sub(rest.len())?)
    }

    /// Whether the objects of the field before `rest` are nodes.
    #[inline(always)]
    pub(super) fn holds_nodes<B>(&self, sprint: &Sprint<'_, 't, B>, rest: &[Field]) -> Option<bool> {
        let choice = sprint.selecting.as_ref()?.under(self.chosen?, rest);
        Some(choice.is_some_and(|choice| !choice.is_early()))
    }

    /// Adds spans for the object; if it is not early, the span at `link` refers to them then. Returns the first of its fields' spans.
    #[inline(always)]
    pub(super) fn add_node<B>(&mut self, sprint: &mut Sprint<'_, 't, B>, link: usize) -> Option<*mut Span> {
        let (chosen, frames) = (self.chosen?, &mut sprint.selecting.as_mut()?.frames);
        self.frame = if chosen.early { frames.add_early(chosen) } else { frames.add_object(chosen, link) }?;
        Some(frames.spans.as_mut_ptr().wrapping_add(self.frame + 1))
    }
}

/// Goes on to the next object of a list: writes the one that was read, if it is early, or adds a node for the next. Returns where the output goes on, and the
/// first of the next one's spans.
///
/// # Safety
/// All fields of the object have their spans, and everything before the target was written.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2")]
pub(super) unsafe fn next_node<'t, B: Buffer>(
    target: *mut u8,
    sprint: &mut Sprint<'_, 't, B>,
    around: &mut Around<'t>,
) -> Option<(NonNull<u8>, *mut Span)> {
    if !around.chosen?.early {
        return Some((NonNull::new(target)?, around.add_node(sprint, around.frame)?));
    }
    // SAFETY: the caller's.
    let target = unsafe { write_early(target, sprint, around)? };
    // SAFETY: there is room behind an object.
    unsafe { *target.as_ptr() = b',' };
    // The spans are used again.
    let spans = sprint.selecting.as_mut()?.frames.spans.as_mut_ptr();
    Some((NonNull::new(target.as_ptr().wrapping_add(1))?, spans.wrapping_add(around.frame + 1)))
}

/// Writes an object that is early, and returns where it ends: there is room for a bracket.
///
/// # Safety
/// See [`next_node`].
#[inline(never)]
#[target_feature(enable = "avx2,bmi1,bmi2")]
pub(super) unsafe fn write_early<'t, B: Buffer>(
    target: *mut u8,
    sprint: &mut Sprint<'_, 't, B>,
    around: &mut Around<'t>,
) -> Option<NonNull<u8>> {
    let Reader { document, tail, .. } = sprint.reader;
    let spans = &sprint.selecting.as_ref()?.frames.spans[..];
    let emission = Emission { document, tail, written: &[], spans, choices: &[] };
    let (base, last) = (around.base, around.last_room);
    let mut emitter = Emitter { emission: &emission, out: &mut *sprint.buffer, base, last };
    // SAFETY: the caller's; a round does not go farther behind `last` than there is room for brackets.
    let end = unsafe { emitter.object(around.frame, around.chosen?, target)? };
    (around.base, around.last_room) = (emitter.base, emitter.last);
    Some(end)
}
