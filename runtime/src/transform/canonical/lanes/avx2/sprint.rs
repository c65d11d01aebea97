//! The inner loop with raw pointers: each load and store is one instruction, and it goes into objects and lists of objects by itself.
//!
//! What makes every access right stands at the head of the loop: behind the positions there are [`NEAR`] bytes of the document and [`ROOM`] bytes of the
//! output, and no round uses more. A round reads a value of at most [`LONGEST`] bytes, at most two brackets for each of [`LEVELS`] levels, and the window
//! of a key behind at most [`BETWEEN`]; it writes as much, with a prefix for the key's object. Where places are gathered, it writes spans instead, and to the
//! output only the objects that are early, which make room for themselves, with their brackets.
//!
//! What a round uses is a [`Place`], which stays in registers; [`Around`] stays in memory. What is rare is a function of its own and gets the place as a
//! copy, for otherwise it would be in memory, too.

use std::arch::x86_64::{__m256i, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_setzero_si256};
use std::mem::MaybeUninit;

use super::gather::{next_node, write_early};
use super::memory::{Room, WINDOW, begins, copy, fill, more_room, room, word};
use super::value::{LONGEST, long_string, short, skip};
use crate::transform::buffer::Buffer;
use crate::transform::canonical::frames::Span;
use crate::transform::canonical::mode::Mode;
use crate::transform::canonical::reader::NEAR;
use crate::transform::canonical::sprint::{Entry, LEVELS, Level, Sprint, Stopped};
use crate::transform::pattern::{Pattern, Prefix};
use crate::transform::select::Chosen;
use crate::transform::table::{Field, Object, Value};

/// Two objects of a list are this far apart, brace to quote.
const BETWEEN: usize = 4;

/// What a round writes at most.
pub(super) const ROOM: usize = LONGEST + 2 * LEVELS + 2 + Prefix::ROOM + WINDOW;

const _: () = assert!(LONGEST + 2 * LEVELS + BETWEEN + WINDOW <= NEAR);
const _: () = assert!(Pattern::ROOM == WINDOW && Prefix::ROOM == 2 * WINDOW);

/// Where the loop is.
#[derive(Clone, Copy)]
struct Place<'t> {
    from: *const u8,
    target: *mut u8,
    /// The fields that may still come.
    rest: &'t [Field],
    /// The span of the field before `rest`, where places are gathered: see [`Around::span`].
    span: *mut Span,
    high: __m256i,
}

/// What is around the place.
pub(super) struct Around<'t> {
    object: &'t Object,
    list: bool,
    pub(super) chosen: Option<&'t Chosen>,
    /// What the object's output begins with.
    prefix: &'t Prefix,
    /// See [`Level`].
    pub(super) frame: usize,
    /// The document's beginning, or where it would be before its tail: only for telling positions.
    origin: *const u8,
    /// Up to where the document may have been read at the head of a round.
    last: *const u8,
    in_tail: bool,
    /// The output's beginning: only for telling positions.
    pub(super) base: *mut u8,
    /// Up to where the output may have got at the head of a round, or at the end of an object.
    pub(super) last_room: *mut u8,
    left: usize,
    /// The levels that were gone into: so many are set.
    height: usize,
    levels: [MaybeUninit<Level<'t>>; LEVELS],
    /// The loop began at the document's beginning.
    whole: bool,
}

/// What was read of a structure.
enum Begun<'t> {
    /// An object's beginning, up to the value of its first field.
    Object(&'t Field),
    /// All of it.
    Done,
    /// The document.
    Document,
}

type Read<'t> = (Place<'t>, Result<Begun<'t>, Stopped<'t>>);

/// Goes on from the document's beginning, or from the value of a field.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2")]
pub(super) fn run<'t, B: Buffer, M: Mode>(
    sprint: &mut Sprint<'_, 't, B>,
    entry: Entry<'t>,
    high: &mut u32,
) -> Stopped<'t> {
    let (document, tail) = (sprint.reader.document, sprint.reader.tail);
    let (tail_from, tail_origin) = (tail.bytes.as_ptr(), tail.bytes.as_ptr().wrapping_sub(tail.start));
    let in_tail = sprint.reader.in_tail || document.len() < NEAR;
    let (origin, last) = if in_tail {
        (tail_origin, tail_from.wrapping_add(NEAR))
    } else {
        (document.as_ptr(), document.as_ptr().wrapping_add(document.len() - NEAR))
    };
    sprint.buffer.truncate(sprint.to);
    let Room { base, target, last: last_room } = room(sprint.buffer, ROOM);
    let Level { object, rest, list, chosen, frame } = sprint.here;
    let mut around = Around {
        object,
        list,
        chosen,
        prefix: chosen.map_or(object.prefix(), |chosen| &chosen.prefix),
        frame,
        origin,
        last,
        in_tail,
        base,
        last_room,
        left: sprint.left,
        height: 0,
        levels: [MaybeUninit::uninit(); LEVELS],
        whole: matches!(entry, Entry::Document),
    };
    let from = origin.wrapping_add(sprint.reader.offset());
    let span = std::ptr::null_mut();
    let mut here = Place { from, target, rest, span, high: _mm256_setzero_si256() };
    let mut field = match entry {
        Entry::Value(field) => {
            if M::GATHERS {
                let Some(span) = around.span(sprint, rest) else { return Stopped::Failed };
                here.span = span;
            }
            field
        }
        Entry::Document => {
            // SAFETY: a document has a tail behind it.
            let brace = here.from <= last && unsafe { *here.from } == b'{';
            // SAFETY: behind the first byte there is a window as well.
            let Some((first, behind)) = (unsafe { here.first(rest, 1) }).filter(|_| brace && !around.prefix.is_none())
            else {
                return Stopped::AtOnce;
            };
            if M::GATHERS {
                let Some(span) = around.add_node(sprint, 0) else { return Stopped::Failed };
                here.span = span;
            }
            // SAFETY: there is room for a round, and the key is there.
            unsafe { here.begin::<M>(&around, (first, behind), 1, (*b"\0\0", 0)) };
            first
        }
    };
    let stopped = 'values: loop {
        if here.from > around.last {
            if around.in_tail {
                break Stopped::Value(field);
            }
            here.from = tail_origin.wrapping_add(around.offset(here.from));
            (around.origin, around.last, around.in_tail) = (tail_origin, tail_from.wrapping_add(NEAR), true);
            continue;
        }
        if here.target > around.last_room {
            // SAFETY: everything before the target was written.
            here.target = unsafe { around.grow(sprint, here.target, document.len() / 4) };
        }
        // SAFETY: the loop's head.
        match unsafe { short::<M>(here.from, here.target, field, &mut here.high) } {
            Some(len) => {
                // SAFETY: a value is near, and was copied.
                unsafe { here.pass::<M>(&around, field, len) };
            }
            None => {
                // SAFETY: the loop's head; and the limits are how far a string may go for the same to hold behind it.
                let (place, read) = unsafe { structure::<B, M>(here, field, sprint, &mut around) };
                here = place;
                match read {
                    Ok(Begun::Object(first)) => {
                        field = first;
                        continue;
                    }
                    Ok(Begun::Done | Begun::Document) => {}
                    Err(stopped) => break stopped,
                }
            }
        }
        loop {
            let (mut rest, mut span) = (here.rest, here.span);
            while let Some((next, behind)) = rest.split_first() {
                // SAFETY: a window behind a value and brackets is near.
                if unsafe { begins(here.from, next.stored(), false) } {
                    if M::GATHERS {
                        here.span = span;
                    } else {
                        // SAFETY: there is room for a window.
                        unsafe { copy(next.shown().bytes(false).as_ptr(), here.target) };
                    }
                    // SAFETY: a pattern is no longer than its window.
                    unsafe { here.step(next.stored().len(), if M::GATHERS { 0 } else { next.shown().len() }) };
                    here.rest = behind;
                    field = next;
                    continue 'values;
                }
                if !next.is_optional() || M::SELECTS && !M::GATHERS && !next.is_skipped() {
                    break 'values Stopped::Key;
                }
                if M::GATHERS {
                    // SAFETY: the field's own.
                    unsafe { *span = Span::default() };
                    span = span.wrapping_add(1);
                }
                rest = behind;
            }
            // SAFETY: four bytes are near.
            if around.list && unsafe { word(here.from) } == u32::from_le_bytes(*b"}, {") {
                let fields = match around.chosen {
                    Some(chosen) if M::SELECTS => &chosen.fields,
                    _ => around.object.fields(),
                };
                // SAFETY: a key is near.
                let first = unsafe { here.first(fields, BETWEEN) }.filter(|_| !around.prefix.is_none());
                let Some(first) = first else { break 'values Stopped::Key };
                if M::GATHERS {
                    // SAFETY: the object was read to its end, and everything before the target was written.
                    let next = unsafe { next_node(here.target, sprint, &mut around) };
                    let Some((target, span)) = next else { break 'values Stopped::Failed };
                    (here.target, here.span) = (target.as_ptr(), span);
                }
                // SAFETY: there is room for all of it, and the key is there.
                unsafe { here.begin::<M>(&around, first, BETWEEN, (*b"},", 2)) };
                field = first.0;
                continue 'values;
            }
            // SAFETY: brackets are near.
            let (place, read) = unsafe { end::<B, M>(here, sprint, &mut around) };
            here = place;
            match read {
                Ok(Begun::Document) => break 'values Stopped::End,
                Ok(_) => {}
                Err(stopped) => break 'values stopped,
            }
        }
    };
    *high |= _mm256_movemask_epi8(here.high).cast_unsigned();
    sprint.to = around.written(here.target);
    // SAFETY: everything before the target was written.
    unsafe { fill(sprint.buffer, sprint.to) };
    if !matches!(stopped, Stopped::End) {
        around.leave(here, sprint);
    }
    stopped
}

impl<'t> Place<'t> {
    /// # Safety
    /// There are so many bytes in the document and in the output.
    #[inline(always)]
    unsafe fn step(&mut self, read: usize, written: usize) {
        // SAFETY: the caller's.
        (self.from, self.target) = unsafe { (self.from.add(read), self.target.add(written)) };
    }

    /// The first of an object's fields, if its key is `skipped` bytes from here, and those behind it.
    ///
    /// # Safety
    /// So many bytes and a window can be read.
    #[inline(always)]
    unsafe fn first(&self, fields: &'t [Field], skipped: usize) -> Option<(&'t Field, &'t [Field])> {
        let (first, behind) = fields.split_first()?;
        // SAFETY: the caller's.
        unsafe { begins(self.from.add(skipped), first.stored(), true) }.then_some((first, behind))
    }

    /// Passes a scalar, which was copied to the target.
    ///
    /// # Safety
    /// There are so many bytes in the document and in the output, and the span is the field's own.
    #[inline(always)]
    unsafe fn pass<M: Mode>(&mut self, around: &Around<'t>, field: &Field, len: usize) {
        if M::GATHERS {
            // SAFETY: the field's own.
            unsafe { *self.span = Span::new(around.offset(self.from), len) };
            self.span = self.span.wrapping_add(1);
        }
        let written = if M::GATHERS || M::SELECTS && field.is_skipped() { 0 } else { len };
        // SAFETY: the caller's.
        unsafe { self.step(len, written) };
    }

    /// Writes some bytes of `before` and the object's prefix, and goes on to the value of its first field, whose key is `skipped` bytes from here.
    ///
    /// # Safety
    /// The key is there. Where something is written, the prefix has room for itself, and two bytes, a prefix and a window can be written.
    #[inline(always)]
    unsafe fn begin<M: Mode>(
        &mut self,
        around: &Around<'t>,
        (first, behind): (&'t Field, &'t [Field]),
        skipped: usize,
        (before, written): ([u8; 2], usize),
    ) {
        self.rest = behind;
        let read = skipped + first.stored().len() - 2;
        if M::GATHERS {
            // SAFETY: the key is there.
            return unsafe { self.step(read, 0) };
        }
        let prefix = around.prefix;
        // SAFETY: two bytes, a prefix of two windows, and a window behind its length, which is not more than its room; the key is there.
        unsafe {
            self.target.cast::<[u8; 2]>().write_unaligned(before);
            self.step(read, written);
            copy(prefix.bytes().as_ptr(), self.target);
            copy(prefix.bytes().as_ptr().add(WINDOW), self.target.add(WINDOW));
            self.step(0, prefix.len());
            copy(first.shown().bytes(false).as_ptr(), self.target);
            self.step(0, first.shown().len());
        }
    }
}

impl<'t> Around<'t> {
    /// A position in the document.
    #[inline(always)]
    fn offset(&self, from: *const u8) -> usize {
        from.addr().wrapping_sub(self.origin.addr())
    }

    /// A position in the output.
    #[inline(always)]
    pub(super) fn written(&self, target: *mut u8) -> usize {
        target.addr().wrapping_sub(self.base.addr())
    }

    /// Makes room behind the target, which is somewhere else then.
    ///
    /// # Safety
    /// Everything before it was written.
    #[cold]
    #[inline(never)]
    unsafe fn grow<B: Buffer>(&mut self, sprint: &mut Sprint<'_, 't, B>, target: *mut u8, more: usize) -> *mut u8 {
        // SAFETY: the caller's.
        let room = unsafe { more_room(sprint.buffer, self.written(target), more, ROOM) };
        (self.base, self.last_room) = (room.base, room.last);
        room.target
    }

    /// The fields of the objects that the field before `rest` holds by its type.
    fn fields_under(&self, rest: &[Field]) -> &'t [Field] {
        let known = self.object.fields();
        let field = known.len().checked_sub(rest.len() + 1).and_then(|number| known.get(number));
        let mut value = field.map(|field| field.value().resolved());
        if let Some(Value::List(element) | Value::Nullable(element)) = value {
            value = Some(element.resolved());
        }
        if let Some(Value::Object(object)) = value { object.fields() } else { &[] }
    }

    fn level(&self, rest: &'t [Field]) -> Level<'t> {
        let Self { object, list, chosen, frame, .. } = *self;
        Level { object, rest, list, chosen, frame }
    }

    /// Tells where the loop stopped.
    #[cold]
    #[inline(never)]
    fn leave<B: Buffer>(&self, here: Place<'t>, sprint: &mut Sprint<'_, 't, B>) {
        sprint.reader.go_to(self.offset(here.from), self.in_tail);
        sprint.here = self.level(here.rest);
        (sprint.left, sprint.height) = (self.left, self.height);
        if self.height > 0 {
            let mut levels = [Level::NONE; LEVELS];
            for (level, around) in levels.iter_mut().zip(&self.levels).take(self.height) {
                // SAFETY: so many are set.
                *level = unsafe { around.assume_init() };
            }
            sprint.levels = Some(levels);
        }
    }
}

/// Reads a value that is no short scalar: a long string, no more of it than up to the limits, an empty list, or an object's beginning.
///
/// # Safety
/// Brackets and a window can be read; brackets, a prefix and a window can be written, and so can a window behind the limits.
#[inline(always)]
unsafe fn structure<'t, B: Buffer, M: Mode>(
    mut here: Place<'t>,
    field: &'t Field,
    sprint: &mut Sprint<'_, 't, B>,
    around: &mut Around<'t>,
) -> Read<'t> {
    let stopped = Stopped::Value(field);
    // SAFETY: the first bytes.
    let (first, second) = unsafe { (*here.from, *here.from.add(1)) };
    let (len, text) = match (field.value().resolved(), first, second) {
        (Value::Scalar | Value::Skipped, b'"', _) => {
            // SAFETY: the caller's.
            let string = unsafe { long_string::<M>(here.from, here.target, (around.last, around.last_room)) };
            let Some((len, high)) = string else { return (here, Err(stopped)) };
            // SAFETY: this is called where there is AVX2.
            here.high = unsafe { with(here.high, high) };
            // SAFETY: the string was found there, and copied.
            unsafe { here.pass::<M>(around, field, len) };
            return (here, Ok(Begun::Done));
        }
        (Value::Skipped, b'{' | b'[', _) if M::SELECTS => {
            // SAFETY: the caller's.
            let skipped = unsafe { skip(here.from, around.last, around.left, around.fields_under(here.rest)) };
            let Some((len, high)) = skipped else { return (here, Err(stopped)) };
            // SAFETY: this is called where there is AVX2.
            here.high = unsafe { with(here.high, high) };
            // SAFETY: it was found there, and nothing is written.
            unsafe { here.pass::<M>(around, field, len) };
            return (here, Ok(Begun::Done));
        }
        // SAFETY: the first bytes.
        (_, b'n', _) if field.is_nullable() && unsafe { word(here.from) } == u32::from_le_bytes(*b"null") => {
            (4, *b"null")
        }
        (Value::List(_), b'[', b']') if around.left > 0 => {
            if M::GATHERS {
                let Some(nodes) = around.holds_nodes(sprint, here.rest) else { return (here, Err(Stopped::Failed)) };
                if nodes {
                    // SAFETY: the field's own, and the first bytes.
                    unsafe {
                        *here.span = Span::EMPTY_LIST;
                        here.step(2, 0);
                    }
                    here.span = here.span.wrapping_add(1);
                    return (here, Ok(Begun::Done));
                }
            }
            (2, *b"[]\0\0")
        }
        (Value::Object(object), b'{', _) => {
            // SAFETY: the caller's.
            let first = unsafe { enter::<B, M>(&mut here, object, false, sprint, around) };
            return (here, first.map(Begun::Object).ok_or(stopped));
        }
        (Value::List(element), b'[', b'{') => {
            let Value::Object(object) = element.resolved() else { return (here, Err(stopped)) };
            // SAFETY: the caller's.
            let first = unsafe { enter::<B, M>(&mut here, object, true, sprint, around) };
            return (here, first.map(Begun::Object).ok_or(stopped));
        }
        _ => return (here, Err(stopped)),
    };
    // Null is no place at all.
    let kept = if M::GATHERS && text == *b"null" { 0 } else { len };
    if M::GATHERS {
        let span = if kept == 0 { Span::default() } else { Span::new(around.written(here.target), len) };
        // SAFETY: the field's own.
        unsafe { *here.span = span };
        here.span = here.span.wrapping_add(1);
    }
    // SAFETY: there is room for more; so much was found there, and written.
    unsafe {
        here.target.cast::<[u8; 4]>().write_unaligned(text);
        here.step(len, kept);
    }
    (here, Ok(Begun::Done))
}

/// Remembers whether there were bytes that are not ASCII.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2")]
fn with(high: __m256i, more: u32) -> __m256i {
    _mm256_or_si256(high, _mm256_set1_epi8(if more == 0 { 0 } else { -1 }))
}

/// Goes into an object, or into the first object of a list.
///
/// # Safety
/// See [`Place::begin`].
#[inline(always)]
unsafe fn enter<'t, B: Buffer, M: Mode>(
    here: &mut Place<'t>,
    object: &'t Object,
    list: bool,
    sprint: &mut Sprint<'_, 't, B>,
    around: &mut Around<'t>,
) -> Option<&'t Field> {
    let left = around.left.checked_sub(if list { 2 } else { 1 })?;
    let skipped = usize::from(list) + 1;
    let (mut fields, mut chosen, mut prefix) = (object.fields(), None, object.prefix());
    if M::SELECTS {
        let under = sprint.selecting.as_ref()?.under(around.chosen?, here.rest)?.of(object)?;
        (fields, chosen, prefix) = (&under.fields, Some(under), &under.prefix);
    }
    // SAFETY: the caller's.
    let first = unsafe { here.first(fields, skipped) }.filter(|_| !prefix.is_none())?;
    let outer = around.level(here.rest);
    *around.levels.get_mut(around.height)? = MaybeUninit::new(outer);
    let mut link = 0;
    if M::GATHERS {
        let (chosen, frames) = (chosen?, &mut sprint.selecting.as_mut()?.frames);
        link = around.place(here.rest)?;
        // Nothing fails from here on.
        if chosen.embedded == 0 {
            frames.make_room(2 + chosen.spans)?;
        }
        if chosen.early {
            frames.set(link, Span::new(around.written(here.target), 0))?;
            // SAFETY: there is room.
            unsafe {
                *here.target = b'[';
                here.step(0, usize::from(list));
            }
        } else if list {
            link = frames.add_list(link)?;
        }
    }
    around.height += 1;
    around.left = left;
    (around.object, around.list, around.chosen, around.prefix) = (object, list, chosen, prefix);
    if M::GATHERS {
        here.span = around.add_node(sprint, link)?;
    }
    let before = if list { *b"[\0" } else { *b"\0\0" };
    // SAFETY: the caller's, and the key is there.
    unsafe { here.begin::<M>(around, first, skipped, (before, usize::from(list))) };
    Some(first.0)
}

/// The end of an object that is none of a list, or the last: goes back to what is around it.
///
/// # Safety
/// Two bytes can be read, and what is behind an object can be written.
#[inline(always)]
unsafe fn end<'t, B: Buffer, M: Mode>(
    mut here: Place<'t>,
    sprint: &mut Sprint<'_, 't, B>,
    around: &mut Around<'t>,
) -> Read<'t> {
    // SAFETY: two bytes are near.
    let brackets = unsafe { (*here.from, *here.from.add(1)) };
    let ended = if around.list { brackets == (b'}', b']') } else { brackets.0 == b'}' };
    if !ended || around.height == 0 && !around.whole {
        return (here, Err(Stopped::Key));
    }
    let len = if around.list { 2 } else { 1 };
    let early = M::GATHERS && around.chosen.is_some_and(|chosen| chosen.early);
    if early {
        // SAFETY: the object was read to its end, and everything before the target was written.
        match unsafe { write_early(here.target, sprint, around) } {
            Some(target) => here.target = target.as_ptr(),
            None => return (here, Err(Stopped::Failed)),
        }
        if let Some(selecting) = &mut sprint.selecting {
            selecting.frames.drop_early(around.frame);
        }
        // SAFETY: there is room behind an object.
        unsafe {
            *here.target = b']';
            here.step(0, usize::from(around.list));
        }
    }
    // SAFETY: two brackets at most.
    unsafe {
        if !M::GATHERS {
            here.target.cast::<[u8; 2]>().write_unaligned(*b"}]");
        }
        here.step(len, if M::GATHERS { 0 } else { len });
    }
    let Some(height) = around.height.checked_sub(1) else {
        let end = around.offset(here.from) == sprint.reader.document.len();
        return (here, if end { Ok(Begun::Document) } else { Err(Stopped::Failed) });
    };
    let Some(level) = around.levels.get(height) else { return (here, Err(Stopped::Failed)) };
    // SAFETY: those below the height are set.
    let outer = unsafe { level.assume_init() };
    around.height = height;
    around.left += len;
    Level { object: around.object, rest: here.rest, list: around.list, chosen: around.chosen, frame: around.frame } =
        outer;
    around.prefix = outer.chosen.map_or(outer.object.prefix(), |chosen| &chosen.prefix);
    if M::GATHERS {
        let Some(span) = around.span(sprint, here.rest) else { return (here, Err(Stopped::Failed)) };
        if early {
            // SAFETY: that of the field that was gone into.
            unsafe { *span = Span::new((*span).at as usize, around.written(here.target) - (*span).at as usize) };
        }
        // Behind that of the field that was gone into.
        here.span = span.wrapping_add(1);
    }
    (here, Ok(Begun::Done))
}
