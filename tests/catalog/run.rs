//! Runs sources on a server, statement by statement as our own splitter cuts them.

use pgmutate_codegen::source::SourceMap;
use pgmutate_codegen::sql::input::Source;
use pgmutate_codegen::sql::script::Script;
use tokio_postgres::Client;

pub(crate) async fn sources(client: &Client, map: &SourceMap, sources: &[Source]) -> Result<(), String> {
    for source in sources {
        client.batch_execute("RESET search_path").await.map_err(|error| describe(&error))?;
        for part in &source.parts {
            let text = map.file(part.file).text();
            let script = Script::of(text, &part.range);
            assert!(script.faults.is_empty(), "{:?}", script.faults);
            for statement in &script.statements {
                let tokens = &script.tokens[statement.clone()];
                let range = tokens[0].start as usize..tokens[tokens.len() - 1].end as usize;
                // The data of a COPY is no part of the schema.
                if is_copy(tokens[0].text(text)) {
                    continue;
                }
                let sql = &text[range.clone()];
                if let Err(error) = client.batch_execute(sql).await {
                    let line = map.file(part.file).position(range.start).line;
                    return Err(format!("{}:{line}: {}\n{sql}", map.file(part.file).name(), describe(&error)));
                }
            }
        }
    }
    Ok(())
}

fn is_copy(word: &str) -> bool {
    word.eq_ignore_ascii_case("copy")
}

fn describe(error: &tokio_postgres::Error) -> String {
    error
        .as_db_error()
        .map_or_else(|| error.to_string(), |error| format!("{}: {}", error.code().code(), error.message()))
}
