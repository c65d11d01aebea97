//! The main loop: from key to key.

use std::mem;

use super::keys::{Key, other_key};
use super::lanes::Lanes;
use super::member::find_member;
use super::output::Output;
use super::reader::{Reader, Tail};
use super::scalar::{scalar, uuid};
use super::stack::{Level, Stack};
use super::tree::tree;
use crate::transform::buffer::Buffer;
use crate::transform::settings::Transform;
use crate::transform::table::{Field, Hint, Object, Value};

/// Transforms a canonical document and appends the result to `out`; for any other document it returns `false` and leaves `out` as it was.
#[inline(always)]
pub(in crate::transform) fn run<L: Lanes, B: Buffer>(
    lanes: L,
    transform: &Transform,
    document: &[u8],
    out: &mut B,
) -> bool {
    let start = out.len();
    let tail = Tail::new(document);
    let output = Output::new(mem::take(out), document.len());
    let mut walk = Walk { lanes, transform, reader: Reader::new(document, &tail), output, high: L::High::default() };
    let done = walk.document().is_some() && (!lanes.is_high(walk.high) || std::str::from_utf8(document).is_ok());
    *out = walk.output.finish();
    if !done {
        out.truncate(start);
    }
    done
}

struct Walk<'a, L: Lanes, B> {
    lanes: L,
    transform: &'a Transform,
    reader: Reader<'a>,
    output: Output<B>,
    high: L::High,
}

/// What comes next in the current level.
enum Next {
    /// A value.
    Value { value: Value, nullable: bool },
    /// Its end.
    End,
}

impl<L: Lanes, B: Buffer> Walk<'_, L, B> {
    #[inline(always)]
    fn document(&mut self) -> Option<()> {
        let mut stack = Stack::new(self.transform.depth);
        let mut here = Level::object(self.transform.object);
        if self.transform.depth == 0 || self.reader.byte(0) != b'{' {
            return None;
        }
        self.begin(here.object)?;
        loop {
            let next = match here.element {
                None => self.fields(&mut here, &stack)?,
                Some(element) => self.element(&mut here, element)?,
            };
            match next {
                Next::Value { value, nullable } => self.value(value, nullable, &mut here, &mut stack)?,
                Next::End => match stack.pop(&here) {
                    Some(level) => here = level,
                    None => return self.reader.is_at_end().then_some(()),
                },
            }
        }
    }

    /// Reads the object's scalar fields up to one that is something else, or to its end, and on through the elements of a list of such objects.
    #[inline(always)]
    fn fields(&mut self, here: &mut Level, stack: &Stack) -> Option<Next> {
        loop {
            let Some(field) = self.key(here, stack)? else {
                // The object's end.
                let window = self.reader.window(0)?;
                if !here.repeats {
                    self.reader.skip(1);
                    self.output.put_byte(b'}')?;
                    return Some(Next::End);
                }
                match window {
                    [b'}', b',', b' ', b'{', ..] => {
                        self.reader.skip(3);
                        self.output.put(b"},", 2)?;
                        here.cursor = 0;
                        here.first = true;
                        self.begin(here.object)?;
                        continue;
                    }
                    [b'}', b']', ..] => {
                        self.reader.skip(2);
                        self.output.put(b"}]", 2)?;
                        return Some(Next::End);
                    }
                    _ => return None,
                }
            };
            match *field.value() {
                Value::Scalar if field.hinted() == Hint::Uuid => {
                    uuid(self.lanes, &mut self.reader, &mut self.output, &mut self.high, field.is_nullable())?;
                }
                Value::Scalar => {
                    scalar(self.lanes, &mut self.reader, &mut self.output, &mut self.high, field.is_nullable())?;
                }
                value => return Some(Next::Value { value, nullable: field.is_nullable() }),
            }
        }
    }

    /// Reads a key and writes its name; at the object's end there is none.
    #[inline(always)]
    fn key(&mut self, here: &mut Level, stack: &Stack) -> Option<Option<&'static Field>> {
        let fields = here.object.fields();
        let mut number = here.cursor as usize;
        let window = self.reader.window(0)?;
        while let Some(field) = fields.get(number) {
            let stored = field.stored();
            if self.lanes.matches(window, stored, here.first) {
                self.reader.skip(stored.len() - if here.first { 2 } else { 0 });
                self.output.put(field.shown().bytes(false), field.shown().len())?;
                here.first = false;
                here.cursor = number as u32 + 1;
                return Some(Some(field));
            }
            if window.first() == Some(&b'}') || !self.may_lack(field) {
                break;
            }
            number += 1;
        }
        self.unexpected(here, stack)
    }

    #[inline(always)]
    fn may_lack(&self, field: &Field) -> bool {
        field.is_optional() || self.transform.missing == crate::transform::Missing::Allow
    }

    /// A key that was not expected here: steps over those that are unknown to the next that is known.
    #[inline(always)]
    fn unexpected(&mut self, here: &mut Level, stack: &Stack) -> Option<Option<&'static Field>> {
        loop {
            if self.reader.byte(0) == b'}' {
                return self.end(here);
            }
            let (reader, key) = other_key(self.reader, *here, self.transform)?;
            self.reader = reader;
            here.first = false;
            match key {
                Key::Known(number, field) => {
                    here.cursor = number as u32 + 1;
                    self.output.put_text(b",\"")?;
                    self.output.put_text(field.name().as_bytes())?;
                    self.output.put_text(b"\":")?;
                    return Some(Some(field));
                }
                Key::Unknown | Key::Discriminator => {
                    here.discriminated |= matches!(key, Key::Discriminator);
                    let position = self.output.position();
                    self.tree(stack)?;
                    self.output.back_to(position);
                }
            }
        }
    }

    /// At an object's closing brace: nothing, unless a field is missing.
    #[inline(always)]
    fn end(&self, here: &Level) -> Option<Option<&'static Field>> {
        let rest = here.object.fields().get(here.cursor as usize..).unwrap_or_default();
        rest.iter().all(|field| self.may_lack(field)).then_some(None)
    }

    #[inline(always)]
    fn tree(&mut self, stack: &Stack) -> Option<()> {
        let output = mem::take(&mut self.output);
        let (output, done) = tree(self.lanes, self.reader, output, self.high, stack.left());
        self.output = output;
        (self.reader, self.high) = done?;
        Some(())
    }

    /// The next element of a list.
    #[inline(always)]
    fn element(&mut self, here: &mut Level, element: &'static Value) -> Option<Next> {
        match (self.reader.byte(0), self.reader.byte(1)) {
            (b']', _) => {
                self.reader.skip(1);
                self.output.put_byte(b']')?;
                return Some(Next::End);
            }
            _ if mem::take(&mut here.first) => {}
            (b',', b' ') => {
                self.reader.skip(2);
                self.output.put_byte(b',')?;
            }
            _ => return None,
        }
        Some(Next::Value { value: *element, nullable: false })
    }

    /// Reads a value that is not a plain scalar field, or steps into it.
    #[inline(always)]
    fn value(&mut self, value: Value, nullable: bool, here: &mut Level, stack: &mut Stack) -> Option<()> {
        let (mut value, mut nullable) = (value, nullable);
        loop {
            match value {
                Value::Nullable(inner) => (value, nullable) = (*inner, true),
                Value::Late(late) => value = Value::resolve(late),
                _ => break,
            }
        }
        let next = match (value, self.reader.byte(0)) {
            (Value::Scalar, _) | (_, b'n') => {
                return scalar(self.lanes, &mut self.reader, &mut self.output, &mut self.high, nullable);
            }
            (Value::Opaque, _) => return self.tree(stack),
            (Value::Object(object), b'{') => Level::object(object),
            (Value::Union(union), b'{') => Level::member(find_member(self.reader.rest(), union)?, union),
            (Value::List(element), b'[') => match self.list(element)? {
                Some(level) => level,
                None => return Some(()),
            },
            _ => return None,
        };
        stack.push(*here, &next)?;
        *here = next;
        if here.element.is_none() { self.begin(here.object) } else { Some(()) }
    }

    /// Begins a list, and ends it where it is short work.
    #[inline(always)]
    fn list(&mut self, element: &'static Value) -> Option<Option<Level>> {
        self.reader.skip(1);
        self.output.put_byte(b'[')?;
        match (element, self.reader.byte(0)) {
            (Value::Object(object), b'{') => return Some(Some(Level::element(object))),
            (Value::Scalar, first) if first != b']' => self.scalars(false)?,
            (Value::Nullable(Value::Scalar), first) if first != b']' => self.scalars(true)?,
            _ => return Some(Some(Level::list(element))),
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

    /// Steps over an object's opening brace and writes the prefix.
    #[inline(always)]
    fn begin(&mut self, object: &'static Object) -> Option<()> {
        self.reader.skip(1);
        self.output.promise(object.growth());
        let prefix = object.prefix();
        if prefix.is_none() {
            self.output.put_text(b"{\"__typename\":\"")?;
            self.output.put_text(object.typename().as_bytes())?;
            return self.output.put_byte(b'"');
        }
        self.output.put(prefix.bytes(), prefix.len())
    }
}
