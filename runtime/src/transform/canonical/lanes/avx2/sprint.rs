//! The inner loop with raw pointers: each load and store is one instruction, and it goes into objects and lists of objects by itself.
//!
//! What makes every access right stands at the head of the loop: behind the positions there are [`NEAR`] bytes of the document and [`ROOM`] bytes of the
//! output, and no round uses more. A round reads a value of at most [`LONGEST`] bytes, at most two brackets for each of [`LEVELS`] levels, and the window
//! of a key behind at most [`BETWEEN`]; it writes as much, with a prefix for the key's object.

use std::arch::x86_64::{
    __m256i, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8,
    _mm256_setzero_si256, _mm256_storeu_si256,
};

use super::{digits, quotes, specials};
use crate::transform::canonical::reader::NEAR;
use crate::transform::canonical::sprint::{LEVELS, Level, Marks, Sprint};
use crate::transform::pattern::{Pattern, Prefix};
use crate::transform::select::{Chosen, What};
use crate::transform::table::{Field, Hint, Object, Value};

const WINDOW: usize = 32;

/// The longest value of a round: two windows without the last byte.
const LONGEST: usize = 2 * WINDOW - 1;

/// Two objects of a list are this far apart, brace to quote.
const BETWEEN: usize = 4;

/// What a round writes at most.
const ROOM: usize = LONGEST + 2 * LEVELS + 2 + Prefix::ROOM + WINDOW;

const _: () = assert!(LONGEST + 2 * LEVELS + BETWEEN + WINDOW <= NEAR);
const _: () = assert!(Pattern::ROOM == WINDOW && Prefix::ROOM == 2 * WINDOW);

/// A uuid with its quotes.
const UUID: usize = 38;

/// Where the loop is.
struct Run<'t> {
    from: *const u8,
    target: *mut u8,
    object: &'t Object,
    rest: &'t [Field],
    list: bool,
    chosen: Option<&'t Chosen>,
    marks: Marks,
    high: __m256i,
    /// Up to where the output may have got at the head of a round, or at the end of an object.
    last_room: *mut u8,
}

/// See [`Sprint::run`].
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2")]
pub(super) fn run<'t, const SELECT: bool>(
    sprint: &mut Sprint<'_, '_, 't>,
    field: &'t Field,
    high: &mut u32,
) -> Option<&'t Field> {
    let document = sprint.bytes.as_ptr_range();
    let output = sprint.buffer.as_mut_ptr_range();
    let too_short = sprint.at + NEAR > sprint.bytes.len() || sprint.to + ROOM > sprint.buffer.len();
    if too_short {
        return Some(field);
    }
    // SAFETY: both are long enough, as was just found.
    let (last, last_room) = unsafe { (document.end.sub(NEAR), output.end.sub(ROOM)) };
    // SAFETY: the same.
    let (from, target) = unsafe { (document.start.add(sprint.at), output.start.add(sprint.to)) };
    let Level { object, rest, list, chosen, marks } = sprint.here;
    let mut run = Run { from, target, object, rest, list, chosen, marks, high: _mm256_setzero_si256(), last_room };
    let mut field = field;
    let stopped = 'values: loop {
        if run.from > last || run.target > last_room {
            break Some(field);
        }
        // SAFETY: the loop's head.
        let len = match unsafe { run.value::<SELECT>(field) } {
            Some(len) => len,
            // SAFETY: the loop's head; and the limits are how far a string may go for the same to hold behind it.
            None => match unsafe { run.structure::<SELECT>(field, sprint, (last, last_room), output.start) } {
                Some(Begun::Object(first)) => {
                    field = first;
                    continue;
                }
                Some(Begun::Done) => 0,
                None => break Some(field),
            },
        };
        // SAFETY: a value is near.
        unsafe { run.step(len, if SELECT && field.is_skipped() { 0 } else { len }) };
        loop {
            let mut rest = run.rest;
            while let Some((next, behind)) = rest.split_first() {
                // SAFETY: a window behind a value and brackets is near.
                if unsafe { begins(run.from, next.stored(), 0) } {
                    if SELECT {
                        run.mark(next, output.start, sprint);
                    }
                    // SAFETY: there is room for a window.
                    unsafe { store(run.target, load(next.shown().bytes(false).as_ptr())) };
                    // SAFETY: a pattern is no longer than its window.
                    unsafe { run.step(next.stored().len(), next.shown().len()) };
                    run.rest = behind;
                    field = next;
                    continue 'values;
                }
                if SELECT || !next.is_optional() {
                    break 'values None;
                }
                rest = behind;
            }
            // SAFETY: brackets and a key are near.
            match unsafe { run.end::<SELECT>(sprint, output.start) } {
                Some(Begun::Object(first)) => {
                    field = first;
                    continue 'values;
                }
                Some(Begun::Done) => {}
                None => break 'values None,
            }
        }
    };
    // SAFETY: both are where they started or behind it, in the document and in the output.
    unsafe {
        sprint.at = run.from.offset_from(document.start).cast_unsigned();
        sprint.to = run.target.offset_from(output.start).cast_unsigned();
    }
    sprint.here = run.level();
    *high |= _mm256_movemask_epi8(run.high).cast_unsigned();
    stopped
}

/// What was read of a structure.
enum Begun<'t> {
    /// An object's beginning, up to the value of its first field.
    Object(&'t Field),
    /// All of it.
    Done,
}

impl<'t> Run<'t> {
    /// # Safety
    /// There are so many bytes in the document and in the output.
    #[inline(always)]
    unsafe fn step(&mut self, read: usize, written: usize) {
        // SAFETY: the caller's.
        (self.from, self.target) = unsafe { (self.from.add(read), self.target.add(written)) };
    }

    /// Copies a scalar of at most [`LONGEST`] bytes and returns its length; of any other value it may copy some bytes, but returns nothing.
    ///
    /// # Safety
    /// Two windows can be read and two can be written.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2")]
    unsafe fn value<const SELECT: bool>(&mut self, field: &Field) -> Option<usize> {
        let (from, target) = (self.from, self.target);
        if !(matches!(field.value(), Value::Scalar) || SELECT && field.is_skipped()) {
            return None;
        }
        // SAFETY: within the first window.
        let (window, first) = unsafe { (load(from), *from) };
        // SAFETY: the first window.
        unsafe { store(target, window) };
        match first {
            b'"' => {
                self.high = _mm256_or_si256(self.high, window);
                // What comes next waits for the quotes; whether the string is plain may be found later. Both without the opening quote.
                let (quotes, special) = (quotes(window), specials(window).0);
                let (quotes, special) = (quotes & (quotes - 1), special & (special - 1));
                if quotes != 0 {
                    let end = quotes.trailing_zeros() as usize;
                    return (special & ((quotes - 1) & !quotes) == 0).then_some(end + 1);
                }
                if special != 0 {
                    return None;
                }
                // SAFETY: within two windows.
                let second = unsafe { load(from.add(WINDOW)) };
                self.high = _mm256_or_si256(self.high, second);
                // SAFETY: the second window.
                unsafe { store(target.add(WINDOW), second) };
                let special = specials(second).0;
                // A guess at the length does not wait for the end to be found.
                // SAFETY: within two windows.
                let uuid = field.hinted() == Hint::Uuid && unsafe { *from.add(UUID - 1) == b'"' };
                if uuid && special & ((1 << (UUID - 1 - WINDOW)) - 1) == 0 {
                    return Some(UUID);
                }
                if special << 1 == 0 {
                    return None;
                }
                let end = WINDOW + special.trailing_zeros() as usize;
                // SAFETY: within two windows.
                unsafe { *from.add(end) == b'"' }.then_some(end + 1)
            }
            b'0'..=b'9' => {
                let others = !digits(window);
                let whole = others.trailing_zeros() as usize;
                if others == 0 || first == b'0' && whole > 1 {
                    return None;
                }
                // SAFETY: within the first window.
                if unsafe { *from.add(whole) } != b'.' {
                    return Some(whole);
                }
                let others = others & (others - 1);
                let end = others.trailing_zeros() as usize;
                (others != 0 && end > whole + 1).then_some(end)
            }
            // SAFETY: within the first window.
            b'n' => (unsafe { word(from) } == u32::from_le_bytes(*b"null") && field.is_nullable()).then_some(4),
            // SAFETY: the same.
            b't' => (unsafe { word(from) } == u32::from_le_bytes(*b"true")).then_some(4),
            // SAFETY: the same.
            b'f' => (unsafe { word(from.add(1)) } == u32::from_le_bytes(*b"alse")).then_some(5),
            _ => None,
        }
    }

    /// Reads a value that is no short scalar: a long string, no more of it than up to `limits`, an empty list, or an object's beginning.
    ///
    /// # Safety
    /// Brackets and a window can be read; brackets, a prefix and a window can be written, and so can a window behind the limits.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2")]
    unsafe fn structure<const SELECT: bool>(
        &mut self,
        field: &'t Field,
        sprint: &mut Sprint<'_, '_, 't>,
        limits: (*const u8, *mut u8),
        start: *mut u8,
    ) -> Option<Begun<'t>> {
        // SAFETY: the first bytes.
        let (first, second) = unsafe { (*self.from, *self.from.add(1)) };
        match (field.value().resolved(), first, second) {
            (Value::Scalar | Value::Skipped, b'"', _) => {
                // SAFETY: the caller's.
                let (len, high) = unsafe { long_string(self.from, self.target, limits)? };
                self.high = _mm256_or_si256(self.high, _mm256_set1_epi8(if high == 0 { 0 } else { -1 }));
                // SAFETY: the string ends within the limits.
                unsafe { self.step(len, if SELECT && field.is_skipped() { 0 } else { len }) };
                Some(Begun::Done)
            }
            // SAFETY: the first bytes.
            (_, b'n', _) if field.is_nullable() && unsafe { word(self.from) } == u32::from_le_bytes(*b"null") => {
                // SAFETY: there is room for more.
                unsafe {
                    self.target.cast::<[u8; 4]>().write_unaligned(*b"null");
                    self.step(4, 4);
                }
                Some(Begun::Done)
            }
            (Value::List(_), b'[', b']') if sprint.left > 0 => {
                // SAFETY: there is room for more.
                unsafe {
                    self.target.cast::<[u8; 2]>().write_unaligned(*b"[]");
                    self.step(2, 2);
                }
                Some(Begun::Done)
            }
            (Value::Object(object), b'{', _) => {
                // SAFETY: the caller's.
                unsafe { self.enter::<SELECT>(object, false, sprint, start) }
            }
            (Value::List(element), b'[', b'{') => match element.resolved() {
                // SAFETY: the caller's.
                Value::Object(object) => unsafe { self.enter::<SELECT>(object, true, sprint, start) },
                _ => None,
            },
            _ => None,
        }
    }

    /// Goes into an object, or into the first object of a list.
    ///
    /// # Safety
    /// See [`begin`](Self::begin).
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2")]
    unsafe fn enter<const SELECT: bool>(
        &mut self,
        object: &'t Object,
        list: bool,
        sprint: &mut Sprint<'_, '_, 't>,
        start: *mut u8,
    ) -> Option<Begun<'t>> {
        let left = sprint.left.checked_sub(if list { 2 } else { 1 })?;
        let (outer, skipped) = (self.level(), usize::from(list) + 1);
        let level = sprint.levels.get_mut(sprint.height)?;
        let (fields, chosen, marks) = if SELECT {
            let selecting = sprint.selecting.as_mut()?;
            let choice = selecting.under(self.chosen?, self.rest)?;
            let (chosen, marks) = selecting.enter(object, choice)?;
            (&chosen.fields[..], Some(chosen), marks)
        } else {
            (object.fields(), None, Marks::default())
        };
        let prefix = chosen.map_or(object.prefix(), |chosen| &chosen.prefix);
        // SAFETY: the caller's.
        let first = unsafe { self.first(fields, skipped) }.filter(|_| !prefix.is_none());
        let Some((first, behind)) = first else {
            if let (true, Some(selecting)) = (SELECT, &mut sprint.selecting) {
                selecting.leave(marks);
            }
            return None;
        };
        *level = outer;
        (self.object, self.list, self.chosen, self.marks) = (object, list, chosen, marks);
        sprint.height += 1;
        sprint.left = left;
        let before = if list { *b"[\0" } else { *b"\0\0" };
        // SAFETY: the caller's, and the key is there.
        unsafe { self.begin::<SELECT>(first, behind, skipped, (before, usize::from(list)), start, sprint) };
        Some(Begun::Object(first))
    }

    /// The end of an object: goes on to the next of its list, or back to what is around it.
    ///
    /// # Safety
    /// See [`begin`](Self::begin).
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2")]
    unsafe fn end<const SELECT: bool>(&mut self, sprint: &mut Sprint<'_, '_, 't>, start: *mut u8) -> Option<Begun<'t>> {
        // SAFETY: four bytes are near.
        let brackets = unsafe { word(self.from) };
        let len = if !self.list {
            if brackets as u8 != b'}' {
                return None;
            }
            1
        } else if brackets == u32::from_le_bytes(*b"}, {") {
            let fields = if SELECT { &self.chosen?.fields } else { self.object.fields() };
            if self.prefix::<SELECT>().is_none() {
                return None;
            }
            // SAFETY: the caller's.
            let (first, behind) = unsafe { self.first(fields, BETWEEN)? };
            if SELECT {
                // SAFETY: the caller's.
                self.target = unsafe { finish(self.target, self.chosen?, self.marks, self.last_room, sprint, start)? };
            }
            // SAFETY: the caller's, and the key is there.
            unsafe { self.begin::<SELECT>(first, behind, BETWEEN, (*b"},", 2), start, sprint) };
            return Some(Begun::Object(first));
        } else if brackets as u16 == u16::from_le_bytes(*b"}]") {
            2
        } else {
            return None;
        };
        let height = sprint.height.checked_sub(1)?;
        let outer = *sprint.levels.get(height)?;
        if SELECT {
            // SAFETY: the caller's.
            self.target = unsafe { finish(self.target, self.chosen?, self.marks, self.last_room, sprint, start)? };
            sprint.selecting.as_mut()?.leave(self.marks);
        }
        sprint.left += if self.list { 2 } else { 1 };
        sprint.height = height;
        Level { object: self.object, rest: self.rest, list: self.list, chosen: self.chosen, marks: self.marks } = outer;
        // SAFETY: two brackets at most.
        unsafe {
            self.target.cast::<[u8; 2]>().write_unaligned(*b"}]");
            self.step(len, len);
        }
        Some(Begun::Done)
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
        unsafe { begins(self.from.add(skipped), first.stored(), 2) }.then_some((first, behind))
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
        start: *mut u8,
        sprint: &mut Sprint<'_, '_, 't>,
    ) {
        let prefix = self.prefix::<SELECT>();
        // SAFETY: two bytes, a prefix of two windows, and a window behind its length.
        unsafe {
            self.target.cast::<[u8; 2]>().write_unaligned(before);
            self.step(skipped, written);
            store(self.target, load(prefix.bytes().as_ptr()));
            store(self.target.add(WINDOW), load(prefix.bytes().as_ptr().add(WINDOW)));
        }
        if SELECT {
            // SAFETY: both are in the output.
            self.marks.start = unsafe { self.target.offset_from(start) }.cast_unsigned();
            self.marks.set = 0;
        }
        // SAFETY: a prefix is no longer than its room.
        unsafe { self.step(0, prefix.len()) };
        if SELECT {
            self.mark(first, start, sprint);
        }
        // SAFETY: a window behind the prefix; the key is there.
        unsafe {
            store(self.target, load(first.shown().bytes(false).as_ptr()));
            self.step(first.stored().len() - 2, first.shown().len());
        }
        self.rest = behind;
    }

    /// Remembers where a selected field begins.
    #[inline(always)]
    fn mark(&mut self, field: &Field, start: *mut u8, sprint: &mut Sprint<'_, '_, 't>) {
        if let (false, Some(selecting)) = (field.is_skipped(), &mut sprint.selecting) {
            selecting.mark(&mut self.marks, self.target.addr() - start.addr());
        }
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
        Level { object: self.object, rest: self.rest, list: self.list, chosen: self.chosen, marks: self.marks }
    }
}

/// Puts the object that ends at `target` in the order of its selection and returns where it ends then; nothing is written where that would be behind `last`.
///
/// # Safety
/// `start` is where the output begins, and there is room for a round behind `last`.
#[inline(never)]
#[target_feature(enable = "avx2,bmi1,bmi2")]
unsafe fn finish(
    target: *mut u8,
    chosen: &Chosen,
    marks: Marks,
    last: *mut u8,
    sprint: &mut Sprint<'_, '_, '_>,
    start: *mut u8,
) -> Option<*mut u8> {
    // SAFETY: the object begins in the output.
    let object = unsafe { start.add(marks.start) };
    let end = if chosen.in_order {
        target
    } else {
        if target.wrapping_add(chosen.growth) > last {
            return None;
        }
        let len = target.addr() - object.addr();
        let (set, copy) = sprint.selecting.as_mut()?.workplace(chosen, marks, len)?;
        *set.get_mut(marks.set as usize)? = marks.start + len;
        // SAFETY: the object was written there, with room for a window behind it; the copy is a window longer.
        unsafe {
            copy_windows(object, copy.as_mut_ptr(), len);
            arrange(chosen, (set, marks.start), (copy, len), object, last)?
        }
    };
    // What was written begins with a comma, if anything was.
    // SAFETY: within the object.
    unsafe { *object = b'{' };
    Some(end.max(object.wrapping_add(1)))
}

/// Copies `len` bytes, and up to a window more.
///
/// # Safety
/// A window behind them can be read and written.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2")]
unsafe fn copy_windows(from: *const u8, target: *mut u8, len: usize) {
    // SAFETY: the caller's.
    unsafe {
        store(target, load(from));
        if len > WINDOW {
            store(target.add(WINDOW), load(from.add(WINDOW)));
        }
        if len > 2 * WINDOW {
            let at = 2 * WINDOW;
            std::ptr::copy_nonoverlapping(from.add(at), target.add(at), len - at);
        }
    }
}

/// Writes the pieces of a copied object in the order of its selection, and returns where they end. `marks` tell where each begins, counted from the same
/// place as the object's own beginning.
///
/// # Safety
/// The copy has `len` bytes and a window; a prefix and a window can be written from every place up to `last`.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2")]
unsafe fn arrange(
    chosen: &Chosen,
    (marks, begin): (&[usize], usize),
    (copy, len): (&[u8], usize),
    object: *mut u8,
    last: *mut u8,
) -> Option<*mut u8> {
    let mut target = object;
    for slot in &chosen.slots {
        if target > last {
            return None;
        }
        let What::Field { rank, .. } = slot.what else {
            // SAFETY: the target was checked, and a prefix is as long as two windows.
            unsafe {
                store(target, load(slot.typename.bytes().as_ptr()));
                store(target.add(WINDOW), load(slot.typename.bytes().as_ptr().add(WINDOW)));
            }
            target = target.wrapping_add(slot.typename.len());
            continue;
        };
        let (from, to) = (marks.get(rank)?.checked_sub(begin)?, marks.get(rank + 1)?.checked_sub(begin)?);
        if from > to || to > len || target.wrapping_add(to - from) > last {
            return None;
        }
        // SAFETY: within the copy and the window behind it; within the output, up to a window behind what was checked.
        unsafe { copy_windows(copy.as_ptr().add(from), target, to - from) };
        target = target.wrapping_add(to - from);
    }
    Some(target)
}

/// Copies a string that is long or has escapes, if it ends within the limits: its length, and bits for bytes that are not ASCII.
///
/// # Safety
/// A window can be read from every place up to the first limit, and written up to the second.
#[inline(never)]
#[target_feature(enable = "avx2,bmi1,bmi2")]
unsafe fn long_string(from: *const u8, target: *mut u8, limits: (*const u8, *mut u8)) -> Option<(usize, u32)> {
    let (mut len, mut high) = (1, 0);
    // The opening quote.
    // SAFETY: the caller's.
    unsafe { *target = b'"' };
    // SAFETY: these are only compared.
    while from.wrapping_add(len) <= limits.0 && target.wrapping_add(len) <= limits.1 {
        // SAFETY: that was just found.
        let window = unsafe { load(from.add(len)) };
        // SAFETY: the same.
        unsafe { store(target.add(len), window) };
        let (special, seen) = specials(window);
        high |= seen;
        if special == 0 {
            len += WINDOW;
            continue;
        }
        len += special.trailing_zeros() as usize;
        // SAFETY: within the window, and the window behind the limit.
        match unsafe { (*from.add(len), *from.add(len + 1)) } {
            (b'"', _) => {
                len += 1;
                return (from.wrapping_add(len) <= limits.0 && target.wrapping_add(len) <= limits.1)
                    .then_some((len, high));
            }
            (b'\\', escaped @ (b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't')) => {
                // SAFETY: a byte behind the window, within the room behind the limit.
                unsafe { target.add(len).cast::<[u8; 2]>().write_unaligned([b'\\', escaped]) };
                len += 2;
            }
            _ => return None,
        }
    }
    None
}

/// Whether the text begins with the pattern from its byte `skipped` (0 or 2) on.
///
/// # Safety
/// A window can be read.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2")]
unsafe fn begins(from: *const u8, pattern: &Pattern, skipped: usize) -> bool {
    // SAFETY: the caller's window, and 32 bytes of the pattern.
    let same = unsafe { _mm256_cmpeq_epi8(load(from), load(pattern.bytes(skipped == 2).as_ptr())) };
    let differ = !_mm256_movemask_epi8(same).cast_unsigned();
    differ.trailing_zeros() as usize + skipped >= pattern.len()
}

#[inline]
#[target_feature(enable = "avx2")]
unsafe fn load(from: *const u8) -> __m256i {
    // SAFETY: the caller has 32 bytes there.
    unsafe { _mm256_loadu_si256(from.cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
unsafe fn store(target: *mut u8, window: __m256i) {
    // SAFETY: the caller has room for 32 bytes there.
    unsafe { _mm256_storeu_si256(target.cast(), window) }
}

#[inline]
#[target_feature(enable = "avx2")]
unsafe fn word(from: *const u8) -> u32 {
    // SAFETY: the caller has four bytes there.
    unsafe { from.cast::<u32>().read_unaligned() }
}
