//! What the shop answers on a real server.

use pgmutate_test_support::Database;
use tokio_postgres::Client;

use crate::{File, shop};

/// Calls that go every way through the shop's mutations, one after the other.
const CALLS: &[&str] = &[
    "app.create_customer(email => 'a@example.com', first_name => 'A', last_name => 'B', locale => 'de')",
    "app.create_customer(email => 'b@example.com', first_name => 'B')",
    "app.create_customer(email => 'ada@example.com', first_name => 'A')",
    "app.update_customer(customer_id => 'c0000000-0000-4000-8000-000000000001', input => '{\"email\": \"n@example.com\", \"first_name\": \"F\", \"last_name\": \"L\", \"locale\": \"it\"}')",
    "app.update_customer(customer_id => 'c0000000-0000-4000-8000-000000000002', input => '{\"last_name\": null}')",
    "app.update_customer(customer_id => 'c0000000-0000-4000-8000-000000000002', input => '{\"email\": \"zoe@example.com\"}')",
    "app.update_customer(customer_id => 'c0000000-0000-4000-8000-00000000000f', input => '{}')",
    "app.update_product(product_id => 'b0000000-0000-4000-8000-000000000001', input => '{\"name\": \"N\", \"price\": 7.50, \"stock\": 9}')",
    "app.update_product(product_id => 'b0000000-0000-4000-8000-000000000002', input => '{}')",
    "app.update_product(product_id => 'b0000000-0000-4000-8000-00000000000f', input => '{}')",
    "app.create_order(input_payload => '{\"customer_id\": \"c0000000-0000-4000-8000-000000000001\", \"items\": [{\"product_id\": \"b0000000-0000-4000-8000-000000000001\", \"quantity\": 2}, {\"product_id\": \"b0000000-0000-4000-8000-000000000002\", \"quantity\": 1}], \"shipping_address_id\": \"a0000000-0000-4000-8000-000000000001\", \"note\": \"soon\"}')",
    "app.create_order(input_payload => '{\"customer_id\": \"c0000000-0000-4000-8000-000000000002\", \"items\": [{\"product_id\": \"b0000000-0000-4000-8000-000000000002\", \"quantity\": 3}]}')",
    "app.create_order(input_payload => '{\"customer_id\": \"c0000000-0000-4000-8000-00000000000f\", \"items\": [{\"product_id\": \"b0000000-0000-4000-8000-000000000002\", \"quantity\": 3}]}')",
    "app.create_order(input_payload => '{\"customer_id\": \"c0000000-0000-4000-8000-000000000002\", \"items\": [{\"product_id\": \"b0000000-0000-4000-8000-000000000002\", \"quantity\": 3}], \"shipping_address_id\": \"a0000000-0000-4000-8000-000000000001\"}')",
    "app.create_order(input_payload => '{\"customer_id\": \"c0000000-0000-4000-8000-000000000002\", \"items\": [{\"product_id\": \"b0000000-0000-4000-8000-00000000000f\", \"quantity\": 3}]}')",
    "app.create_order(input_payload => '{\"customer_id\": \"c0000000-0000-4000-8000-000000000002\", \"items\": [{\"product_id\": \"b0000000-0000-4000-8000-000000000003\", \"quantity\": 3}]}')",
    "app.delete_customer(customer_id => 'c0000000-0000-4000-8000-000000000001')",
    "app.delete_customer(customer_id => 'c0000000-0000-4000-8000-000000000003')",
    "app.delete_customer(customer_id => 'c0000000-0000-4000-8000-00000000000f')",
];

/// The events, and what is kept ready for the before images of those that the runtime logs.
const LEFT: &[&str] = &[
    "SELECT concat_ws(' ', event_type, entity_type, entity_id, operation, payload) FROM app.mutation_events",
    "SELECT row(kept.*)::text FROM app.tv_customer AS kept",
    "SELECT row(kept.*)::text FROM app.tv_product AS kept",
    "SELECT kept.data::text FROM app.tv_order AS kept",
];

/// The event log is loaded behind this file, which makes its schema; what it does not call may be loaded later.
const BEHIND: usize = 0;

/// The catalogue of a database in which definitions are made and rolled back grows: it is swept after so many edits.
const SWEPT_AFTER: usize = 20;

/// What makes ids on this server: the same ones in every run, as documents are ordered by them.
const IDS: &str = "
CREATE SEQUENCE public.ids;
CREATE FUNCTION public.next_id() RETURNS uuid LANGUAGE sql AS $$
    SELECT ('d0000000-0000-4000-8000-' || lpad(nextval('public.ids')::text, 12, '0'))::uuid
$$;
";

/// Sequences are not rolled back.
const BEGIN: &str = "
BEGIN;
SET LOCAL statement_timeout = '60s';
SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences;
";

/// The SQL of a file as this server gets it.
fn served(text: &str) -> String {
    text.replace("gen_random_uuid()", "public.next_id()")
}

/// A server with a database in which the files stay that are loaded before those that are edited.
pub struct Server {
    client: Client,
    event_log: String,
    seed: String,
    /// So many files are loaded for good.
    kept: usize,
    runs: usize,
    _database: Database,
}

impl Server {
    /// Starts it, or finds it.
    pub async fn start() -> Self {
        let database = pgmutate_test_support::database().await.expect("a database");
        let client = database.connect().await.expect("a connection");
        client.batch_execute(IDS).await.expect("a function for ids");
        let read = |name: &str| std::fs::read_to_string(shop().join(name)).unwrap();
        let (event_log, seed) = (read("event_log.sql"), read("seed.sql"));
        Self { client, event_log, seed, kept: 0, runs: 0, _database: database }
    }

    /// Loads the files before `edited` for good: those are not edited any more.
    pub async fn keep_before(&mut self, files: &[File], edited: usize) {
        assert!(self.kept <= edited, "edits come in the order of their files");
        for (index, file) in files.iter().enumerate().take(edited).skip(self.kept) {
            self.client.batch_execute(&served(&file.text)).await.unwrap();
            if index == BEHIND {
                self.client.batch_execute(&self.event_log).await.unwrap();
            }
        }
        self.kept = edited;
    }

    /// What the calls answer and leave with these files, in a transaction that is rolled back; as far as it is what is `usual`, and the
    /// first answer that is not.
    pub async fn run(&mut self, files: &[File], usual: Option<&[String]>) -> Vec<String> {
        self.runs += 1;
        if self.runs.is_multiple_of(SWEPT_AFTER) {
            self.client.batch_execute("VACUUM").await.unwrap();
        }
        self.client.batch_execute(BEGIN).await.unwrap();
        let answers = self.answers(files, usual).await;
        self.client.batch_execute("ROLLBACK").await.unwrap();
        answers
    }

    async fn answers(&self, files: &[File], usual: Option<&[String]>) -> Vec<String> {
        let mut scripts = Vec::new();
        for (index, file) in files.iter().enumerate().skip(self.kept) {
            scripts.push(served(&file.text));
            scripts.extend((index == BEHIND).then(|| self.event_log.clone()));
        }
        scripts.push(self.seed.clone());
        for script in scripts {
            if let Err(error) = self.client.batch_execute(&script).await {
                return vec![format!("it does not load: {}", told(&error))];
            }
        }
        let mut answers = Vec::new();
        for call in CALLS {
            answers.extend(self.try_query(&format!("SELECT {call}::text")).await);
            if usual.is_some_and(|usual| !usual.starts_with(&answers)) {
                return answers;
            }
            let deferred = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED";
            if let Err(error) = self.client.batch_execute(deferred).await {
                answers.push(format!("error: {}", told(&error)));
                return answers;
            }
        }
        for query in LEFT {
            let mut rows = self.try_query(query).await;
            // By what is known of them: ids that are made have another order each time.
            rows.sort();
            answers.extend(rows);
        }
        answers
    }

    async fn try_query(&self, query: &str) -> Vec<String> {
        self.client.batch_execute("SAVEPOINT before").await.unwrap();
        match self.client.query(query, &[]).await {
            Ok(rows) => rows.iter().map(|row| normal(row.get::<_, Option<&str>>(0).unwrap_or("NULL"))).collect(),
            Err(error) => {
                self.client.batch_execute("ROLLBACK TO before").await.unwrap();
                vec![format!("error: {}", told(&error))]
            }
        }
    }
}

fn told(error: &tokio_postgres::Error) -> String {
    error
        .as_db_error()
        .map_or_else(|| error.to_string(), |error| format!("{} {}", error.code().code(), error.message()))
}

/// An answer without what differs from run to run: ids that are made, and moments of now.
fn normal(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let uuid = rest.get(..36).filter(|word| is_like(word, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"));
        let moment = rest.get(..19).filter(|word| is_like(&word.replace('T', " "), "9999-99-99 99:99:99"));
        let (length, shown) = match (uuid, moment) {
            // Those of the seed are known.
            (Some(uuid), _) if uuid.contains("-0000-4000-8000-") => (36, uuid),
            (Some(_), _) => (36, "UUID"),
            (None, Some(moment)) if moment.starts_with("2026-01-") => (19, moment),
            (None, Some(_)) => (rest.find(['"', ')', ',']).unwrap_or(rest.len()), "NOW"),
            (None, None) => (c.len_utf8(), &rest[..c.len_utf8()]),
        };
        out.push_str(shown);
        rest = &rest[length..];
    }
    out
}

fn is_like(word: &str, form: &str) -> bool {
    word.len() == form.len()
        && word.chars().zip(form.chars()).all(|(c, form)| match form {
            'x' => c.is_ascii_hexdigit(),
            '9' => c.is_ascii_digit(),
            other => c == other,
        })
}
