//! The connector configuration as a person asks for it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    let shop = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/shop");
    let (sql, manifest) = (format!("{shop}/sql"), format!("{shop}/mutations.json"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgmutate"));
    command.args(["debezium-config", "--sql", &sql, "--manifest", &manifest, "--name", "shop"]);
    command.args(arguments).env_remove("DATABASE_URL").output().unwrap()
}

const URL: &str = "postgres://cdc:secret@db.example.com:6432/shop";

#[test]
fn a_configuration_names_everything_but_the_password() {
    let output = run(&["--database-url", URL]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains("secret"));
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let config = &json["config"];
    assert_eq!(json["name"], "shop-mutation-events");
    for (name, expected) in [
        ("database.hostname", "db.example.com"),
        ("database.port", "6432"),
        ("database.user", "cdc"),
        ("database.dbname", "shop"),
        ("database.password", "${env:PGMUTATE_DATABASE_PASSWORD}"),
        ("topic.prefix", "shop"),
        ("publication.autocreate.mode", "disabled"),
        ("table.include.list", "app\\.mutation_events"),
        ("transforms.outbox.table.field.event.key", "entity_id"),
        ("transforms.outbox.table.expand.json.payload", "false"),
        ("value.converter", "org.apache.kafka.connect.storage.StringConverter"),
    ] {
        assert_eq!(config[name], expected, "{name}");
    }
    let properties = String::from_utf8(run(&["--database-url", URL, "--format", "properties"]).stdout).unwrap();
    assert!(properties.starts_with("name=shop-mutation-events\nconnector.class=io.debezium."), "{properties}");
}

#[test]
fn what_is_missing_is_told() {
    let said = |arguments: &[&str]| {
        let output = run(arguments);
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(said(&[]).contains("--database-url"));
    assert!(said(&["--database-url", "postgres://db/shop"]).contains("names no user"));
    assert!(said(&["--database-url", "postgres://me@db"]).contains("names no database"));
    assert!(
        said(&["--database-url", "host=/tmp user=me dbname=shop"])
            .contains("one host that the Connect worker can reach")
    );
    assert!(said(&["--database-url", URL, "--keys", "other"]).contains("the key of every entity is a uuid"));
}
