//! What sqlparser must not see. Its trees are cloned, compared and dropped recursively, a chain of operators is as deep
//! as it is long, and a stack that overflows aborts the process; so depth is measured on the tokens, before.

use super::Unknown;
use crate::sql::lexer::{PositionMap, Token, TokenKind};

/// How many parentheses, brackets and `CASE`s may be open at once.
const MOST_NESTED: usize = 100;

/// How deep a tree may become.
const HIGHEST: usize = 400;

/// How many tokens one expression or statement may have.
const MOST_TOKENS: usize = 200_000;

/// What an opening token waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Closer {
    Paren,
    Bracket,
    End,
    /// The text's end.
    Nothing,
}

/// What is open, and the height of the tree of what was in it so far.
struct Frame {
    closer: Closer,
    /// Operators since the last comma or clause: each may be an operand of the next.
    operators: usize,
    /// The highest tree in parentheses since then.
    inner: usize,
    /// The highest tree before the last comma or clause.
    before: usize,
    /// Set operations and joins, which go on over clauses.
    sets: usize,
}

impl Frame {
    fn new(closer: Closer) -> Self {
        Self { closer, operators: 0, inner: 0, before: 0, sets: 0 }
    }

    fn height(&self) -> usize {
        self.before.max(self.operators + self.inner) + self.sets + 1
    }

    fn end_clause(&mut self) {
        self.before = self.before.max(self.operators + self.inner);
        self.operators = 0;
        self.inner = 0;
    }
}

/// Refuses tokens that are no tokens, and trees that would be too large or too deep.
pub(super) fn check(text: &str, tokens: &[Token], map: &PositionMap) -> Result<(), Unknown> {
    let refuse = |token: Token, reason: String| Unknown { span: map.span(token.range()), reason: reason.into() };
    if let Some(&token) = tokens.get(MOST_TOKENS) {
        return Err(refuse(token, format!("more than {MOST_TOKENS} tokens in one statement")));
    }
    let mut frames = vec![Frame::new(Closer::Nothing)];
    let mut behind_distinct = false;
    let mut behind_dot = false;
    for &token in tokens {
        let Some(frame) = frames.last_mut() else { break };
        let mut opened = None;
        let mut closed = None;
        match token.kind {
            TokenKind::Invalid(fault) => return Err(refuse(token, fault.to_string())),
            TokenKind::LeftParen => opened = Some(Closer::Paren),
            TokenKind::LeftBracket => opened = Some(Closer::Bracket),
            TokenKind::RightParen => closed = Some(Closer::Paren),
            TokenKind::RightBracket => closed = Some(Closer::Bracket),
            TokenKind::Comma | TokenKind::Semicolon => frame.end_clause(),
            TokenKind::Operator | TokenKind::Cast | TokenKind::Arrow | TokenKind::Assign => frame.operators += 1,
            TokenKind::Word if !behind_dot => match role(token.text(text)) {
                Role::Case => opened = Some(Closer::End),
                Role::End => closed = Some(Closer::End),
                Role::Operator => frame.operators += 1,
                Role::Clause => frame.end_clause(),
                // `IS DISTINCT FROM` goes on with the same expression.
                Role::From if !behind_distinct => frame.end_clause(),
                Role::Set => frame.sets += 1,
                Role::From | Role::Other => {}
            },
            _ => {}
        }
        behind_dot = token.kind == TokenKind::Dot;
        behind_distinct = token.kind == TokenKind::Word && token.text(text).eq_ignore_ascii_case("distinct");
        if let Some(closer) = opened {
            frames.push(Frame::new(closer));
            if frames.len() > MOST_NESTED {
                return Err(refuse(token, format!("nested more than {MOST_NESTED} deep")));
            }
        }
        if let Some(closer) = closed {
            close(&mut frames, closer);
        }
        if frames.last().is_some_and(|frame| frame.height() > HIGHEST) {
            return Err(refuse(token, format!("a chain of more than {HIGHEST} operators")));
        }
    }
    Ok(())
}

/// Closes the innermost frame that waits for `closer`, with what was left open in it.
fn close(frames: &mut Vec<Frame>, closer: Closer) {
    let Some(at) = frames.iter().rposition(|frame| frame.closer == closer) else { return };
    // An `END` closes no parenthesis: it is a name then.
    if closer == Closer::End && frames.get(at + 1..).is_some_and(|inner| !inner.is_empty()) {
        return;
    }
    let height = frames.drain(at..).map(|frame| frame.height()).sum::<usize>();
    if let Some(outer) = frames.last_mut() {
        outer.inner = outer.inner.max(height);
        // Each subscript goes around what is before it.
        outer.operators += usize::from(closer == Closer::Bracket);
    }
}

/// What a word does to the tree.
enum Role {
    Case,
    End,
    Operator,
    Clause,
    From,
    Set,
    Other,
}

fn role(word: &str) -> Role {
    let mut folded = [0; 9];
    let Some(folded) = folded.get_mut(..word.len()) else { return Role::Other };
    folded.copy_from_slice(word.as_bytes());
    folded.make_ascii_lowercase();
    match &*folded {
        b"and" | b"or" | b"not" | b"is" | b"in" | b"like" | b"ilike" | b"similar" | b"between" | b"collate" | b"at"
        | b"isnull" | b"notnull" | b"overlaps" | b"operator" | b"interval" | b"array" | b"explain" | b"variadic" => {
            Role::Operator
        }
        b"when" | b"then" | b"else" | b"where" | b"having" | b"select" | b"on" | b"values" | b"set" | b"returning"
        | b"group" | b"order" | b"limit" | b"offset" | b"window" => Role::Clause,
        b"union" | b"intersect" | b"except" | b"join" => Role::Set,
        b"case" => Role::Case,
        b"end" => Role::End,
        b"from" => Role::From,
        _ => Role::Other,
    }
}
