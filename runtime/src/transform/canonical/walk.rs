//! The walk through a document: from key to key, by recursion into what is nested.

use super::lanes::{Lanes, Work};
use super::member::find_member;
use super::output::Output;
use super::reader::{Reader, Tail};
use super::scalar::{scalar, uuid};
use super::select::Selecting;
use super::sprint::{LEVELS, Level, Marks, Sprint};
use super::tree::Tree;
use crate::transform::Missing;
use crate::transform::buffer::Buffer;
use crate::transform::select::{Choice, Chosen};
use crate::transform::settings::Transform;
use crate::transform::table::{Field, Hint, Object, Union, Value};

/// One document, from its first byte to its last.
///
/// `SELECT` tells whether a selection is asked for: `choices`, the document's own first.
pub(super) struct Document<'w, B, const SELECT: bool> {
    pub(super) transform: &'w Transform,
    pub(super) choices: &'w [Choice],
    pub(super) document: &'w [u8],
    pub(super) out: &'w mut B,
}

impl<L: Lanes, B: Buffer, const SELECT: bool> Work<L> for Document<'_, B, SELECT> {
    /// Whether it was canonical and of its type; otherwise `out` is as it was.
    type Done = bool;

    #[inline(always)]
    fn run(self, lanes: L) -> bool {
        let Self { transform, choices, document, out } = self;
        let start = out.len();
        let tail = Tail::new(document);
        let mut walk = Walk::<L, B, SELECT> {
            lanes,
            transform,
            reader: Reader::new(document, &tail),
            output: Output::new(out, document.len()),
            high: L::High::default(),
            left: transform.depth,
            levels: [Level::NONE; LEVELS],
            selecting: if SELECT { Some(Selecting::new(choices)) } else { None },
        };
        let root = Place { choice: choices.first(), ..Place::of(transform.object) };
        let whole = walk.reader.byte(0) == b'{' && walk.object(root).is_some() && walk.reader.is_at_end();
        let done = whole && (!lanes.is_high(walk.high) || std::str::from_utf8(document).is_ok());
        let Walk { output, selecting, .. } = walk;
        if let Some(selecting) = selecting {
            selecting.give_back();
        }
        output.finish();
        if !done {
            out.truncate(start);
        }
        done
    }
}

/// A document on its way through.
pub(super) struct Walk<'a, L: Lanes, B, const SELECT: bool> {
    pub(super) lanes: L,
    pub(super) transform: &'a Transform,
    pub(super) reader: Reader<'a>,
    pub(super) output: Output<'a, B>,
    pub(super) high: L::High,
    /// How much deeper it may get.
    left: usize,
    /// For the inner loop.
    levels: [Level<'a>; LEVELS],
    pub(super) selecting: Option<Selecting<'a>>,
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
    pub(super) marks: Marks,
    /// The discriminator of its union was there, and is no field of its own.
    pub(super) discriminated: bool,
}

impl<'a> Here<'a> {
    #[inline(always)]
    fn of(place: Place<'a>) -> Self {
        Self { place, rest: &[], chosen: None, marks: Marks::default(), discriminated: false }
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
struct Nested<'w, 'a, L: Lanes, B, const SELECT: bool>(&'w mut Walk<'a, L, B, SELECT>, Place<'a>);

impl<L: Lanes, B: Buffer, const SELECT: bool> Work<L> for Nested<'_, '_, L, B, SELECT> {
    type Done = Option<()>;

    #[inline(always)]
    fn run(self, _: L) -> Option<()> {
        self.0.object(self.1)
    }
}

/// Objects that the inner loop went into, the outermost first, and where it stopped in the innermost: behind a value, or at that of a field.
struct Resumed<'w, 'a, L: Lanes, B, const SELECT: bool> {
    walk: &'w mut Walk<'a, L, B, SELECT>,
    levels: &'w [Level<'a>],
    stopped: Option<&'a Field>,
}

impl<L: Lanes, B: Buffer, const SELECT: bool> Work<L> for Resumed<'_, '_, L, B, SELECT> {
    type Done = Option<()>;

    #[inline(always)]
    fn run(self, lanes: L) -> Option<()> {
        let Self { walk, levels, stopped } = self;
        let (level, inside) = levels.split_first()?;
        let place = Place { repeats: level.list, ..Place::of(level.object) };
        let Level { rest, chosen, marks, .. } = *level;
        let mut here = Here { rest, chosen, marks, ..Here::of(place) };
        if !inside.is_empty() {
            lanes.call(Resumed { walk: &mut *walk, levels: inside, stopped })?;
        } else if let Some(field) = stopped {
            walk.field(field, &here)?;
        }
        let next = walk.key::<false>(&mut here)?;
        walk.fields(here, next)
    }
}

/// A list of anything but scalars and objects of one type.
struct List<'w, 'a, L: Lanes, B, const SELECT: bool> {
    walk: &'w mut Walk<'a, L, B, SELECT>,
    element: &'a Value,
    choice: Option<&'a Choice>,
}

impl<L: Lanes, B: Buffer, const SELECT: bool> Work<L> for List<'_, '_, L, B, SELECT> {
    type Done = Option<()>;

    #[inline(always)]
    fn run(self, _: L) -> Option<()> {
        self.walk.elements(|walk| walk.value(self.element, false, self.choice))
    }
}

impl<'a, L: Lanes, B: Buffer, const SELECT: bool> Walk<'a, L, B, SELECT> {
    /// An object, from its opening brace on; in a list all of them, to the closing bracket.
    #[inline(always)]
    fn object(&mut self, place: Place<'a>) -> Option<()> {
        let levels = if place.repeats { 2 } else { 1 };
        self.left = self.left.checked_sub(levels)?;
        let mut here = Here::of(place);
        if SELECT {
            let (chosen, marks) = self.selecting.as_mut()?.enter(place.object, place.choice?)?;
            (here.chosen, here.marks) = (Some(chosen), marks);
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
        if let (true, Some(selecting)) = (SELECT, &mut self.selecting) {
            selecting.leave(here.marks);
        }
        Some(())
    }

    /// Steps over an object's opening brace and writes what comes before its fields.
    #[inline(always)]
    fn begin(&mut self, here: &mut Here<'a>) {
        self.reader.skip(1);
        here.rest = here.fields();
        (here.marks.set, here.discriminated) = (0, false);
        if let (true, Some(chosen)) = (SELECT, here.chosen) {
            here.marks.start = self.output.position();
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
        let Here { place, rest, chosen, marks, .. } = *here;
        let mut level = Level { object: place.object, rest, list: place.repeats, chosen, marks };
        let (mut height, mut field) = (0, field);
        let stopped = loop {
            let selecting = if SELECT { self.selecting.as_mut() } else { None };
            let ((bytes, at), (buffer, to)) = (self.reader.parts(), self.output.parts());
            let (levels, left) = (&mut self.levels, self.left);
            let mut sprint = Sprint { bytes, at, buffer, to, here: level, levels, height, left, selecting };
            let stopped = self.lanes.sprint::<SELECT>(&mut sprint, field, &mut self.high);
            let Sprint { at: read, to, .. } = sprint;
            (level, height, self.left) = (sprint.here, sprint.height, sprint.left);
            self.reader.skip(read - at);
            self.output.back_to(to);
            match stopped {
                // It goes on in the tail, or with more room.
                Some(next) if read > at && (self.reader.is_near_end() || self.output.is_full()) => field = next,
                stopped => break stopped,
            }
        };
        if let Some(innermost) = height.checked_sub(1) {
            let outermost = self.levels.first()?;
            (here.rest, here.marks) = (outermost.rest, outermost.marks);
            // The levels are copied: they are needed again inside.
            let mut levels = self.levels;
            levels.rotate_left(1);
            *levels.get_mut(innermost)? = level;
            return self.lanes.call(Resumed { walk: self, levels: levels.get(..height)?, stopped });
        }
        (here.rest, here.marks) = (level.rest, level.marks);
        stopped.map_or(Some(()), |field| self.field(field, here))
    }

    /// Reads a field's value.
    #[inline(always)]
    fn field(&mut self, field: &'a Field, here: &Here<'a>) -> Option<()> {
        let nullable = field.is_nullable();
        match field.value() {
            Value::Scalar if field.hinted() == Hint::Uuid => {
                uuid(self.lanes, &mut self.reader, &mut self.output, &mut self.high, nullable)
            }
            Value::Scalar => scalar(self.lanes, &mut self.reader, &mut self.output, &mut self.high, nullable),
            Value::Skipped if SELECT => self.skip(),
            value => {
                let choice = if SELECT { self.selecting.as_ref()?.under(here.chosen?, here.rest) } else { None };
                self.value(value, nullable, choice)
            }
        }
    }

    /// Reads a value of any kind.
    #[inline(always)]
    fn value(&mut self, value: &'a Value, nullable: bool, choice: Option<&'a Choice>) -> Option<()> {
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
                    self.mark(here, rest)?;
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
