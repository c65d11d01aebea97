//! The inner loop with raw pointers: each load and store is one instruction, and it goes into objects and lists of objects by itself.
//!
//! What makes every access right stands at the head of the loop: behind the positions there are [`NEAR`] bytes of the document and [`ROOM`] bytes of the
//! output, and no round uses more. A round reads a value of at most [`LONGEST`] bytes, at most two brackets for each of [`LEVELS`] levels, and the window
//! of a key behind at most [`BETWEEN`]; it writes as much, with a prefix for the key's object.

use std::arch::x86_64::{__m256i, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_setzero_si256};
use std::mem::MaybeUninit;

use super::arrange::{self, arrange};
use super::memory::{Room, WINDOW, begins, copy, fill, more_room, room, word};
use super::value::{LONGEST, long_string, short, skip};
use crate::transform::buffer::Buffer;
use crate::transform::canonical::reader::NEAR;
use crate::transform::canonical::select::Span;
use crate::transform::canonical::sprint::{Entry, LEVELS, Level, Sprint, Stopped};
use crate::transform::pattern::{Pattern, Prefix};
use crate::transform::select::Chosen;
use crate::transform::table::{Field, Object, Value};

/// Two objects of a list are this far apart, brace to quote.
const BETWEEN: usize = 4;

/// What a round writes at most.
const ROOM: usize = LONGEST + 2 * LEVELS + 2 + Prefix::ROOM + WINDOW + arrange::SLACK;

const _: () = assert!(LONGEST + 2 * LEVELS + BETWEEN + WINDOW <= NEAR);
const _: () = assert!(Pattern::ROOM == WINDOW && Prefix::ROOM == 2 * WINDOW);

/// Where the loop is.
struct Run<'t> {
    from: *const u8,
    target: *mut u8,
    object: &'t Object,
    rest: &'t [Field],
    list: bool,
    chosen: Option<&'t Chosen>,
    /// Where the object begins in the output, in a selection, and in the document.
    start: usize,
    begin: usize,
    /// The span of the field before `rest`.
    span: *mut Span,
    high: __m256i,
    /// The document's beginning, or where it would be before its tail: only for telling positions.
    origin: *const u8,
    /// Up to where the document may have been read at the head of a round.
    last: *const u8,
    /// The output's beginning: only for telling positions.
    base: *mut u8,
    /// Up to where the output may have got at the head of a round, or at the end of an object.
    last_room: *mut u8,
    left: usize,
    height: usize,
}

/// What is around an object that was gone into.
type Around<'t> = [MaybeUninit<(Level<'t>, usize)>; LEVELS];

/// Goes on from the document's beginning, or from the value of a field.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2")]
pub(super) fn run<'t, B: Buffer, const SELECT: bool>(
    sprint: &mut Sprint<'_, 't, B>,
    entry: Entry<'t>,
    high: &mut u32,
) -> Stopped<'t> {
    let (document, tail) = (sprint.reader.document, sprint.reader.tail);
    let (tail_from, tail_origin) = (tail.bytes.as_ptr(), tail.bytes.as_ptr().wrapping_sub(tail.start));
    let mut in_tail = sprint.reader.in_tail || document.len() < NEAR;
    let (origin, last) = if in_tail {
        (tail_origin, tail_from.wrapping_add(NEAR))
    } else {
        (document.as_ptr(), document.as_ptr().wrapping_add(document.len() - NEAR))
    };
    sprint.buffer.truncate(sprint.to);
    let Room { base, target, last: last_room } = room(sprint.buffer, ROOM);
    let Level { object, rest, list, chosen, start } = sprint.here;
    let mut run = Run {
        from: origin.wrapping_add(sprint.reader.offset()),
        target,
        object,
        rest,
        list,
        chosen,
        start,
        begin: 0,
        span: std::ptr::null_mut(),
        high: _mm256_setzero_si256(),
        origin,
        last,
        base,
        last_room,
        left: sprint.left,
        height: 0,
    };
    let mut around: Around<'t> = [MaybeUninit::uninit(); LEVELS];
    if SELECT && !run.find_span(sprint) {
        return Stopped::Failed;
    }
    let mut field = match entry {
        Entry::Value(field) => field,
        Entry::Document => {
            // SAFETY: a round has not begun, and the first window is there: a document has a tail behind it.
            let first = unsafe {
                if run.from > run.last || *run.from != b'{' { None } else { run.first(run.rest, 1) }
            };
            let Some((first, behind)) = first.filter(|_| !run.prefix::<SELECT>().is_none()) else {
                return Stopped::AtOnce;
            };
            // SAFETY: there is room for a round, and the key is there.
            unsafe { run.begin::<SELECT>(first, behind, 1, (*b"\0\0", 0)) };
            first
        }
    };
    let stopped = 'values: loop {
        if run.from > run.last {
            if in_tail {
                break Stopped::Value(field);
            }
            in_tail = true;
            run.from = tail_origin.wrapping_add(run.from.addr() - run.origin.addr());
            (run.origin, run.last) = (tail_origin, tail_from.wrapping_add(NEAR));
            continue;
        }
        if run.target > run.last_room {
            // SAFETY: everything before the target was written.
            run.take(unsafe { more_room(sprint.buffer, run.written(), document.len() / 4, ROOM) });
        }
        // SAFETY: the loop's head.
        let len = match unsafe { short::<SELECT>(run.from, run.target, field, &mut run.high) } {
            Some(len) => {
                if SELECT {
                    // SAFETY: the field's own.
                    unsafe { *run.span = Span { at: run.offset(), len } };
                }
                len
            }
            // SAFETY: the loop's head; and the limits are how far a string may go for the same to hold behind it.
            None => match unsafe { run.structure::<B, SELECT>(field, sprint, &mut around) } {
                Some(Begun::Object(first)) => {
                    field = first;
                    continue;
                }
                Some(Begun::Done | Begun::Document) => 0,
                None => break Stopped::Value(field),
            },
        };
        // SAFETY: a value is near.
        unsafe { run.step(len, if SELECT && !field.is_named() { 0 } else { len }) };
        loop {
            let mut rest = run.rest;
            while let Some((next, behind)) = rest.split_first() {
                // SAFETY: a window behind a value and brackets is near.
                if unsafe { begins(run.from, next.stored(), false) } {
                    if SELECT {
                        run.span = run.span.wrapping_add(run.rest.len() - behind.len());
                    }
                    // SAFETY: there is room for a window.
                    unsafe { copy(next.shown().bytes(false).as_ptr(), run.target) };
                    // SAFETY: a pattern is no longer than its window.
                    unsafe { run.step(next.stored().len(), next.shown().len()) };
                    run.rest = behind;
                    field = next;
                    continue 'values;
                }
                if !next.is_optional() || SELECT && next.is_named() {
                    break 'values Stopped::Key;
                }
                if SELECT {
                    // SAFETY: there is a span for each field.
                    unsafe { *run.span.add(run.rest.len() - behind.len()) = Span::default() };
                }
                rest = behind;
            }
            // SAFETY: brackets and a key are near.
            match unsafe { run.end::<B, SELECT>(sprint, &mut around, matches!(entry, Entry::Document)) } {
                Ok(Begun::Object(first)) => {
                    field = first;
                    continue 'values;
                }
                Ok(Begun::Done) => {}
                Ok(Begun::Document) if run.offset() == document.len() => break 'values Stopped::End,
                Ok(Begun::Document) => break 'values Stopped::Failed,
                Err(stopped) => break 'values stopped,
            }
        }
    };
    // SAFETY: everything before the target was written.
    unsafe { fill(sprint.buffer, run.written()) };
    *high |= _mm256_movemask_epi8(run.high).cast_unsigned();
    if !matches!(stopped, Stopped::End) {
        sprint.to = run.written();
        sprint.reader.go_to(run.offset(), in_tail);
        sprint.here = run.level();
        (sprint.left, sprint.height) = (run.left, run.height);
        if run.height > 0 {
            let mut levels = [Level::NONE; LEVELS];
            for (level, around) in levels.iter_mut().zip(&around).take(run.height) {
                // SAFETY: so many are set.
                *level = unsafe { around.assume_init() }.0;
            }
            sprint.levels = Some(levels);
        }
    }
    stopped
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

impl<'t> Run<'t> {
    /// # Safety
    /// There are so many bytes in the document and in the output.
    #[inline(always)]
    unsafe fn step(&mut self, read: usize, written: usize) {
        // SAFETY: the caller's.
        (self.from, self.target) = unsafe { (self.from.add(read), self.target.add(written)) };
    }

    /// The position in the document.
    #[inline(always)]
    fn offset(&self) -> usize {
        self.from.addr().wrapping_sub(self.origin.addr())
    }

    /// The position in the output.
    #[inline(always)]
    fn written(&self) -> usize {
        self.target.addr().wrapping_sub(self.base.addr())
    }

    #[inline(always)]
    fn take(&mut self, room: Room) {
        Room { base: self.base, target: self.target, last: self.last_room } = room;
    }

    /// Finds the span of the field before `rest`. Whether the object's fields all have one.
    #[inline(always)]
    fn find_span<B>(&mut self, sprint: &mut Sprint<'_, 't, B>) -> bool {
        let (Some(selecting), Some(chosen)) = (&mut sprint.selecting, self.chosen) else { return false };
        let Some(spans) = selecting.spans(chosen) else { return false };
        self.span = spans.as_mut_ptr().wrapping_add(spans.len() - self.rest.len()).wrapping_sub(1);
        true
    }

    /// Reads a value that is no short scalar: a long string, no more of it than up to the limits, an empty list, or an object's beginning.
    ///
    /// # Safety
    /// Brackets and a window can be read; brackets, a prefix and a window can be written, and so can a window behind the limits.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2")]
    unsafe fn structure<B: Buffer, const SELECT: bool>(
        &mut self,
        field: &'t Field,
        sprint: &mut Sprint<'_, 't, B>,
        around: &mut Around<'t>,
    ) -> Option<Begun<'t>> {
        // SAFETY: the first bytes.
        let (first, second) = unsafe { (*self.from, *self.from.add(1)) };
        let (read, written) = match (field.value().resolved(), first, second) {
            (Value::Scalar | Value::Skipped, b'"', _) => {
                // SAFETY: the caller's.
                let (len, high) = unsafe { long_string(self.from, self.target, (self.last, self.last_room))? };
                self.saw(high);
                if SELECT {
                    // SAFETY: the field's own.
                    unsafe { *self.span = Span { at: self.offset(), len } };
                }
                (len, if SELECT && !field.is_named() { 0 } else { len })
            }
            (Value::Skipped, b'{' | b'[', _) if SELECT => {
                // SAFETY: the caller's.
                let (len, high) = unsafe { skip(self.from, self.last, self.left)? };
                self.saw(high);
                (len, 0)
            }
            // SAFETY: the first bytes.
            (_, b'n', _) if field.is_nullable() && unsafe { word(self.from) } == u32::from_le_bytes(*b"null") => {
                // SAFETY: there is room for more.
                unsafe { self.target.cast::<[u8; 4]>().write_unaligned(*b"null") };
                (4, 4)
            }
            (Value::List(_), b'[', b']') if self.left > 0 => {
                // SAFETY: there is room for more.
                unsafe { self.target.cast::<[u8; 2]>().write_unaligned(*b"[]") };
                (2, 2)
            }
            (Value::Object(object), b'{', _) => {
                // SAFETY: the caller's.
                return unsafe { self.enter::<B, SELECT>(object, false, sprint, around) };
            }
            (Value::List(element), b'[', b'{') => match element.resolved() {
                // SAFETY: the caller's.
                Value::Object(object) => return unsafe { self.enter::<B, SELECT>(object, true, sprint, around) },
                _ => return None,
            },
            _ => return None,
        };
        if SELECT && !matches!(field.value(), Value::Scalar | Value::Skipped) {
            // SAFETY: the field's own.
            unsafe { *self.span = Span { at: self.written(), len: written } };
        }
        // SAFETY: so much was found there, and written.
        unsafe { self.step(read, written) };
        Some(Begun::Done)
    }

    /// Remembers whether there were bytes that are not ASCII.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2")]
    fn saw(&mut self, high: u32) {
        self.high = _mm256_or_si256(self.high, _mm256_set1_epi8(if high == 0 { 0 } else { -1 }));
    }

    /// Goes into an object, or into the first object of a list.
    ///
    /// # Safety
    /// See [`begin`](Self::begin).
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2")]
    unsafe fn enter<B: Buffer, const SELECT: bool>(
        &mut self,
        object: &'t Object,
        list: bool,
        sprint: &mut Sprint<'_, 't, B>,
        around: &mut Around<'t>,
    ) -> Option<Begun<'t>> {
        let left = self.left.checked_sub(if list { 2 } else { 1 })?;
        let skipped = usize::from(list) + 1;
        let level = around.get_mut(self.height)?;
        let (fields, chosen) = if SELECT {
            let selecting = sprint.selecting.as_ref()?;
            let chosen = selecting.enter(object, selecting.under(self.chosen?, self.rest)?)?;
            (&chosen.fields[..], Some(chosen))
        } else {
            (object.fields(), None)
        };
        let prefix = chosen.map_or(object.prefix(), |chosen| &chosen.prefix);
        // SAFETY: the caller's.
        let (first, behind) = unsafe { self.first(fields, skipped) }.filter(|_| !prefix.is_none())?;
        *level = MaybeUninit::new((self.level(), self.begin));
        if SELECT {
            // SAFETY: the field's own.
            unsafe { *self.span = Span { at: self.written(), len: 0 } };
        }
        (self.object, self.list, self.chosen, self.rest) = (object, list, chosen, fields);
        if SELECT && !self.find_span(sprint) {
            return None;
        }
        self.height += 1;
        self.left = left;
        let before = if list { *b"[\0" } else { *b"\0\0" };
        // SAFETY: the caller's, and the key is there.
        unsafe { self.begin::<SELECT>(first, behind, skipped, (before, usize::from(list))) };
        Some(Begun::Object(first))
    }

    /// The end of an object: goes on to the next of its list, or back to what is around it.
    ///
    /// # Safety
    /// See [`begin`](Self::begin).
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2")]
    unsafe fn end<B: Buffer, const SELECT: bool>(
        &mut self,
        sprint: &mut Sprint<'_, 't, B>,
        around: &mut Around<'t>,
        whole: bool,
    ) -> Result<Begun<'t>, Stopped<'t>> {
        // SAFETY: four bytes are near.
        let brackets = unsafe { word(self.from) };
        let len = if !self.list {
            if brackets as u8 != b'}' {
                return Err(Stopped::Key);
            }
            1
        } else if brackets == u32::from_le_bytes(*b"}, {") {
            let fields = match self.chosen {
                Some(chosen) if SELECT => &chosen.fields,
                _ => self.object.fields(),
            };
            if self.prefix::<SELECT>().is_none() {
                return Err(Stopped::Key);
            }
            // SAFETY: the caller's.
            let Some((first, behind)) = (unsafe { self.first(fields, BETWEEN) }) else {
                return Err(Stopped::Key);
            };
            if SELECT {
                // SAFETY: the caller's.
                unsafe { self.finish(sprint)? };
                self.rest = fields;
                if !self.find_span(sprint) {
                    return Err(Stopped::Failed);
                }
            }
            // SAFETY: the caller's, and the key is there.
            unsafe { self.begin::<SELECT>(first, behind, BETWEEN, (*b"},", 2)) };
            return Ok(Begun::Object(first));
        } else if brackets as u16 == u16::from_le_bytes(*b"}]") {
            2
        } else {
            return Err(Stopped::Key);
        };
        if self.height == 0 && !whole {
            return Err(Stopped::Key);
        }
        if SELECT {
            // SAFETY: the caller's.
            unsafe { self.finish(sprint)? };
        }
        // SAFETY: two brackets at most.
        unsafe {
            self.target.cast::<[u8; 2]>().write_unaligned(*b"}]");
            self.step(len, len);
        }
        if self.height == 0 {
            return Ok(Begun::Document);
        }
        self.left += if self.list { 2 } else { 1 };
        self.height -= 1;
        let Some(level) = around.get(self.height) else { return Err(Stopped::Failed) };
        // SAFETY: those below the height are set.
        let (outer, begin) = unsafe { level.assume_init() };
        Level { object: self.object, rest: self.rest, list: self.list, chosen: self.chosen, start: self.start } = outer;
        self.begin = begin;
        if SELECT {
            if !self.find_span(sprint) {
                return Err(Stopped::Failed);
            }
            let written = self.written();
            // SAFETY: that of the field that was gone into.
            unsafe { (*self.span).len = written - (*self.span).at };
        }
        Ok(Begun::Done)
    }

    /// Puts an object in the order of its selection.
    ///
    /// # Safety
    /// It was written up to the target, which is where a round has room.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2")]
    unsafe fn finish<B: Buffer>(&mut self, sprint: &mut Sprint<'_, 't, B>) -> Result<(), Stopped<'t>> {
        let chosen = self.chosen.ok_or(Stopped::Failed)?;
        if !chosen.in_order {
            let growth = chosen.room + self.offset().wrapping_sub(self.begin);
            if self.target.wrapping_add(growth) > self.last_room {
                // SAFETY: everything before the target was written.
                self.take(unsafe { more_room(sprint.buffer, self.written(), growth, ROOM) });
            }
            let (start, written) = (self.base.wrapping_add(self.start), self.written() - self.start);
            let selecting = sprint.selecting.as_mut().ok_or(Stopped::Failed)?;
            if written <= arrange::SHORT {
                let spans = selecting.spans(chosen).ok_or(Stopped::Failed)?;
                // SAFETY: there is room for what is arranged, and for what a round uses behind it.
                let end = unsafe {
                    arrange(chosen, spans, &sprint.reader, (start, written), self.base, self.last_room)
                };
                self.target = end.ok_or(Stopped::Failed)?;
            } else {
                // SAFETY: everything before the target was written.
                unsafe { fill(sprint.buffer, self.written()) };
                let end = selecting.arrange_in(chosen, self.start, sprint.buffer).ok_or(Stopped::Failed)?;
                sprint.buffer.truncate(end);
                self.take(room(sprint.buffer, ROOM));
            }
        }
        let start = self.base.wrapping_add(self.start);
        // What was written begins with a comma, if anything was.
        // SAFETY: within the output, or where there is room.
        unsafe { *start = b'{' };
        self.target = self.target.max(start.wrapping_add(1));
        Ok(())
    }

    /// The first of an object's fields, if its key is `skipped` bytes from here, and those behind it.
    ///
    /// # Safety
    /// So many bytes and a window can be read.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2")]
    unsafe fn first(&self, fields: &'t [Field], skipped: usize) -> Option<(&'t Field, &'t [Field])> {
        let (first, behind) = fields.split_first()?;
        // SAFETY: the caller's.
        unsafe { begins(self.from.add(skipped), first.stored(), true) }.then_some((first, behind))
    }

    /// Writes some bytes of `before` and the object's prefix, and goes on to the value of its first field, whose key is `skipped` bytes from here.
    ///
    /// # Safety
    /// The key is there; the prefix has room for itself; two bytes, a prefix and a window can be written.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2")]
    unsafe fn begin<const SELECT: bool>(
        &mut self,
        first: &'t Field,
        behind: &'t [Field],
        skipped: usize,
        (before, written): ([u8; 2], usize),
    ) {
        let prefix = self.prefix::<SELECT>();
        // SAFETY: two bytes, a prefix of two windows, and a window behind its length.
        unsafe {
            self.target.cast::<[u8; 2]>().write_unaligned(before);
            self.step(skipped, written);
            copy(prefix.bytes().as_ptr(), self.target);
            copy(prefix.bytes().as_ptr().add(WINDOW), self.target.add(WINDOW));
        }
        if SELECT {
            (self.start, self.begin) = (self.written(), self.offset());
            // From before the first field to it.
            self.span = self.span.wrapping_add(1);
        }
        // SAFETY: a prefix is no longer than its room.
        unsafe { self.step(0, prefix.len()) };
        // SAFETY: a window behind the prefix; the key is there.
        unsafe {
            copy(first.shown().bytes(false).as_ptr(), self.target);
            self.step(first.stored().len() - 2, first.shown().len());
        }
        self.rest = behind;
    }

    /// What the object's output begins with.
    #[inline(always)]
    fn prefix<const SELECT: bool>(&self) -> &'t Prefix {
        match self.chosen {
            Some(chosen) if SELECT => &chosen.prefix,
            _ => self.object.prefix(),
        }
    }

    #[inline(always)]
    fn level(&self) -> Level<'t> {
        Level { object: self.object, rest: self.rest, list: self.list, chosen: self.chosen, start: self.start }
    }
}
