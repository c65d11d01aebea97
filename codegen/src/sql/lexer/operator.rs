//! Operators: the longest run of operator characters, cut where a comment starts and at a trailing sign.

use super::{Fault, Lexer, TokenKind};

/// PostgreSQL's limit for every name.
const LONGEST: usize = 63;

pub(super) fn is_operator_character(b: u8) -> bool {
    is_sign_holder(b) || matches!(b, b'+' | b'-' | b'*' | b'/' | b'<' | b'>' | b'=')
}

/// Characters that let an operator end in `+` or `-`.
fn is_sign_holder(b: u8) -> bool {
    matches!(b, b'~' | b'!' | b'@' | b'#' | b'^' | b'&' | b'|' | b'`' | b'?' | b'%')
}

/// The run of operator characters that was seen last. A run such as `+++...` is many tokens; without this each would
/// look at the whole run again.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct OperatorRun {
    /// Where the run ends or a comment in it starts.
    end: usize,
    /// Behind the last character that lets an operator end in a sign.
    behind_holder: usize,
    /// Behind the last character that is no sign.
    behind_firm: usize,
}

impl OperatorRun {
    fn new(bytes: &[u8], start: usize) -> Self {
        let mut run = Self { end: start, behind_holder: 0, behind_firm: 0 };
        while let Some(&b) = bytes.get(run.end).filter(|&&b| is_operator_character(b)) {
            if matches!((b, bytes.get(run.end + 1)), (b'-', Some(b'-')) | (b'/', Some(b'*'))) {
                break;
            }
            run.end += 1;
            if !matches!(b, b'+' | b'-') {
                run.behind_firm = run.end;
            }
            if is_sign_holder(b) {
                run.behind_holder = run.end;
            }
        }
        run
    }
}

impl Lexer<'_> {
    /// The operator at `at`, where no comment starts.
    pub(super) fn operator(&mut self, at: usize) -> (TokenKind, usize) {
        let bytes = self.text.as_bytes();
        if self.run.end <= at {
            self.run = OperatorRun::new(bytes, at);
        }
        let run = self.run;
        let ends_in_sign = run.behind_firm < run.end;
        let end = if ends_in_sign && run.behind_holder <= at { run.behind_firm.max(at + 1) } else { run.end };
        let kind = match bytes.get(at..end) {
            Some(b"=>") => TokenKind::Arrow,
            Some(text) if text.len() > LONGEST => TokenKind::Invalid(Fault::OperatorTooLong),
            _ => TokenKind::Operator,
        };
        (kind, end)
    }
}
