//! Our tokens as sqlparser's, one for one. Their places are offsets into the file.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Location, Span as TreeSpan, Token as TreeToken, TokenWithSpan, Word};

use super::{Unknown, keyword};
use crate::source::{FileId, Span};
use crate::sql::lexer::{self, PositionMap, Token, TokenKind};

/// The place in `file` of a part of a tree; `None` for the few parts that sqlparser gives no place.
pub fn place(file: FileId, span: TreeSpan) -> Option<Span> {
    // Columns count from 1; line 0 is sqlparser's word for no place.
    (span.start.line > 0 && span.end.line > 0).then(|| {
        Span::new(file, (span.start.column as usize).saturating_sub(1), (span.end.column as usize).saturating_sub(1))
    })
}

/// A place of the file as a place of a tree: all in one line, with the offset for a column.
pub(super) fn tree_span(span: Span) -> TreeSpan {
    TreeSpan::new(Location::new(1, u64::from(span.start) + 1), Location::new(1, u64::from(span.end) + 1))
}

/// A word with sqlparser's keyword for it.
pub(super) fn word(folded: &str) -> TreeToken {
    let keyword = keyword::keyword(folded).map_or(Keyword::NoKeyword, |word| word.keyword);
    TreeToken::Word(Word { value: folded.to_owned(), quote_style: None, keyword })
}

/// A token of `text`; `escape` is the character of the `UESCAPE` that follows it.
pub(super) fn token(text: &str, map: &PositionMap, token: Token, escape: char) -> Result<TokenWithSpan, Unknown> {
    use TokenKind as T;
    let span = map.span(token.range());
    let unknown = |reason: &str| Unknown { span, reason: reason.into() };
    let value = || match lexer::string(token, text, escape) {
        Some(Ok(value)) => Ok(value.into_owned()),
        _ => Err(unknown("an escape stands for no character")),
    };
    let converted = match token.kind {
        T::Word => word(&lexer::fold(token.text(text))),
        T::QuotedIdentifier | T::UnicodeIdentifier => match lexer::identifier(token, text, escape) {
            Some(Ok(name)) => {
                TreeToken::Word(Word { value: name.into_owned(), quote_style: Some('"'), keyword: Keyword::NoKeyword })
            }
            _ => return Err(unknown("an escape stands for no character")),
        },
        T::String | T::EscapeString | T::UnicodeString | T::NationalString | T::DollarString => {
            TreeToken::SingleQuotedString(value()?)
        }
        T::BitString => TreeToken::SingleQuotedByteStringLiteral(value()?),
        T::HexString => TreeToken::HexStringLiteral(value()?),
        T::Integer => {
            let digits = token.text(text);
            let radix = digits.as_bytes().get(1).is_some_and(u8::is_ascii_alphabetic);
            let number =
                if radix { lexer::integer(token, text).map(|n| n.to_string()) } else { Some(digits.replace('_', "")) };
            TreeToken::Number(number.ok_or_else(|| unknown("an integer of more than 64 bits"))?, false)
        }
        T::Decimal => TreeToken::Number(token.text(text).replace('_', ""), false),
        T::Parameter => TreeToken::Placeholder(token.text(text).to_owned()),
        T::Operator => operator(token.text(text)),
        T::Comma => TreeToken::Comma,
        T::Semicolon => TreeToken::SemiColon,
        T::LeftParen => TreeToken::LParen,
        T::RightParen => TreeToken::RParen,
        T::LeftBracket => TreeToken::LBracket,
        T::RightBracket => TreeToken::RBracket,
        T::Dot => TreeToken::Period,
        T::Colon => TreeToken::Colon,
        T::Cast => TreeToken::DoubleColon,
        // `f(name := value)` is the older way to write `f(name => value)`, and `:=` has no other meaning in SQL.
        T::Assign | T::Arrow => TreeToken::RArrow,
        T::DotDot => return Err(unknown("`..` is no operator of SQL")),
        T::Variable | T::QuotedVariable => return Err(unknown("a variable of psql, whose value is not known")),
        T::MetaCommand => return Err(unknown("a command of psql inside a statement")),
        T::Invalid(fault) => return Err(unknown(&fault.to_string())),
        T::ByteOrderMark | T::Whitespace | T::LineComment | T::BlockComment => return Err(unknown("no token")),
    };
    Ok(TokenWithSpan::new(converted, tree_span(span)))
}

fn operator(text: &str) -> TreeToken {
    match text {
        "+" => TreeToken::Plus,
        "-" => TreeToken::Minus,
        "*" => TreeToken::Mul,
        "/" => TreeToken::Div,
        "%" => TreeToken::Mod,
        "^" => TreeToken::Caret,
        "=" => TreeToken::Eq,
        "<" => TreeToken::Lt,
        ">" => TreeToken::Gt,
        "<=" => TreeToken::LtEq,
        ">=" => TreeToken::GtEq,
        "<>" | "!=" => TreeToken::Neq,
        "||" => TreeToken::StringConcat,
        "|" => TreeToken::Pipe,
        "&" => TreeToken::Ampersand,
        "#" => TreeToken::Sharp,
        "~" => TreeToken::Tilde,
        "~*" => TreeToken::TildeAsterisk,
        "!~" => TreeToken::ExclamationMarkTilde,
        "!~*" => TreeToken::ExclamationMarkTildeAsterisk,
        "~~" => TreeToken::DoubleTilde,
        "~~*" => TreeToken::DoubleTildeAsterisk,
        "!~~" => TreeToken::ExclamationMarkDoubleTilde,
        "!~~*" => TreeToken::ExclamationMarkDoubleTildeAsterisk,
        "<<" => TreeToken::ShiftLeft,
        ">>" => TreeToken::ShiftRight,
        "&&" => TreeToken::Overlap,
        "!!" => TreeToken::DoubleExclamationMark,
        "@" => TreeToken::AtSign,
        "^@" => TreeToken::CaretAt,
        "|/" => TreeToken::PGSquareRoot,
        "||/" => TreeToken::PGCubeRoot,
        "->" => TreeToken::Arrow,
        "->>" => TreeToken::LongArrow,
        "#>" => TreeToken::HashArrow,
        "#>>" => TreeToken::HashLongArrow,
        "@>" => TreeToken::AtArrow,
        "<@" => TreeToken::ArrowAt,
        "#-" => TreeToken::HashMinus,
        "@?" => TreeToken::AtQuestion,
        "@@" => TreeToken::AtAt,
        "?" => TreeToken::Question,
        "?&" => TreeToken::QuestionAnd,
        "?|" => TreeToken::QuestionPipe,
        "##" => TreeToken::DoubleSharp,
        "@-@" => TreeToken::AtDashAt,
        "?-" => TreeToken::QuestionMarkDash,
        "&<" => TreeToken::AmpersandLeftAngleBracket,
        "&>" => TreeToken::AmpersandRightAngleBracket,
        "&<|" => TreeToken::AmpersandLeftAngleBracketVerticalBar,
        "|&>" => TreeToken::VerticalBarAmpersandRightAngleBracket,
        "<->" => TreeToken::TwoWayArrow,
        "<^" => TreeToken::LeftAngleBracketCaret,
        ">^" => TreeToken::RightAngleBracketCaret,
        "?#" => TreeToken::QuestionMarkSharp,
        "?-|" => TreeToken::QuestionMarkDashVerticalBar,
        "?||" => TreeToken::QuestionMarkDoubleVerticalBar,
        "~=" => TreeToken::TildeEqual,
        "<<|" => TreeToken::ShiftLeftVerticalBar,
        "|>>" => TreeToken::VerticalBarShiftRight,
        other => TreeToken::CustomBinaryOperator(other.to_owned()),
    }
}
