//! Every construct of PL/pgSQL: the functions of `fixtures/plpgsql`, all of which a server accepts, and their trees.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop at once")]

mod dump;
mod hostile;
mod random;

use std::fs;
use std::path::{Path, PathBuf};

use pgmutate_codegen::plpgsql;
use pgmutate_codegen::source::{FileId, SourceMap};
use pgmutate_codegen::sql::lexer::{Embedded, Lexer, Mode, Token, TokenKind};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/plpgsql")
}

/// The strings behind `LANGUAGE plpgsql AS`.
fn bodies(text: &str) -> Vec<Token> {
    let tokens: Vec<_> = Lexer::new(text, Mode::Script).filter(|token| !token.kind.is_trivia()).collect();
    let is_word =
        |token: &Token, word: &str| token.kind == TokenKind::Word && token.text(text).eq_ignore_ascii_case(word);
    let bodies = tokens.windows(4).filter(|window| {
        is_word(&window[0], "language")
            && is_word(&window[1], "plpgsql")
            && is_word(&window[2], "as")
            && window[3].kind.is_text()
    });
    bodies.map(|window| window[3]).collect()
}

fn dump_file(sources: &SourceMap, file: FileId) -> String {
    let text = sources.file(file).text();
    let mut dumped = String::new();
    for token in bodies(text) {
        let body = Embedded::new(token, text, file).unwrap().unwrap();
        let body = plpgsql::parse(&body.text, &body.map);
        dumped.push_str(&dump::body(sources, &body));
    }
    dumped
}

/// Set `UPDATE_EXPECTED=1` to write what is found over what is expected, and review the difference.
#[test]
fn trees_of_every_construct() {
    let mut files: Vec<_> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    assert!(files.len() > 10);
    let mut different = Vec::new();
    for path in files {
        let mut sources = SourceMap::new();
        let file =
            sources.add(path.file_name().unwrap().to_str().unwrap(), fs::read_to_string(&path).unwrap()).unwrap();
        let found = dump_file(&sources, file);
        assert!(!found.is_empty(), "{path:?} has no body");
        let expected_path = path.with_extension("ast");
        let expected = fs::read_to_string(&expected_path).unwrap_or_default();
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            fs::write(&expected_path, &found).unwrap();
        } else if expected != found {
            let line = expected.lines().zip(found.lines()).position(|(a, b)| a != b).unwrap_or(0);
            different.push(format!(
                "{}:{}\n  expected {:?}\n  found    {:?}",
                expected_path.display(),
                line + 1,
                expected.lines().nth(line),
                found.lines().nth(line)
            ));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

/// What a server accepts, we understand: nothing in these files is unknown.
#[test]
fn nothing_that_the_server_accepts_is_unknown() {
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "sql") {
            let mut sources = SourceMap::new();
            let file = sources.add(path.display().to_string(), fs::read_to_string(&path).unwrap()).unwrap();
            for token in bodies(sources.file(file).text()) {
                let body = Embedded::new(token, sources.file(file).text(), file).unwrap().unwrap();
                let body = plpgsql::parse(&body.text, &body.map);
                let unknown: Vec<_> =
                    body.tally.unknown.iter().map(|u| (sources.location(u.span), &u.reason)).collect();
                assert!(unknown.is_empty(), "{unknown:#?}");
            }
        }
    }
}
