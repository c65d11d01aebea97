//! JSON with comments, in the form that people write a manifest in.

/// A value of the draft.
pub(super) enum Node {
    /// A string.
    Text(String),
    /// A number.
    Number(u32),
    /// Strings.
    List(Vec<String>),
    /// Entries in order.
    Object(Vec<Entry>),
}

/// An entry of an object.
pub(super) struct Entry {
    /// Its key.
    pub(super) key: String,
    /// Its value.
    pub(super) value: Node,
    /// What is not known of it.
    pub(super) comment: Option<String>,
}

impl Entry {
    pub(super) fn new(key: impl Into<String>, value: Node) -> Self {
        Self { key: key.into(), value, comment: None }
    }

    pub(super) fn text(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self::new(key, Node::Text(value.into()))
    }

    pub(super) fn unknown(mut self, comment: Option<String>) -> Self {
        self.comment = comment;
        self
    }
}

/// A longer object is written over several lines.
const WIDTH: usize = 110;

/// The word in front of what is not known.
pub(super) const MARK: &str = "unknown:";

/// The text of a value at this depth.
pub(super) fn write(node: &Node, depth: usize) -> String {
    match node {
        Node::Text(text) => quoted(text),
        Node::Number(number) => number.to_string(),
        Node::List(items) => format!("[{}]", items.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(", ")),
        Node::Object(entries) if entries.is_empty() => "{}".to_owned(),
        Node::Object(entries) => {
            if let Some(line) = in_one_line(entries)
                && depth > 1
                && line.len() + 2 * depth < WIDTH
            {
                return line;
            }
            let indent = "  ".repeat(depth + 1);
            let mut out = String::from("{\n");
            for (i, entry) in entries.iter().enumerate() {
                if let Some(comment) = &entry.comment {
                    out.push_str(&format!("{indent}// {MARK} {comment}\n"));
                }
                let comma = if i + 1 < entries.len() { "," } else { "" };
                out.push_str(&format!("{indent}{}: {}{comma}\n", quoted(&entry.key), write(&entry.value, depth + 1)));
            }
            out.push_str(&"  ".repeat(depth));
            out.push('}');
            out
        }
    }
}

fn in_one_line(entries: &[Entry]) -> Option<String> {
    let parts = entries.iter().map(|entry| match (&entry.value, &entry.comment) {
        (Node::Object(inner), None) if inner.is_empty() => Some(format!("{}: {{}}", quoted(&entry.key))),
        (Node::Object(_), _) | (_, Some(_)) => None,
        (value, None) => Some(format!("{}: {}", quoted(&entry.key), write(value, 0))),
    });
    Some(format!("{{ {} }}", parts.collect::<Option<Vec<_>>>()?.join(", ")))
}

/// A string of JSON.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
