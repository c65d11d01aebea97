//! Any text as a script: the statements are made of its tokens, in order, and what is wrong has a place in it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pgmutate_codegen::sql::script::Script;

fuzz_target!(|text: &str| {
    let script = Script::new(text);
    let mut end = 0;
    for statement in &script.statements {
        assert!(statement.start == end && statement.end > statement.start);
        end = statement.end;
    }
    assert_eq!(end, script.tokens.len());
    assert!(script.tokens.windows(2).all(|pair| pair[0].end <= pair[1].start));
    for (range, _) in &script.faults {
        assert!(text.get(range.clone()).is_some(), "{range:?}");
    }
});
