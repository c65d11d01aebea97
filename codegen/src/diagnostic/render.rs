//! Diagnostics as text, in the form of rustc's.

use annotate_snippets::{Annotation, AnnotationKind, Group, Level as Severity, Origin, Renderer, Snippet};

use super::{Diagnostic, Label, Level};
use crate::source::{FileId, SourceFile, SourceMap};

/// A piece of source of more bytes is not shown: a manifest in one line of megabytes is named by its column only.
const MAX_SHOWN: usize = 50_000;

/// Renders one diagnostic with the source lines it points at; no trailing newline.
pub fn render(diagnostic: &Diagnostic, sources: &SourceMap, renderer: &Renderer) -> String {
    let severity = match diagnostic.level {
        Level::Deny => Severity::ERROR,
        Level::Warn => Severity::WARNING,
        Level::Allow => Severity::NOTE,
    };
    let id = diagnostic.code.to_string();
    let mut group = Group::with_title(severity.primary_title(diagnostic.message.as_str()).id(id.as_str()));
    let labels = diagnostic
        .primary
        .iter()
        .map(|label| (label, AnnotationKind::Primary))
        .chain(diagnostic.secondary.iter().map(|label| (label, AnnotationKind::Context)));
    let mut by_file: Vec<(FileId, Vec<_>)> = Vec::new();
    for (label, kind) in labels {
        match by_file.iter_mut().find(|(file, _)| *file == label.span.file) {
            Some((_, of_file)) => of_file.push((label, kind)),
            None => by_file.push((label.span.file, vec![(label, kind)])),
        }
    }
    for (file, labels) in &by_file {
        let file = sources.file(*file);
        let whole = shown(file, labels);
        let apart = || labels.iter().map(|label| shown(file, std::slice::from_ref(label)));
        let parts =
            if whole.is_some() { vec![(whole, labels.as_slice())] } else { apart().zip(labels.chunks(1)).collect() };
        for (snippet, labels) in parts {
            match (snippet, labels) {
                (Some(snippet), _) => group = group.element(snippet),
                (None, [(label, _), ..]) => {
                    let position = file.position(label.span.start as usize);
                    let origin = Origin::path(file.name()).line(position.line).char_column(position.column);
                    group = group.element(origin);
                    if !label.text.is_empty() {
                        group = group.element(Severity::NOTE.message(label.text.as_str()));
                    }
                }
                (None, []) => {}
            }
        }
    }
    for note in &diagnostic.notes {
        group = group.element(Severity::NOTE.message(note.as_str()));
    }
    for help in &diagnostic.help {
        group = group.element(Severity::HELP.message(help.as_str()));
    }
    renderer.render(&[group])
}

/// The lines from the first label to the last; `None` where they are too long to be shown.
fn shown<'a>(file: &'a SourceFile, labels: &[(&'a Label, AnnotationKind)]) -> Option<Snippet<'a, Annotation<'a>>> {
    // The rest of a long file would be searched in vain.
    let ranges = labels.iter().map(|(label, _)| file.characters(label.span.range())).collect::<Vec<_>>();
    let lines = file.lines_around(&ranges);
    if lines.len() > MAX_SHOWN {
        return None;
    }
    let annotations = labels.iter().zip(&ranges).map(|((label, kind), range)| {
        let annotation = kind.span(range.start - lines.start..range.end - lines.start);
        if label.text.is_empty() { annotation } else { annotation.label(label.text.as_str()) }
    });
    let text = file.text().get(lines.clone()).unwrap_or_default();
    let snippet = Snippet::source(text).line_start(file.position(lines.start).line);
    Some(snippet.path(file.name()).annotations(annotations))
}

/// The same without colours.
pub fn render_plain(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    render(diagnostic, sources, &Renderer::plain())
}

/// A diagnostic in one line, for cargo, which gives every line a prefix of its own: `file:line:column: message (label; help)`.
pub fn one_line(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let mut line = String::new();
    if let Some(label) = &diagnostic.primary {
        let file = sources.file(label.span.file);
        let position = file.position(label.span.start as usize);
        line = format!("{}:{}:{}: ", file.name(), position.line, position.column);
    }
    line.push_str(&format!("[{}] {}", diagnostic.code, diagnostic.message));
    let label = diagnostic.primary.iter().map(|label| &label.text).filter(|text| !text.is_empty());
    let more = label.chain(&diagnostic.notes).chain(&diagnostic.help).map(String::as_str).collect::<Vec<_>>();
    if !more.is_empty() {
        line.push_str(&format!(" ({})", more.join("; ")));
    }
    line.replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;
    use crate::source::Span;

    #[test]
    fn names_the_place_in_a_line_that_is_too_long_to_show() {
        let mut sources = SourceMap::new();
        let long = sources.add("mutations.json", "x".repeat(MAX_SHOWN + 2)).unwrap();
        let far = sources.add("a.sql", format!("first\n{}last\n", "\n".repeat(MAX_SHOWN))).unwrap();
        let end = MAX_SHOWN + 6;
        let diagnostic = Diagnostic::new(Code::UNREADABLE_FILE, "it is wrong")
            .at(Span::new(long, 99, 100), "here")
            .and(Span::new(far, 0, 5), "there")
            .and(Span::new(far, end, end + 4), "and there");
        let rendered = render(&diagnostic, &sources, &Renderer::plain());
        assert!(rendered.len() < 1_000, "{}", rendered.len());
        for part in ["mutations.json:1:100", "note: here", "a.sql:1:1", "- there", "a.sql:50002:1", "- and there"] {
            assert!(rendered.contains(part), "{part}:\n{rendered}");
        }
    }

    #[test]
    fn shows_message_place_and_help() {
        let mut sources = SourceMap::new();
        let sql = sources.add("sql/a.sql", "SELECT 1;\nSELECT app.f();\n").unwrap();
        let manifest = sources.add("mutations.json", "{ \"function\": \"app.g\" }\n").unwrap();
        let diagnostic = Diagnostic::new(Code::UNREADABLE_FILE, "function `app.g` does not exist")
            .at(Span::new(manifest, 14, 21), "not in any SQL file")
            .and(Span::new(sql, 17, 22), "a function with a similar name")
            .help("did you mean `app.f`?");
        let expected = "\
error[PGM001]: function `app.g` does not exist
 --> mutations.json:1:15
  |
1 | { \"function\": \"app.g\" }
  |               ^^^^^^^ not in any SQL file
  |
 ::: sql/a.sql:2:8
  |
2 | SELECT app.f();
  |        ----- a function with a similar name
  |
  = help: did you mean `app.f`?";
        assert_eq!(render(&diagnostic, &sources, &Renderer::plain()), expected);
    }
}
