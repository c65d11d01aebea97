//! What a client gives, read into the types of the mutations.

use pgmutate::Patch;
use pgmutate::types::{Numeric, Uuid};
use serde_json::Value;

/// The arguments of a field, or an input in them. A missing member is null.
pub(crate) struct Arguments<'a>(pub(crate) &'a Value);

/// Why an argument cannot be read; it is told to the client.
pub(crate) type Read<T> = Result<T, String>;

impl<'a> Arguments<'a> {
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name)
    }

    pub(crate) fn input(&self, name: &str) -> Read<Arguments<'a>> {
        self.get(name).filter(|value| value.is_object()).map(Arguments).ok_or_else(|| expected(name, "an object"))
    }

    pub(crate) fn list(&self, name: &str) -> Read<impl Iterator<Item = Arguments<'a>>> {
        let list = self.get(name).and_then(Value::as_array).ok_or_else(|| expected(name, "a list"))?;
        Ok(list.iter().map(Arguments))
    }

    pub(crate) fn string(&self, name: &str) -> Read<String> {
        text(name, self.get(name).unwrap_or(&Value::Null))
    }

    pub(crate) fn int(&self, name: &str) -> Read<i32> {
        int(name, self.get(name).unwrap_or(&Value::Null))
    }

    pub(crate) fn uuid(&self, name: &str) -> Read<Uuid> {
        self.string(name)?.parse().map_err(|_| expected(name, "a uuid"))
    }

    /// Absent and null are two things.
    fn patch<T>(&self, name: &str, read: impl Fn(&str, &Value) -> Read<T>) -> Read<Patch<T>> {
        match self.get(name) {
            None => Ok(Patch::Absent),
            Some(Value::Null) => Ok(Patch::Null),
            Some(value) => read(name, value).map(Patch::Value),
        }
    }

    pub(crate) fn patch_string(&self, name: &str) -> Read<Patch<String>> {
        self.patch(name, text)
    }

    pub(crate) fn patch_int(&self, name: &str) -> Read<Patch<i32>> {
        self.patch(name, int)
    }

    pub(crate) fn patch_decimal(&self, name: &str) -> Read<Patch<Numeric>> {
        self.patch(name, |name, value| match value {
            Value::Number(number) => number.to_string().parse().map_err(|_| expected(name, "a number")),
            value => text(name, value)?.parse().map_err(|_| expected(name, "a number")),
        })
    }
}

fn text(name: &str, value: &Value) -> Read<String> {
    value.as_str().map(str::to_owned).ok_or_else(|| expected(name, "a string"))
}

fn int(name: &str, value: &Value) -> Read<i32> {
    value.as_i64().and_then(|value| value.try_into().ok()).ok_or_else(|| expected(name, "an integer"))
}

fn expected(name: &str, what: &str) -> String {
    format!("`{name}` must be {what}")
}
