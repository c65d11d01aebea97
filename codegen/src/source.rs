//! Source files and positions in them: one form for SQL and for the manifest.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A file of a [`SourceMap`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FileId(u32);

/// A range of bytes in one source file; `start..end`, on character boundaries.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `file`.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        // `SourceMap::add` refuses a file whose offsets would not fit.
        Self { file, start: start as u32, end: end as u32 }
    }

    /// The range as indices into the file's text.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Where it starts, to sort by.
    pub(crate) fn start_key(self) -> (FileId, u32) {
        (self.file, self.start)
    }

    /// Whether `other` lies within this range.
    pub fn contains(self, other: Span) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }

    /// The smallest range that holds both; `other` is of the same file.
    pub fn to(self, other: Span) -> Span {
        debug_assert_eq!(self.file, other.file);
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}..{}", self.file.0, self.start, self.end)
    }
}

/// A line and a column as people count them, from 1; the column counts characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// One source file: its name for people, its text, and where its lines start.
#[derive(Debug)]
pub struct SourceFile {
    name: String,
    text: String,
    line_starts: Vec<u32>,
}

impl SourceFile {
    /// The path as it appears in messages, with forward slashes.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The smallest range of whole characters of the text that holds `range`.
    pub(crate) fn characters(&self, range: Range<usize>) -> Range<usize> {
        let start = (0..=range.start.min(self.text.len())).rev().find(|&at| self.text.is_char_boundary(at));
        let start = start.unwrap_or(0);
        let end = (range.end.min(self.text.len())..=self.text.len()).find(|&at| self.text.is_char_boundary(at));
        start..end.unwrap_or(self.text.len()).max(start)
    }

    /// The lines that hold all of `ranges`, which are of this text.
    pub(crate) fn lines_around(&self, ranges: &[Range<usize>]) -> Range<usize> {
        let start = ranges.iter().map(|range| range.start).min().unwrap_or(0);
        let end = ranges.iter().map(|range| range.end).max().unwrap_or(0);
        let line = self.line_starts.partition_point(|&line| line as usize <= start);
        let first = self.line_starts.get(line.wrapping_sub(1)).map_or(0, |&line| line as usize);
        let after = self.line_starts.partition_point(|&line| line as usize <= end);
        let last = self.line_starts.get(after).map_or(self.text.len(), |&line| line as usize);
        first..last
    }

    /// The line and column of the byte at `offset`.
    pub fn position(&self, offset: usize) -> Position {
        let line = self.line_starts.partition_point(|&start| start as usize <= offset);
        let start = self.line_starts.get(line.wrapping_sub(1)).map_or(0, |&start| start as usize);
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count()) + 1;
        Position { line, column }
    }
}

/// A file that is too large for positions of 32 bits.
#[derive(Debug)]
pub struct FileTooLarge;

/// All source files of one run, in the order in which they were added.
#[derive(Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
    root: Option<PathBuf>,
}

impl SourceMap {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty map whose names are relative to `root` where the files are below it.
    pub fn relative_to(root: Option<PathBuf>) -> Self {
        Self { files: Vec::new(), root }
    }

    fn name(&self, name: &str) -> String {
        let below = self.root.as_ref().and_then(|root| Path::new(name).strip_prefix(root).ok());
        below.map_or(name.to_owned(), |below| below.display().to_string()).replace('\\', "/")
    }

    /// Adds a file under the name that messages show.
    ///
    /// # Errors
    /// [`FileTooLarge`] from 4 GiB on.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> Result<FileId, FileTooLarge> {
        let text = text.into();
        let (Ok(_), Ok(id)) = (u32::try_from(text.len()), u32::try_from(self.files.len())) else {
            return Err(FileTooLarge);
        };
        let line_starts =
            std::iter::once(0).chain(text.bytes().enumerate().filter(|&(_, b)| b == b'\n').map(|(i, _)| i as u32 + 1));
        let line_starts = line_starts.collect();
        let name = self.name(&name.into());
        self.files.push(SourceFile { name, text, line_starts });
        Ok(FileId(id))
    }

    /// The file behind `id`, which is of this map.
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// Every file with its id, in the order in which they were added.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(i, file)| (FileId(i as u32), file))
    }

    /// The source text of `span`.
    pub fn snippet(&self, span: Span) -> &str {
        self.file(span.file).text().get(span.range()).unwrap_or_default()
    }

    /// `file:line` of where `span` starts.
    pub fn location(&self, span: Span) -> String {
        let file = self.file(span.file);
        format!("{}:{}", file.name(), file.position(span.start as usize).line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let mut sources = SourceMap::new();
        let id = sources.add("a\\b.sql", "é1\nx\n").unwrap();
        let file = sources.file(id);
        assert_eq!(file.position(0), Position { line: 1, column: 1 });
        assert_eq!(file.position(2), Position { line: 1, column: 2 });
        assert_eq!(file.position(4), Position { line: 2, column: 1 });
        assert_eq!(file.position(6), Position { line: 3, column: 1 });
        assert_eq!(sources.location(Span::new(id, 4, 5)), "a/b.sql:2");
    }
}
