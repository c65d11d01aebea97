//! Diagnostics for programs: as plain JSON, and as SARIF 2.1.0.

use std::fmt::Write as _;

use super::{Code, Diagnostic, Label, Level};
use crate::source::SourceMap;

/// An array with an object for each diagnostic: `code`, `level`, `message`, `file`, `line`, `column`, `end_line`, `end_column`, `label`,
/// `related` places, `notes` and `help`. Lines and columns count from 1, columns in characters; `file` is null for a mistake in no file.
pub fn json(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let each = diagnostics.iter().map(|diagnostic| {
        let related = diagnostic.secondary.iter().map(|label| format!("{{{}}}", place(Some(label), sources)));
        format!(
            "  {{\"code\": {}, \"level\": {}, \"message\": {}, {}, \"related\": [{}], \"notes\": [{}], \"help\": [{}]}}",
            text(&diagnostic.code.to_string()),
            text(diagnostic.level.word()),
            text(&diagnostic.message),
            place(diagnostic.primary.as_ref(), sources),
            related.collect::<Vec<_>>().join(", "),
            texts(&diagnostic.notes),
            texts(&diagnostic.help),
        )
    });
    let each = each.collect::<Vec<_>>();
    if each.is_empty() { "[]\n".to_owned() } else { format!("[\n{}\n]\n", each.join(",\n")) }
}

fn place(label: Option<&Label>, sources: &SourceMap) -> String {
    let Some(label) = label else {
        return "\"file\": null, \"line\": null, \"column\": null, \"end_line\": null, \"end_column\": null, \"label\": \"\""
            .to_owned();
    };
    let file = sources.file(label.span.file);
    let (start, end) = (file.position(label.span.start as usize), file.position(label.span.end as usize));
    format!(
        "\"file\": {}, \"line\": {}, \"column\": {}, \"end_line\": {}, \"end_column\": {}, \"label\": {}",
        text(file.name()),
        start.line,
        start.column,
        end.line,
        end.column,
        text(&label.text)
    )
}

/// A log of one run in SARIF 2.1.0, with a rule for every code.
pub fn sarif(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let rules = Code::ALL.iter().map(|code| {
        format!(
            "          {{\"id\": {}, \"shortDescription\": {{\"text\": {}}}, \"fullDescription\": {{\"text\": {}}}, \"help\": {{\"text\": {}}}, \"defaultConfiguration\": {{\"level\": {}}}}}",
            text(&code.to_string()),
            text(code.title()),
            text(code.description()),
            text(&format!("{}\n\nWhy it matters, an example and what to do: {}", code.description(), code.page())),
            text(sarif_level(code.default_level())),
        )
    });
    let rules = rules.collect::<Vec<_>>().join(",\n");
    let results = diagnostics.iter().map(|diagnostic| {
        let rule = Code::ALL.iter().position(|code| *code == diagnostic.code).unwrap_or_default();
        let more = diagnostic.notes.iter().map(|note| format!("\nnote: {note}"));
        let more = more.chain(diagnostic.help.iter().map(|help| format!("\nhelp: {help}"))).collect::<String>();
        let mut out = format!(
            "        {{\"ruleId\": {}, \"ruleIndex\": {rule}, \"level\": {}, \"message\": {{\"text\": {}}}",
            text(&diagnostic.code.to_string()),
            text(sarif_level(diagnostic.level)),
            text(&format!("{}{more}", diagnostic.message)),
        );
        if let Some(label) = &diagnostic.primary {
            let _ = write!(out, ", \"locations\": [{}]", location(label, None, sources));
        }
        if !diagnostic.secondary.is_empty() {
            let related = diagnostic.secondary.iter().enumerate();
            let related = related.map(|(id, label)| location(label, Some(id), sources)).collect::<Vec<_>>().join(", ");
            let _ = write!(out, ", \"relatedLocations\": [{related}]");
        }
        out.push('}');
        out
    });
    let results = results.collect::<Vec<_>>().join(",\n");
    format!(
        "{{
  \"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",
  \"version\": \"2.1.0\",
  \"runs\": [
    {{
      \"tool\": {{
        \"driver\": {{\"name\": \"pgmutate\", \"semanticVersion\": {}, \"rules\": [
{rules}
        ]}}
      }},
      \"columnKind\": \"unicodeCodePoints\",
      \"results\": [
{results}
      ]
    }}
  ]
}}
",
        text(env!("CARGO_PKG_VERSION"))
    )
}

fn sarif_level(level: Level) -> &'static str {
    match level {
        Level::Deny => "error",
        Level::Warn => "warning",
        Level::Allow => "none",
    }
}

fn location(label: &Label, id: Option<usize>, sources: &SourceMap) -> String {
    let file = sources.file(label.span.file);
    let (start, end) = (file.position(label.span.start as usize), file.position(label.span.end as usize));
    let id = id.map(|id| format!("\"id\": {id}, ")).unwrap_or_default();
    let message = if label.text.is_empty() {
        String::new()
    } else {
        format!(", \"message\": {{\"text\": {}}}", text(&label.text))
    };
    format!(
        "{{{id}\"physicalLocation\": {{\"artifactLocation\": {{\"uri\": {}}}, \"region\": {{\"startLine\": {}, \"startColumn\": {}, \"endLine\": {}, \"endColumn\": {}}}}}{message}}}",
        text(&uri(file.name())),
        start.line,
        start.column,
        end.line,
        end.column
    )
}

/// A path as a URI, relative where the path is.
fn uri(path: &str) -> String {
    let mut out = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b'\\' => out.push('/'),
            byte => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

fn texts(items: &[String]) -> String {
    items.iter().map(|item| text(item)).collect::<Vec<_>>().join(", ")
}

/// A string of JSON.
fn text(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
