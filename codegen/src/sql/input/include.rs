//! `\\i` and `\\ir`: files within files, as psql reads them.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::{Loader, Part, show};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, Span};
use crate::sql::lexer::{Lexer, Mode, TokenKind};

/// The pieces of a file, with those of the files that it includes between them.
pub(super) fn parts(loader: &mut Loader<'_>, file: FileId, ranges: Vec<Range<usize>>) -> Vec<Part> {
    let mut reader = Reader { loader, above: vec![file], seen: vec![file], parts: Vec::new() };
    for range in ranges {
        reader.piece(file, range);
    }
    reader.parts
}

struct Reader<'a, 'b> {
    loader: &'a mut Loader<'b>,
    /// The files on the way here.
    above: Vec<FileId>,
    /// The files that were read: a second time they would define nothing new, and doubled at each step they would never end.
    seen: Vec<FileId>,
    parts: Vec<Part>,
}

/// A command that includes a file.
struct Include {
    command: Range<usize>,
    /// Whether the path begins at the including file's folder.
    relative: bool,
    /// The path; `None` if it is put together from variables.
    path: Option<String>,
}

impl Reader<'_, '_> {
    fn piece(&mut self, file: FileId, range: Range<usize>) {
        let mut start = range.start;
        for include in includes(self.loader.map.file(file).text(), &range) {
            self.parts.push(Part { file, range: start..include.command.start });
            start = include.command.end;
            self.include(file, &include);
        }
        self.parts.push(Part { file, range: start..range.end });
    }

    fn include(&mut self, from: FileId, include: &Include) {
        let place = Span::new(from, include.command.start, include.command.end);
        let Some(written) = &include.path else {
            let mistake = Diagnostic::new(Code::NOT_UNDERSTOOD, "which file is included depends on a variable of psql");
            let mistake = mistake.at(place, "not read").help("name the file, or give it as a schema file");
            return self.loader.diagnostics.push(mistake);
        };
        let Some(path) = self.find(from, written, include.relative) else {
            let mistake = Diagnostic::new(Code::UNREADABLE_FILE, format!("the included file `{written}` is not there"));
            let mistake =
                mistake.at(place, "included here").help("correct the path: `\\ir` begins at this file's folder");
            return self.loader.diagnostics.push(mistake);
        };
        let Some(file) = self.loader.read(&path) else { return };
        if self.above.contains(&file) {
            let mistake = Diagnostic::new(Code::INCLUDE_LOOP, format!("`{}` includes itself", show(&path)));
            let mistake = mistake.at(place, "this leads back to it").help("remove one of the commands");
            return self.loader.diagnostics.push(mistake);
        }
        self.loader.included.insert(file);
        if self.seen.contains(&file) {
            return;
        }
        self.seen.push(file);
        self.above.push(file);
        let whole = Range { start: 0, end: self.loader.map.file(file).text().len() };
        self.piece(file, whole);
        self.above.pop();
    }

    /// The file: below the including one's folder, or where the process is, as psql has it; each is tried for the other.
    fn find(&self, from: FileId, written: &str, relative: bool) -> Option<PathBuf> {
        let folder = self.loader.paths.get(&from).and_then(|path| path.parent()).unwrap_or(Path::new(""));
        let (near, here) = (folder.join(written), PathBuf::from(written));
        let candidates = if relative { [near, here] } else { [here, near] };
        candidates.into_iter().find(|path| path.is_file())
    }
}

/// The commands in a part of a text that include files.
fn includes(text: &str, range: &Range<usize>) -> Vec<Include> {
    let part = text.get(range.clone()).unwrap_or_default();
    // Nearly no file has any, and a look is cheaper than a lexer.
    if !part.contains("\\i") {
        return Vec::new();
    }
    let mut lexer = Lexer::new(text.get(..range.end).unwrap_or(text), Mode::Script);
    lexer.skip_to(range.start);
    lexer
        .filter(|token| token.kind == TokenKind::MetaCommand)
        .filter_map(|token| include(text, token.range()))
        .collect()
}

fn include(text: &str, command: Range<usize>) -> Option<Include> {
    let written = text.get(command.clone())?.strip_prefix('\\')?;
    let (name, argument) = written.split_once(char::is_whitespace)?;
    let relative = match name {
        "i" | "include" => false,
        "ir" | "include_relative" => true,
        _ => return None,
    };
    let argument = argument.trim();
    let quoted = argument.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    let path = quoted.map_or_else(|| argument.to_owned(), |quoted| quoted.replace("''", "'"));
    let path = Some(path).filter(|_| quoted.is_some() || !argument.contains([':', '`']));
    Some(Include { command, relative, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(bool, Option<String>)> {
        let all = Range { start: 0, end: text.len() };
        includes(text, &all).into_iter().map(|include| (include.relative, include.path)).collect()
    }

    #[test]
    fn commands_outside_of_strings_and_comments_are_found() {
        let text = "\\i a.sql\n\\ir 'b c.sql'\n-- \\i no.sql\nSELECT '\\i no.sql';\n\\include :dir/x.sql\n\\if true\n";
        let expected = [(false, Some("a.sql".to_owned())), (true, Some("b c.sql".to_owned())), (false, None)];
        assert_eq!(found(text), expected);
    }
}
