//! A file cut into statements, as psql cuts it.

use std::ops::Range;

use super::lexer::{Fault, Lexer, Mode, Token, TokenKind};

/// The tokens of a text, without white space and comments, and the statements among them.
#[derive(Clone, Debug)]
pub struct Script {
    /// All tokens of all statements.
    pub tokens: Vec<Token>,
    /// Each statement's tokens as indices, without its semicolon; never empty.
    pub statements: Vec<Range<usize>>,
    /// What is no token, or a parenthesis that is not closed, with its place in the text.
    pub faults: Vec<(Range<usize>, Mistake)>,
}

/// Why a text cannot be cut where it should be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mistake {
    /// A piece of the text is no token.
    Token(Fault),
    /// A parenthesis is not closed before the statement ends.
    Parenthesis,
}

impl Script {
    /// Cuts `text` into statements.
    pub fn new(text: &str) -> Self {
        Self::of(text, &Range { start: 0, end: text.len() })
    }

    /// Cuts `part` of `text`, with offsets of the whole text. `part` is on character boundaries.
    pub fn of(text: &str, part: &Range<usize>) -> Self {
        let text = text.get(..part.end).unwrap_or(text);
        let mut splitter = Splitter {
            text,
            script: Script { tokens: Vec::new(), statements: Vec::new(), faults: Vec::new() },
            start: 0,
            open: Vec::new(),
            blocks: 0,
            semicolon_in_parentheses: false,
        };
        let mut lexer = Lexer::new(text, Mode::Script);
        lexer.skip_to(part.start);
        while let Some(token) = lexer.next() {
            if let Some(offset) = splitter.token(token) {
                lexer.skip_to(offset);
            }
        }
        splitter.end();
        splitter.script
    }
}

struct Splitter<'a> {
    text: &'a str,
    script: Script,
    /// The index of the statement's first token.
    start: usize,
    /// The opening parentheses that are not closed yet.
    open: Vec<Token>,
    /// How many `BEGIN` and `CASE` of a `BEGIN ATOMIC` body are open.
    blocks: usize,
    /// Whether a semicolon within parentheses was the token before: the end of a statement whose parenthesis is
    /// not closed, or one of the commands of CREATE RULE.
    semicolon_in_parentheses: bool,
}

impl Splitter<'_> {
    /// Takes one token; gives where to go on if it is not behind the token.
    fn token(&mut self, token: Token) -> Option<usize> {
        if token.kind.is_trivia() {
            return None;
        }
        if std::mem::take(&mut self.semicolon_in_parentheses) && self.starts_a_definition(token) {
            self.end();
        }
        match token.kind {
            TokenKind::Semicolon if self.open.is_empty() && self.blocks == 0 => {
                let data = self.copies_from_stdin().then(|| end_of_data(self.text, token.end as usize));
                self.end();
                return data;
            }
            TokenKind::Semicolon => self.semicolon_in_parentheses = self.blocks == 0,
            TokenKind::MetaCommand => {
                if sends_statement(token.text(self.text)) {
                    self.end();
                }
                return None;
            }
            TokenKind::LeftParen => self.open.push(token),
            TokenKind::RightParen => {
                self.open.pop();
            }
            TokenKind::Word if self.open.is_empty() => self.block_word(token),
            TokenKind::Invalid(fault) => self.script.faults.push((token.range(), Mistake::Token(fault))),
            _ => {}
        }
        self.script.tokens.push(token);
        None
    }

    fn end(&mut self) {
        let end = self.script.tokens.len();
        if end > self.start {
            self.script.statements.push(self.start..end);
        }
        if let Some(token) = self.open.first() {
            self.script.faults.push((token.range(), Mistake::Parenthesis));
        }
        self.open.clear();
        self.start = end;
        self.blocks = 0;
    }

    /// Follows the blocks of `CREATE FUNCTION ... BEGIN ATOMIC ... END`, by the same words as psql.
    fn block_word(&mut self, token: Token) {
        let word = token.text(self.text);
        if !matches!(word.len(), 3..=5) {
            return;
        }
        if word.eq_ignore_ascii_case("begin") {
            self.blocks += usize::from(self.creates_function());
        } else if word.eq_ignore_ascii_case("case") {
            self.blocks += usize::from(self.blocks > 0);
        } else if word.eq_ignore_ascii_case("end") {
            self.blocks = self.blocks.saturating_sub(1);
        }
    }

    fn word_is(&self, n: usize, word: &str) -> bool {
        let token = self.script.tokens.get(self.start + n);
        token.is_some_and(|token| token.text(self.text).eq_ignore_ascii_case(word))
    }

    fn creates_function(&self) -> bool {
        let kind = if self.word_is(1, "or") && self.word_is(2, "replace") { 3 } else { 1 };
        self.word_is(0, "create") && (self.word_is(kind, "function") || self.word_is(kind, "procedure"))
    }

    fn starts_a_definition(&self, token: Token) -> bool {
        // The commands of a rule are queries, so none of these belongs to one.
        let words = ["create", "alter", "drop", "comment", "grant", "begin", "commit"];
        token.kind == TokenKind::Word && words.iter().any(|word| token.text(self.text).eq_ignore_ascii_case(word))
    }

    fn copies_from_stdin(&self) -> bool {
        let is = |token: &Token, word: &str| token.text(self.text).eq_ignore_ascii_case(word);
        let tokens = self.script.tokens.get(self.start..).unwrap_or_default();
        self.word_is(0, "copy") && tokens.windows(2).any(|pair| is(&pair[0], "from") && is(&pair[1], "stdin"))
    }
}

/// Whether a meta command sends the statement before it, as a semicolon does.
fn sends_statement(command: &str) -> bool {
    let name = command.trim_start_matches('\\');
    let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    matches!(name, "g" | "gx" | "gset" | "gexec" | "gdesc" | "crosstabview" | "watch" | "bind_named") || name.is_empty()
}

/// The offset behind the line `\.`, or the end of the text, from the rest of the line behind the semicolon on.
fn end_of_data(text: &str, semicolon: usize) -> usize {
    let mut offset = semicolon;
    for line in text.get(semicolon..).unwrap_or_default().split_inclusive('\n') {
        offset += line.len();
        if line.trim_end_matches(['\n', '\r']) == "\\." {
            break;
        }
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<String> {
        let script = Script::new(text);
        let join = |range: &Range<usize>| {
            script.tokens[range.clone()].iter().map(|token| token.text(text)).collect::<Vec<_>>().join(" ")
        };
        script.statements.iter().map(join).collect()
    }

    fn faults(text: &str) -> Vec<Mistake> {
        Script::new(text).faults.into_iter().map(|(_, mistake)| mistake).collect()
    }

    #[test]
    fn statements_end_at_semicolons_outside_of_everything() {
        let text = "\u{feff}SELECT ';' /* ; /* ; */ ; */ -- ;\r\n, $a$;$$;$a$, E'\\';', \";\";;CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)";
        assert_eq!(
            pieces(text),
            ["SELECT ';' , $a$;$$;$a$ , E'\\';' , \";\"", "CREATE RULE r AS ON INSERT TO t DO ( SELECT 1 ; SELECT 2 )"]
        );
    }

    #[test]
    fn a_body_of_statements_is_one_piece() {
        let text = "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; END; SELECT 2; BEGIN; SELECT 3; END;";
        assert_eq!(pieces(text).len(), 5);
        assert_eq!(pieces(text)[1], "SELECT 2");
    }

    #[test]
    fn copied_data_and_meta_commands_are_no_statements() {
        let text = "\\set ON_ERROR_STOP on\nCOPY public.t (a) FROM stdin;\n1;'\n\\N\n\\.\nSELECT 1 \\g\nSELECT 2;\nCOPY t FROM '/f';\n";
        assert_eq!(pieces(text), ["COPY public . t ( a ) FROM stdin", "SELECT 1", "SELECT 2", "COPY t FROM '/f'"]);
    }

    #[test]
    fn the_next_definition_ends_an_unclosed_parenthesis() {
        let text = "CREATE TABLE a (b int;\nCREATE TABLE c ();\n";
        assert_eq!(pieces(text), ["CREATE TABLE a ( b int ;", "CREATE TABLE c ( )"]);
        assert_eq!(faults(text), [Mistake::Parenthesis]);
        assert_eq!(faults("SELECT 'a"), [Mistake::Token(Fault::UnterminatedString)]);
        assert_eq!(faults("SELECT 1))); SELECT 2"), []);
    }
}
