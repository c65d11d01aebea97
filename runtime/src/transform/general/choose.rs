//! Selections from any JSON: the members of an object are found first and then written in the order of the selection.

use super::{Forward, Walk};
use crate::transform::buffer::Buffer;
use crate::transform::error::{Error, Problem, shown};
use crate::transform::select::{Choice, Chosen, Selection, What};
use crate::transform::settings::Transform;
use crate::transform::table::{Object, Union, Value};
use crate::transform::{Missing, Unknown};

use super::direction::Direction;
use super::seen::Seen;

impl<'a, B: Buffer> Walk<'a, Forward, B> {
    /// Selects from a whole document; after an error `out` is as it was.
    pub(in crate::transform) fn select(
        settings: &Transform,
        selection: &'a Selection,
        document: &'a [u8],
        out: &'a mut B,
    ) -> Result<(), Error> {
        let start = out.len();
        let settings = settings.unknown(Unknown::Drop);
        let mut walk = Self::new(&settings, document, out);
        walk.selected_document(settings.object, selection).map_err(|error| {
            walk.out.truncate(start);
            error.with_path()
        })
    }

    fn selected_document(&mut self, object: &'static Object, selection: &'a Selection) -> Result<(), Error> {
        self.text.skip_space();
        self.choose(Value::Object(object), false, selection, selection.choices.first())?;
        self.end()
    }

    /// A value, and of its objects what was selected.
    fn choose(
        &mut self,
        value: Value,
        nullable: bool,
        selection: &'a Selection,
        choice: Option<&'a Choice>,
    ) -> Result<(), Error> {
        let Some(choice) = choice else { return self.value(value, nullable) };
        if self.text.peek() == Some(b'n') {
            return self.null(nullable || matches!(value, Value::Nullable(_)));
        }
        match value {
            Value::Nullable(inner) => self.choose(*inner, true, selection, Some(choice)),
            Value::Late(late) => self.choose(*Value::resolve(late), nullable, selection, Some(choice)),
            Value::List(_) if self.text.peek() != Some(b'[') => Err(self.mismatch("a list")),
            Value::List(element) => self.elements(|walk| walk.choose(*element, false, selection, Some(choice))),
            _ if self.text.peek() != Some(b'{') => Err(self.mismatch("an object")),
            Value::Object(object) => self.chosen(object, None, selection, choice),
            Value::Union(union) => {
                let member = self.look_for_member(union)?;
                self.chosen(member, Some(union), selection, choice)
            }
            Value::Scalar | Value::Opaque | Value::Generic | Value::Skipped => self.value(value, nullable),
        }
    }

    fn chosen(
        &mut self,
        object: &'static Object,
        union: Option<&'static Union>,
        selection: &'a Selection,
        choice: &'a Choice,
    ) -> Result<(), Error> {
        // The compiler made a choice for every type that can be here.
        let Some(chosen) = choice.of(object) else { return self.drop_value() };
        self.enter()?;
        let (found, end) = self.find_members(chosen, union)?;
        self.out.push(b'{');
        for (place, slot) in chosen.slots.iter().enumerate() {
            self.out.append(slot.key.as_bytes().get(usize::from(place == 0)..).unwrap_or_default());
            let (number, choice) = match slot.what {
                What::Typename => {
                    self.out.push(b'"');
                    self.out.append(object.typename().as_bytes());
                    self.out.push(b'"');
                    continue;
                }
                What::Field { number, choice, .. } => (number, choice),
            };
            let choice = choice.and_then(|choice| selection.choices.get(choice));
            match (object.fields().get(number), found.get(number).copied().flatten()) {
                (Some(field), Some(at)) => {
                    self.text.at = at;
                    let under = |error: Error| error.under_key(field.key().as_bytes());
                    self.choose(*field.value(), field.is_nullable(), selection, choice).map_err(under)?;
                }
                _ => self.out.append(b"null"),
            }
        }
        self.text.at = end;
        self.leave(b'}');
        Ok(())
    }

    /// Where the values of the selected fields begin, and where the object's closing brace is.
    fn find_members(
        &mut self,
        chosen: &'a Chosen,
        union: Option<&'static Union>,
    ) -> Result<(Vec<Option<usize>>, usize), Error> {
        let mut found = vec![None; chosen.fields.len()];
        let (mut seen, mut cursor, mut discriminated) = (Seen::default(), 0, false);
        if self.text.next_token() != Some(b'}') {
            loop {
                self.text.skip_space();
                let at = self.text.at;
                let key = self.text.key()?.text();
                self.text.skip_space();
                let repeated = || Error::new(Problem::Repeated(shown(&key)), at).under_key(&key);
                if let Some((number, _)) = Forward::find(chosen.object, &key, &mut cursor) {
                    if !seen.insert(number) {
                        return Err(repeated());
                    }
                    if let (Some(field), Some(place)) = (chosen.fields.get(number), found.get_mut(number)) {
                        *place = (!field.is_skipped()).then_some(self.text.at);
                    }
                } else if union.is_some_and(|union| *union.discriminator().as_bytes() == *key)
                    && std::mem::replace(&mut discriminated, true)
                {
                    return Err(repeated());
                }
                self.drop_value().map_err(|error| error.under_key(&key))?;
                match self.text.next_token() {
                    Some(b',') => self.text.at += 1,
                    Some(b'}') => break,
                    _ => return Err(self.text.expected("`,` or `}` behind a member")),
                }
            }
        }
        if self.missing == Missing::Refuse {
            let required = |(field, at): &(&_, &Option<usize>)| {
                let field: &crate::transform::Field = field;
                !field.is_skipped() && !field.is_optional() && at.is_none()
            };
            if let Some((field, _)) = chosen.fields.iter().zip(&found).find(required) {
                let (field, typename) = (field.key().to_owned(), chosen.object.typename());
                return Err(self.text.fail(Problem::Missing { field, typename }));
            }
        }
        Ok((found, self.text.at))
    }
}
