//! A position in a list of tokens: what every parser of ours reads through.

use std::ops::Range;

use super::lexer::{self, Lexer, Mode, PositionMap, Token, TokenKind};
use super::name::{Name, Path};
use crate::source::Span;

/// The tokens of `text` without white space and comments.
pub fn significant(text: &str, mode: Mode) -> Vec<Token> {
    Lexer::new(text, mode).filter(|token| !token.kind.is_trivia()).collect()
}

/// Reads tokens one after the other. The tokens are without white space and comments.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
    map: &'a PositionMap,
}

impl<'a> Cursor<'a> {
    /// Reads `tokens` of `text`, whose positions `map` gives.
    pub fn new(text: &'a str, tokens: &'a [Token], map: &'a PositionMap) -> Self {
        Self { text, tokens, at: 0, map }
    }

    /// The text that the tokens are of.
    pub fn source(&self) -> &'a str {
        self.text
    }

    /// The positions of the text.
    pub fn map(&self) -> &'a PositionMap {
        self.map
    }

    /// The index of the next token.
    pub fn index(&self) -> usize {
        self.at
    }

    /// Goes to the token with this index, or to the end.
    pub fn seek(&mut self, index: usize) {
        self.at = index.min(self.tokens.len());
    }

    /// The tokens with these indices.
    pub fn tokens(&self, range: Range<usize>) -> &'a [Token] {
        self.tokens.get(range).unwrap_or_default()
    }

    /// Whether all tokens are read.
    pub fn is_at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// The next token.
    pub fn peek(&self) -> Option<Token> {
        self.peek_nth(0)
    }

    /// The token `n` behind the next.
    pub fn peek_nth(&self, n: usize) -> Option<Token> {
        self.tokens.get(self.at + n).copied()
    }

    /// The kind of the next token.
    pub fn kind(&self) -> Option<TokenKind> {
        self.peek().map(|token| token.kind)
    }

    /// The characters of the next token; nothing at the end.
    pub fn text(&self) -> &'a str {
        self.peek().map_or("", |token| token.text(self.text))
    }

    /// Reads the next token.
    pub fn advance(&mut self) -> Option<Token> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    /// Whether the token `n` behind the next is the unquoted word `word`, in any case.
    pub fn is_word_at(&self, n: usize, word: &str) -> bool {
        self.peek_nth(n).is_some_and(|token| self.token_is_word(token, word))
    }

    /// Whether `token` is the unquoted word `word`, in any case.
    pub fn token_is_word(&self, token: Token, word: &str) -> bool {
        token.kind == TokenKind::Word && token.text(self.text).eq_ignore_ascii_case(word)
    }

    /// Whether the next token is the unquoted word `word`.
    pub fn is_word(&self, word: &str) -> bool {
        self.is_word_at(0, word)
    }

    /// Whether the next tokens are these unquoted words.
    pub fn are_words(&self, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(n, word)| self.is_word_at(n, word))
    }

    /// Whether the next token is one of these unquoted words.
    pub fn is_any_word(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_word(word))
    }

    /// Whether the next token is of this kind.
    pub fn is(&self, kind: TokenKind) -> bool {
        self.kind() == Some(kind)
    }

    /// Whether the next token is this operator.
    pub fn is_operator(&self, operator: &str) -> bool {
        self.is(TokenKind::Operator) && self.text() == operator
    }

    /// Reads the unquoted word `word` if it is next.
    pub fn eat_word(&mut self, word: &str) -> bool {
        self.eat_if(self.is_word(word))
    }

    /// Reads these unquoted words if all of them are next.
    pub fn eat_words(&mut self, words: &[&str]) -> bool {
        let are_next = self.are_words(words);
        if are_next {
            self.at += words.len();
        }
        are_next
    }

    /// Reads a token of this kind if it is next.
    pub fn eat(&mut self, kind: TokenKind) -> bool {
        self.eat_if(self.is(kind))
    }

    /// Reads this operator if it is next.
    pub fn eat_operator(&mut self, operator: &str) -> bool {
        self.eat_if(self.is_operator(operator))
    }

    fn eat_if(&mut self, is_next: bool) -> bool {
        self.at += usize::from(is_next);
        is_next
    }

    /// Where `token` stands in the file.
    pub fn span_of(&self, token: Token) -> Span {
        self.map.span(token.range())
    }

    /// Where the next token stands in the file; at the end, the place behind the last one.
    pub fn here(&self) -> Span {
        match self.peek() {
            Some(token) => self.span_of(token),
            None => {
                let end = self.tokens.last().map_or(0, |token| token.end as usize);
                self.map.span(end..end)
            }
        }
    }

    /// Where the tokens with these indices stand; for none, the empty place before the first.
    pub fn span(&self, range: Range<usize>) -> Span {
        match self.tokens(range.clone()) {
            [first, .., last] => self.map.span(first.start as usize..last.end as usize),
            [only] => self.span_of(*only),
            [] => {
                let start = self.tokens.get(range.start).map(|token| token.start);
                let start = start.or_else(|| self.tokens.last().map(|token| token.end)).unwrap_or_default() as usize;
                self.map.span(start..start)
            }
        }
    }

    /// Where the tokens from `start` to the one read last stand.
    pub fn span_from(&self, start: usize) -> Span {
        self.span(start..self.at)
    }

    /// Reads a name if one is next: a word, also a keyword, or a quoted identifier.
    pub fn name(&mut self) -> Option<Name> {
        let token = self.peek()?;
        let mut end = self.at + 1;
        let mut escape = '\\';
        if token.kind == TokenKind::UnicodeIdentifier && self.is_word_at(1, "UESCAPE") {
            escape = self.escape_character(2)?;
            end += 2;
        }
        let value = lexer::identifier(token, self.text, escape)?.ok()?;
        let name = Name { value: value.into(), quoted: token.kind != TokenKind::Word, span: self.span(self.at..end) };
        self.at = end;
        Some(name)
    }

    /// Reads a name with its qualifiers if one is next.
    pub fn path(&mut self) -> Option<Path> {
        let mut path = Path::new(self.name()?);
        while self.is(TokenKind::Dot) {
            let dot = self.at;
            self.at += 1;
            match self.name() {
                Some(name) => path.push(name),
                None => {
                    self.at = dot;
                    break;
                }
            }
        }
        Some(path)
    }

    /// Reads a string constant, with its `UESCAPE`, if one is next and its escapes stand for characters.
    pub fn string(&mut self) -> Option<std::borrow::Cow<'a, str>> {
        let token = self.peek().filter(|token| token.kind.is_text())?;
        let mut end = self.at + 1;
        let mut escape = '\\';
        if token.kind == TokenKind::UnicodeString && self.is_word_at(1, "UESCAPE") {
            escape = self.escape_character(2)?;
            end += 2;
        }
        let value = lexer::string(token, self.text, escape)?.ok()?;
        self.at = end;
        Some(value)
    }

    /// The character in the string constant `n` behind the next token.
    fn escape_character(&self, n: usize) -> Option<char> {
        let token = self.peek_nth(n)?;
        let value = lexer::string(token, self.text, '\\')?.ok()?;
        let mut characters = value.chars();
        let escape = characters.next().filter(|c| !c.is_ascii_hexdigit() && !matches!(c, '+' | '\'' | '"' | ' '))?;
        if characters.next().is_some() { None } else { Some(escape) }
    }
}
