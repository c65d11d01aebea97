//! The walk through a document: from key to key, by recursion into what is nested.

use std::marker::PhantomData;

use super::gather::Selecting;
use super::lanes::{Lanes, Work};
use super::member::find_member;
use super::mode::Mode;
use super::output::Output;
use super::reader::Reader;
use super::scalar::{scalar, uuid};
use super::sprint::{Entry, Level, Levels, Sprint, Stopped};
use super::tree::Tree;
use crate::transform::Missing;
use crate::transform::buffer::Buffer;
use crate::transform::select::{Choice, Chosen};
use crate::transform::settings::Transform;
use crate::transform::table::{Field, Hint, Object, Union, Value};

/// So many calls may be inside each other: where compilers do not optimise, each takes some 30 kB of a stack that may have no more than 2 MB. Deeper
/// documents are left to the general engine, whose calls take little.
pub(super) const CALLS: usize = 16;

/// A document on its way through.
pub(super) struct Walk<'w, 'a, L: Lanes, B, M> {
    pub(super) lanes: L,
    pub(super) transform: &'a Transform,
    pub(super) reader: Reader<'a>,
    pub(super) output: Output<'w, B>,
    pub(super) high: L::High,
    /// How much deeper it may get.
    pub(super) left: usize,
    /// How many calls more may be inside this one.
    pub(super) calls: usize,
    pub(super) selecting: Option<&'w mut Selecting<'a>>,
    pub(super) mode: PhantomData<M>,
}

/// Where an object is to be read.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) object: &'a Object,
    /// The union that the object is a member of.
    pub(super) union: Option<&'a Union>,
    /// What is selected of it, in a selection.
    pub(super) choice: Option<&'a Choice>,
    /// The span that tells where it is, where places are gathered.
    pub(super) link: usize,
    /// The object is the first element of a list of objects of its type, and the others are read as well.
    pub(super) repeats: bool,
}

impl<'a> Place<'a> {
    #[inline(always)]
    pub(super) fn of(object: &'a Object) -> Self {
        Self { object, union: None, choice: None, link: 0, repeats: false }
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
    /// Its node, where places are gathered; before it has one, the span that is to tell where that is.
    pub(super) frame: usize,
    /// The discriminator of its union was there, and is no field of its own.
    pub(super) discriminated: bool,
}

impl<'a> Here<'a> {
    #[inline(always)]
    pub(super) fn of(place: Place<'a>) -> Self {
        Self { place, rest: &[], chosen: None, frame: place.link, discriminated: false }
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
struct Nested<'n, 'w, 'a, L: Lanes, B, M>(&'n mut Walk<'w, 'a, L, B, M>, Place<'a>);

impl<L: Lanes, B: Buffer, M: Mode> Work<L> for Nested<'_, '_, '_, L, B, M> {
    type Done = Option<()>;

    #[inline(always)]
    fn run(self, _: L) -> Option<()> {
        let Self(walk, place) = self;
        walk.inside(|walk| walk.object(place))
    }
}

/// Objects that the inner loop went into, the outermost first, and where it stopped in the innermost.
struct Resumed<'n, 'w, 'a, L: Lanes, B, M> {
    walk: &'n mut Walk<'w, 'a, L, B, M>,
    levels: &'n [Level<'a>],
    stopped: Stopped<'a>,
}

impl<L: Lanes, B: Buffer, M: Mode> Work<L> for Resumed<'_, '_, '_, L, B, M> {
    type Done = Option<()>;

    #[inline(always)]
    fn run(self, lanes: L) -> Option<()> {
        let Self { walk, levels, stopped } = self;
        let (level, inside) = levels.split_first()?;
        let place = Place { repeats: level.list, ..Place::of(level.object) };
        let Level { rest, chosen, frame, .. } = *level;
        let mut here = Here { rest, chosen, frame, ..Here::of(place) };
        walk.inside(|walk| {
            if !inside.is_empty() {
                lanes.call(Resumed { walk: &mut *walk, levels: inside, stopped })?;
                walk.end_value(&here, inside)?;
            } else if let Stopped::Value(field) = stopped {
                walk.field(field, &here)?;
            }
            let next = walk.key::<false>(&mut here)?;
            walk.fields(here, next)
        })
    }
}

/// Whether it is found where the objects are, and nothing is written of them.
#[inline(always)]
fn gathers_nodes<M: Mode>(choice: Option<&Choice>) -> bool {
    M::GATHERS && choice.is_some_and(|choice| !choice.is_early())
}

/// A list of anything but scalars and objects of one type.
struct List<'n, 'w, 'a, L: Lanes, B, M> {
    walk: &'n mut Walk<'w, 'a, L, B, M>,
    element: &'a Value,
    choice: Option<&'a Choice>,
    link: usize,
}

impl<L: Lanes, B: Buffer, M: Mode> Work<L> for List<'_, '_, '_, L, B, M> {
    type Done = Option<()>;

    #[inline(always)]
    fn run(self, _: L) -> Option<()> {
        let Self { walk, element, choice, mut link } = self;
        walk.inside(|walk| {
            if gathers_nodes::<M>(choice) {
                link = walk.selecting.as_mut()?.frames.add_list(link)?;
                return walk.elements::<false>(|walk| {
                    link = walk.gather_element(element, choice, link)?;
                    Some(())
                });
            }
            walk.elements::<true>(|walk| walk.value(element, false, choice, 0))
        })
    }
}

impl<'w, 'a, L: Lanes, B: Buffer, M: Mode> Walk<'w, 'a, L, B, M> {
    /// Does what is a call inside this one, if there may be one more.
    #[inline(always)]
    fn inside(&mut self, work: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        self.calls = self.calls.checked_sub(1)?;
        work(self)?;
        self.calls += 1;
        Some(())
    }

    /// An object, from its opening brace on; in a list all of them, to the closing bracket.
    #[inline(always)]
    pub(super) fn object(&mut self, place: Place<'a>) -> Option<()> {
        let levels = if place.repeats { 2 } else { 1 };
        self.left = self.left.checked_sub(levels)?;
        let mut here = Here::of(place);
        if M::SELECTS {
            here.chosen = Some(place.choice?.of(place.object)?);
        }
        if place.repeats && gathers_nodes::<M>(place.choice) {
            here.frame = self.selecting.as_mut()?.frames.add_list(here.frame)?;
        }
        self.begin(&mut here)?;
        let next = self.key::<true>(&mut here)?;
        self.fields(here, next)
    }

    /// The rest of an object (in a list, of all of them) from the value of `next` on.
    #[inline(always)]
    pub(super) fn fields(&mut self, mut here: Here<'a>, mut next: Option<&'a Field>) -> Option<()> {
        let place = here.place;
        loop {
            let Some(field) = next else {
                if !place.repeats || !self.next_object(&here)? {
                    break;
                }
                self.begin(&mut here)?;
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
    fn begin(&mut self, here: &mut Here<'a>) -> Option<()> {
        self.reader.skip(1);
        here.rest = here.fields();
        here.discriminated = false;
        if M::GATHERS {
            let (chosen, frames) = (here.chosen?, &mut self.selecting.as_mut()?.frames);
            // The next one of a list is told in this one's node.
            here.frame = if chosen.early { frames.add_early(chosen) } else { frames.add_object(chosen, here.frame) }?;
            return Some(());
        }
        let prefix = here.chosen.map_or(here.place.object.prefix(), |chosen| &chosen.prefix);
        if prefix.is_none() {
            self.output.put_text(b"{\"__typename\":\"");
            self.output.put_text(here.place.object.typename().as_bytes());
            self.output.put_byte(b'"');
        } else {
            self.output.put(prefix.bytes(), prefix.len());
        }
        Some(())
    }

    /// Reads a value and, where they are short work, the keys and values behind it.
    #[inline(always)]
    fn sprint(&mut self, field: &'a Field, here: &mut Here<'a>) -> Option<()> {
        let Here { place, chosen, frame, .. } = *here;
        let mut field = field;
        loop {
            let here = &mut *here;
            let level = Level { object: place.object, rest: here.rest, list: place.repeats, chosen, frame };
            if !L::MAKES_ROOM {
                self.output.prepare();
            }
            let (buffer, to) = self.output.lend();
            let (reader, selecting) = (self.reader, self.selecting.as_deref_mut());
            let mut sprint =
                Sprint { reader, buffer, to, here: level, levels: None, height: 0, left: self.left, selecting };
            let stopped = self.lanes.sprint::<B, M>(&mut sprint, Entry::Value(field), &mut self.high);
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
    pub(super) fn settle(
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
            (here.rest, here.frame) = (outermost.rest, outermost.frame);
            levels.rotate_left(1);
            *levels.get_mut(innermost)? = level;
            let inside = levels.get(..height)?;
            self.lanes.call(Resumed { walk: &mut *self, levels: inside, stopped })?;
            return self.end_value(here, inside);
        }
        (here.rest, here.frame) = (level.rest, level.frame);
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
            _ if M::SELECTS => self.selected_field(field, here),
            Value::Scalar => self.scalar_field(field),
            value => self.value(value, field.is_nullable(), None, 0),
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

    /// Reads a value of any kind. Where places are gathered, the span at `link` tells where objects are, and nothing where there is none.
    #[inline(always)]
    pub(super) fn value(
        &mut self,
        value: &'a Value,
        nullable: bool,
        choice: Option<&'a Choice>,
        link: usize,
    ) -> Option<()> {
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
            (Value::Object(object), b'{') => self.lanes.call(Nested(self, Place { choice, link, ..Place::of(object) })),
            (Value::Union(union), b'{') => {
                let object = find_member(self.reader.rest(), union)?;
                self.lanes.call(Nested(self, Place { choice, link, union: Some(union), ..Place::of(object) }))
            }
            (Value::List(element), b'[') => self.list(element, choice, link),
            _ => None,
        }
    }

    /// A list, from its opening bracket on.
    #[inline(always)]
    fn list(&mut self, element: &'a Value, choice: Option<&'a Choice>, link: usize) -> Option<()> {
        match (element, self.reader.byte(1)) {
            (_, b']') => {
                self.left.checked_sub(1)?;
                self.reader.skip(2);
                if gathers_nodes::<M>(choice) {
                    return self.selecting.as_mut()?.frames.add_list(link).map(drop);
                }
                self.output.put(b"[]", 2);
                Some(())
            }
            (Value::Object(object), b'{') => {
                self.reader.skip(1);
                self.mark(gathers_nodes::<M>(choice), b'[');
                self.lanes.call(Nested(self, Place { choice, link, repeats: true, ..Place::of(object) }))
            }
            (Value::Scalar | Value::Nullable(Value::Scalar), _) => {
                let nullable = matches!(element, Value::Nullable(_));
                self.elements::<true>(|walk| {
                    scalar(walk.lanes, &mut walk.reader, &mut walk.output, &mut walk.high, nullable)
                })
            }
            _ => self.lanes.call(List { walk: self, element, choice, link }),
        }
    }

    /// Writes a byte around objects, if they are not nodes.
    #[inline(always)]
    fn mark(&mut self, nodes: bool, byte: u8) {
        if !nodes {
            self.output.put_byte(byte);
        }
    }

    /// The elements of a list that is not empty, each by `read`. `WRITES` tells whether they are written.
    #[inline(always)]
    fn elements<const WRITES: bool>(&mut self, mut read: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        let mark = |walk: &mut Self, byte: u8| {
            if WRITES {
                walk.output.put_byte(byte);
            }
        };
        self.left = self.left.checked_sub(1)?;
        self.reader.skip(1);
        mark(self, b'[');
        loop {
            read(self)?;
            match (self.reader.byte(0), self.reader.byte(1)) {
                (b',', b' ') => {
                    self.reader.skip(2);
                    mark(self, b',');
                }
                (b']', _) => break,
                _ => return None,
            }
        }
        self.reader.skip(1);
        mark(self, b']');
        self.left += 1;
        Some(())
    }

    /// Goes on to the next object of a list, if there is one.
    #[inline(always)]
    fn next_object(&mut self, here: &Here<'a>) -> Option<bool> {
        let nodes = M::GATHERS && !here.chosen?.early;
        match self.reader.window(0)? {
            [b',', b' ', b'{', ..] => {
                self.reader.skip(2);
                self.mark(nodes, b',');
                Some(true)
            }
            [b']', ..] => {
                self.reader.skip(1);
                self.mark(nodes, b']');
                Some(false)
            }
            _ => None,
        }
    }

    /// Reads a key and writes its name. At the object's end there is none: the brace is read and written.
    #[inline(always)]
    pub(super) fn key<const FIRST: bool>(&mut self, here: &mut Here<'a>) -> Option<Option<&'a Field>> {
        let window = self.reader.window(0)?;
        let mut rest = here.rest;
        while let Some((field, behind)) = rest.split_first() {
            rest = behind;
            let stored = field.stored();
            if self.lanes.matches(window, stored, FIRST) {
                self.reader.skip(stored.len() - if FIRST { 2 } else { 0 });
                if M::SELECTS {
                    self.pass(here, rest)?;
                }
                if !M::GATHERS {
                    self.output.put(field.shown().bytes(false), field.shown().len());
                }
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
        if M::SELECTS && !here.rest.is_empty() {
            self.nulls(here, here.rest.len())?;
        }
        if !M::GATHERS {
            self.output.put_byte(b'}');
        } else if here.chosen?.early {
            self.write_early(here)?;
        }
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
