//! Flink's format `debezium-json` reads our JSON lines.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use std::path::Path;
use std::time::Duration;

use pgmutate_debezium::run_the_shop;
use pgmutate_relay::envelope::Debezium;
use pgmutate_relay::sink::Lines;
use pgmutate_relay::{Connector, Consumer, Filter, Format, Relay, Start};
use pgmutate_test_services::{Jars, java};
use pgmutate_tests::shop::Shop;
use tokio::fs::File;
use tokio::process::Command;
use tokio::sync::watch;

const REPLAY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/java/Replay.java");

/// What is compared: a table of Flink's, a query of it, and what PostgreSQL answers to the same.
struct Comparison {
    entity: &'static str,
    table: &'static str,
    flink: &'static str,
    postgres: &'static str,
}

const COMPARISONS: [Comparison; 4] = [
    Comparison {
        entity: "customer",
        table: "CREATE TABLE customer (id STRING, email STRING, first_name STRING, last_name STRING, locale STRING,
            addresses ARRAY<ROW<id STRING, city STRING>>, created_at STRING)",
        flink: "SELECT id, email, first_name, last_name, locale, CARDINALITY(addresses), created_at FROM customer",
        postgres: "SELECT concat_ws(E'\\t', id, data->>'email', data->>'first_name', COALESCE(data->>'last_name', 'null'),
            data->>'locale', jsonb_array_length(data->'addresses'), data->>'created_at') FROM app.tv_customer",
    },
    Comparison {
        entity: "product",
        table: "CREATE TABLE product (id STRING, sku STRING, name STRING, price DECIMAL(38, 10), stock INT)",
        flink: "SELECT id, sku, name, price, stock FROM product",
        postgres: "SELECT concat_ws(E'\\t', id, data->>'sku', data->>'name', (data->>'price')::numeric(38, 10), data->>'stock')
            FROM app.tv_product",
    },
    Comparison {
        entity: "order",
        table: "CREATE TABLE orders (id STRING, order_number STRING, total DECIMAL(38, 10), note STRING,
            customer ROW<id STRING, first_name STRING>,
            items ARRAY<ROW<id STRING, product_name STRING, quantity INT, unit_price DECIMAL(38, 10)>>)",
        flink: "SELECT id, order_number, total, note, customer.first_name FROM orders",
        postgres: "SELECT concat_ws(E'\\t', id, data->>'order_number', (data->>'total')::numeric(38, 10),
            COALESCE(data->>'note', 'null'), data->'customer'->>'first_name') FROM app.tv_order",
    },
    Comparison {
        entity: "order",
        table: "",
        flink: "SELECT item.id, orders.id, item.product_name, item.quantity, item.unit_price
            FROM orders CROSS JOIN UNNEST(orders.items) AS item (id, product_name, quantity, unit_price)",
        postgres: "SELECT concat_ws(E'\\t', id, order_id, product_name, quantity, unit_price::numeric(38, 10)) FROM core.order_item",
    },
];

/// Writes the events of an entity as a relay does.
async fn write_lines(shop: &Shop, entity: &str, last: i64, file: &Path) {
    let filter = Filter { entities: vec![entity.to_owned()], ..Filter::default() };
    let consumer = Consumer { start: Start::Beginning, filter, ..Consumer::new(entity) };
    let lines = Lines::new(Format::Debezium(Debezium::new("shop")), File::create(file).await.unwrap());
    let relay = Relay::new(Connector::new(shop.database.config()), consumer, lines);
    let status = relay.status();
    let (stop, stopping) = watch::channel(false);
    let relay = tokio::spawn(relay.run(stopping));
    let reached = async {
        while status.position() < last {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), reached).await.expect("the relay comes to the end");
    stop.send_replace(true);
    relay.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flink_replays_a_run_of_the_shop_to_the_same_tables() {
    let shop = Shop::open().await;
    run_the_shop(&shop).await;
    let folder = tempfile::tempdir().unwrap();
    let last = shop.events().await.last().unwrap().id;
    let mut statements = Vec::new();
    for Comparison { entity, table, flink, .. } in &COMPARISONS {
        if !table.is_empty() {
            let file = folder.path().join(format!("{entity}.jsonl"));
            write_lines(&shop, entity, last, &file).await;
            let source =
                format!("'connector' = 'filesystem', 'path' = 'file://{}', 'format' = 'debezium-json'", file.display());
            statements.push(format!("{table} WITH ({source})"));
        }
        statements.push((*flink).to_owned());
    }
    let script = folder.path().join("replay.sql");
    std::fs::write(&script, statements.join("\n---\n")).unwrap();

    let jars = Jars::Flink.folder().unwrap().join("pyflink/lib/*");
    let mut command = java(768, &[jars]).unwrap();
    // Flink looks into the collections of Java itself.
    command.splice(
        1..1,
        ["java.util", "java.lang"].map(|package| format!("--add-opens=java.base/{package}=ALL-UNNAMED").into()),
    );
    let mut replay = Command::new(&command[0]);
    replay.args(&command[1..]).arg(REPLAY).arg(&script).current_dir(folder.path());
    let output = replay.output().await.unwrap();
    let (said, log) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{log}");

    // One answer for each SELECT, behind its headline; what Flink itself logs is no answer.
    let mut answers: Vec<Vec<&str>> = Vec::new();
    for line in said.lines() {
        match line.strip_prefix("row ") {
            Some(row) => answers.last_mut().unwrap().push(row),
            None if line.starts_with("statement ") => answers.push(Vec::new()),
            None => {}
        }
    }
    assert_eq!(answers.len(), COMPARISONS.len(), "{said}\n{log}");
    for (Comparison { postgres, flink, .. }, mut theirs) in COMPARISONS.iter().zip(answers) {
        let rows = shop.client.query(*postgres, &[]).await.unwrap();
        let mut ours: Vec<String> = rows.iter().map(|row| row.get::<_, String>(0).replace('\n', "\\n")).collect();
        ours.sort_unstable();
        theirs.sort_unstable();
        assert_eq!(theirs, ours, "{flink}");
        assert!(ours.len() >= 3, "{flink}: {ours:?}");
    }
}
