//! Reading JSON without a tree: an object's members are found by a table of keys, in one pass over its bytes, and read where they stand.

use std::borrow::Cow;
use std::fmt::Display;

use super::ReadJson;
use crate::transform::{DEPTH_LIMIT, Error, Problem, Text, shown};

/// A JSON value, where it stands in its document.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// At the value's first byte.
    text: Text<'a>,
    depth: usize,
}

/// The members of an object that were looked for: found, and not yet read.
#[derive(Clone)]
pub struct Members<'a> {
    typename: &'static str,
    keys: &'static [&'static str],
    text: Text<'a>,
    /// The depth of the members' values.
    depth: usize,
    places: Places,
    /// Where the object ends: there a missing member is noticed.
    end: usize,
}

/// Where the value of each key begins; 0 where it is missing, for an object begins with its bracket.
#[derive(Clone)]
enum Places {
    Few([usize; FEW]),
    Many(Vec<usize>),
}

/// Most types have no more fields than these, and then nothing is allocated.
const FEW: usize = 16;

impl<'a> Reader<'a> {
    /// Reads `document`, the text of one JSON value.
    pub fn new(document: &'a [u8]) -> Self {
        let mut text = Text::new(document);
        text.skip_space();
        Self { text, depth: 0 }
    }

    /// Whether the value is null.
    pub fn is_null(&self) -> bool {
        self.text.peek() == Some(b'n')
    }

    /// Whether the value is a string.
    pub fn is_string(&self) -> bool {
        self.text.peek() == Some(b'"')
    }

    /// The text of a string.
    ///
    /// # Errors
    /// It is no string, or no well-formed one.
    pub fn string(mut self) -> Result<Cow<'a, str>, Error> {
        if !self.is_string() {
            return Err(self.mismatch("a string"));
        }
        let at = self.text.at;
        let not_utf8 = |_| Error::new(Problem::Utf8, at);
        match self.text.string()?.text() {
            Cow::Borrowed(text) => std::str::from_utf8(text).map(Cow::Borrowed).map_err(not_utf8),
            Cow::Owned(text) => String::from_utf8(text).map(Cow::Owned).map_err(|error| not_utf8(error.utf8_error())),
        }
    }

    /// A number as it is written, digit by digit.
    ///
    /// # Errors
    /// It is no number, or no well-formed one.
    pub fn number(mut self) -> Result<&'a str, Error> {
        if !matches!(self.text.peek(), Some(b'-' | b'0'..=b'9')) {
            return Err(self.mismatch("a number"));
        }
        let start = self.text.at;
        self.text.number()?;
        std::str::from_utf8(self.text.since(start)).map_err(|_| Error::new(Problem::Number, start))
    }

    /// A boolean.
    ///
    /// # Errors
    /// It is none.
    pub fn boolean(mut self) -> Result<bool, Error> {
        let found = self.text.peek();
        if !matches!(found, Some(b't' | b'f')) {
            return Err(self.mismatch("a boolean"));
        }
        self.text.literal()?;
        Ok(found == Some(b't'))
    }

    /// The value as it is written. Whether it is JSON to its depths is not checked.
    ///
    /// # Errors
    /// It has no end, or holds what JSON has no words for.
    pub fn raw(mut self) -> Result<&'a [u8], Error> {
        let start = self.text.at;
        skip(&mut self.text)?;
        Ok(self.text.since(start))
    }

    /// The members of an object under `keys`; others are passed over. jsonb's order of keys (by length in bytes, then by bytes) is the quickest.
    ///
    /// # Errors
    /// It is no object, has one of the keys twice, or is nested too deeply.
    pub fn object(self, typename: &'static str, keys: &'static [&'static str]) -> Result<Members<'a>, Error> {
        let mut places = Places::new(keys.len());
        let (mut expected, found) = (0, places.as_mut());
        let end = self.each_member(|key, value| {
            // Most of the time the next one is the one.
            let is = |at: &usize| keys.get(*at).is_some_and(|known| known.as_bytes() == key);
            let Some(at) = Some(expected).filter(is).or_else(|| (0..keys.len()).find(is)) else { return Ok(true) };
            expected = at + 1;
            let Some(place) = found.get_mut(at) else { return Ok(true) };
            if std::mem::replace(place, value.text.at) > 0 {
                return Err(Error::new(Problem::Repeated(shown(key)), value.text.at));
            }
            Ok(true)
        })?;
        Ok(Members { typename, keys, text: self.text, depth: self.depth + 1, places, end })
    }

    /// Hands each member's key and value to `read` until that has seen enough, and answers where the object ends, or where it was left.
    fn each_member(mut self, mut read: impl FnMut(&[u8], Reader<'a>) -> Result<bool, Error>) -> Result<usize, Error> {
        if self.text.peek() != Some(b'{') {
            return Err(self.mismatch("an object"));
        }
        let depth = self.deeper()?;
        self.text.at += 1;
        if self.text.next_token() == Some(b'}') {
            return Ok(self.text.at);
        }
        loop {
            let key = self.text.key()?.text();
            self.text.skip_space();
            let under = |error: Error| error.under_key(&key);
            if !read(&key, Reader { text: self.text, depth }).map_err(under)? {
                return Ok(self.text.at);
            }
            skip(&mut self.text).map_err(under)?;
            match self.text.next_token() {
                Some(b',') => self.text.at += 1,
                Some(b'}') => return Ok(self.text.at),
                _ => return Err(self.text.expected("`,` and a key, or `}`")),
            }
        }
    }

    /// Reads each element of a list.
    ///
    /// # Errors
    /// It is no list, is nested too deeply, or an element cannot be read: the path then has its index.
    pub fn list<T: ReadJson>(self) -> Result<Vec<T>, Error> {
        let mut list = Vec::new();
        self.each_element(&mut |element| {
            list.push(T::read_json(element)?);
            Ok(())
        })?;
        Ok(list)
    }

    fn each_element(mut self, read: &mut dyn FnMut(Reader<'a>) -> Result<(), Error>) -> Result<(), Error> {
        if self.text.peek() != Some(b'[') {
            return Err(self.mismatch("a list"));
        }
        let depth = self.deeper()?;
        self.text.at += 1;
        if self.text.next_token() == Some(b']') {
            return Ok(());
        }
        for index in 0.. {
            self.text.skip_space();
            let element = Reader { text: self.text, depth };
            read(element).and_then(|()| skip(&mut self.text)).map_err(|error| error.under_index(index))?;
            match self.text.next_token() {
                Some(b',') => self.text.at += 1,
                Some(b']') => break,
                _ => return Err(self.text.expected("`,` and an element, or `]`")),
            }
        }
        Ok(())
    }

    /// What stands for an object's string under `discriminator` in `values`: which member of a union it is.
    ///
    /// # Errors
    /// It is no object, or its discriminator is missing, no string, or none of them.
    pub fn discriminated<T: Copy>(self, discriminator: &'static str, values: &[(&'static str, T)]) -> Result<T, Error> {
        let mut found = None;
        let end = self.each_member(|key, value| {
            if key != discriminator.as_bytes() {
                return Ok(true);
            }
            let at = value.text.at;
            if !value.is_string() {
                return Err(Error::new(Problem::NoDiscriminator(discriminator), at));
            }
            let text = value.string()?;
            let unknown = || Problem::UnknownMember { key: discriminator, value: shown(text.as_bytes()) };
            let member = values.iter().find(|(value, _)| *value == text);
            found = Some(member.ok_or_else(|| Error::new(unknown(), at))?.1);
            Ok(false)
        })?;
        found.ok_or_else(|| Error::new(Problem::NoDiscriminator(discriminator), end))
    }

    /// What stands for a string in `values`.
    ///
    /// # Errors
    /// It is no string, or none of them.
    pub fn one_of<T: Copy>(self, values: &[(&'static str, T)]) -> Result<T, Error> {
        let text = self.string()?;
        match values.iter().find(|(value, _)| *value == text) {
            Some((_, value)) => Ok(*value),
            None => {
                let known = values.iter().map(|(value, _)| format!("`{value}`")).collect::<Vec<_>>();
                Err(self.unreadable(match known.as_slice() {
                    [only] => only.clone(),
                    known => format!("one of {}", known.join(", ")),
                }))
            }
        }
    }

    /// Reads a string as what `T` makes of it.
    ///
    /// # Errors
    /// It is no string, or `T` has no such value: `expected` is said in the message (`a uuid`).
    pub fn parse<T: std::str::FromStr>(self, expected: &str) -> Result<T, Error> {
        self.string()?.parse().map_err(|_| self.unreadable(expected))
    }

    /// The error that something else is expected here, such as `a uuid`.
    #[cold]
    pub fn unreadable(self, expected: impl Display) -> Error {
        let found = self.raw().map_or_else(|_| "something else".to_owned(), |raw| format!("`{}`", shown(raw)));
        Error::new(Problem::Unreadable { expected: expected.to_string(), found }, self.text.at)
    }

    /// The error that a value of another kind is expected here.
    #[cold]
    fn mismatch(self, expected: &'static str) -> Error {
        let found = match self.text.peek() {
            Some(b'{') => "an object",
            Some(b'[') => "a list",
            Some(b'"') => "a string",
            Some(b'-' | b'0'..=b'9') => "a number",
            Some(b't' | b'f') => "a boolean",
            Some(b'n') => return Error::new(Problem::Null, self.text.at),
            _ => return self.text.expected(expected),
        };
        Error::new(Problem::Mismatch { expected, found }, self.text.at)
    }

    /// The depth of what the value holds.
    fn deeper(&self) -> Result<usize, Error> {
        if self.depth == DEPTH_LIMIT {
            return Err(self.text.fail(Problem::Depth(DEPTH_LIMIT)));
        }
        Ok(self.depth + 1)
    }

    /// Whether nothing stands behind the value.
    pub(super) fn check_end(mut self) -> Result<(), Error> {
        skip(&mut self.text)?;
        match self.text.next_token() {
            None => Ok(()),
            Some(_) => Err(self.text.fail(Problem::Trailing)),
        }
    }
}

impl Places {
    fn new(count: usize) -> Self {
        if count <= FEW { Self::Few([0; FEW]) } else { Self::Many(vec![0; count]) }
    }

    fn as_mut(&mut self) -> &mut [usize] {
        match self {
            Self::Few(places) => places,
            Self::Many(places) => places,
        }
    }

    fn get(&self, at: usize) -> usize {
        let places = match self {
            Self::Few(places) => places.as_slice(),
            Self::Many(places) => places,
        };
        places.get(at).copied().unwrap_or_default()
    }
}

impl<'a> Members<'a> {
    /// Reads the value under `key`.
    ///
    /// # Errors
    /// It is none of `T`'s, or there is none and `T` is no `Option`; the path then has the key.
    pub fn read<T: ReadJson>(&self, key: &'static str) -> Result<T, Error> {
        match self.value(self.place(key)) {
            Some(value) => T::read_json(value).map_err(|error| error.under_key(key.as_bytes())),
            None => T::read_missing().ok_or_else(|| self.missing(key)),
        }
    }

    /// What stands for the string under `key` in `values`.
    ///
    /// # Errors
    /// As [`Reader::one_of`]; or there is none.
    pub fn one_of<T: Copy>(&self, key: &'static str, values: &[(&'static str, T)]) -> Result<T, Error> {
        match self.value(self.place(key)) {
            Some(value) => value.one_of(values).map_err(|error| error.under_key(key.as_bytes())),
            None => Err(self.missing(key)),
        }
    }

    fn place(&self, key: &str) -> usize {
        self.keys.iter().position(|known| *known == key).unwrap_or(self.keys.len())
    }

    /// The key at this place: there is one, or nothing is read.
    pub(super) fn key(&self, at: usize) -> &'static str {
        self.keys.get(at).copied().unwrap_or_default()
    }

    /// The value under the key at this place.
    pub(super) fn value(&self, at: usize) -> Option<Reader<'a>> {
        let at = self.places.get(at);
        (at > 0).then_some(Reader { text: Text { at, ..self.text }, depth: self.depth })
    }

    /// The error that there is nothing under `key`.
    #[cold]
    pub(super) fn missing(&self, key: &str) -> Error {
        Error::new(Problem::Missing { field: key.to_owned(), typename: self.typename }, self.end)
    }
}

/// Steps over a value. Brackets are counted, not matched: whoever reads what is between them checks it.
fn skip(text: &mut Text<'_>) -> Result<(), Error> {
    let mut open = 0_usize;
    loop {
        match text.next_token() {
            Some(b'"') => {
                text.string()?;
            }
            Some(b'-' | b'0'..=b'9') => text.number()?,
            Some(b't' | b'f' | b'n') => text.literal()?,
            Some(b'{' | b'[') => {
                open += 1;
                text.at += 1;
                continue;
            }
            Some(b'}' | b']') if open > 0 => {
                open -= 1;
                text.at += 1;
            }
            Some(b',' | b':') if open > 0 => {
                text.at += 1;
                continue;
            }
            _ => return Err(text.expected("a value")),
        }
        if open == 0 {
            return Ok(());
        }
    }
}
