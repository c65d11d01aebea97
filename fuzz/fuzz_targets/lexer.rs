//! Any text, as a script and as the server sees it: the tokens tile it, and their values and places can be asked for.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pgmutate_codegen::source::SourceMap;
use pgmutate_codegen::sql::lexer::{Embedded, Lexer, Mode, identifier, integer, string};

fuzz_target!(|text: &str| {
    let Ok(file) = SourceMap::new().add("fuzz.sql", text) else { return };
    for mode in [Mode::Script, Mode::Server] {
        let mut at = 0;
        for token in Lexer::new(text, mode) {
            assert_eq!(token.start as usize, at);
            assert!(token.end > token.start && text.is_char_boundary(token.end as usize));
            at = token.end as usize;
            for escape in ['\\', '!'] {
                let _ = identifier(token, text, escape);
                let _ = string(token, text, escape);
            }
            let _ = integer(token, text);
            if let Some(Ok(body)) = Embedded::new(token, text, file) {
                for (offset, _) in body.text.char_indices() {
                    assert!(token.range().contains(&body.map.offset(offset)));
                }
            }
        }
        assert_eq!(at, text.len());
    }
});
