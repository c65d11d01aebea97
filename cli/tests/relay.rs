//! The relay and the events commands as a person runs them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use pgmutate_test_support::{Database, Server};
use tokio_postgres::Client;

const LOG: &str = include_str!("../../fixtures/shop/event_log.sql");
const ADA: &str = "c0000000-0000-4000-8000-000000000001";

async fn log() -> (Database, Client) {
    let database = pgmutate_test_support::database().await.unwrap();
    let client = database.connect().await.unwrap();
    client.batch_execute(LOG).await.unwrap();
    (database, client)
}

async fn rename(client: &Client, from: &str, to: &str) {
    let log = format!(
        "SELECT app.log_cdc_event('CUSTOMER_UPDATED', 'customer', '{ADA}', 'UPDATE', '{{\"name\": \"{from}\"}}', '{{\"name\": \"{to}\"}}', NULL)"
    );
    client.batch_execute(&log).await.unwrap();
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgmutate"));
    command.args(arguments).env_remove("DATABASE_URL");
    command
}

fn events(database: &Database, arguments: &[&str]) -> Output {
    command(&[&["events"], arguments].concat()).env("DATABASE_URL", database.url()).output().unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn complaint(output: &Output) -> String {
    assert!(!output.status.success());
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A relay that is stopped with the test.
struct Relay(Child);

impl Relay {
    fn start(database: &Database, config: &str, folder: &tempfile::TempDir) -> Relay {
        let file = folder.path().join("relay.toml");
        std::fs::write(&file, config).unwrap();
        let mut relay = command(&["relay", "--config", &file.display().to_string()]);
        relay.env("DATABASE_URL", database.url()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Relay(relay.spawn().unwrap())
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

fn get(port: u16, path: &str) -> String {
    let mut stream = loop {
        match TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
            Ok(stream) => break stream,
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test]
async fn a_relay_delivers_tells_how_it_is_and_stops_in_order() {
    let (database, client) = log().await;
    rename(&client, "Ada", "Augusta").await;
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let config = format!(
        "listen = \"127.0.0.1:{port}\"
         [[consumer]]
         name = \"lines\"
         start = \"beginning\"
         format = {{ type = \"debezium\", name = \"shop\" }}
         sink = {{ type = \"stdout\" }}"
    );
    let mut relay = Relay::start(&database, &config, &folder);
    let mut lines = BufReader::new(relay.0.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    assert!(first.starts_with(r#"{"before":{"name": "Ada"},"after":{"name": "Augusta"},"source":{"#), "{first}");
    assert!(get(port, "/health").starts_with("HTTP/1.1 200"));
    let ready = get(port, "/ready");
    assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
    // The line is out a moment before the relay has counted it.
    let delivered = "\npgmutate_relay_delivered_total{consumer=\"lines\"} 1\n";
    let metrics = (0..100).map(|_| get(port, "/metrics")).find(|metrics| metrics.contains(delivered));
    let metrics = metrics.expect("one event is counted");
    assert!(metrics.contains("\npgmutate_relay_leads{consumer=\"lines\"} 1\n"), "{metrics}");
    assert!(metrics.contains("\npgmutate_relay_sink_info{consumer=\"lines\",sink=\"stdout\"} 1\n"), "{metrics}");
    assert!(get(port, "/nowhere").starts_with("HTTP/1.1 404"));

    // What another process has changed is not taken for well.
    client.batch_execute("ALTER TABLE app.mutation_consumers RENAME TO elsewhere").await.unwrap();
    rename(&client, "Augusta", "Ada").await;
    // It may notice before it comes to the event.
    let more = lines.map(Result::unwrap).collect::<Vec<_>>();
    assert!(more.len() <= 1 && more.iter().all(|line| line.contains(r#""op":"u""#)), "{more:?}");
    let pid = relay.0.id().to_string();
    let mut ended = relay.0.wait().unwrap();
    assert!(!ended.success());
    let mut said = String::new();
    relay.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.contains("no more events are delivered") && said.contains("mutation_consumers"), "{pid}: {said}");

    client.batch_execute("ALTER TABLE app.elsewhere RENAME TO mutation_consumers").await.unwrap();
    let mut relay = Relay::start(&database, &config, &folder);
    let mut lines = BufReader::new(relay.0.stdout.take().unwrap()).lines();
    lines.find(|line| line.as_ref().unwrap().contains(r#""after":{"name": "Ada"}"#)).unwrap().unwrap();
    let pid = relay.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    ended = relay.0.wait().unwrap();
    assert!(ended.success());
    let kept = client.query_one("SELECT position FROM app.mutation_consumers", &[]).await.unwrap();
    assert_eq!(kept.get::<_, i64>(0), 2);
}

#[tokio::test]
async fn a_configuration_that_is_wrong_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = |config: &str| {
        let file = folder.path().join("relay.toml");
        std::fs::write(&file, config).unwrap();
        let file = file.display().to_string();
        let url = (!config.contains("url = \"postgres")).then_some(["--database-url", "postgres://x"]);
        complaint(&command(&["relay", "--config", &file]).args(url.into_iter().flatten()).output().unwrap())
    };
    let consumer = "[[consumer]]\nname = \"a\"\nsink = { type = \"stdout\" }\n";
    let sink = |settings: &str| format!("[[consumer]]\nname = \"a\"\nsink = {{ {settings} }}");
    for (config, expected) in [
        (String::new(), "names no consumer"),
        (format!("{consumer}sinkk = 1"), "unknown field `sinkk`"),
        ("[[consumer]]\nname = \"a\"\nsink = { type = \"kafkaa\" }".to_owned(), "unknown variant `kafkaa`"),
        ("[[consumer]]\nname = \"a\"\nsink = { type = \"notify\" }".to_owned(), "missing field `channel`"),
        (format!("{consumer}start = \"yesterday\""), "`yesterday` is no start"),
        (
            format!("{consumer}format = {{ type = \"debezium\", name = \"shop\", transactions = true }}"),
            "`transactions`, which only a replication slot tells: set `reader = \"slot\"`",
        ),
        (format!("{consumer}reader = \"log\""), "unknown variant `log`, expected `table` or `slot`"),
        (
            format!("[database]\nurl = \"postgres://x/y?sslmode=require\"\n{consumer}"),
            "name who vouches for the server",
        ),
        (
            format!("[database]\nca = \"/nowhere/root.pem\"\n{consumer}"),
            "cannot trust what `ca = \"root.pem\"` under [database] names",
        ),
        (format!("{consumer}operations = [\"UPSERT\"]"), "`UPSERT` is no operation"),
        (format!("{consumer}{consumer}"), "names the consumer `a` twice"),
        (format!("{consumer}{}", consumer.replace("\"a\"", "\"b\"")), "both write to stdout"),
        (sink("type = \"webhook\", url = \"ftp://x\""), "it has to begin with https:// or http://"),
        (
            sink("type = \"webhook\", url = \"http://x\", secret_env = \"NO_SUCH\""),
            "consumer `a`: the environment variable `NO_SUCH` is not set",
        ),
        (
            sink("type = \"webhook\", url = \"http://x\", headers = { \"a b\" = \"c\" }"),
            "the header `a b` cannot be sent",
        ),
        (sink("type = \"webhook\", url = \"https://x\", ca = \"/nowhere.pem\""), "`/nowhere.pem` cannot be trusted"),
        // Whether it was built with them or not.
        (sink("type = \"kafka\", brokers = \"x:9092\", acks = \"all\""), "unknown field `acks`"),
        (sink("type = \"kafka\", prefix = \"shop\""), "missing field `brokers`"),
        (sink("type = \"nats\", url = \"nats://x\", stream = \"SHOP\""), "unknown field `stream`"),
        (sink("type = \"redis\", url = \"redis://x\", ids = \"uuid\""), "unknown variant `uuid`"),
        ("[[consumer]".to_owned(), "in `"),
    ] {
        let said = refusal(&config);
        assert!(said.contains(expected), "{config}: {said}");
    }
    // A sink that it has says what is wrong with it, and one that it has not where to get it.
    #[cfg(feature = "kafka")]
    for (settings, expected) in [
        ("properties = { acks = 1 }", "consumer `a`: the property `acks` of Kafka cannot be set: "),
        ("properties = { nonsense = true }", "consumer `a`: the property `nonsense` of Kafka cannot be set so: "),
        ("properties_env = { \"sasl.password\" = \"NO_SUCH\" }", "the environment variable `NO_SUCH` is not set"),
    ] {
        let said = refusal(&sink(&format!("type = \"kafka\", brokers = \"x:9092\", {settings}")));
        assert!(said.contains(expected), "{settings}: {said}");
    }
    #[cfg(not(feature = "kafka"))]
    {
        let said = refusal(&sink("type = \"kafka\", brokers = \"x:9092\""));
        assert!(
            said.contains("built without Kafka: build it with `cargo install pgmutate-cli --features kafka`"),
            "{said}"
        );
    }
    let file = folder.path().join("latin.toml");
    std::fs::write(&file, b"[[consumer]]\nname = \"caf\xe9\"").unwrap();
    let said = complaint(&command(&["relay", "--config", &file.display().to_string()]).output().unwrap());
    assert!(said.contains("latin.toml") && said.contains("valid UTF-8"), "{said}");
    let missing = complaint(&command(&["relay", "--config", "/nowhere/relay.toml"]).output().unwrap());
    assert!(missing.contains("cannot read `/nowhere/relay.toml`"), "{missing}");
}

#[tokio::test]
async fn events_are_looked_at() {
    let (database, client) = log().await;
    rename(&client, "Ada", "Augusta").await;
    rename(&client, "Augusta", "Ada").await;
    let tail = said(&events(&database, &["tail", "--from", "beginning", "--limit", "2"]));
    assert_eq!(tail.lines().count(), 2);
    assert!(tail.starts_with(r#"{"event_id":1,"event_type":"CUSTOMER_UPDATED","#), "{tail}");
    let tail = said(&events(&database, &["tail", "--from", "1", "--limit", "1", "--format", "cloudevents"]));
    assert!(tail.starts_with(r#"{"specversion":"1.0","#), "{tail}");

    let history = said(&events(&database, &["history", "customer", ADA]));
    assert_eq!(history.lines().count(), 3);
    assert!(history.contains(r#"{"name": ["Ada", "Augusta"]}"#), "{history}");
    assert!(complaint(&events(&database, &["history", "customer", "not json"])).contains("invalid input syntax"));

    client
        .batch_execute(&format!(
            "INSERT INTO app.mutation_consumers (consumer, position) VALUES ('search', 2);
             INSERT INTO app.mutation_parked (consumer, entity_type, entity_id, entity, event_id, event_type, reason, attempts)
             VALUES ('search', 'customer', '{ADA}', '{ADA}', 1, 'CUSTOMER_UPDATED', 'too \n large', 3)"
        ))
        .await
        .unwrap();
    let lag = said(&events(&database, &["lag"]));
    assert!(lag.lines().nth(1).unwrap().starts_with("search    2         2       0       "), "{lag}");
    let parked = said(&events(&database, &["park", "list"]));
    assert!(parked.lines().nth(1).unwrap().ends_with("-      too   large"), "{parked}");

    said(&events(&database, &["skip", "--consumer", "search", "customer", &ADA.to_uppercase().replace('-', "")]));
    let release = client.query_one("SELECT release FROM app.mutation_parked", &[]).await.unwrap();
    assert_eq!(release.get::<_, String>(0), "skip");
    // A key of another kind is found however its JSON is spaced, and no other that differs in case.
    let keys = [r#"{"part": "A", "order": 7}"#, r#"{"part": "a", "order": 7}"#];
    for key in keys {
        let park = "INSERT INTO app.mutation_parked (consumer, entity_type, entity_key, entity, event_id, event_type, reason, attempts)
                    VALUES ('search', 'line', $1::text::jsonb, $1, 2, 'T', 'no', 1)";
        client.execute(park, &[&key]).await.unwrap();
    }
    said(&events(&database, &["replay", "--consumer", "search", "line", r#"{"order":7,"part":"a"}"#]));
    let asked = client.query("SELECT entity FROM app.mutation_parked WHERE release = 'replay'", &[]).await.unwrap();
    assert_eq!(asked.iter().map(|row| row.get(0)).collect::<Vec<String>>(), [keys[1]]);
    let unknown = complaint(&events(&database, &["replay", "--consumer", "search", "order", ADA]));
    assert!(unknown.contains("has not parked the order"), "{unknown}");
    said(&events(&database, &["replay", "--consumer", "search", "--from", "2"]));
    let position = client.query_one("SELECT position FROM app.mutation_consumers", &[]).await.unwrap();
    assert_eq!(position.get::<_, i64>(0), 1);
    assert!(
        complaint(&events(&database, &["replay", "--consumer", "nobody", "--from", "2"]))
            .contains("no consumer `nobody`")
    );

    let count = "INSERT INTO app.mutation_latencies (consumer, event_type, events, seconds, longest, counts)
                 VALUES ('search', 'CUSTOMER_UPDATED', 4, 0.001, 0.0004, '{2, 2}')";
    client.batch_execute(count).await.unwrap();
    let latency = said(&events(&database, &["latency"]));
    let row = latency.lines().nth(1).unwrap().split_whitespace().collect::<Vec<_>>();
    assert_eq!(row, ["search", "CUSTOMER_UPDATED", "4", "0.0003", "0.0001", "0.0002", "0.0004"], "{latency}");
    let forgot = said(&events(&database, &["forget", "--consumer", "search"]));
    assert!(forgot.starts_with("forgot `search`"), "{forgot}");
    let left = "SELECT (SELECT count(*) FROM app.mutation_consumers) + (SELECT count(*) FROM app.mutation_parked)
                    + (SELECT count(*) FROM app.mutation_latencies)";
    assert_eq!(client.query_one(left, &[]).await.unwrap().get::<_, i64>(0), 0);
    assert!(complaint(&events(&database, &["forget", "--consumer", "search"])).contains("no consumer `search`"));

    assert_eq!(
        said(&events(&database, &["prune", "--older-than", "30 days"])),
        "dropped 0 partition(s)\ndeleted 0 expired idempotency key(s)\n"
    );
    assert!(complaint(&events(&database, &["prune", "--older-than", "soon"])).contains("invalid input syntax"));
    assert!(complaint(&events(&database, &["tail", "--schema", "nowhere"])).contains("run `pgmutate install`"));
    assert!(complaint(&command(&["events", "lag"]).output().unwrap()).contains("DATABASE_URL"));
}

/// The relay through a slot, and its slot going with it.
#[tokio::test]
async fn a_relay_reads_a_slot() {
    let server = Server::private().setting("wal_level", "logical").start().await.unwrap();
    let database = server.database().await.unwrap();
    let client = database.connect().await.unwrap();
    client.batch_execute(LOG).await.unwrap();
    rename(&client, "Ada", "Augusta").await;
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let config = format!(
        "listen = \"127.0.0.1:{port}\"
         [[consumer]]
         name = \"lines\"
         reader = \"slot\"
         start = \"beginning\"
         sink = {{ type = \"stdout\" }}"
    );
    let mut relay = Relay::start(&database, &config, &folder);
    let mut lines = BufReader::new(relay.0.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains(r#""lsn":null"#));
    rename(&client, "Augusta", "Ada").await;
    let through_slot = lines.next().unwrap().unwrap();
    assert!(through_slot.contains(r#""op":"u""#) && !through_slot.contains(r#""lsn":null"#), "{through_slot}");
    assert!(get(port, "/ready").starts_with("HTTP/1.1 200"));
    let metrics = get(port, "/metrics");
    assert!(metrics.contains("\npgmutate_relay_retained_wal_bytes{consumer=\"lines\"} "), "{metrics}");
    // Back to the first event, from the table; a slot that is read is not forgotten.
    said(&events(&database, &["replay", "--consumer", "lines", "--from", "1"]));
    assert!(lines.next().unwrap().unwrap().contains(r#""after":{"name": "Augusta"}"#));
    assert!(complaint(&events(&database, &["forget", "--consumer", "lines"])).contains("is active"));
    let lag = said(&events(&database, &["lag"]));
    assert!(lag.contains("reserved"), "{lag}");
    drop(relay);
    while !events(&database, &["forget", "--consumer", "lines"]).status.success() {
        std::thread::sleep(Duration::from_millis(50));
    }
    let slots = client.query_one("SELECT count(*) FROM pg_replication_slots", &[]).await.unwrap();
    assert_eq!(slots.get::<_, i64>(0), 0);
}
