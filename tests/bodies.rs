//! What codegen's tests say of the server is the server's word: it accepts the functions of `fixtures/plpgsql`, and binds
//! operators as `precedence.txt` says.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use std::path::{Path, PathBuf};

use tokio_postgres::Client;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

async fn version(client: &Client) -> i32 {
    let row = client.query_one("SELECT current_setting('server_version_num')::int", &[]).await.expect("a version");
    row.get(0)
}

#[tokio::test]
async fn the_server_accepts_every_construct() {
    let database = pgmutate_test_support::database().await.expect("a database");
    let client = database.connect().await.expect("a connection");
    let version = version(&client).await;
    let folder = repository().join("fixtures/plpgsql");
    let files = std::fs::read_dir(&folder).expect("the fixtures").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|extension| extension == "sql")).collect();
    files.sort_by_key(|path| (!path.ends_with("setup.sql"), path.clone()));
    assert!(files.len() > 10 && files[0].ends_with("setup.sql"));
    for path in files {
        if version < 150_000 && path.to_string_lossy().ends_with("_since_15.sql") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("the file");
        client.batch_execute(&text).await.unwrap_or_else(|error| panic!("{}: {error:?}", path.display()));
    }
}

/// All operators for booleans, so that any of them may stand next to any other.
const OPERATORS: &str = "
CREATE FUNCTION infix(boolean, boolean) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE FUNCTION prefix(boolean) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE TABLE t (a boolean, b boolean, c boolean, d boolean);
DO $$
DECLARE operator text;
BEGIN
    FOREACH operator IN ARRAY '{+,-,*,/,%,^,||,->,->>,@>,~,!~,~~,!~~,~~*,#,&,|,<<,&&,<->,~*,?,^@,~>~,|/|}'::text[] LOOP
        EXECUTE format('CREATE OPERATOR public.%s (LEFTARG = boolean, RIGHTARG = boolean, FUNCTION = infix)', operator);
    END LOOP;
    FOREACH operator IN ARRAY '{-,+,~,@}'::text[] LOOP
        EXECUTE format('CREATE OPERATOR public.%s (RIGHTARG = boolean, FUNCTION = prefix)', operator);
    END LOOP;
END $$;";

#[tokio::test]
async fn the_server_binds_operators_as_written_down() {
    let database = pgmutate_test_support::database().await.expect("a database");
    let client = database.connect().await.expect("a connection");
    client.batch_execute(OPERATORS).await.expect("the operators");
    let path = repository().join("codegen/tests/embedded/precedence.txt");
    let text = std::fs::read_to_string(path).expect("precedence.txt");
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 800);
    for pair in lines.chunks(2) {
        let view = format!("CREATE OR REPLACE VIEW v AS SELECT {} AS x FROM t", pair[0]);
        client.batch_execute(&view).await.unwrap_or_else(|error| panic!("{}: {error:?}", pair[0]));
        let row = client.query_one("SELECT pg_get_viewdef('v'::regclass)", &[]).await.expect("its definition");
        let definition: String = row.get(0);
        let words: Vec<_> = definition.split_whitespace().collect();
        let found = words.join(" ");
        let found = found.trim_start_matches("SELECT ").split(" AS x ").next().unwrap_or_default();
        // From version 16 on, columns of a single table come without its name.
        assert_eq!(found.replace("t.", ""), pair[1].trim(), "{}", pair[0]);
    }
}
