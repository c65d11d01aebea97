//! Any text as a GraphQL schema: it is read or refused, and every name and every mistake has a place in the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pgmutate_codegen::diagnostic::render_plain;
use pgmutate_codegen::graphql;
use pgmutate_codegen::source::SourceMap;

fuzz_target!(|text: &str| {
    let mut sources = SourceMap::new();
    let Ok(file) = sources.add("fuzz.graphql", text) else { return };
    match graphql::read(&sources, file) {
        Ok(schema) => {
            let objects = schema.types.iter().map(|it| &it.object).chain(&schema.inputs);
            for object in objects.chain(schema.unions.iter().map(|it| &it.object)) {
                assert_eq!(text.get(object.name.span.range()), Some(&*object.name.text));
                assert!(object.fields.iter().all(|field| text.get(field.key.span.range()).is_some()));
            }
            for value in schema.enums.iter().flat_map(|it| &it.values) {
                assert_eq!(text.get(value.name.span.range()), Some(&*value.name.text));
            }
        }
        Err(mistakes) => {
            assert!(!mistakes.is_empty());
            for mistake in &mistakes {
                for label in mistake.primary.iter().chain(&mistake.secondary) {
                    assert!(text.get(label.span.range()).is_some(), "{label:?}");
                }
                render_plain(mistake, &sources);
            }
        }
    }
});
