//! The command as a user runs it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use pgmutate_test_support::Server;

const SHOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/shop");

/// Runs `pgmutate` in the folder of the workspace, as the documentation does.
fn pgmutate(arguments: &[&str]) -> Output {
    pgmutate_in(Path::new(SHOP).join("../..").as_path(), arguments)
}

fn pgmutate_in(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgmutate"));
    command.args(arguments).current_dir(folder).env_remove("DATABASE_URL").output().expect("pgmutate starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const PROJECT: [&str; 4] = ["--sql", "fixtures/shop/sql", "--manifest", "fixtures/shop/mutations.json"];

#[test]
fn check_is_content_with_the_shop() {
    let output = pgmutate(&[&["check"], &PROJECT[..]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("5 mutations"), "{}", stderr(&output));
    assert!(stderr(&output).contains("0 errors, 0 warnings"), "{}", stderr(&output));
}

#[test]
fn check_fails_with_the_place_of_the_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = fs::read_to_string(Path::new(SHOP).join("mutations.json")).unwrap();
    fs::write(folder.path().join("mutations.json"), manifest.replace("app.update_product", "app.change_product"))
        .unwrap();
    let sql = Path::new(SHOP).join("sql").display().to_string();
    let output = pgmutate_in(folder.path(), &["check", "--sql", &sql]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let said = stderr(&output);
    assert!(said.contains("error[PGM200]: function `app.change_product` does not exist"), "{said}");
    assert!(said.contains("--> mutations.json:"), "{said}");
    assert!(said.contains("1 error,"), "{said}");
}

#[test]
fn generate_writes_what_is_checked_in_and_check_compares() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("mutations.rs");
    let out = out.to_str().unwrap();
    let generate = |more: &[&str]| pgmutate(&[&["generate", "--out", out], &PROJECT[..], more].concat());

    let missing = generate(&["--check"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(stderr(&missing).contains("cannot read"), "{}", stderr(&missing));

    assert!(generate(&[]).status.success());
    let golden = fs::read_to_string(Path::new(SHOP).join("mutations.rs")).unwrap();
    assert!(fs::read_to_string(out).unwrap() == golden, "the command and the library write the same");
    assert!(generate(&["--check"]).status.success());

    fs::write(out, golden.replacen("pub quantity: i32", "pub quantity: i64", 1)).unwrap();
    let stale = generate(&["--check"]);
    assert_eq!(stale.status.code(), Some(1));
    let line = golden.lines().position(|line| line.contains("pub quantity: i32")).unwrap() + 1;
    assert!(stderr(&stale).contains(&format!("is out of date, from line {line} on")), "{}", stderr(&stale));
}

#[test]
fn without_sql_every_command_asks_for_it() {
    for command in [&["check"][..], &["install"], &["verify"], &["catalog"], &["generate", "--out", "x.rs"]] {
        let output = pgmutate(command);
        assert_eq!(output.status.code(), Some(2), "{command:?}");
        assert!(
            stderr(&output).contains("required arguments were not provided:\n  --sql <PATH>"),
            "{command:?}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn check_warns_of_what_it_does_not_understand() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mutations.json"), "{ \"version\": 1 }").unwrap();
    let broken = "CREATE FUNCTION f() RETURNS jsonb LANGUAGE plpgsql AS $$\nBEGIN\n    IF true THEN\n        RETURN NULL;\nEND;\n$$;\n";
    fs::write(folder.path().join("f.sql"), broken).unwrap();
    let output = pgmutate_in(folder.path(), &["check", "--sql", "f.sql"]);
    assert!(output.status.success(), "unknown is no error: {}", stderr(&output));
    assert!(stderr(&output).contains("warning[PGM010]"), "{}", stderr(&output));
    assert!(stderr(&output).contains("--> f.sql:"), "{}", stderr(&output));
}

#[test]
fn catalog_lists_every_function_with_its_place() {
    let table = pgmutate(&["catalog", "--sql", "fixtures/shop/sql"]);
    assert!(table.status.success(), "{}", stderr(&table));
    assert!(stdout(&table).contains("app.create_order(input_payload jsonb)"), "{}", stdout(&table));
    let json = pgmutate(&["catalog", "--sql", "fixtures/shop/sql", "--format", "json"]);
    assert!(stdout(&json).contains("fixtures/shop/sql/09_order_mutations.sql:3"), "{}", stdout(&json));
}

#[test]
fn install_prints_the_sql() {
    let output = pgmutate(&[&["install", "--writer-role", "api"], &PROJECT[..]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let sql = stdout(&output);
    assert!(sql.contains("CREATE OR REPLACE FUNCTION app.log_cdc_event("), "{sql}");
    assert!(sql.contains("app.before_customer("), "{sql}");
    assert!(sql.contains("TO api;"), "{sql}");
}

#[tokio::test]
async fn install_applies_the_sql_and_may_run_again() {
    let database = pgmutate_test_support::database().await.unwrap();
    let url = database.url();
    let install = || pgmutate(&[&["install", "--apply", "--database-url", &url], &PROJECT[..]].concat());
    for _ in 0..2 {
        let output = install();
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(stderr(&output).contains("is installed in schema `app`"), "{}", stderr(&output));
    }
    let client = database.connect().await.unwrap();
    let row = client.query_one("SELECT count(*) FROM app.mutation_entities", &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 3);

    // What the server says is passed on in full.
    client.batch_execute("UPDATE app.mutation_log SET version = 1000").await.unwrap();
    let newer = install();
    assert_eq!(newer.status.code(), Some(1));
    assert!(stderr(&newer).contains("cannot install the event log"), "{}", stderr(&newer));
    assert!(stderr(&newer).contains("SQLSTATE"), "{}", stderr(&newer));
}

#[test]
fn install_says_where_it_cannot_connect() {
    let url = "postgres://nobody@127.0.0.1:1/nothing?connect_timeout=2";
    let output = pgmutate(&[&["install", "--apply", "--database-url", url], &PROJECT[..]].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("cannot connect"), "{}", stderr(&output));
}

/// Applies the shop's SQL and its event log.
async fn deploy_the_shop(client: &tokio_postgres::Client) {
    let mut files = fs::read_dir(Path::new(SHOP).join("sql")).unwrap().map(|it| it.unwrap().path()).collect::<Vec<_>>();
    files.sort();
    files.push(Path::new(SHOP).join("event_log.sql"));
    for file in files {
        client.batch_execute(&fs::read_to_string(file).unwrap()).await.unwrap();
    }
}

#[tokio::test]
async fn verify_tells_what_is_another_in_the_database() {
    let database = pgmutate_test_support::database().await.unwrap();
    let url = database.url();
    let verify = || pgmutate(&[&["verify", "--database-url", &url], &PROJECT[..]].concat());
    let client = database.connect().await.unwrap();
    deploy_the_shop(&client).await;
    let same = verify();
    assert!(same.status.success(), "{}", stderr(&same));
    assert!(stderr(&same).contains("and the event log: 0 differences"), "{}", stderr(&same));

    client.batch_execute("ALTER FUNCTION app.update_product STABLE").await.unwrap();
    let drift = verify();
    assert_eq!(drift.status.code(), Some(1), "{}", stderr(&drift));
    let said = stderr(&drift);
    assert!(said.contains("error[PGM401]: function `app.update_product(uuid, jsonb)` is another"), "{said}");
    assert!(said.contains("--> fixtures/shop/sql/08_product_mutations.sql:3:28"), "{said}");
    assert!(said.contains("1 difference"), "{said}");
}

/// As with a server that somebody else runs: nothing goes there in the clear, and nobody else is believed.
#[tokio::test]
async fn commands_reach_a_server_over_tls() {
    let server = Server::private().start().await.unwrap();
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    server.encrypt(&cert.pem(), &signing_key.serialize_pem()).await.unwrap();
    let database = server.database().await.unwrap();
    let config = database.tcp_config().unwrap();
    let url = format!(
        "postgres://postgres:{}@127.0.0.1:{}/{}?sslmode=require",
        str::from_utf8(config.get_password().unwrap()).unwrap(),
        config.get_ports()[0],
        database.name()
    );
    let ca = tempfile::NamedTempFile::new().unwrap();
    fs::write(ca.path(), cert.pem()).unwrap();
    let trusting = ["--database-url", &url, "--ca", ca.path().to_str().unwrap()];

    let install = ["install", "--apply"];
    let unvouched = pgmutate(&[&install[..], &trusting[..2], &PROJECT].concat());
    assert_eq!(unvouched.status.code(), Some(1));
    assert!(stderr(&unvouched).contains("name who vouches for the server, `--ca root.pem`"), "{}", stderr(&unvouched));
    let installed = pgmutate(&[&install[..], &trusting, &PROJECT].concat());
    assert!(installed.status.success(), "{}", stderr(&installed));
    // The log is there, the shop is not.
    let verified = pgmutate(&[&["verify"], &trusting[..], &PROJECT].concat());
    assert!(stderr(&verified).contains("of the files and the event log:"), "{}", stderr(&verified));
    let asked = pgmutate(&[&["events"], &trusting[..], &["lag"]].concat());
    assert!(asked.status.success(), "{}", stderr(&asked));

    let other = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    fs::write(ca.path(), other.cert.pem()).unwrap();
    let refused = pgmutate(&[&["events"], &trusting[..], &["lag"]].concat());
    assert!(stderr(&refused).contains("invalid peer certificate"), "{}", stderr(&refused));
    fs::write(ca.path(), "nothing").unwrap();
    let none = pgmutate(&[&["events"], &trusting[..], &["lag"]].concat());
    assert!(stderr(&none).contains("there is no certificate in the PEM text"), "{}", stderr(&none));
}

#[test]
fn verify_asks_for_a_database_and_says_where_it_cannot_connect() {
    let without = pgmutate(&[&["verify"], &PROJECT[..]].concat());
    assert_eq!(without.status.code(), Some(1));
    assert!(stderr(&without).contains("--database-url URL, or DATABASE_URL"), "{}", stderr(&without));
    let url = "postgres://nobody@127.0.0.1:1/nothing?connect_timeout=2";
    let unreachable = pgmutate(&[&["verify", "--database-url", url], &PROJECT[..]].concat());
    assert_eq!(unreachable.status.code(), Some(1));
    assert!(stderr(&unreachable).contains("cannot connect"), "{}", stderr(&unreachable));
}

/// Checks the shop against another manifest.
fn check_manifest(manifest: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mutations.json"), manifest).unwrap();
    let sql = Path::new(SHOP).join("sql").display().to_string();
    pgmutate_in(folder.path(), &["check", "--sql", &sql])
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_manifest() {
    let manifest = fs::read_to_string(Path::new(SHOP).join("mutations.json")).unwrap();
    let output = check_manifest(&format!("\u{feff}{manifest}"));
    assert!(output.status.success(), "{}", stderr(&output));
}

/// Code is emitted beside the mistakes, so what cannot be a name in Rust must not stop the emitter.
#[test]
fn names_that_are_none_in_rust_are_reported() {
    let manifest = fs::read_to_string(Path::new(SHOP).join("mutations.json")).unwrap();
    for (name, place) in [("createOrder", "mutations"), ("OrderItem", "types"), ("UpdateProductInput", "inputs")] {
        for other in ["_", "1", "a b", "[", "\u{e9}", "x\\u0000"] {
            let output = check_manifest(&manifest.replace(&format!("\"{name}\": {{"), &format!("\"{other}\": {{")));
            assert_eq!(output.status.code(), Some(1), "{other} in {place}: {}", stderr(&output));
            assert!(stderr(&output).contains("error[PGM"), "{other} in {place}: {}", stderr(&output));
        }
    }
}

#[test]
fn a_type_that_is_none_is_shown_whole() {
    let manifest = fs::read_to_string(Path::new(SHOP).join("mutations.json")).unwrap();
    let output = check_manifest(&manifest.replace("\"total\": \"Decimal!\"", "\"total\": \"\u{1f600}\""));
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("error[PGM105]: `\u{1f600}` is not a type"), "{}", stderr(&output));
}
