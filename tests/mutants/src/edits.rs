//! The edits, made at the places of tokens.

use std::collections::BTreeSet;
use std::ops::Range;

use pgmutate_codegen::sql::cursor::significant;
use pgmutate_codegen::sql::lexer::{Mode, TokenKind};

use crate::File;

/// An edit of one file.
#[derive(Clone, Debug)]
pub struct Edit {
    /// What is edited: `argument`, `key`, ...
    pub subject: &'static str,
    /// What becomes of it: `renamed`, `retyped`, `dropped`, ...
    pub change: &'static str,
    /// The file, by its index.
    pub file: usize,
    /// What is replaced, and by what; in order.
    pub replaced: Vec<(Range<usize>, String)>,
}

impl Edit {
    /// The files with this edit.
    #[must_use]
    pub fn apply(&self, files: &[File]) -> Vec<File> {
        let mut files = files.to_vec();
        for (range, text) in self.replaced.iter().rev() {
            files[self.file].text.replace_range(range.clone(), text);
        }
        files
    }

    /// Where it is and what it does, for people: `07_customer_mutations.sql:12: email -> email_x`.
    #[must_use]
    pub fn describe(&self, files: &[File]) -> String {
        let file = &files[self.file];
        let (range, text) = &self.replaced[0];
        let line = file.text[..range.start].matches('\n').count() + 1;
        let shorten =
            |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(60).collect::<String>();
        format!("{}:{line}: `{}` -> `{}`", file.name, shorten(&file.text[range.clone()]), shorten(text))
    }
}

/// A token of a file, those of bodies included.
#[derive(Clone, Copy)]
struct Piece {
    kind: TokenKind,
    start: usize,
    end: usize,
    /// The body that it is in, counted from 1.
    body: usize,
}

struct Source<'a> {
    index: usize,
    text: &'a str,
    pieces: Vec<Piece>,
}

/// Every edit of the shop.
#[must_use]
pub fn all(files: &[File]) -> Vec<Edit> {
    let sources = files.iter().enumerate().map(|(index, file)| Source::read(index, &file.text)).collect::<Vec<_>>();
    let columns =
        sources.iter().flat_map(|source| source.tables().into_iter().map(|(name, _)| source.word(name).to_owned()));
    let columns = columns.collect::<BTreeSet<_>>();
    let mut edits = Vec::new();
    for source in &sources {
        source.arguments(&mut edits);
        source.documents(&mut edits);
        source.read_keys(&mut edits);
        source.codes(&mut edits);
        source.events(&mut edits);
        source.calls(&mut edits);
        source.table_columns(&mut edits);
        source.column_references(&columns, &mut edits);
        source.harmless(&mut edits);
    }
    edits
}

impl<'a> Source<'a> {
    fn read(index: usize, text: &'a str) -> Self {
        let mut pieces = Vec::new();
        let mut bodies = 0;
        for token in significant(text, Mode::Server) {
            if token.kind != TokenKind::DollarString {
                pieces.push(Piece { kind: token.kind, start: token.start as usize, end: token.end as usize, body: 0 });
                continue;
            }
            bodies += 1;
            let whole = token.text(text);
            let tag = whole[1..].find('$').unwrap() + 2;
            let inner = &whole[tag..whole.len() - tag];
            let base = token.start as usize + tag;
            pieces.extend(significant(inner, Mode::Server).into_iter().map(|token| Piece {
                kind: token.kind,
                start: base + token.start as usize,
                end: base + token.end as usize,
                body: bodies,
            }));
        }
        Self { index, text, pieces }
    }

    fn word(&self, at: usize) -> &'a str {
        self.pieces.get(at).map_or("", |piece| &self.text[piece.start..piece.end])
    }

    fn is(&self, at: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(i, word)| self.word(at + i).eq_ignore_ascii_case(word))
    }

    fn range(&self, tokens: Range<usize>) -> Range<usize> {
        self.pieces[tokens.start].start..self.pieces[tokens.end - 1].end
    }

    fn is_string(&self, at: usize) -> bool {
        self.pieces.get(at).is_some_and(|piece| piece.kind == TokenKind::String)
    }

    fn edit(&self, subject: &'static str, change: &'static str, tokens: Range<usize>, text: impl Into<String>) -> Edit {
        Edit { subject, change, file: self.index, replaced: vec![(self.range(tokens), text.into())] }
    }

    /// `'key'` as `'key_x'`, `name` as `name_x`.
    fn renamed(&self, at: usize) -> String {
        let word = self.word(at);
        match word.strip_suffix(['\'', '"']) {
            Some(open) => format!("{open}_x{}", &word[word.len() - 1..]),
            None => format!("{word}_x"),
        }
    }

    /// The token behind the parenthesis that closes the one at `open`, and what stands between its commas.
    fn list(&self, open: usize) -> Vec<Range<usize>> {
        let (mut depth, mut start, mut items) = (0, open + 1, Vec::new());
        for at in open..self.pieces.len() {
            match self.word(at) {
                "(" | "[" => depth += 1,
                ")" | "]" => depth -= 1,
                "," if depth == 1 => {
                    items.push(start..at);
                    start = at + 1;
                }
                _ => {}
            }
            if depth == 0 {
                if start < at {
                    items.push(start..at);
                }
                break;
            }
        }
        items
    }

    /// An item of a list with the comma in front of it, or behind it where it is the first.
    fn with_comma(&self, items: &[Range<usize>], first: usize, last: usize) -> Range<usize> {
        match (first, items.get(last + 1)) {
            (0, Some(next)) => items[0].start..next.start,
            (0, None) => items[0].start..items[last].end,
            _ => items[first - 1].end..items[last].end,
        }
    }

    /// The parameters of functions.
    fn arguments(&self, edits: &mut Vec<Edit>) {
        for at in 0..self.pieces.len() {
            if !self.is(at, &["FUNCTION"])
                || self.word(at + 2) != "."
                || self.word(at + 4) != "("
                || !self.word(at - 1).eq_ignore_ascii_case("REPLACE")
            {
                continue;
            }
            let items = self.list(at + 4);
            for (i, item) in items.iter().enumerate() {
                edits.push(self.edit("argument", "renamed", item.start..item.start + 1, self.renamed(item.start)));
                let ty = item.start + 1;
                edits.push(self.edit("argument", "retyped", ty..ty + 1, other_type(self.word(ty))));
                edits.push(self.edit("argument", "dropped", self.with_comma(&items, i, i), ""));
            }
        }
    }

    /// The keys of documents.
    fn documents(&self, edits: &mut Vec<Edit>) {
        for at in 0..self.pieces.len() {
            if !self.is(at, &["jsonb_build_object", "("]) {
                continue;
            }
            let items = self.list(at + 1);
            for (i, pair) in items.chunks(2).enumerate() {
                let [key, value] = pair else { continue };
                edits.push(self.edit("key", "renamed", key.clone(), self.renamed(key.start)));
                let value_text = &self.text[self.range(value.clone())];
                edits.push(self.edit("key", "retyped", value.clone(), format!("(({value_text}) IS NOT NULL)")));
                edits.push(self.edit("key", "dropped", self.with_comma(&items, 2 * i, 2 * i + 1), ""));
            }
        }
    }

    /// The keys that are read of arguments.
    fn read_keys(&self, edits: &mut Vec<Edit>) {
        for at in 1..self.pieces.len() {
            if matches!(self.word(at - 1), "->" | "->>" | "?") && self.is_string(at) {
                edits.push(self.edit("key read", "renamed", at..at + 1, self.renamed(at)));
            }
            if self.is(at, &["jsonb_to_recordset", "("]) {
                let Some(open) = (at + 2..self.pieces.len()).find(|at| self.word(*at) == "(") else { continue };
                let items = self.list(open);
                for (i, item) in items.iter().enumerate() {
                    edits.push(self.edit("key read", "renamed", item.start..item.start + 1, self.renamed(item.start)));
                    edits.push(self.edit(
                        "key read",
                        "retyped",
                        item.start + 1..item.start + 2,
                        other_type(self.word(item.start + 1)),
                    ));
                    edits.push(self.edit("key read", "dropped", self.with_comma(&items, i, i), ""));
                }
            }
        }
    }

    /// Codes of answers, where they are given and where they are compared.
    fn codes(&self, edits: &mut Vec<Edit>) {
        for at in 1..self.pieces.len() {
            let text = self.word(at).trim_matches('\'');
            let is_code = text.len() > 3 && text.chars().all(|c| c.is_ascii_uppercase() || c == '_');
            let before = self.word(at - 1).to_ascii_uppercase();
            let is_given = self.word(at + 1) != "IS" && (before == "RETURN" || before == "=");
            let in_answer = before == "," && matches!(self.word(at - 2), "true" | "false");
            if self.is_string(at) && is_code && (is_given || in_answer) {
                edits.push(self.edit("code", "renamed", at..at + 1, self.renamed(at)));
                if in_answer {
                    edits.push(self.edit("code", "dropped", at..at + 1, "NULL"));
                    let other = if self.word(at - 2) == "true" { "false" } else { "true" };
                    edits.push(self.edit("code", "turned over", at - 2..at - 1, other));
                }
            }
        }
    }

    /// The fields of events.
    fn events(&self, edits: &mut Vec<Edit>) {
        for at in 0..self.pieces.len() {
            if !self.is(at, &["log_cdc_event", "("]) {
                continue;
            }
            let items = self.list(at + 1);
            for item in &items {
                let text = &self.text[self.range(item.clone())];
                if self.is_string(item.start) {
                    edits.push(self.edit("event field", "renamed", item.clone(), self.renamed(item.start)));
                } else if text != "NULL" {
                    edits.push(self.edit("event field", "dropped", item.clone(), "NULL"));
                    edits.push(self.edit(
                        "event field",
                        "retyped",
                        item.clone(),
                        format!("to_jsonb(({text}) IS NOT NULL)"),
                    ));
                } else {
                    edits.push(self.edit("event field", "filled", item.clone(), "'{}'::jsonb"));
                }
            }
            // The whole call, with PERFORM and its semicolon.
            let end = items.last().map_or(at, |item| item.end);
            edits.push(self.edit("event field", "not logged", at - 3..end + 2, "NULL;"));
        }
    }

    /// Calls of the shop's functions.
    fn calls(&self, edits: &mut Vec<Edit>) {
        for at in 3..self.pieces.len() {
            let is_call = self.pieces[at].body > 0 && self.word(at) == "(" && self.word(at - 2) == ".";
            if !is_call || !matches!(self.word(at - 3), "app" | "core") || self.is(at.wrapping_sub(4), &["INTO"]) {
                continue;
            }
            edits.push(self.edit("called function", "renamed", at - 1..at, self.renamed(at - 1)));
            let items = self.list(at);
            let Some(last) = items.len().checked_sub(1) else { continue };
            edits.push(self.edit("called function", "an argument dropped", self.with_comma(&items, last, last), ""));
            let first = &self.text[self.range(items[0].clone())];
            edits.push(self.edit(
                "called function",
                "an argument retyped",
                items[0].clone(),
                format!("ARRAY[{first}]"),
            ));
        }
    }

    /// The names of columns in CREATE TABLE, with the whole definitions.
    fn tables(&self) -> Vec<(usize, Range<usize>)> {
        let mut found = Vec::new();
        for at in 0..self.pieces.len() {
            if !self.is(at, &["CREATE", "TABLE"]) {
                continue;
            }
            let Some(open) = (at..self.pieces.len()).find(|at| self.word(*at) == "(") else { continue };
            let items = self.list(open);
            let columns = items.into_iter().filter(|item| !self.is(item.start, &["CONSTRAINT"]));
            found.extend(columns.map(|item| (item.start, item)));
        }
        found
    }

    fn table_columns(&self, edits: &mut Vec<Edit>) {
        for (name, item) in self.tables() {
            edits.push(self.edit("column", "renamed", name..name + 1, self.renamed(name)));
            edits.push(self.edit("column", "retyped", name + 1..name + 2, other_type(self.word(name + 1))));
            let whole = match self.word(item.end) {
                "," => item.start..item.end + 1,
                _ => item.start - 1..item.end,
            };
            if self.word(whole.start) != "(" {
                edits.push(self.edit("column", "dropped", whole, ""));
            }
            if let Some(not) = item.clone().find(|at| self.is(*at, &["NOT", "NULL"])) {
                edits.push(self.edit("column", "NOT NULL dropped", not..not + 2, ""));
            }
        }
    }

    /// Columns in queries and bodies, behind the name of their table there.
    fn column_references(&self, columns: &BTreeSet<String>, edits: &mut Vec<Edit>) {
        for at in 2..self.pieces.len() {
            let is_reference = self.word(at - 1) == "."
                && !matches!(self.word(at - 2), "app" | "core")
                && columns.contains(self.word(at))
                && self.word(at + 1) != "(";
            if is_reference {
                edits.push(self.edit("column reference", "renamed", at..at + 1, self.renamed(at)));
            }
        }
    }

    /// Edits that change nothing.
    fn harmless(&self, edits: &mut Vec<Edit>) {
        for at in 0..self.pieces.len() {
            if self.is(at, &["jsonb_build_object", "("]) {
                let items = self.list(at + 1);
                for pairs in items.chunks(4).filter(|pairs| pairs.len() == 4) {
                    let text = |range: Range<usize>| &self.text[self.range(range)];
                    let (first, second) = (pairs[0].start..pairs[1].end, pairs[2].start..pairs[3].end);
                    let swapped = format!("{}, {}", text(second.clone()), text(first.clone()));
                    edits.push(self.edit("nothing", "keys reordered", first.start..second.end, swapped));
                }
            }
            if self.is(at, &["BEGIN"]) && self.pieces[at].body > 0 {
                edits.push(self.edit("nothing", "comment", at..at + 1, "/* ' begins $1 here */ BEGIN -- now"));
            }
            if self.is(at, &["DECLARE"]) {
                let body = self.pieces[at].body;
                let end = (at..self.pieces.len()).find(|at| self.is(*at, &["BEGIN"])).unwrap_or(at);
                let starts = (at..end).filter(|i| *i == at || self.word(*i) == ";").map(|i| i + 1).filter(|i| *i < end);
                for name in starts {
                    let is_use = |i: &usize| {
                        self.pieces[*i].body == body
                            && self.word(*i) == self.word(name)
                            && self.word(*i - 1) != "."
                            && !matches!(self.word(*i - 1), "AS")
                    };
                    let uses = (at..self.pieces.len()).filter(is_use).collect::<Vec<_>>();
                    // A name that stands for a table or column as well is not one variable's.
                    if (at..self.pieces.len()).any(|i| {
                        self.pieces[i].body == body
                            && self.word(i) == self.word(name)
                            && (self.is(i - 1, &["AS"]) || self.word(i - 1) == ".")
                    }) {
                        continue;
                    }
                    let replaced =
                        uses.into_iter().map(|at| (self.range(at..at + 1), format!("{}_renamed", self.word(at))));
                    let replaced = replaced.collect();
                    edits.push(Edit { subject: "nothing", change: "variable renamed", file: self.index, replaced });
                }
            }
        }
    }
}

/// Another type in the place of this one.
fn other_type(ty: &str) -> &'static str {
    match ty.to_ascii_lowercase().as_str() {
        "text" => "integer",
        "jsonb" => "bigint",
        "uuid" => "boolean",
        _ => "text[]",
    }
}
