//! Any text as a body, of PL/pgSQL and of SQL: it is answered, and what is unknown has a place in it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pgmutate_codegen::plpgsql;
use pgmutate_codegen::source::SourceMap;
use pgmutate_codegen::sql::body::SqlBody;
use pgmutate_codegen::sql::embedded::Tally;
use pgmutate_codegen::sql::lexer::PositionMap;

fuzz_target!(|text: &str| {
    let Ok(file) = SourceMap::new().add("fuzz.sql", text) else { return };
    let map = PositionMap::shifted(file, 0);
    assert_places(text, &plpgsql::parse(text, &map).tally);
    assert_places(text, &SqlBody::parse(text, &map).tally);
});

fn assert_places(text: &str, tally: &Tally) {
    for unknown in &tally.unknown {
        assert!(text.get(unknown.span.range()).is_some(), "{unknown:?}");
    }
}
