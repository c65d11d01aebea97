//! Any text as a whole schema: every name in it is looked for, and what is told has a place in the file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pgmutate_codegen::body::Bodies;
use pgmutate_codegen::catalog;
use pgmutate_codegen::resolve::{self, Majors};
use pgmutate_codegen::source::SourceMap;
use pgmutate_codegen::sql::input::{Source, SourceKind};

fuzz_target!(|text: &str| {
    let mut sources = SourceMap::new();
    let Ok(file) = sources.add("fuzz.sql", text) else { return };
    let (catalog, _) = catalog::read(&sources, &[Source::whole(&sources, file, SourceKind::Schema)]);
    let checked = resolve::check(&Bodies::new(&catalog, &sources), Majors::ALL);
    for unknown in checked.tally.unknown.iter().chain(&checked.standing.unknown) {
        assert!(text.get(unknown.span.range()).is_some(), "{unknown:?}");
    }
    for label in checked.diagnostics.iter().filter_map(|diagnostic| diagnostic.primary.as_ref()) {
        assert!(text.get(label.span.range()).is_some(), "{label:?}");
    }
});
