use super::TokenKind as T;
use super::*;
use crate::source::{FileId, SourceMap};

fn tokens(text: &str, mode: Mode) -> Vec<(TokenKind, &str)> {
    let tokens: Vec<_> = Lexer::new(text, mode).collect();
    let mut at = 0;
    for token in &tokens {
        assert_eq!(token.start as usize, at, "tokens tile {text:?}");
        at = token.end as usize;
    }
    assert_eq!(at, text.len());
    let significant = tokens.iter().filter(|token| token.kind != T::Whitespace);
    significant.map(|token| (token.kind, token.text(text))).collect()
}

fn server(text: &str) -> Vec<(TokenKind, &str)> {
    tokens(text, Mode::Server)
}

fn kinds(text: &str) -> Vec<TokenKind> {
    server(text).into_iter().map(|(kind, _)| kind).collect()
}

fn file() -> FileId {
    SourceMap::new().add("f.sql", "").unwrap()
}

#[test]
fn words_and_quoted_identifiers() {
    assert_eq!(
        server(r#"Ünï_a$1 "a""b" U&"\0061" u e b"#),
        [
            (T::Word, "Ünï_a$1"),
            (T::QuotedIdentifier, r#""a""b""#),
            (T::UnicodeIdentifier, r#"U&"\0061""#),
            (T::Word, "u"),
            (T::Word, "e"),
            (T::Word, "b")
        ]
    );
    assert_eq!(kinds(r#""" """x""""#), [T::Invalid(Fault::EmptyIdentifier), T::QuotedIdentifier]);
    assert_eq!(kinds("u&x"), [T::Word, T::Operator, T::Word]);
}

#[test]
fn strings_of_every_kind() {
    assert_eq!(
        server(r"'it''s' E'a\'b\\' U&'\0061' N'n' B'01' X'1F' $$a'b$$ $q$ $$ $q$"),
        [
            (T::String, "'it''s'"),
            (T::EscapeString, r"E'a\'b\\'"),
            (T::UnicodeString, r"U&'\0061'"),
            (T::NationalString, "N'n'"),
            (T::BitString, "B'01'"),
            (T::HexString, "X'1F'"),
            (T::DollarString, "$$a'b$$"),
            (T::DollarString, "$q$ $$ $q$"),
        ]
    );
    assert_eq!(kinds(r"'\' 'x'"), [T::String, T::String], "a backslash escapes nothing in a plain string");
}

#[test]
fn a_string_goes_on_behind_a_line_break() {
    assert_eq!(server("'a'\n  'b' 'c'"), [(T::String, "'a'\n  'b'"), (T::String, "'c'")]);
    assert_eq!(server("'a' -- why\n 'b'"), [(T::String, "'a' -- why\n 'b'")]);
    assert_eq!(server("'a' 'b'"), [(T::String, "'a'"), (T::String, "'b'")]);
    assert_eq!(kinds("'a' /* no */\n 'b'"), [T::String, T::BlockComment, T::String]);
    let text = "E'a\\n'\r\n'b'";
    assert_eq!(string(Lexer::new(text, Mode::Server).next().unwrap(), text, '\\').unwrap().unwrap(), "a\nb");
}

#[test]
fn dollar_quotes_are_told_from_parameters_and_words() {
    assert_eq!(
        server("$1 a$b$c $x1$y$x1$ $"),
        [
            (T::Parameter, "$1"),
            (T::Word, "a$b$c"),
            (T::DollarString, "$x1$y$x1$"),
            (T::Invalid(Fault::UnexpectedCharacter), "$"),
        ]
    );
}

#[test]
fn numbers() {
    assert_eq!(
        server("1 1_000 0xFf 0o17 0b0_1 0x_1 1.5 1. .5 1e10 1.5E-3 1..10 1e"),
        [
            (T::Integer, "1"),
            (T::Integer, "1_000"),
            (T::Integer, "0xFf"),
            (T::Integer, "0o17"),
            (T::Integer, "0b0_1"),
            (T::Integer, "0x_1"),
            (T::Decimal, "1.5"),
            (T::Decimal, "1."),
            (T::Decimal, ".5"),
            (T::Decimal, "1e10"),
            (T::Decimal, "1.5E-3"),
            (T::Integer, "1"),
            (T::DotDot, ".."),
            (T::Integer, "10"),
            (T::Integer, "1"),
            (T::Word, "e"),
        ]
    );
    let value = |text: &str| integer(Lexer::new(text, Mode::Server).next().unwrap(), text);
    assert_eq!(value("1_000"), Some(1000));
    assert_eq!(value("0x_Ff"), Some(255));
    assert_eq!(value("0b11"), Some(3));
    assert_eq!(value("99999999999999999999"), None);
    assert_eq!(value("1.5"), None);
}

#[test]
fn operators_end_where_postgresql_ends_them() {
    let operators = |text| server(text).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
    assert_eq!(operators("a=-1"), ["a", "=", "-", "1"]);
    assert_eq!(operators("a@-1"), ["a", "@-", "1"]);
    assert_eq!(operators("a*-+-1"), ["a", "*", "-", "+", "-", "1"]);
    assert_eq!(operators("a->>'b'#>>'{c}'"), ["a", "->>", "'b'", "#>>", "'{c}'"]);
    assert_eq!(operators("a<@/*x*/b"), ["a", "<@", "/*x*/", "b"]);
    assert_eq!(operators("a+--x"), ["a", "+", "--x"]);
    assert_eq!(operators("a?|b"), ["a", "?|", "b"]);
    assert_eq!(kinds("f(a => 1)").iter().filter(|&&kind| kind == T::Arrow).count(), 1);
    assert_eq!(kinds("a =>= b")[1], T::Operator);
    assert_eq!(kinds(&"@".repeat(64)), [T::Invalid(Fault::OperatorTooLong)]);
    assert_eq!(kinds(&"+".repeat(64)).len(), 64);
}

#[test]
fn punctuation() {
    use T::*;
    assert_eq!(
        kinds("a.b::c := d[1:2], (e);"),
        [
            Word,
            Dot,
            Word,
            Cast,
            Word,
            Assign,
            Word,
            LeftBracket,
            Integer,
            Colon,
            Integer,
            RightBracket,
            Comma,
            LeftParen,
            Word,
            RightParen,
            Semicolon
        ]
    );
}

#[test]
fn comments_nest_and_line_comments_end_at_any_line_break() {
    assert_eq!(server("/* a /* b */ c */ x"), [(T::BlockComment, "/* a /* b */ c */"), (T::Word, "x")]);
    assert_eq!(server("--a\r\nx"), [(T::LineComment, "--a"), (T::Word, "x")]);
    assert_eq!(server("/*/ x */ y"), [(T::BlockComment, "/*/ x */"), (T::Word, "y")]);
}

#[test]
fn a_script_has_meta_commands_variables_and_a_byte_order_mark() {
    assert_eq!(
        tokens("\u{feff}\\set x 'a\\\\b' \\\\ SELECT :x, :'x', :\"x\", :{?x}, a[1:2], a::b\n\\q", Mode::Script),
        [
            (T::ByteOrderMark, "\u{feff}"),
            (T::MetaCommand, "\\set x 'a\\\\b' \\\\"),
            (T::Word, "SELECT"),
            (T::Variable, ":x"),
            (T::Comma, ","),
            (T::QuotedVariable, ":'x'"),
            (T::Comma, ","),
            (T::QuotedVariable, ":\"x\""),
            (T::Comma, ","),
            (T::QuotedVariable, ":{?x}"),
            (T::Comma, ","),
            (T::Word, "a"),
            (T::LeftBracket, "["),
            (T::Integer, "1"),
            (T::Colon, ":"),
            (T::Integer, "2"),
            (T::RightBracket, "]"),
            (T::Comma, ","),
            (T::Word, "a"),
            (T::Cast, "::"),
            (T::Word, "b"),
            (T::MetaCommand, "\\q"),
        ]
    );
    assert_eq!(tokens("\\copy t from 'x\\\\y' \\\\ z\n;", Mode::Script).len(), 2);
    assert_eq!(kinds("a[:x] \\d")[1..3], [T::LeftBracket, T::Colon]);
    assert_eq!(kinds("\\")[0], T::Invalid(Fault::UnexpectedCharacter));
}

#[test]
fn what_is_not_closed_is_a_fault_that_reaches_to_the_end() {
    for (text, fault) in [
        ("a 'b; c", Fault::UnterminatedString),
        ("a E'b\\", Fault::UnterminatedString),
        ("a E'b\\'", Fault::UnterminatedString),
        ("a \"b; c", Fault::UnterminatedIdentifier),
        ("a U&\"b", Fault::UnterminatedIdentifier),
        ("a /* /* b */ c", Fault::UnterminatedComment),
        ("a $x$ b $y$", Fault::UnterminatedDollarQuote),
    ] {
        let found = server(text);
        assert_eq!(found[1], (T::Invalid(fault), &text[2..]));
        assert_eq!(found.len(), 2);
    }
    assert_eq!(kinds("a\0b"), [T::Word, T::Invalid(Fault::Nul), T::Word]);
}

#[test]
fn identifiers_are_folded_and_cut_as_the_server_does() {
    let value = |text: &'static str| identifier(Lexer::new(text, Mode::Server).next().unwrap(), text, '\\').unwrap();
    assert_eq!(value("Straße_Ä").unwrap(), "straße_Ä", "only ASCII letters fold in UTF-8");
    assert_eq!(value("\"A\"\"b\"").unwrap(), "A\"b");
    assert_eq!(value("U&\"d\\0061t\\+000061\"").unwrap(), "data");
    assert!(value("U&\"\\00\"").is_err());
    let long = "é".repeat(40);
    assert_eq!(fold(&long).len(), 62);
}

#[test]
fn strings_lose_quotes_and_escapes() {
    let value = |text: &str, escape| {
        string(Lexer::new(text, Mode::Server).next().unwrap(), text, escape).unwrap().map(|value| value.into_owned())
    };
    assert_eq!(value("'it''s'", '\\').unwrap(), "it's");
    assert_eq!(value("''", '\\').unwrap(), "");
    assert_eq!(value(r"E'\t\101\x41\u0041\U00000041\q\'\\'", '\\').unwrap(), "\tAAAAq'\\");
    assert_eq!(value(r"E'\xc3\xa9'", '\\').unwrap(), "é");
    assert_eq!(value(r"E'\uD83D\uDE00'", '\\').unwrap(), "😀");
    assert_eq!(value(r"U&'!0041\!!'", '!').unwrap(), "A\\!");
    assert_eq!(value("$a$x'$a$", '\\').unwrap(), "x'");
    assert_eq!(value("X'1F'", '\\').unwrap(), "1F");
    for wrong in [r"E'\xff'", r"E'\uD83D'", r"E'\uDE00'", r"E'\0'", r"E'\u12'", r"U&'\12'", r"E'\uD83Dx\uDE00'"] {
        assert!(value(wrong, '\\').is_err(), "{wrong}");
    }
}

#[test]
fn positions_of_a_quoted_body_lead_back_into_the_file() {
    let text = r"AS E'a\n''b\u0041c';";
    let token = Lexer::new(text, Mode::Script).find(|token| token.kind == T::EscapeString).unwrap();
    let body = Embedded::new(token, text, file()).unwrap().unwrap();
    assert_eq!(body.text, "a\n'bAc");
    for (piece, source) in
        [("a", "a"), ("\n", r"\n"), ("'", "''"), ("b", "b"), ("A", r"\u0041"), ("c", "c"), ("\n'b", r"\n''b")]
    {
        let start = body.text.find(piece).unwrap();
        assert_eq!(&text[body.map.span(start..start + piece.len()).range()], source);
    }

    let text = "AS $f$BEGIN$f$";
    let token = Lexer::new(text, Mode::Script).find(|token| token.kind == T::DollarString).unwrap();
    let body = Embedded::new(token, text, file()).unwrap().unwrap();
    assert_eq!(&text[body.map.span(0..5).range()], "BEGIN");
    assert!(matches!(body.text, std::borrow::Cow::Borrowed("BEGIN")));
}

#[test]
fn long_runs_of_operators_take_linear_work() {
    // One look at the run for each of its tokens would be 10^12 steps.
    let text = "+".repeat(1_000_000);
    assert_eq!(Lexer::new(&text, Mode::Server).count(), 1_000_000);
}
