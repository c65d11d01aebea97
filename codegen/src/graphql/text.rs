//! Strings of GraphQL, and the names that it allows.

/// A description above what it describes, with a line feed behind it; nothing for no lines.
pub(super) fn description(lines: &[String], indent: &str) -> String {
    let Some((first, last)) = lines.first().zip(lines.last()) else { return String::new() };
    let text = lines.join("\n");
    let is_plain = |line: &String| !line.chars().any(|c| c.is_control() && c != '\t');
    // A block string loses the white space that all of its lines begin with, and empty lines around it.
    let indented = |line: &String| line.is_empty() || line.starts_with([' ', '\t']);
    let kept = !first.trim().is_empty() && !last.trim().is_empty() && !lines.iter().all(indented);
    if !kept || !lines.iter().all(is_plain) {
        return format!("{indent}{}\n", string(&text));
    }
    let text = text.replace("\"\"\"", "\\\"\"\"");
    if lines.len() == 1 && !text.ends_with(['"', '\\']) {
        return format!("{indent}\"\"\"{text}\"\"\"\n");
    }
    let lines = text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("{indent}{line}\n") });
    format!("{indent}\"\"\"\n{}{indent}\"\"\"\n", lines.collect::<String>())
}

/// A string in quotes.
pub(super) fn string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether GraphQL takes `name` for a name of the schema's own.
pub(super) fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    let head = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    head && chars.all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.starts_with("__")
}

/// Whether GraphQL takes `name` for a value of an enum.
pub(super) fn is_enum_value(name: &str) -> bool {
    is_name(name) && !["true", "false", "null"].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(text: &str) -> String {
        description(&text.split('\n').map(str::to_owned).collect::<Vec<_>>(), "  ")
    }

    #[test]
    fn descriptions_keep_their_text() {
        assert_eq!(description(&[], ""), "");
        assert_eq!(described("A customer."), "  \"\"\"A customer.\"\"\"\n");
        assert_eq!(described("Says \"\"\" and \"x\""), "  \"\"\"\n  Says \\\"\"\" and \"x\"\n  \"\"\"\n");
        assert_eq!(described("one\n\n  two"), "  \"\"\"\n  one\n\n    two\n  \"\"\"\n");
        assert_eq!(described("  all\n  indented"), "  \"  all\\n  indented\"\n");
        assert_eq!(described("a\u{1}"), "  \"a\\u0001\"\n");
    }

    #[test]
    fn names_are_those_of_the_specification() {
        for name in ["a", "_a", "A1_b"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "1a", "a-b", "größe", "__type"] {
            assert!(!is_name(name), "{name}");
        }
        assert!(is_enum_value("NEW") && !is_enum_value("null"));
    }
}
