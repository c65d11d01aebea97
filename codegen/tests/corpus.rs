//! The inputs that fuzzing found worth keeping, read again without a fuzzer: none of them makes anything panic or hang.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at once")]

use std::path::Path;

use pgmutate_codegen::body::Bodies;
use pgmutate_codegen::catalog;
use pgmutate_codegen::plpgsql;
use pgmutate_codegen::resolve::{self, Majors};
use pgmutate_codegen::source::{SourceMap, Span};
use pgmutate_codegen::sql::body::SqlBody;
use pgmutate_codegen::sql::cursor::significant;
use pgmutate_codegen::sql::embedded::{self, Select};
use pgmutate_codegen::sql::input::{Source, SourceKind};
use pgmutate_codegen::sql::lexer::{Lexer, Mode, PositionMap};

#[test]
fn kept_inputs_are_read() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    let mut read = 0;
    for target in ["lexer", "splitter", "headers", "rewrite", "plpgsql", "resolve"] {
        for entry in std::fs::read_dir(corpus.join(target)).unwrap() {
            let Ok(text) = String::from_utf8(std::fs::read(entry.unwrap().path()).unwrap()) else { continue };
            for mode in [Mode::Script, Mode::Server] {
                assert_eq!(Lexer::new(&text, mode).last().map_or(0, |token| token.end as usize), text.len());
            }
            for kind in [SourceKind::Schema, SourceKind::Migration] {
                let mut sources = SourceMap::new();
                let file = sources.add("kept.sql", &*text).unwrap();
                let (catalog, _) = catalog::read(&sources, &[Source::whole(&sources, file, kind)]);
                resolve::check(&Bodies::new(&catalog, &sources), Majors::ALL);
                let map = PositionMap::shifted(file, 0);
                plpgsql::parse(&text, &map);
                SqlBody::parse(&text, &map);
                let tokens = significant(&text, Mode::Server);
                embedded::expression(&text, &tokens, &map);
                for select in [None, Some(Select(Span::new(file, 0, 0)))] {
                    embedded::command(&text, &tokens, &map, select);
                }
            }
            read += 1;
        }
    }
    assert!(read > 100, "{read}");
}
