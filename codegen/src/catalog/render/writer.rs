//! JSON text, written in order and with two spaces for each level.

/// Writes one JSON document.
#[derive(Default)]
pub(super) struct Writer {
    text: String,
    level: usize,
    /// Whether a value stands before in the same object or array.
    follows: bool,
}

impl Writer {
    pub(super) fn finish(mut self) -> String {
        self.text.push('\n');
        self.text
    }

    pub(super) fn object(&mut self, members: impl FnOnce(&mut Self)) {
        self.nested('{', '}', members);
    }

    pub(super) fn array<T>(&mut self, items: impl IntoIterator<Item = T>, mut item: impl FnMut(&mut Self, T)) {
        self.nested('[', ']', |writer| {
            for value in items {
                writer.separate();
                item(writer, value);
                writer.follows = true;
            }
        });
    }

    /// One member of an object; its value is written by `value`.
    pub(super) fn member(&mut self, key: &str, value: impl FnOnce(&mut Self)) {
        self.separate();
        self.string(key);
        self.text.push_str(": ");
        value(self);
        self.follows = true;
    }

    pub(super) fn text_member(&mut self, key: &str, value: &str) {
        self.member(key, |writer| writer.string(value));
    }

    pub(super) fn optional_member(&mut self, key: &str, value: Option<&str>) {
        self.member(key, |writer| match value {
            Some(value) => writer.string(value),
            None => writer.text.push_str("null"),
        });
    }

    pub(super) fn bool_member(&mut self, key: &str, value: bool) {
        self.member(key, |writer| writer.text.push_str(if value { "true" } else { "false" }));
    }

    pub(super) fn number_member(&mut self, key: &str, value: usize) {
        self.member(key, |writer| writer.text.push_str(&value.to_string()));
    }

    pub(super) fn texts_member<'a>(&mut self, key: &str, values: impl IntoIterator<Item = &'a str>) {
        self.member(key, |writer| writer.array(values, Self::string));
    }

    pub(super) fn string(&mut self, value: &str) {
        self.text.push('"');
        for c in value.chars() {
            match c {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                c if (c as u32) < 0x20 => self.text.push_str(&format!("\\u{:04x}", c as u32)),
                c => self.text.push(c),
            }
        }
        self.text.push('"');
    }

    fn nested(&mut self, open: char, close: char, inside: impl FnOnce(&mut Self)) {
        self.text.push(open);
        self.level += 1;
        self.follows = false;
        inside(self);
        self.level -= 1;
        // An empty object or array stays on its line.
        if self.follows {
            self.line();
        }
        self.text.push(close);
    }

    fn separate(&mut self) {
        if self.follows {
            self.text.push(',');
        }
        self.line();
        self.follows = false;
    }

    fn line(&mut self) {
        self.text.push('\n');
        self.text.push_str(&"  ".repeat(self.level));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_nested_values() {
        let mut writer = Writer::default();
        writer.object(|o| {
            o.text_member("a", "\"\\\n\u{1}é");
            o.member("b", |w| w.array([(); 0], |_, ()| {}));
            o.texts_member("c", ["x", "y"]);
            o.member("d", |w| w.object(|o| o.bool_member("e", true)));
            o.optional_member("f", None);
            o.number_member("g", 3);
        });
        let expected = "{\n  \"a\": \"\\\"\\\\\\n\\u0001é\",\n  \"b\": [],\n  \"c\": [\n    \"x\",\n    \"y\"\n  ],\n  \"d\": {\n    \"e\": true\n  },\n  \"f\": null,\n  \"g\": 3\n}\n";
        assert_eq!(writer.finish(), expected);
    }
}
