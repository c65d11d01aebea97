//! A call's arguments, encoded into one buffer.

use std::fmt;
use std::ops::Range;

use bytes::BytesMut;
use postgres_types::{IsNull, ToSql, Type, to_sql_checked};

use crate::contract::Contract;
use crate::error::BindError;
use crate::parameter::{Encoded, Given, OptionalParameter, Parameter};
use crate::sql::SqlType;

/// The arguments of one call, in the contract's order; [`Call::bind`](crate::Call::bind) fills it.
///
/// All values lie in one buffer in the wire's format: one that is used again allocates nothing.
pub struct Arguments {
    contract: &'static Contract,
    buffer: BytesMut,
    slots: Vec<Slot>,
    /// The first argument that could not be put.
    mistake: Option<BindError>,
}

/// What was pushed for one argument.
struct Slot {
    sql_type: Type,
    state: State,
}

enum State {
    Absent,
    Null,
    Value(Range<usize>),
}

impl Arguments {
    /// For a call of the contract's function.
    pub fn new(contract: &'static Contract) -> Self {
        Self { contract, buffer: BytesMut::new(), slots: Vec::with_capacity(contract.arguments.len()), mistake: None }
    }

    /// Empties it for a call of another contract's function; the memory is kept.
    pub fn reset(&mut self, contract: &'static Contract) {
        self.contract = contract;
        self.buffer.clear();
        self.slots.clear();
        self.mistake = None;
    }

    /// Binds the next argument, which is `name`.
    ///
    /// # Errors
    ///
    /// The value has no representation in `S`, or the next argument is another one.
    pub fn push<S: SqlType, T: Parameter<S> + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), BindError> {
        let start = self.buffer.len();
        let encoded = value.encode(&mut self.buffer).map(Given::Present);
        self.record(name, S::TYPE, start, encoded)
    }

    /// Binds the next argument, which is `name` and has a DEFAULT, or leaves it out.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    pub fn push_optional<S: SqlType, T: OptionalParameter<S> + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), BindError> {
        let start = self.buffer.len();
        let given = value.encode_given(&mut self.buffer);
        self.record(name, S::TYPE, start, given)
    }

    /// Leaves the next argument out, so that its DEFAULT applies.
    pub fn leave_out(&mut self) {
        self.slots.push(Slot { sql_type: Type::UNKNOWN, state: State::Absent });
    }

    /// [Pushes](Self::push) an argument, if every one before it could be: [`finish`](Self::finish) answers the first mistake. What the derive binds with, for
    /// this is checked by rustc in half the time that a `return` for each argument takes.
    #[doc(hidden)]
    pub fn put<S: SqlType, T: Parameter<S> + ?Sized>(&mut self, name: &'static str, value: &T) {
        if self.mistake.is_none() {
            self.mistake = self.push::<S, T>(name, value).err();
        }
    }

    /// The same for an argument with a DEFAULT.
    #[doc(hidden)]
    pub fn put_optional<S: SqlType, T: OptionalParameter<S> + ?Sized>(&mut self, name: &'static str, value: &T) {
        if self.mistake.is_none() {
            self.mistake = self.push_optional::<S, T>(name, value).err();
        }
    }

    /// Ends arguments that were put.
    #[doc(hidden)]
    pub fn finish(&mut self) -> Result<(), BindError> {
        self.mistake.take().map_or(Ok(()), Err)
    }

    /// Binds a text behind the arguments, for what the runtime adds to the statement.
    pub(crate) fn push_extra(&mut self, text: &str) {
        let start = self.buffer.len();
        self.buffer.extend_from_slice(text.as_bytes());
        self.slots.push(Slot { sql_type: Type::TEXT, state: State::Value(start..self.buffer.len()) });
    }

    /// The arguments of the contract that are given, with their names and what is sent of them.
    pub(crate) fn named_values(&self) -> impl Iterator<Item = (&'static str, Option<&[u8]>)> {
        self.contract.arguments.iter().zip(&self.slots).filter_map(|(argument, slot)| match &slot.state {
            State::Absent => None,
            State::Null => Some((argument.name, None)),
            State::Value(range) => Some((argument.name, Some(&self.buffer[range.clone()]))),
        })
    }

    /// How many arguments of the contract are given.
    pub(crate) fn given_count(&self) -> usize {
        self.slots
            .iter()
            .take(self.contract.arguments.len())
            .filter(|slot| !matches!(slot.state, State::Absent))
            .count()
    }

    fn record(
        &mut self,
        name: &'static str,
        sql_type: Type,
        start: usize,
        given: Result<Given, BindError>,
    ) -> Result<(), BindError> {
        let of_argument = |error: BindError| error.of_argument(self.contract.function, name);
        let state = match given.map_err(of_argument)? {
            Given::Present(Encoded::Value) => State::Value(start..self.buffer.len()),
            Given::Present(Encoded::Null) => State::Null,
            Given::Absent => State::Absent,
        };
        // A value in another argument's place would be worse than an error.
        match self.contract.arguments.get(self.slots.len()) {
            Some(argument) if argument.name == name => self.slots.push(Slot { sql_type, state }),
            Some(next) => return Err(of_argument(BindError::new(format!("is bound where `{}` is due", next.name)))),
            None => return Err(of_argument(BindError::new("is bound after the last argument"))),
        }
        Ok(())
    }

    /// Whether every argument was pushed, and only those left out that have a DEFAULT.
    pub(crate) fn check_complete(&self) -> Result<(), BindError> {
        let Contract { function, arguments, .. } = self.contract;
        if self.slots.len() > arguments.len() {
            let reason = format!("has {} values for {} arguments", self.slots.len(), arguments.len());
            return Err(BindError::new(reason).of_function(function));
        }
        for (index, argument) in arguments.iter().enumerate() {
            let reason = match self.slots.get(index) {
                None => "was not bound",
                Some(Slot { state: State::Absent, .. }) if !argument.optional => "was left out and has no DEFAULT",
                Some(_) => continue,
            };
            return Err(BindError::new(reason).of_argument(function, argument.name));
        }
        Ok(())
    }

    /// The contract whose function is called.
    pub(crate) fn contract(&self) -> &'static Contract {
        self.contract
    }

    /// The number of the argument's placeholder, from 1; `None` where it is left out.
    pub(crate) fn placeholder(&self, argument: usize) -> Option<usize> {
        let given = |slot: &Slot| !matches!(slot.state, State::Absent);
        self.slots.get(argument).filter(|slot| given(slot))?;
        Some(self.slots[..=argument].iter().filter(|slot| given(slot)).count())
    }

    /// Which arguments are given, a bit for each; `None` where there are more than bits.
    pub(crate) fn given(&self) -> Option<u128> {
        let bit = |(index, slot): (usize, &Slot)| match slot.state {
            State::Absent => Some(0),
            State::Null | State::Value(_) => 1_u128.checked_shl(u32::try_from(index).ok()?),
        };
        self.slots
            .iter()
            .take(self.contract.arguments.len())
            .enumerate()
            .map(bit)
            .try_fold(0, |given, bit| Some(given | bit?))
    }

    /// The values that are sent, with their types, in the order of their placeholders.
    pub(crate) fn values(&self) -> impl ExactSizeIterator<Item = (Bound<'_>, Type)> {
        let given = self.slots.iter().filter(|slot| !matches!(slot.state, State::Absent));
        Counted { left: given.clone().count(), items: given.map(|slot| (self.bound(slot), slot.sql_type.clone())) }
    }

    fn bound(&self, slot: &Slot) -> Bound<'_> {
        Bound(match &slot.state {
            State::Absent | State::Null => None,
            State::Value(range) => Some(&self.buffer[range.clone()]),
        })
    }
}

/// An iterator whose length is known: the driver writes it in front of the values.
struct Counted<I> {
    left: usize,
    items: I,
}

impl<I: Iterator> Iterator for Counted<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.left = self.left.saturating_sub(1);
        self.items.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<I: Iterator> ExactSizeIterator for Counted<I> {}

/// Names and sizes, never values: they belong to the user's customers.
impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (argument, slot) in self.contract.arguments.iter().zip(&self.slots) {
            match &slot.state {
                State::Absent => map.entry(&argument.name, &format_args!("absent")),
                State::Null => map.entry(&argument.name, &format_args!("null")),
                State::Value(range) => map.entry(&argument.name, &format_args!("{} bytes", range.len())),
            };
        }
        map.finish()
    }
}

/// A value that is encoded already, as the driver wants it.
pub(crate) struct Bound<'a>(Option<&'a [u8]>);

impl fmt::Debug for Bound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(bytes) => write!(f, "{} bytes", bytes.len()),
            None => f.write_str("null"),
        }
    }
}

impl ToSql for Bound<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self.0 {
            Some(bytes) => {
                out.extend_from_slice(bytes);
                Ok(IsNull::No)
            }
            None => Ok(IsNull::Yes),
        }
    }

    /// The type is the one it was encoded for.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Argument, SKELETON};
    use crate::patch::Patch;
    use crate::sql;

    static CONTRACT: Contract = Contract {
        function: "app.f",
        arguments: &[
            Argument { name: "a", sql_type: "integer", optional: false },
            Argument { name: "b", sql_type: "text", optional: true },
            Argument { name: "c", sql_type: "text", optional: true },
        ],
        ..SKELETON
    };

    fn values(arguments: &Arguments) -> Vec<(Option<Vec<u8>>, Type)> {
        arguments.values().map(|(value, sql_type)| (value.0.map(<[u8]>::to_vec), sql_type)).collect()
    }

    #[test]
    fn only_what_is_given_is_sent() {
        let mut arguments = Arguments::new(&CONTRACT);
        arguments.push::<sql::Int4, _>("a", &1).unwrap();
        arguments.push_optional::<sql::Text, _>("b", &None::<String>).unwrap();
        arguments.push_optional::<sql::Text, _>("c", &Patch::<String>::Null).unwrap();
        arguments.check_complete().unwrap();

        assert_eq!(values(&arguments), [(Some(vec![0, 0, 0, 1]), Type::INT4), (None, Type::TEXT)]);
        assert_eq!([0, 1, 2, 3].map(|argument| arguments.placeholder(argument)), [Some(1), None, Some(2), None]);
        assert_eq!(format!("{arguments:?}"), r#"{"a": 4 bytes, "b": absent, "c": null}"#);
    }

    #[test]
    fn it_is_used_again_for_another_call() {
        let mut arguments = Arguments::new(&CONTRACT);
        arguments.push::<sql::Int4, _>("a", &1).unwrap();
        arguments.reset(&CONTRACT);
        arguments.push::<sql::Int4, _>("a", &2).unwrap();
        arguments.push_optional::<sql::Text, _>("b", &Some("")).unwrap();
        arguments.leave_out();
        arguments.check_complete().unwrap();

        assert_eq!(values(&arguments), [(Some(vec![0, 0, 0, 2]), Type::INT4), (Some(vec![]), Type::TEXT)]);
    }

    #[test]
    fn an_argument_out_of_place_is_an_error() {
        let error = |bind: fn(&mut Arguments) -> Result<(), BindError>| {
            let mut arguments = Arguments::new(&CONTRACT);
            let error = bind(&mut arguments).and_then(|()| arguments.check_complete()).unwrap_err();
            error.to_string()
        };
        assert_eq!(
            error(|arguments| arguments.push::<sql::Text, _>("b", "")),
            "argument `b` of `app.f` is bound where `a` is due"
        );
        assert_eq!(error(|_| Ok(())), "argument `a` of `app.f` was not bound");
        assert_eq!(
            error(|arguments| {
                (0..3).for_each(|_| arguments.leave_out());
                Ok(())
            }),
            "argument `a` of `app.f` was left out and has no DEFAULT"
        );
        let mut arguments = Arguments::new(&CONTRACT);
        arguments.push::<sql::Int4, _>("a", &1).unwrap();
        (0..2).for_each(|_| arguments.leave_out());
        let error = arguments.push::<sql::Text, _>("d", "").unwrap_err();
        assert_eq!(error.to_string(), "argument `d` of `app.f` is bound after the last argument");
        arguments.leave_out();
        assert_eq!(
            arguments.check_complete().unwrap_err().to_string(),
            "a call of `app.f` has 4 values for 3 arguments"
        );
    }

    #[test]
    fn an_error_names_the_place_in_an_array() {
        let mut arguments = Arguments::new(&CONTRACT);
        let error = arguments.push::<sql::Array<sql::Text>, _>("a", &["x", "y\0"]).unwrap_err();
        assert_eq!((error.argument(), error.path()), (Some("a"), "[1]"));
        assert_eq!(
            error.to_string(),
            "argument `a[1]` of `app.f` has a NUL character, which a PostgreSQL text cannot hold"
        );
    }
}
