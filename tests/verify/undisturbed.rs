//! What was deployed as it stands in the files is found to be so, on every version of the server.

use std::path::Path;

use pgmutate_codegen::catalog;
use pgmutate_codegen::emit::Files;
use pgmutate_codegen::project::Generated;
use pgmutate_codegen::source::SourceMap;
use pgmutate_codegen::sql::input::{Inputs, MigrationFolder};
use pgmutate_codegen::sql::script::Script;
use pgmutate_codegen::verify::Settings;
use pgmutate_tests::shop::Shop;

use super::{folder, rendered, shop, verified};

/// SQL without a manifest.
fn read(inputs: &Inputs) -> Generated {
    let mut sources = SourceMap::new();
    let (sql, _) = inputs.load(&mut sources);
    let (catalog, _) = catalog::read(&sources, &sql);
    Generated {
        sources,
        sql,
        schemas: Vec::new(),
        catalog,
        manifest: None,
        diagnostics: Vec::new(),
        files: Files::new(),
    }
}

/// Runs the files, statement by statement as our own splitter cuts them, and gives what is found then; `None` where the server is
/// too old for what their name says.
async fn found(name: &Path, inputs: &Inputs) -> Option<String> {
    let generated = read(inputs);
    let database = pgmutate_test_support::database().await.unwrap();
    let client = database.connect().await.unwrap();
    // `merge_since_15.sql`
    let since = name.file_stem().and_then(|stem| stem.to_str()?.rsplit_once("_since_")?.1.parse::<i32>().ok());
    let row = client.query_one("SELECT current_setting('server_version_num')::integer / 10000", &[]).await.unwrap();
    if since.is_some_and(|since| row.get::<_, i32>(0) < since) {
        return None;
    }
    for source in &generated.sql {
        client.batch_execute("RESET search_path").await.unwrap();
        for part in &source.parts {
            let text = generated.sources.file(part.file).text();
            let script = Script::of(text, &part.range);
            for statement in &script.statements {
                let tokens = &script.tokens[statement.clone()];
                if tokens[0].text(text).eq_ignore_ascii_case("copy") {
                    continue;
                }
                let sql = &text[tokens[0].start as usize..tokens[tokens.len() - 1].end as usize];
                if let Err(error) = client.batch_execute(sql).await {
                    panic!("{}: {error:?}\n{sql}", name.display());
                }
            }
        }
    }
    let verified = verified(&database, &generated, &Settings::default()).await;
    assert!(verified.objects > 0, "{} defines nothing", name.display());
    Some(rendered(&generated, &verified))
}

#[tokio::test]
async fn nothing_is_found_in_what_every_fixture_makes() {
    let mut all = String::new();
    let mut cases = 0;
    for (parent, migrations) in [
        ("fixtures/sql/constructs", false),
        ("fixtures/sql/bodies", false),
        ("fixtures/sql/schemas", false),
        ("fixtures/sql/migrations", true),
    ] {
        let entries = std::fs::read_dir(folder(parent)).unwrap();
        for path in entries.map(|entry| entry.unwrap().path()) {
            let inputs = match migrations {
                true => {
                    Inputs { migrations: vec![MigrationFolder { path: path.clone(), tool: None }], ..Inputs::default() }
                }
                false => Inputs { schema: vec![path.clone()], ..Inputs::default() },
            };
            if let Some(found) = found(&path, &inputs).await {
                all.push_str(&found);
                cases += 1;
            }
        }
    }
    assert!(cases > 30, "{cases}");
    assert!(all.is_empty(), "{all}");
}

#[tokio::test]
async fn nothing_is_found_in_the_shop() {
    let shop_database = Shop::open().await;
    let generated = shop();
    let verified = verified(&shop_database.database, &generated, &Settings::default()).await;
    assert!(verified.objects > 20, "{}", verified.objects);
    assert_eq!(rendered(&generated, &verified), "");
}
