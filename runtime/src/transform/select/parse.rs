//! Selections as GraphQL writes them, without arguments, directives and named fragments.

use super::{DEPTH, Selected, SelectionError};

pub(super) fn parse(text: &str) -> Result<Vec<Selected>, SelectionError> {
    let mut parser = Parser { rest: text, depth: 0 };
    let selected = parser.set()?;
    parser.space();
    if parser.rest.is_empty() { Ok(selected) } else { Err(parser.expected("the end of the selection")) }
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn space(&mut self) {
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n', ',', '\u{feff}']);
            match self.rest.strip_prefix('#') {
                Some(comment) => self.rest = comment.split_once('\n').map_or("", |(_, rest)| rest),
                None => return,
            }
        }
    }

    fn take(&mut self, word: &str) -> bool {
        self.space();
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expected(&self, what: &str) -> SelectionError {
        let found = self.rest.chars().next().map_or("the end".to_owned(), |next| format!("`{}`", next.escape_debug()));
        SelectionError::new(format!("expected {what} in the selection, found {found}"))
    }

    fn name(&mut self) -> Result<&'a str, SelectionError> {
        self.space();
        let end = self.rest.find(|next: char| !next.is_ascii_alphanumeric() && next != '_').unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
            return Err(self.expected("a name"));
        }
        self.rest = rest;
        Ok(name)
    }

    /// `{ ... }`
    fn set(&mut self) -> Result<Vec<Selected>, SelectionError> {
        if !self.take("{") {
            return Err(self.expected("`{`"));
        }
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(SelectionError::new(format!("the selection is nested deeper than {DEPTH} levels")));
        }
        let mut selected = Vec::new();
        while !self.take("}") {
            selected.push(self.selected()?);
        }
        self.depth -= 1;
        if selected.is_empty() {
            Err(SelectionError::new("a selection must not be empty".to_owned()))
        } else {
            Ok(selected)
        }
    }

    fn selected(&mut self) -> Result<Selected, SelectionError> {
        if self.take("...") {
            if self.name()? != "on" {
                return Err(SelectionError::new(
                    "only fragments of the form `... on Type { }` are understood".to_owned(),
                ));
            }
            let typename = self.name()?.to_owned();
            return Ok(Selected::On { typename, under: self.set()? });
        }
        let first = self.name()?.to_owned();
        let (alias, name) = if self.take(":") { (Some(first), self.name()?.to_owned()) } else { (None, first) };
        if name == "__typename" {
            return Ok(Selected::Typename { alias });
        }
        self.space();
        let under = if self.rest.starts_with('{') { self.set()? } else { Vec::new() };
        Ok(Selected::Field { alias, name, under })
    }
}
