//! The walk through a document: from key to key, by recursion into what is nested.

use super::lanes::{Lanes, Work};
use super::member::find_member;
use super::output::{Output, SLACK};
use super::reader::{Reader, Tail};
use super::scalar::{scalar, uuid};
use super::select::{FEW, Selecting, Span, keep_spans, many_spans};
use super::sprint::{Entry, Level, Levels, Sprint, Stopped};
use super::tree::Tree;
use crate::transform::Missing;
use crate::transform::buffer::Buffer;
use crate::transform::select::{Choice, Chosen};
use crate::transform::settings::Transform;
use crate::transform::table::{Field, Hint, Object, Union, Value};

/// One document, from its first byte to its last.
///
/// `SELECT` tells whether a selection is asked for: `choices`, the document's own first, and how many fields are open at once.
pub(super) struct Document<'w, B, const SELECT: bool> {
    pub(super) transform: &'w Transform,
    pub(super) choices: &'w [Choice],
    pub(super) spans: usize,
    pub(super) document: &'w [u8],
    pub(super) out: &'w mut B,
}

impl<L: Lanes, B: Buffer, const SELECT: bool> Work<L> for Document<'_, B, SELECT> {
    /// Whether it was canonical and of its type; otherwise `out` is as it was.
    type Done = bool;

    #[inline(always)]
    fn run(self, lanes: L) -> bool {
        let Self { transform, choices, spans, document, out } = self;
        let start = out.len();
        out.reserve(document.len() + document.len() / 4 + 2 * SLACK);
        let tail = Tail::new(document);
        let (mut few, mut many) = ([Span::default(); FEW], Vec::new());
        let mut selecting = None;
        if SELECT {
            let mut room = &mut few[..];
            if spans > FEW {
                many = many_spans(spans);
                room = &mut many;
            }
            selecting = Some(Selecting::new(choices, room, document));
        }
        let mut high = L::High::default();
        let done = match Level::root(transform.object, choices.first(), transform.depth) {
            None => false,
            Some((here, left)) => {
                let mut sprint = Sprint {
                    reader: Reader::new(document, &tail),
                    buffer: &mut *out,
                    to: start,
                    here,
                    levels: None,
                    height: 0,
                    left,
                    selecting: selecting.as_mut(),
                };
                match lanes.sprint::<B, SELECT>(&mut sprint, Entry::Document, &mut high) {
                    Stopped::End => true,
                    Stopped::Failed => false,
                    stopped => {
                        lanes.call(Rest::<L, B, SELECT> { transform, choices, sprint, stopped, high: &mut high })
                    }
                }
            }
        };
        if SELECT && spans > FEW {
            keep_spans(many);
        }
        let done = done && (!lanes.is_high(high) || std::str::from_utf8(document).is_ok());
        if !done {
            out.truncate(start);
        }
        done
    }
}

/// What is left of a document where the inner loop stopped.
struct Rest<'w, 's, 'a, L: Lanes, B, const SELECT: bool> {
    transform: &'a Transform,
    choices: &'a [Choice],
    sprint: Sprint<'s, 'a, B>,
    stopped: Stopped<'a>,
    high: &'w mut L::High,
}

impl<L: Lanes, B: Buffer, const SELECT: bool> Work<L> for Rest<'_, '_, '_, L, B, SELECT> {
    type Done = bool;

    #[inline(always)]
    fn run(self, lanes: L) -> bool {
        let Self { transform, choices, sprint, stopped, high } = self;
        let Sprint { reader, buffer, to, here: level, levels, height, left, selecting } = sprint;
        let output = Output::new(buffer, to);
        let mut walk = Walk::<L, B, SELECT> { lanes, transform, reader, output, high: *high, left, selecting };
        let root = Place { choice: choices.first(), ..Place::of(transform.object) };
        let done = match stopped {
            Stopped::AtOnce => {
                walk.left = transform.depth;
                walk.reader.byte(0) == b'{' && walk.object(root).is_some()
            }
            stopped => {
                let outermost = if height > 0 { levels.and_then(|levels| levels.first().copied()) } else { None };
                let mut here = Here { chosen: outermost.unwrap_or(level).chosen, ..Here::of(root) };
                walk.settle(stopped, level, height, levels, &mut here)
                    .and_then(|()| walk.key::<false>(&mut here))
                    .and_then(|next| walk.fields(here, next))
                    .is_some()
            }
        };
        let done = done && walk.reader.is_at_end();
        *high = walk.high;
        walk.output.finish();
        done
    }
}

/// A document on its way through.
pub(super) struct Walk<'w, 'a, L: Lanes, B, const SELECT: bool> {
    pub(super) lanes: L,
    pub(super) transform: &'a Transform,
    pub(super) reader: Reader<'a>,
    pub(super) output: Output<'w, B>,
    pub(super) high: L::High,
    /// How much deeper it may get.
    left: usize,
    pub(super) selecting: Option<&'w mut Selecting<'a>>,
}

/// Where an object is to be read.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) object: &'a Object,
    /// The union that the object is a member of.
    pub(super) union: Option<&'a Union>,
    /// What is selected of it, in a selection.
    choice: Option<&'a Choice>,
    /// The object is the first element of a list of objects of its type, and the others are read as well.
    repeats: bool,
}

impl<'a> Place<'a> {
    #[inline(always)]
    fn of(object: &'a Object) -> Self {
        Self { object, union: None, choice: None, repeats: false }
    }
}

/// The object that is being read.
#[derive(Clone, Copy)]
pub(super) struct Here<'a> {
    pub(super) place: Place<'a>,
    /// The fields that may still come, in order.
    pub(super) rest: &'a [Field],
    /// What is selected of the object, in a selection.
    pub(super) chosen: Option<&'a Chosen>,
    /// Where it begins in the output and in the document, in a selection.
    pub(super) start: usize,
    pub(super) begin: usize,
    /// The discriminator of its union was there, and is no field of its own.
    pub(super) discriminated: bool,
}

impl<'a> Here<'a> {
    #[inline(always)]
    fn of(place: Place<'a>) -> Self {
        Self { place, rest: &[], chosen: None, start: 0, begin: 0, discriminated: false }
    }

    /// All fields of the object.
    #[inline(always)]
    pub(super) fn fields(&self) -> &'a [Field] {
        self.chosen.map_or(self.place.object.fields(), |chosen| &chosen.fields)
    }

    /// The number of the field that is expected next.
    #[inline(always)]
    pub(super) fn cursor(&self) -> usize {
        self.fields().len() - self.rest.len()
    }
}

/// An object inside another, as work of its own: it may be of any depth.
struct Nested<'n, 'w, 'a, L: Lanes, B, const SELECT: bool>(&'n mut Walk<'w, 'a, L, B, SELECT>, Place<'a>);

impl<L: Lanes, B: Buffer, const SELECT: bool> Work<L> for Nested<'_, '_, '_, L, B, SELECT> {
    type Done = Option<()>;

    #[inline(always)]
    fn run(self, _: L) -> Option<()> {
        self.0.object(self.1)
    }
}

/// Objects that the inner loop went into, the outermost first, and where it stopped in the innermost.
struct Resumed<'n, 'w, 'a, L: Lanes, B, const SELECT: bool> {
    walk: &'n mut Walk<'w, 'a, L, B, SELECT>,
    levels: &'n [Level<'a>],
    stopped: Stopped<'a>,
}

impl<L: Lanes, B: Buffer, const SELECT: bool> Work<L> for Resumed<'_, '_, '_, L, B, SELECT> {
    type Done = Option<()>;

    #[inline(always)]
    fn run(self, lanes: L) -> Option<()> {
        let Self { walk, levels, stopped } = self;
        let (level, inside) = levels.split_first()?;
        let place = Place { repeats: level.list, ..Place::of(level.object) };
        let Level { rest, chosen, start, begin, .. } = *level;
        let mut here = Here { rest, chosen, start, begin, ..Here::of(place) };
        if !inside.is_empty() {
            lanes.call(Resumed { walk: &mut *walk, levels: inside, stopped })?;
            if SELECT {
                walk.end_value(&here)?;
            }
        } else if let Stopped::Value(field) = stopped {
            walk.field(field, &here)?;
        }
        let next = walk.key::<false>(&mut here)?;
        walk.fields(here, next)
    }
}

/// A list of anything but scalars and objects of one type.
struct List<'n, 'w, 'a, L: Lanes, B, const SELECT: bool> {
    walk: &'n mut Walk<'w, 'a, L, B, SELECT>,
    element: &'a Value,
    choice: Option<&'a Choice>,
}

impl<L: Lanes, B: Buffer, const SELECT: bool> Work<L> for List<'_, '_, '_, L, B, SELECT> {
    type Done = Option<()>;

    #[inline(always)]
    fn run(self, _: L) -> Option<()> {
        self.walk.elements(|walk| walk.value(self.element, false, self.choice))
    }
}

impl<'w, 'a, L: Lanes, B: Buffer, const SELECT: bool> Walk<'w, 'a, L, B, SELECT> {
    /// An object, from its opening brace on; in a list all of them, to the closing bracket.
    #[inline(always)]
    fn object(&mut self, place: Place<'a>) -> Option<()> {
        let levels = if place.repeats { 2 } else { 1 };
        self.left = self.left.checked_sub(levels)?;
        let mut here = Here::of(place);
        if SELECT {
            here.chosen = Some(self.selecting.as_ref()?.enter(place.object, place.choice?)?);
        }
        self.begin(&mut here);
        let next = self.key::<true>(&mut here)?;
        self.fields(here, next)
    }

    /// The rest of an object (in a list, of all of them) from the value of `next` on.
    #[inline(always)]
    fn fields(&mut self, mut here: Here<'a>, mut next: Option<&'a Field>) -> Option<()> {
        let place = here.place;
        loop {
            let Some(field) = next else {
                if !place.repeats || !self.next_object()? {
                    break;
                }
                self.begin(&mut here);
                next = self.key::<true>(&mut here)?;
                continue;
            };
            self.sprint(field, &mut here)?;
            next = self.key::<false>(&mut here)?;
        }
        self.left += if place.repeats { 2 } else { 1 };
        Some(())
    }

    /// Steps over an object's opening brace and writes what comes before its fields.
    #[inline(always)]
    fn begin(&mut self, here: &mut Here<'a>) {
        here.begin = self.reader.offset();
        self.reader.skip(1);
        here.rest = here.fields();
        here.discriminated = false;
        if let (true, Some(chosen)) = (SELECT, here.chosen) {
            here.start = self.output.position();
            return self.output.put(chosen.prefix.bytes(), chosen.prefix.len());
        }
        let prefix = here.place.object.prefix();
        if prefix.is_none() {
            self.output.put_text(b"{\"__typename\":\"");
            self.output.put_text(here.place.object.typename().as_bytes());
            return self.output.put_byte(b'"');
        }
        self.output.put(prefix.bytes(), prefix.len());
    }

    /// Reads a value and, where they are short work, the keys and values behind it.
    #[inline(always)]
    fn sprint(&mut self, field: &'a Field, here: &mut Here<'a>) -> Option<()> {
        let Here { place, chosen, start, begin, .. } = *here;
        let mut field = field;
        loop {
            let here = &mut *here;
            let level = Level { object: place.object, rest: here.rest, list: place.repeats, chosen, start, begin };
            if !L::MAKES_ROOM {
                self.output.prepare();
            }
            let (buffer, to) = self.output.lend();
            let (reader, selecting) = (self.reader, self.selecting.as_deref_mut());
            let mut sprint =
                Sprint { reader, buffer, to, here: level, levels: None, height: 0, left: self.left, selecting };
            let stopped = self.lanes.sprint::<B, SELECT>(&mut sprint, Entry::Value(field), &mut self.high);
            let Sprint { reader, to, here: level, levels, height, left, .. } = sprint;
            let moved = reader.offset() > self.reader.offset();
            (self.reader, self.left) = (reader, left);
            self.output.resume(to);
            match stopped {
                // It goes on in the tail, or with more room.
                Stopped::Value(next)
                    if !L::MAKES_ROOM && moved && (self.reader.is_near_end() || self.output.is_full()) =>
                {
                    (field, here.rest) = (next, level.rest);
                }
                stopped => return self.settle(stopped, level, height, levels, here),
            }
        }
    }

    /// Reads what the inner loop stopped at: a value, and the levels that it went into.
    #[inline(always)]
    fn settle(
        &mut self,
        stopped: Stopped<'a>,
        level: Level<'a>,
        height: usize,
        levels: Levels<'a>,
        here: &mut Here<'a>,
    ) -> Option<()> {
        if let Some(innermost) = height.checked_sub(1) {
            // The levels are what is around each; the first is this one.
            let mut levels = levels?;
            let outermost = levels.first()?;
            (here.rest, here.start, here.begin) = (outermost.rest, outermost.start, outermost.begin);
            levels.rotate_left(1);
            *levels.get_mut(innermost)? = level;
            self.lanes.call(Resumed { walk: &mut *self, levels: levels.get(..height)?, stopped })?;
            return if SELECT { self.end_value(here) } else { Some(()) };
        }
        (here.rest, here.start, here.begin) = (level.rest, level.start, level.begin);
        match stopped {
            Stopped::Value(field) => self.field(field, here),
            Stopped::Key => Some(()),
            Stopped::AtOnce | Stopped::End | Stopped::Failed => None,
        }
    }

    /// Reads a field's value.
    #[inline(always)]
    fn field(&mut self, field: &'a Field, here: &Here<'a>) -> Option<()> {
        match field.value() {
            _ if SELECT => self.selected_field(field, here),
            Value::Scalar => self.scalar_field(field),
            value => self.value(value, field.is_nullable(), None),
        }
    }

    /// Reads the value of a scalar field.
    #[inline(always)]
    pub(super) fn scalar_field(&mut self, field: &Field) -> Option<()> {
        let nullable = field.is_nullable();
        if field.hinted() == Hint::Uuid {
            return uuid(self.lanes, &mut self.reader, &mut self.output, &mut self.high, nullable);
        }
        scalar(self.lanes, &mut self.reader, &mut self.output, &mut self.high, nullable)
    }

    /// Reads a value of any kind.
    #[inline(always)]
    pub(super) fn value(&mut self, value: &'a Value, nullable: bool, choice: Option<&'a Choice>) -> Option<()> {
        let (mut value, mut nullable) = (value, nullable);
        loop {
            match value {
                Value::Nullable(inner) => (value, nullable) = (inner, true),
                Value::Late(late) => value = Value::resolve(late),
                _ => break,
            }
        }
        match (value, self.reader.byte(0)) {
            (Value::Scalar, _) | (_, b'n') => {
                scalar(self.lanes, &mut self.reader, &mut self.output, &mut self.high, nullable)
            }
            (Value::Opaque, _) => self.tree(),
            (Value::Object(object), b'{') => self.lanes.call(Nested(self, Place { choice, ..Place::of(object) })),
            (Value::Union(union), b'{') => {
                let object = find_member(self.reader.rest(), union)?;
                self.lanes.call(Nested(self, Place { choice, union: Some(union), ..Place::of(object) }))
            }
            (Value::List(element), b'[') => self.list(element, choice),
            _ => None,
        }
    }

    /// A list, from its opening bracket on.
    #[inline(always)]
    fn list(&mut self, element: &'a Value, choice: Option<&'a Choice>) -> Option<()> {
        match (element, self.reader.byte(1)) {
            (_, b']') => {
                self.left.checked_sub(1)?;
                self.reader.skip(2);
                self.output.put(b"[]", 2);
                Some(())
            }
            (Value::Object(object), b'{') => {
                self.reader.skip(1);
                self.output.put_byte(b'[');
                self.lanes.call(Nested(self, Place { choice, repeats: true, ..Place::of(object) }))
            }
            (Value::Scalar | Value::Nullable(Value::Scalar), _) => {
                let nullable = matches!(element, Value::Nullable(_));
                self.elements(|walk| scalar(walk.lanes, &mut walk.reader, &mut walk.output, &mut walk.high, nullable))
            }
            _ => self.lanes.call(List { walk: self, element, choice }),
        }
    }

    /// The elements of a list that is not empty, each by `read`.
    #[inline(always)]
    fn elements(&mut self, mut read: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        self.reader.skip(1);
        self.output.put_byte(b'[');
        loop {
            read(self)?;
            match (self.reader.byte(0), self.reader.byte(1)) {
                (b',', b' ') => {
                    self.reader.skip(2);
                    self.output.put_byte(b',');
                }
                (b']', _) => break,
                _ => return None,
            }
        }
        self.reader.skip(1);
        self.output.put_byte(b']');
        self.left += 1;
        Some(())
    }

    /// Goes on to the next object of a list, if there is one.
    #[inline(always)]
    fn next_object(&mut self) -> Option<bool> {
        match self.reader.window(0)? {
            [b',', b' ', b'{', ..] => {
                self.reader.skip(2);
                self.output.put_byte(b',');
                Some(true)
            }
            [b']', ..] => {
                self.reader.skip(1);
                self.output.put_byte(b']');
                Some(false)
            }
            _ => None,
        }
    }

    /// Reads a key and writes its name. At the object's end there is none: the brace is read and written.
    #[inline(always)]
    fn key<const FIRST: bool>(&mut self, here: &mut Here<'a>) -> Option<Option<&'a Field>> {
        let window = self.reader.window(0)?;
        let mut rest = here.rest;
        while let Some((field, behind)) = rest.split_first() {
            rest = behind;
            let stored = field.stored();
            if self.lanes.matches(window, stored, FIRST) {
                self.reader.skip(stored.len() - if FIRST { 2 } else { 0 });
                if SELECT {
                    self.pass(here, rest)?;
                }
                self.output.put(field.shown().bytes(false), field.shown().len());
                here.rest = rest;
                return Some(Some(field));
            }
            if window.first() == Some(&b'}') || !self.may_lack(field) {
                break;
            }
        }
        if window.first() == Some(&b'}') {
            return self.end(here).map(|()| None);
        }
        self.other_key(here, FIRST)
    }

    #[inline(always)]
    pub(super) fn may_lack(&self, field: &Field) -> bool {
        field.is_optional() || self.transform.missing == Missing::Allow
    }

    /// The object's closing brace.
    #[inline(always)]
    pub(super) fn end(&mut self, here: &mut Here<'a>) -> Option<()> {
        if !here.rest.iter().all(|field| self.may_lack(field)) {
            return None;
        }
        self.reader.skip(1);
        if SELECT {
            return self.end_selecting(here);
        }
        self.output.put_byte(b'}');
        Some(())
    }

    /// Steps over a value.
    #[inline(always)]
    pub(super) fn skip(&mut self) -> Option<()> {
        let position = self.output.position();
        match self.reader.byte(0) {
            b'{' | b'[' => self.tree()?,
            _ => scalar(self.lanes, &mut self.reader, &mut self.output, &mut self.high, true)?,
        }
        self.output.back_to(position);
        Some(())
    }

    #[inline(always)]
    fn tree(&mut self) -> Option<()> {
        let (lanes, limit) = (self.lanes, self.left);
        lanes.call(Tree { reader: &mut self.reader, output: &mut self.output, high: &mut self.high, limit })
    }
}
