//! Any text as a file of definitions: the catalogue is read, and what is unknown or wrong has a place in the file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pgmutate_codegen::catalog;
use pgmutate_codegen::source::SourceMap;
use pgmutate_codegen::sql::input::{Source, SourceKind};

fuzz_target!(|text: &str| {
    for kind in [SourceKind::Schema, SourceKind::Migration] {
        let mut sources = SourceMap::new();
        let Ok(file) = sources.add("fuzz.sql", text) else { return };
        let (catalog, mistakes) = catalog::read(&sources, &[Source::whole(&sources, file, kind)]);
        for unknown in catalog.unknown() {
            assert!(text.get(unknown.span.range()).is_some(), "{unknown:?}");
        }
        for label in mistakes.iter().flat_map(|mistake| mistake.primary.iter().chain(&mistake.secondary)) {
            assert!(text.get(label.span.range()).is_some(), "{label:?}");
        }
    }
});
