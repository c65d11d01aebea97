//! Positions of an embedded text, such as a function body, in the file it stands in.

use std::ops::Range;

use crate::source::{FileId, Span};

/// Maps offsets of a text to offsets of its file. A dollar-quoted body is a plain piece of the file; in a quoted one
/// every escape moves what follows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PositionMap {
    file: FileId,
    /// Offsets of the text, ascending, with the offset of the file that each stands for. What follows an entry is
    /// copied character by character up to the next. Never empty.
    entries: Vec<(u32, u32)>,
}

impl PositionMap {
    /// The map of a text that is a piece of `file` from `start` on.
    pub fn shifted(file: FileId, start: usize) -> Self {
        Self { file, entries: vec![(0, start as u32)] }
    }

    /// Says that `text` of the text stands at `source` of the file, from here on.
    pub(super) fn push(&mut self, text: usize, source: usize) {
        let entry = (text as u32, source as u32);
        match self.entries.last_mut() {
            Some(last) if last.0 == entry.0 => *last = entry,
            _ => self.entries.push(entry),
        }
    }

    /// The file.
    pub fn file(&self) -> FileId {
        self.file
    }

    /// The offset of the file that `offset` of the text stands for.
    pub fn offset(&self, offset: usize) -> usize {
        let behind = self.entries.partition_point(|&(text, _)| text as usize <= offset);
        let (text, source) = self.entries.get(behind.saturating_sub(1)).copied().unwrap_or_default();
        source as usize + (offset - text as usize)
    }

    /// The piece of the file that `range` of the text stands for.
    pub fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, self.offset(range.start), self.offset(range.end))
    }
}
