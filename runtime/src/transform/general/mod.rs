//! The engine that reads any JSON: keys in any order, any white space, escaped keys. It is the one that finds out what is wrong with a document.
//!
//! It walks the document by recursion, bounded by the depth limit; an error gathers its path on the way up, so that a document without one pays nothing.

mod choose;
mod direction;
mod seen;
mod tree;
mod union;

use std::marker::PhantomData;

pub(super) use direction::{Backward, Direction, Forward};

use super::buffer::Buffer;
use super::error::{Error, Problem, shown};
use super::rename::Marks;
use super::settings::Transform;
use super::table::{Field, Object, Value};
use super::text::Text;
use super::{Missing, Unknown};
use seen::Seen;

/// One document on its way through.
pub(super) struct Walk<'a, D, B> {
    text: Text<'a>,
    out: &'a mut B,
    depth: usize,
    limit: usize,
    unknown: Unknown,
    missing: Missing,
    direction: PhantomData<D>,
}

/// What the walk knows of the object that it is in.
struct Open {
    object: &'static Object,
    /// The discriminator of the union that the object is a member of, if it is.
    discriminator: Option<&'static str>,
    discriminated: bool,
    start: usize,
    cursor: usize,
    seen: Seen,
    marks: Marks,
    /// Whether the next member needs no comma before it.
    first: bool,
}

impl<'a, D: Direction, B: Buffer> Walk<'a, D, B> {
    /// Transforms a whole document; after an error `out` is as it was.
    pub(super) fn run(settings: &Transform, document: &'a [u8], out: &'a mut B) -> Result<(), Error> {
        let start = out.len();
        let mut walk = Self::new(settings, document, out);
        walk.document(settings.object).map_err(|error| {
            walk.out.truncate(start);
            error.with_path()
        })
    }

    fn new(settings: &Transform, document: &'a [u8], out: &'a mut B) -> Self {
        let (unknown, missing) = D::policies(settings);
        Self {
            text: Text::new(document),
            out,
            depth: 0,
            limit: settings.depth,
            unknown,
            missing,
            direction: PhantomData,
        }
    }

    fn document(&mut self, object: &'static Object) -> Result<(), Error> {
        self.text.skip_space();
        self.object(object, None)?;
        self.end()
    }

    /// Behind the document there is nothing.
    fn end(&mut self) -> Result<(), Error> {
        match self.text.next_token() {
            None => Ok(()),
            Some(_) => Err(self.text.fail(Problem::Trailing)),
        }
    }

    fn value(&mut self, value: Value, nullable: bool) -> Result<(), Error> {
        if self.text.peek() == Some(b'n') {
            return self.null(nullable || matches!(value, Value::Nullable(_)));
        }
        match value {
            Value::Scalar => self.scalar(),
            Value::Object(object) => self.object(object, None),
            Value::List(element) => self.list(element),
            Value::Union(union) => self.union(union),
            Value::Opaque | Value::Skipped => self.tree(None),
            Value::Generic => self.tree(Some(D::RULE)),
            Value::Nullable(value) => self.value(*value, true),
            Value::Late(late) => self.value(*Value::resolve(late), nullable),
        }
    }

    fn null(&mut self, nullable: bool) -> Result<(), Error> {
        let start = self.text.at;
        self.text.literal()?;
        if !nullable && self.missing == Missing::Refuse {
            return Err(Error::new(Problem::Null, start));
        }
        self.out.append(b"null");
        Ok(())
    }

    /// A string, number or boolean.
    #[inline]
    fn scalar(&mut self) -> Result<(), Error> {
        let start = self.text.at;
        match self.text.peek() {
            Some(b'"') => self.string()?,
            Some(b'-' | b'0'..=b'9') => self.text.number()?,
            Some(b't' | b'f' | b'n') => self.text.literal()?,
            _ => return Err(self.mismatch("a string, number or boolean")),
        }
        self.copy_since(start);
        Ok(())
    }

    /// Appends what was read since `start`.
    #[inline]
    fn copy_since(&mut self, start: usize) {
        let len = self.text.at - start;
        match self.text.bytes.get(start..).and_then(|rest| rest.first_chunk()) {
            Some(window) if len <= window.len() => self.out.append_short(window, len),
            _ => self.out.append(self.text.since(start)),
        }
    }

    #[inline]
    fn string(&mut self) -> Result<(), Error> {
        let start = self.text.at;
        let string = self.text.string()?;
        if string.escaped { D::check_escapes(string.raw, start + 1) } else { Ok(()) }
    }

    fn list(&mut self, element: &'static Value) -> Result<(), Error> {
        if self.text.peek() != Some(b'[') {
            return Err(self.mismatch("a list"));
        }
        self.elements(|walk| walk.value(*element, false))
    }

    /// A list from its opening bracket on, each element by `read`.
    fn elements(&mut self, mut read: impl FnMut(&mut Self) -> Result<(), Error>) -> Result<(), Error> {
        self.enter()?;
        self.out.push(b'[');
        if self.text.next_token() != Some(b']') {
            for index in 0.. {
                if index > 0 {
                    self.out.push(b',');
                    self.text.skip_space();
                }
                read(self).map_err(|error| error.under_index(index))?;
                match self.text.next_token() {
                    Some(b',') => self.text.at += 1,
                    Some(b']') => break,
                    _ => return Err(self.text.expected("`,` or `]` behind an element")),
                }
            }
        }
        self.leave(b']');
        Ok(())
    }

    /// An object of a known type.
    fn object(&mut self, object: &'static Object, discriminator: Option<&'static str>) -> Result<(), Error> {
        if self.text.peek() != Some(b'{') {
            return Err(self.mismatch("an object"));
        }
        let start = self.text.at;
        self.enter()?;
        self.out.push(b'{');
        let first = !D::write_typename(object, self.out);
        let (seen, marks) = (Seen::default(), Marks::default());
        let mut open = Open { object, discriminator, discriminated: false, start, cursor: 0, seen, marks, first };
        if self.text.next_token() != Some(b'}') {
            loop {
                self.member(&mut open)?;
                match self.text.next_token() {
                    Some(b',') => self.text.at += 1,
                    Some(b'}') => break,
                    _ => return Err(self.text.expected("`,` or `}` behind a member")),
                }
            }
        }
        self.close(&open)?;
        self.leave(b'}');
        Ok(())
    }

    /// A key and its value.
    #[inline]
    fn member(&mut self, open: &mut Open) -> Result<(), Error> {
        self.text.skip_space();
        let at = self.text.at;
        // Most often the next field follows, written without spaces.
        if let Some(field) = open.object.fields().get(open.cursor)
            && D::compact(field).begins_behind_comma(self.text.bytes.get(at..).unwrap_or_default())
            && open.seen.insert(open.cursor)
        {
            self.text.at += D::compact(field).len() - 1;
            open.cursor += 1;
            return self.declared(open, field).map_err(|error| error.under_key(D::shown_name(field).as_bytes()));
        }
        let quoted = self.text.key()?;
        let key = quoted.text();
        let Some((number, field)) = D::find(open.object, &key, &mut open.cursor) else {
            return self.unknown(open, &key, at).map_err(|error| error.under_key(&key));
        };
        if !open.seen.insert(number) {
            return Err(Error::new(Problem::Repeated(shown(&key)), at).under_key(&key));
        }
        self.declared(open, field).map_err(|error| error.under_key(&key))
    }

    /// A declared field, from behind its colon on.
    #[inline]
    fn declared(&mut self, open: &mut Open, field: &'static Field) -> Result<(), Error> {
        D::write_key(field, open.first, self.out);
        open.first = false;
        self.text.skip_space();
        self.value(*field.value(), field.is_nullable())
    }

    /// A key that the type does not declare, and its value.
    #[cold]
    fn unknown(&mut self, open: &mut Open, key: &[u8], at: usize) -> Result<(), Error> {
        self.text.skip_space();
        if open.discriminator.is_some_and(|discriminator| discriminator.as_bytes() == key) {
            if std::mem::replace(&mut open.discriminated, true) {
                return Err(Error::new(Problem::Repeated(shown(key)), at));
            }
            return self.drop_value();
        }
        match self.unknown {
            Unknown::Drop => self.drop_value(),
            Unknown::Refuse => {
                let suggestion = D::suggest(open.object, key);
                let typename = open.object.typename();
                Err(Error::new(Problem::Unknown { key: shown(key), typename, suggestion }, at))
            }
            Unknown::Rename if is_taken(open.object, &D::RULE.renamed(key)) => self.drop_value(),
            Unknown::Rename => {
                if !std::mem::take(&mut open.first) {
                    self.out.push(b',');
                }
                self.renamed_key(D::RULE, key, &mut open.marks);
                self.tree(Some(D::RULE))
            }
        }
    }

    /// What is checked at an object's closing brace.
    #[inline]
    fn close(&self, open: &Open) -> Result<(), Error> {
        if self.missing == Missing::Refuse
            && open.seen.lacks(open.object)
            && let Some(field) = open.object.missing(|number| open.seen.contains(number))
        {
            let field = D::shown_name(field).to_owned();
            return Err(self.text.fail(Problem::Missing { field, typename: open.object.typename() }));
        }
        if open.marks.may_collide() { self.check_collisions(open) } else { Ok(()) }
    }

    #[cold]
    fn check_collisions(&self, open: &Open) -> Result<(), Error> {
        let aside =
            |key: &[u8]| D::find(open.object, key, &mut 0).is_some() || is_taken(open.object, &D::RULE.renamed(key));
        self.collide(open.start, aside)
    }

    fn enter(&mut self) -> Result<(), Error> {
        if self.depth >= self.limit {
            return Err(self.text.fail(Problem::Depth(self.limit)));
        }
        self.depth += 1;
        self.text.at += 1;
        Ok(())
    }

    fn leave(&mut self, bracket: u8) {
        self.depth -= 1;
        self.text.at += 1;
        self.out.push(bracket);
    }

    #[cold]
    fn mismatch(&self, expected: &'static str) -> Error {
        let found = match self.text.peek() {
            Some(b'{') => "an object",
            Some(b'[') => "a list",
            Some(b'"') => "a string",
            Some(b'-' | b'0'..=b'9') => "a number",
            Some(b't' | b'f') => "a boolean",
            Some(b'n') => "null",
            _ => return self.text.expected(expected),
        };
        self.text.fail(Problem::Mismatch { expected, found })
    }
}

/// Whether a name belongs to a declared field, or to the transform itself.
fn is_taken(object: &'static Object, name: &[u8]) -> bool {
    name == b"__typename" || object.names().find(object.fields(), name).is_some()
}

/// A field with its number in the type.
type Found = (usize, &'static Field);
