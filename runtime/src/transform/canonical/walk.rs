//! The main loop: from key to key.

use std::mem;

use super::arrange::Arranger;
use super::keys::{Key, other_key};
use super::lanes::Lanes;
use super::member::find_member;
use super::output::Output;
use super::reader::{Reader, Tail};
use super::scalar::{scalar, uuid};
use super::sprint::Sprint;
use super::stack::{Level, Stack};
use super::tree::tree;
use crate::transform::Missing;
use crate::transform::buffer::Buffer;
use crate::transform::select::Choice;
use crate::transform::settings::Transform;
use crate::transform::table::{Field, Hint, Value};

/// Transforms a canonical document and appends the result to `out`; for any other document it returns `false` and leaves `out` as it was.
#[inline(always)]
pub(in crate::transform) fn run<L: Lanes, B: Buffer>(
    lanes: L,
    transform: &Transform,
    document: &[u8],
    out: &mut B,
) -> bool {
    walk::<L, B, false>(lanes, transform, &[], document, out)
}

/// The same for what was selected.
#[inline(always)]
pub(in crate::transform) fn select<L: Lanes, B: Buffer>(
    lanes: L,
    transform: &Transform,
    choices: &[Choice],
    document: &[u8],
    out: &mut B,
) -> bool {
    walk::<L, B, true>(lanes, transform, choices, document, out)
}

#[inline(always)]
fn walk<L: Lanes, B: Buffer, const SELECT: bool>(
    lanes: L,
    transform: &Transform,
    choices: &[Choice],
    document: &[u8],
    out: &mut B,
) -> bool {
    let start = out.len();
    let tail = Tail::new(document);
    let output = Output::new(mem::take(out), document.len());
    let (reader, high) = (Reader::new(document, &tail), L::High::default());
    let arranger = if SELECT { Some(Arranger::take()) } else { None };
    let mut walk = Walk::<L, B, SELECT> { lanes, transform, choices, reader, output, high, arranger };
    let done = walk.document().is_some() && (!lanes.is_high(walk.high) || std::str::from_utf8(document).is_ok());
    if let Some(arranger) = walk.arranger {
        arranger.give_back();
    }
    *out = walk.output.finish();
    if !done {
        out.truncate(start);
    }
    done
}

/// One document on its way through; `SELECT` tells whether a selection is asked for.
struct Walk<'a, L: Lanes, B, const SELECT: bool> {
    lanes: L,
    transform: &'a Transform,
    choices: &'a [Choice],
    reader: Reader<'a>,
    output: Output<B>,
    high: L::High,
    arranger: Option<Arranger>,
}

/// What comes next in the current level.
enum Next<'t> {
    /// A value.
    Value { value: &'t Value, nullable: bool, choice: Option<&'t Choice> },
    /// Its end.
    End,
}

impl<'a, L: Lanes, B: Buffer, const SELECT: bool> Walk<'a, L, B, SELECT> {
    #[inline(always)]
    fn document(&mut self) -> Option<()> {
        let transform = self.transform;
        let mut stack = Stack::new(transform.depth);
        let mut here = Level::object(transform.object);
        if transform.depth == 0 || self.reader.byte(0) != b'{' {
            return None;
        }
        self.begin(&mut here, self.choices.first())?;
        // Nothing was read of the current level yet, so no comma comes next.
        let mut entered = true;
        loop {
            let next = match here.element {
                None => self.fields(&mut here, &stack, entered)?,
                Some(element) => self.element(element, here.choice, entered)?,
            };
            entered = match next {
                Next::Value { value, nullable, choice } => {
                    self.value(value, nullable, choice, &mut here, &mut stack)?
                }
                Next::End => {
                    let Some(level) = stack.pop(&here) else { return self.reader.is_at_end().then_some(()) };
                    here = level;
                    false
                }
            }
        }
    }

    /// Reads the object's scalar fields up to one that is something else, or to its end, and on through the elements of a list of such objects.
    #[inline(always)]
    fn fields(&mut self, here: &mut Level<'a>, stack: &Stack<'a>, entered: bool) -> Option<Next<'a>> {
        let mut key = if entered { self.key::<true>(here, stack)? } else { self.key::<false>(here, stack)? };
        loop {
            let Some(field) = key else {
                if here.repeats && self.next_object(here)? {
                    key = self.key::<true>(here, stack)?;
                    continue;
                }
                return Some(Next::End);
            };
            let Some(field) = self.sprint(field, here) else {
                key = self.key::<false>(here, stack)?;
                continue;
            };
            let nullable = field.is_nullable();
            match field.value() {
                Value::Scalar if field.hinted() == Hint::Uuid => {
                    uuid(self.lanes, &mut self.reader, &mut self.output, &mut self.high, nullable)?;
                }
                Value::Scalar => {
                    scalar(self.lanes, &mut self.reader, &mut self.output, &mut self.high, nullable)?;
                }
                Value::Skipped if SELECT => self.skip(stack)?,
                value => {
                    let choice = if SELECT { self.choice_under(here) } else { None };
                    return Some(Next::Value { value, nullable, choice });
                }
            }
            key = self.key::<false>(here, stack)?;
        }
    }

    /// Reads values and keys that are short work.
    #[inline(always)]
    fn sprint(&mut self, field: &'a Field, here: &mut Level<'a>) -> Option<&'a Field> {
        let (bytes, at) = self.reader.parts();
        let from = at;
        let (buffer, to) = self.output.parts();
        let written = to;
        let mut sprint = Sprint { bytes, at, buffer, to, rest: here.rest };
        let mut high = self.high;
        let arranger = &mut self.arranger;
        let in_order = here.chosen.is_none_or(|chosen| chosen.in_order);
        let stopped = sprint.run::<L, SELECT>(self.lanes, field, &mut high, |next, position| {
            if SELECT
                && !in_order
                && !next.is_skipped()
                && let Some(arranger) = arranger
            {
                arranger.mark(position);
            }
        });
        let (at, to, rest) = (sprint.at, sprint.to, sprint.rest);
        here.rest = rest;
        self.high = high;
        self.reader.skip(at - from);
        self.output.keep(to - written);
        stopped
    }

    /// Goes on to the next object of a list, if there is one.
    #[inline(always)]
    fn next_object(&mut self, here: &mut Level<'a>) -> Option<bool> {
        match self.reader.window(0)? {
            [b',', b' ', b'{', ..] => {
                self.reader.skip(2);
                self.output.put_byte(b',')?;
                self.begin_again(here)?;
                Some(true)
            }
            [b']', ..] => {
                self.reader.skip(1);
                self.output.put_byte(b']')?;
                Some(false)
            }
            _ => None,
        }
    }

    /// Reads a key and writes its name. At the object's end there is none: the brace is read and written.
    #[inline(always)]
    fn key<const FIRST: bool>(&mut self, here: &mut Level<'a>, stack: &Stack<'a>) -> Option<Option<&'a Field>> {
        let window = self.reader.window(0)?;
        let mut rest = here.rest;
        while let Some((field, behind)) = rest.split_first() {
            rest = behind;
            let stored = field.stored();
            if self.lanes.matches(window, stored, FIRST) {
                self.reader.skip(stored.len() - if FIRST { 2 } else { 0 });
                if SELECT {
                    self.mark(here, rest)?;
                }
                self.output.put(field.shown().bytes(false), field.shown().len())?;
                here.rest = rest;
                return Some(Some(field));
            }
            if window.first() == Some(&b'}') || !self.may_lack(field) {
                break;
            }
        }
        self.unexpected(here, stack, FIRST)
    }

    #[inline(always)]
    fn may_lack(&self, field: &Field) -> bool {
        field.is_optional() || self.transform.missing == Missing::Allow
    }

    /// A brace, or a key that was not expected here: steps over those that are unknown to the next that is known.
    #[inline(always)]
    fn unexpected(&mut self, here: &mut Level<'a>, stack: &Stack<'a>, first: bool) -> Option<Option<&'a Field>> {
        let mut first = first;
        loop {
            if self.reader.byte(0) == b'}' {
                if !here.rest.iter().all(|field| self.may_lack(field)) {
                    return None;
                }
                self.reader.skip(1);
                if SELECT {
                    self.arrange(here)?;
                }
                self.output.put_byte(b'}')?;
                return Some(None);
            }
            let (reader, key) = other_key(self.reader, *here, first, self.transform)?;
            self.reader = reader;
            first = false;
            match key {
                Key::Known(number, field) => {
                    let rest = here.fields().get(number + 1..)?;
                    if SELECT {
                        self.mark(here, rest)?;
                        here.rest = rest;
                        if field.is_skipped() {
                            self.skip(stack)?;
                            continue;
                        }
                        // A response name without room is left to the general engine.
                        self.output.put(field.shown().bytes(false), field.shown().len())?;
                        return Some(Some(field));
                    }
                    here.rest = rest;
                    self.output.put_text(b",\"")?;
                    self.output.put_text(field.name().as_bytes())?;
                    self.output.put_text(b"\":")?;
                    return Some(Some(field));
                }
                Key::Unknown | Key::Discriminator => {
                    here.discriminated |= matches!(key, Key::Discriminator);
                    self.skip(stack)?;
                }
            }
        }
    }

    /// Steps over a value.
    #[inline(always)]
    fn skip(&mut self, stack: &Stack<'a>) -> Option<()> {
        let position = self.output.position();
        match self.reader.byte(0) {
            b'{' | b'[' => self.tree(stack)?,
            _ => scalar(self.lanes, &mut self.reader, &mut self.output, &mut self.high, true)?,
        }
        self.output.back_to(position);
        Some(())
    }

    #[inline(always)]
    fn tree(&mut self, stack: &Stack<'a>) -> Option<()> {
        let output = mem::take(&mut self.output);
        let (output, done) = tree(self.lanes, self.reader, output, self.high, stack.left());
        self.output = output;
        (self.reader, self.high) = done?;
        Some(())
    }

    /// The next element of a list.
    #[inline(always)]
    fn element(&mut self, element: &'a Value, choice: Option<&'a Choice>, entered: bool) -> Option<Next<'a>> {
        match (self.reader.byte(0), self.reader.byte(1)) {
            (b']', _) => {
                self.reader.skip(1);
                self.output.put_byte(b']')?;
                return Some(Next::End);
            }
            _ if entered => {}
            (b',', b' ') => {
                self.reader.skip(2);
                self.output.put_byte(b',')?;
            }
            _ => return None,
        }
        Some(Next::Value { value: element, nullable: false, choice })
    }

    /// Reads a value that is not a plain scalar field, or steps into it and says so.
    #[inline(always)]
    fn value(
        &mut self,
        value: &'a Value,
        nullable: bool,
        choice: Option<&'a Choice>,
        here: &mut Level<'a>,
        stack: &mut Stack<'a>,
    ) -> Option<bool> {
        let (mut value, mut nullable) = (value, nullable);
        loop {
            match value {
                Value::Nullable(inner) => (value, nullable) = (inner, true),
                Value::Late(late) => value = Value::resolve(late),
                _ => break,
            }
        }
        let next = match (value, self.reader.byte(0)) {
            (Value::Scalar, _) | (_, b'n') => {
                scalar(self.lanes, &mut self.reader, &mut self.output, &mut self.high, nullable)?;
                return Some(false);
            }
            (Value::Opaque, _) => {
                self.tree(stack)?;
                return Some(false);
            }
            (Value::Object(object), b'{') => Level::object(object),
            (Value::Union(union), b'{') => Level::member(find_member(self.reader.rest(), union)?, union),
            (Value::List(element), b'[') => match self.list(element, choice)? {
                Some(level) => level,
                None => return Some(false),
            },
            _ => return None,
        };
        stack.push(*here, &next)?;
        *here = next;
        if here.element.is_none() {
            self.begin(here, choice)?;
        }
        Some(true)
    }

    /// Begins a list, and ends it where it is short work.
    #[inline(always)]
    fn list(&mut self, element: &'a Value, choice: Option<&'a Choice>) -> Option<Option<Level<'a>>> {
        self.reader.skip(1);
        self.output.put_byte(b'[')?;
        match (element, self.reader.byte(0)) {
            (Value::Object(object), b'{') => return Some(Some(Level::element(object))),
            (Value::Scalar, first) if first != b']' => self.scalars(false)?,
            (Value::Nullable(Value::Scalar), first) if first != b']' => self.scalars(true)?,
            _ => return Some(Some(Level::list(element, choice))),
        }
        Some(None)
    }

    /// The scalars of a list, to its closing bracket.
    #[inline(always)]
    fn scalars(&mut self, nullable: bool) -> Option<()> {
        loop {
            scalar(self.lanes, &mut self.reader, &mut self.output, &mut self.high, nullable)?;
            match (self.reader.byte(0), self.reader.byte(1)) {
                (b',', b' ') => {
                    self.reader.skip(2);
                    self.output.put_byte(b',')?;
                }
                (b']', _) => {
                    self.reader.skip(1);
                    return self.output.put_byte(b']');
                }
                _ => return None,
            }
        }
    }

    /// Steps over an object's opening brace and writes what comes before its fields.
    #[inline(always)]
    fn begin(&mut self, here: &mut Level<'a>, choice: Option<&'a Choice>) -> Option<()> {
        if SELECT {
            here.chosen = Some(choice?.of(here.object)?);
            here.marks = self.arranger.as_ref()?.len();
        }
        self.begin_again(here)
    }

    /// The same for the next object of a list, of which the level is known.
    #[inline(always)]
    fn begin_again(&mut self, here: &mut Level<'a>) -> Option<()> {
        self.reader.skip(1);
        here.rest = if SELECT { here.fields() } else { here.object.fields() };
        if let (true, Some(chosen)) = (SELECT, here.chosen) {
            self.output.promise(chosen.growth);
            here.start = self.output.position();
            return self.output.put(chosen.prefix.bytes(), chosen.prefix.len());
        }
        self.output.promise(here.object.growth());
        let prefix = here.object.prefix();
        if prefix.is_none() {
            self.output.put_text(b"{\"__typename\":\"")?;
            self.output.put_text(here.object.typename().as_bytes())?;
            return self.output.put_byte(b'"');
        }
        self.output.put(prefix.bytes(), prefix.len())
    }
}

/// What only a selection needs.
impl<'a, L: Lanes, B: Buffer, const SELECT: bool> Walk<'a, L, B, SELECT> {
    /// What is selected under the field that was read last.
    #[inline(always)]
    fn choice_under(&self, here: &Level<'a>) -> Option<&'a Choice> {
        let number = here.cursor().checked_sub(1)?;
        self.choices.get((*here.chosen?.choices.get(number)?)?)
    }

    /// Writes nulls for the selected fields that were passed, up to the one before `rest`, and remembers where that one begins.
    #[inline(always)]
    fn mark(&mut self, here: &Level<'a>, rest: &[Field]) -> Option<()> {
        let chosen = here.chosen?;
        let passed = here.rest.len() - rest.len();
        if passed > 1 {
            self.nulls(here, passed - 1)?;
        }
        if !chosen.in_order && here.rest.get(passed - 1).is_some_and(|field| !field.is_skipped()) {
            self.arranger.as_mut()?.mark(self.output.position());
        }
        Some(())
    }

    /// Writes null for those of the next `count` fields that are selected.
    #[inline(always)]
    fn nulls(&mut self, here: &Level<'a>, count: usize) -> Option<()> {
        for field in here.rest.iter().take(count).filter(|field| !field.is_skipped()) {
            if !here.chosen?.in_order {
                self.arranger.as_mut()?.mark(self.output.position());
            }
            self.output.put(field.shown().bytes(false), field.shown().len())?;
            self.output.put(b"null", 4)?;
        }
        Some(())
    }

    /// Puts an object's fields in the order of the selection, at its end.
    #[inline(always)]
    fn arrange(&mut self, here: &Level<'a>) -> Option<()> {
        self.nulls(here, here.rest.len())?;
        let chosen = here.chosen?;
        if !chosen.in_order {
            self.arranger.as_mut()?.arrange(chosen, here.start, here.marks, &mut self.output)?;
        }
        // What was written begins with a comma, if anything was.
        if self.output.position() == here.start {
            return self.output.put_byte(b'{');
        }
        self.output.patch(here.start, b'{')
    }
}
