//! The up sections of a migration whose down section is in the same file.

use std::ops::Range;

use super::Tool;

/// What a marker line begins.
enum Marker {
    Up,
    Down,
}

/// Whether the text has a marker of the tool.
pub(super) fn mentions(tool: Tool, text: &str) -> bool {
    text.lines().any(|line| marker(tool, line).is_some())
}

/// The ranges of `text` that the tool applies. The tools look at lines alone, also within a string or a body.
pub(super) fn up(tool: Tool, text: &str) -> Vec<Range<usize>> {
    if !mentions(tool, text) {
        return vec![Range { start: 0, end: text.len() }];
    }
    let mut parts = Vec::new();
    let mut from = None;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let end = offset + line.len();
        match marker(tool, line) {
            // The marker is a comment, so it may stay in: a file of one section is applied whole, as one range.
            Some(Marker::Up) if from.is_none() => from = Some(offset),
            Some(Marker::Down) => parts.extend(from.take().map(|start| start..offset)),
            _ => {}
        }
        offset = end;
    }
    parts.extend(from.map(|start| start..text.len()));
    parts
}

fn marker(tool: Tool, line: &str) -> Option<Marker> {
    let comment = line.trim_start_matches('\u{feff}').strip_prefix("--")?.trim();
    let mut words = comment.split_ascii_whitespace();
    match tool {
        Tool::Dbmate => match words.next()? {
            "migrate:up" => Some(Marker::Up),
            "migrate:down" => Some(Marker::Down),
            _ => None,
        },
        Tool::Goose => match (words.next()?, words.next()?.to_ascii_lowercase().as_str()) {
            ("+goose", "up") => Some(Marker::Up),
            ("+goose", "down") => Some(Marker::Down),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(tool: Tool, text: &str) -> String {
        up(tool, text).into_iter().map(|part| &text[part]).collect()
    }

    #[test]
    fn only_up_sections_are_applied() {
        let goose = "-- +goose Up\nCREATE TABLE a ();\n-- +goose Down\nDROP TABLE a;\n";
        assert_eq!(applied(Tool::Goose, goose), "-- +goose Up\nCREATE TABLE a ();\n");
        let dbmate = "-- migrate:down\nDROP TABLE a;\n--migrate:up transaction:false\nCREATE TABLE a ();";
        assert_eq!(applied(Tool::Dbmate, dbmate), "--migrate:up transaction:false\nCREATE TABLE a ();");
    }

    #[test]
    fn a_file_without_markers_is_applied_whole() {
        assert_eq!(applied(Tool::Dbmate, "SELECT 1;"), "SELECT 1;");
        assert_eq!(applied(Tool::Sqlx, "-- migrate:down\nSELECT 1;"), "-- migrate:down\nSELECT 1;");
    }
}
