//! Bodies that the server creates without a word and that fail when they run.

use pgmutate_codegen::body::Bodies;
use pgmutate_codegen::resolve::{self, Majors};
use pgmutate_codegen::sql::script::Script;

use super::{Case, describe, entries, folder};

/// The findings of a file, each as `line: message`.
fn findings(case: &Case) -> String {
    let mut text = String::new();
    for mistake in resolve::check(&Bodies::new(&case.catalog, &case.map), Majors::ALL).diagnostics {
        let told = describe(&case.map, &mistake);
        text.push_str(told.rsplit_once(".sql:").unwrap().1);
        text.push('\n');
    }
    text
}

#[test]
fn what_fails_when_it_runs_is_found_before() {
    for path in entries("fixtures/sql/wrong").iter().filter(|path| path.extension().is_some_and(|e| e == "sql")) {
        let found = findings(&Case::schema(path));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(path.with_extension("txt"), &found).unwrap();
        }
        let expected = std::fs::read_to_string(path.with_extension("txt")).unwrap_or_default();
        assert_eq!(found, expected, "{}", path.display());
    }
}

/// Every call at the end of a file of wrong bodies fails on the server too, and nothing else does.
#[tokio::test]
async fn the_server_finds_them_when_they_run() {
    for name in ["ambiguous", "calls", "names", "odd", "statements"] {
        let case = Case::schema(&folder(&format!("fixtures/sql/wrong/{name}.sql")));
        let database = pgmutate_test_support::database().await.unwrap();
        let client = database.connect().await.unwrap();
        let text = case.map.file(case.sources[0].file).text();
        let script = Script::new(text);
        let mut calls = 0;
        for statement in &script.statements {
            let tokens = &script.tokens[statement.clone()];
            let sql = &text[tokens[0].start as usize..tokens[tokens.len() - 1].end as usize];
            let result = client.batch_execute(sql).await;
            if sql.starts_with("SELECT") {
                let error = result.expect_err(sql);
                assert_eq!(&error.code().unwrap().code()[..2], "42", "{sql}: {error:?}");
                calls += 1;
            } else {
                result.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
            }
        }
        assert_eq!(findings(&case).lines().count(), calls, "{name}: a finding for each call");
    }
}

/// What the server refuses to create is found at the same statement, and nothing else is.
#[tokio::test]
async fn the_server_refuses_what_is_found() {
    let case = Case::schema(&folder("fixtures/sql/wrong/refused.sql"));
    let database = pgmutate_test_support::database().await.unwrap();
    let client = database.connect().await.unwrap();
    let text = case.map.file(case.sources[0].file).text();
    let script = Script::new(text);
    let mut refused = Vec::new();
    for statement in &script.statements {
        let tokens = &script.tokens[statement.clone()];
        let start = tokens[0].start as usize;
        let sql = &text[start..tokens[tokens.len() - 1].end as usize];
        if let Err(error) = client.batch_execute(sql).await {
            assert_eq!(&error.code().unwrap().code()[..2], "42", "{sql}: {error:?}");
            refused.push(text[..start].lines().count() + 1);
        }
    }
    let found = findings(&case);
    let found = found.lines().map(|line| line.split_once(':').unwrap().0.parse().unwrap());
    assert_eq!(found.collect::<Vec<usize>>(), refused);
}
