//! What goes wrong says what, where and what to do; and nothing of it took effect.

use std::error::Error as _;

use pgmutate::contract::{Contract, Part};
use pgmutate::{Arguments, BindError, Call, Error, ErrorKind, Mutation, Patch, Request};
use pgmutate_tests::calls::{order, rename};
use pgmutate_tests::fake_server::{self, message};
use pgmutate_tests::mutations::UpdateProductInput;
use pgmutate_tests::mutations::app::UpdateProduct;
use pgmutate_tests::proxy::{Condition, Proxy};
use pgmutate_tests::shop::{Shop, TEA, id};
use pgmutate_tests::unruly::{self, PLAIN, Refuse, Respond, Wait};
use tokio::sync::Notify;
use tokio_postgres::{Client, NoTls, Row};

async fn shop_with_unruly_functions() -> Shop {
    let shop = Shop::open().await;
    shop.client.batch_execute(unruly::SQL).await.unwrap();
    shop
}

async fn count(client: &Client, table: &str) -> i64 {
    client.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_function_that_raises() {
    let shop = shop_with_unruly_functions().await;

    let error = Refuse { reason: "tea".to_owned() }.execute(&shop.client).await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Database);
    assert_eq!(
        error.to_string(),
        "`app.refuse` failed: ERROR KT418: the kettle refuses: tea; DETAIL: it is a teapot; HINT: ask the samovar"
    );
    assert_eq!(
        (error.function(), error.sqlstate(), error.constraint()),
        (Some("app.refuse"), Some("KT418"), Some("kettle_is_no_teapot"))
    );
    assert!(error.database().unwrap().where_().unwrap().contains("app.refuse(text) line 3"));
}

#[tokio::test]
async fn a_violated_constraint() {
    let shop = Shop::open().await;
    let input = UpdateProductInput { stock: Patch::Value(-1), ..Default::default() };

    let error = UpdateProduct { product_id: id(TEA), input }.execute(&shop.client).await.unwrap_err();

    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Database, Some("23514")));
    assert_eq!(error.constraint(), Some("product_stock_check"));
    assert!(error.to_string().starts_with("`app.update_product` failed: ERROR 23514: new row"), "{error}");
    assert_eq!(shop.events().await, []);
}

/// What others are told of errors whose text quotes data.
#[tokio::test]
async fn clients_and_logs_see_no_values() {
    let shop = shop_with_unruly_functions().await;
    let masked = |error: Error| (error.client_json(), error.without_values().to_string());
    let internal = r#"{"code":"INTERNAL_ERROR","message":"something went wrong"}"#.to_owned();

    let error = Refuse { reason: "4711".to_owned() }.execute(&shop.client).await.unwrap_err();
    assert!(error.to_string().contains("4711"));
    let logged = "Database: `app.refuse`, SQLSTATE KT418, constraint `kettle_is_no_teapot`".to_owned();
    assert_eq!(masked(error), (internal.clone(), logged));

    let response = Some(r#"{"code": "4711", "success": true}"#.parse().unwrap());
    let error = Respond { response }.execute(&shop.client).await.unwrap_err();
    assert_eq!(masked(error), (internal, "Contract: `app.respond`, SQLSTATE PGM01".to_owned()));

    let error = Refuse { reason: "4711\0".to_owned() }.execute(&shop.client).await.unwrap_err();
    let told = r#"{"code":"BAD_INPUT","message":"the input cannot be stored"}"#.to_owned();
    assert_eq!(masked(error), (told, "Bind: `app.refuse`".to_owned()));

    shop.client.batch_execute("SET statement_timeout = 20").await.unwrap();
    let error = Wait { seconds: 60.0 }.execute(&shop.client).await.unwrap_err();
    let told = r#"{"code":"TIMEOUT","message":"it took too long"}"#.to_owned();
    assert_eq!(masked(error), (told, "Timeout: `app.wait`, SQLSTATE 57014".to_owned()));
}

/// The server sends the row and the command's completion before it finds out.
#[tokio::test]
async fn deferred_constraint_failure_is_an_error() {
    let shop = Shop::open().await;
    let mut body = b"before".to_vec();

    let error = order(&[]).execute_into(&shop.client, &mut body).await.unwrap_err();

    assert_eq!((error.kind(), error.constraint()), (ErrorKind::Database, Some("order_has_items")), "{error}");
    assert_eq!(body, b"before", "an answer that was not committed is no answer");
    assert_eq!(shop.events().await, []);
    assert_eq!(count(&shop.client, "core.\"order\"").await, 0);
}

#[tokio::test]
async fn contract_violation_rolls_back() {
    let shop = shop_with_unruly_functions().await;

    for response in [
        None,
        Some("null"),
        Some("[]"),
        Some("{}"),
        Some(r#"{"code": "SUCCESS"}"#),
        Some(r#"{"code": "SUCCESS", "success": null}"#),
        Some(r#"{"code": "SUCCESS", "success": "true"}"#),
        Some(r#"{"code": "SUCCESS", "success": 1}"#),
        Some(r#"{"code": "SUCCESS", "success": false}"#),
        Some(r#"{"code": "REFUSED", "success": true}"#),
        Some(r#"{"code": "UNHEARD_OF", "success": true}"#),
        Some(r#"{"code": "UNHEARD_OF", "success": false}"#),
        Some(r#"{"code": null, "success": false}"#),
    ] {
        let error =
            Respond { response: response.map(|text| text.parse().unwrap()) }.execute(&shop.client).await.unwrap_err();
        assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Contract, Some("PGM01")), "{response:?}: {error}");
        let text = error.to_string();
        assert!(text.starts_with("`app.respond` does not keep its contract: ERROR PGM01: "), "{text}");
    }
    assert_eq!(count(&shop.client, "app.responded").await, 0);

    let response = Some(r#"{"code": "REFUSED", "message": "", "success": false}"#.parse().unwrap());
    Respond { response }.execute(&shop.client).await.unwrap();
    assert_eq!(count(&shop.client, "app.responded").await, 1, "what keeps the contract commits");
}

#[tokio::test]
async fn an_answer_of_another_shape() {
    let shop = shop_with_unruly_functions().await;
    let mut body = b"before".to_vec();

    let response = Some(r#"{"code": "SUCCESS", "success": true}"#.parse().unwrap());
    let error = Respond { response }.execute_into(&shop.client, &mut body).await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Transform);
    let text = error.to_string();
    assert!(text.starts_with("`app.respond` took effect, but its answer cannot be transformed: "), "{text}");
    assert!(text.contains("message"), "it names what is missing: {text}");
    assert_eq!(body, b"before");
}

#[tokio::test]
async fn a_missing_event_log_says_run_install() {
    let shop = Shop::without_event_log().await;
    let install = "the event log in schema `app` is missing or outdated: run `pgmutate install`";

    let stitched = rename("A").execute(&shop.client).await.unwrap_err();
    let self_logging = UpdateProduct { product_id: id(TEA), input: UpdateProductInput::default() };
    let self_logging = self_logging.execute(&shop.client).await.unwrap_err();

    for error in [stitched, self_logging] {
        assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::EventLog, Some("42883")), "{error}");
        assert!(error.to_string().contains(install), "{error}");
    }

    let shop = Shop::open().await;
    for damage in [
        "ALTER TABLE app.mutation_events DROP COLUMN source",
        "DROP TABLE app.mutation_events CASCADE",
        "ALTER SCHEMA app RENAME TO app_of_yesterday",
    ] {
        shop.client.batch_execute(damage).await.unwrap();
        let error = rename("A").execute(&shop.connect().await).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::EventLog, "{damage}: {error}");
        assert!(error.to_string().contains(install), "{damage}: {error}");
    }
}

#[tokio::test]
async fn a_function_that_is_not_deployed() {
    let shop = Shop::open().await;
    shop.client.batch_execute("DROP FUNCTION app.update_product").await.unwrap();

    let call = UpdateProduct { product_id: id(TEA), input: UpdateProductInput::default() };
    let error = call.execute(&shop.client).await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Contract, "{error}");
    assert!(
        error
            .to_string()
            .contains("the server has no such function: deploy fixtures/shop/sql/08_product_mutations.sql:3; "),
        "{error}"
    );
}

#[tokio::test]
async fn a_name_that_a_function_does_not_find_is_its_own_error() {
    let shop = Shop::open().await;
    shop.client.batch_execute("DROP FUNCTION core.lock_product").await.unwrap();

    let call = UpdateProduct { product_id: id(TEA), input: UpdateProductInput::default() };
    let error = call.execute(&shop.client).await.unwrap_err();

    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Database, Some("42883")), "{error}");
    assert!(error.to_string().contains("core.lock_product(uuid) does not exist"), "{error}");
}

#[tokio::test]
async fn a_refused_connection_says_why() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let config = format!("host=127.0.0.1 port={port} user=nobody");

    let error = match tokio_postgres::connect(&config, NoTls).await {
        Ok(_) => panic!("nobody listens there"),
        Err(error) => Error::from(error),
    };

    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.to_string().starts_with("no connection: error connecting to server: Connection refused"), "{error}");
    assert!(error.source().is_some());
}

#[tokio::test]
async fn a_timeout_and_a_cancelled_call() {
    let shop = shop_with_unruly_functions().await;

    shop.client.batch_execute("SET statement_timeout = 20").await.unwrap();
    let error = Wait { seconds: 60.0 }.execute(&shop.client).await.unwrap_err();
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Timeout, Some("57014")), "{error}");

    shop.client.batch_execute("SET statement_timeout = 0").await.unwrap();
    let other = shop.connect().await;
    let cancel = async {
        let sql = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
        while other.query(sql, &[]).await.unwrap().is_empty() {}
    };
    let wait = Wait { seconds: 60.0 };
    let (error, ()) = tokio::join!(wait.execute(&shop.client), cancel);
    let error = error.unwrap_err();
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Cancelled, Some("57014")), "{error}");
}

#[tokio::test]
async fn a_terminated_backend_is_a_lost_connection() {
    let shop = shop_with_unruly_functions().await;
    let client = shop.connect().await;

    let terminate = async {
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
        while shop.client.query(sql, &[]).await.unwrap().is_empty() {}
    };
    let wait = Wait { seconds: 60.0 };
    let (error, ()) = tokio::join!(wait.execute(&client), terminate);
    let error = error.unwrap_err();
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Connection, Some("57P01")), "{error}");

    let error = wait.execute(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert_eq!(error.to_string(), "`app.wait` lost its connection: connection closed");
}

/// The server has committed, but the client cannot know.
#[tokio::test]
async fn an_answer_without_its_proof_is_no_answer() {
    let shop = Shop::open().await;
    let direct = shop.database.config();
    let proxy = Proxy::start(&direct).await.unwrap();
    let (client, connection) = proxy.config(&direct).connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    let _ = proxy.take_transcript();
    let mut body = b"before".to_vec();

    proxy.set(Condition::Frozen);
    let cut = async {
        proxy.server_says(b'Z').await;
        proxy.set(Condition::Cut);
    };
    let call = rename("Augusta");
    let (error, ()) = tokio::join!(call.execute_into(&client, &mut body), cut);

    assert_eq!(error.unwrap_err().kind(), ErrorKind::Connection);
    assert_eq!(body, b"before");
    assert_eq!(shop.events().await.len(), 1, "the effect is unknown to the client; here it is there");
}

#[tokio::test]
async fn a_value_without_representation_is_not_sent() {
    let shop = shop_with_unruly_functions().await;

    let error = Refuse { reason: "tea\0".to_owned() }.execute(&shop.client).await.unwrap_err();

    assert_eq!((error.kind(), error.function()), (ErrorKind::Bind, Some("app.refuse")));
    assert_eq!(
        error.to_string(),
        "argument `reason` of `app.refuse` has a NUL character, which a PostgreSQL text cannot hold"
    );
}

/// Mutations whose statements answer something else than a mutation does.
macro_rules! statements {
    ($($name:ident: $sql:literal;)*) => {$(
        struct $name;

        impl Call for $name {
            const CALLED: &'static Contract = &Contract {
                name: "odd",
                function: "app.odd",
                source: "errors.rs:1",
                body: "",
                owner: "",
                log_schema: "app",
                settings: &[],
                arguments: &[],
                statement: &[Part::Text($sql)],
                codes: &[],
                database_errors: &[],
                success: &PLAIN,
                error: &PLAIN,
            };

            fn bind(&self, _: &mut Arguments) -> Result<(), BindError> {
                Ok(())
            }
        }
    )*};
}

statements! {
    NoRow: "SELECT '{}'::jsonb, true, NULL::bigint WHERE false";
    TwoRows: "SELECT '{\"code\": \"\", \"message\": \"\", \"success\": true}'::jsonb, true, NULL::bigint FROM generate_series(1, 2)";
    TwoColumns: "SELECT '{}'::jsonb, true";
    OtherTypes: "SELECT '{}'::text AS response, true, NULL::bigint";
    NullSuccess: "SELECT '{}'::jsonb, NULL::boolean AS success, NULL::bigint";
}

#[tokio::test]
async fn an_answer_that_is_no_row_of_a_mutation() {
    let shop = Shop::open().await;
    let broken = |error: Result<_, Error>| error.map(drop).unwrap_err().to_string();

    let client = &shop.client;
    let prefix = "`app.odd` does not keep its contract: it";
    assert_eq!(broken(NoRow.execute(client).await), format!("{prefix} answered no row"));
    assert_eq!(broken(TwoRows.execute(client).await), format!("{prefix} answered more than one row"));
    assert_eq!(broken(TwoColumns.execute(client).await), format!("{prefix} answered 2 columns, not 3"));
    let error = broken(OtherTypes.execute(client).await);
    assert!(error.starts_with(&format!("{prefix}s column `response text` cannot be read: ")), "{error}");
    let error = broken(NullSuccess.execute(client).await);
    assert!(error.starts_with(&format!("{prefix}s column `success bool` cannot be read: ")), "{error}");
}

/// A client on which the proof of the commit never arrives, though the row has; it tells when that is so.
struct NeverReady<'a>(&'a Client, Notify);

impl pgmutate::Client for NeverReady<'_> {
    async fn run(&self, request: &Request<'_>, rows: &mut (dyn FnMut(&Row) + Send)) -> Result<(), Error> {
        self.0.run(request, rows).await?;
        self.1.notify_one();
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_call_that_is_dropped_leaves_no_answer() {
    let shop = Shop::open().await;
    let mut body = b"before".to_vec();
    let client = NeverReady(&shop.client, Notify::new());
    let call = rename("A");

    tokio::select! {
        answer = call.execute_into(&client, &mut body) => panic!("{answer:?}"),
        () = client.1.notified() => {}
    }

    assert_eq!(body, b"before");
}

/// Connects to a server that says it is PostgreSQL 13 and does not understand any statement but `SHOW`.
async fn old_server() -> Client {
    let config = fake_server::start(|statement| {
        if !statement.starts_with("SHOW") {
            let fields = [(b'C', "42601"), (b'M', "syntax error at or near \"(\""), (b'P', "42")];
            return [fake_server::error(&fields), fake_server::ready()].concat();
        }
        let text = 25;
        let version = [fake_server::columns(&[("server_version", text)]), fake_server::row(&[Some(b"13.23")])].concat();
        let begin = [message(b'1', b""), message(b'2', b""), message(b't', &[0, 0])].concat();
        [begin, version, message(b'C', b"SHOW\0"), fake_server::ready()].concat()
    });
    let (client, connection) = config.await.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

#[tokio::test]
async fn a_server_that_is_too_old_says_so() {
    let client = old_server().await;

    let error = rename("A").execute(&client).await.unwrap_err();

    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::ServerVersion, Some("42601")));
    assert_eq!(
        error.to_string(),
        "`app.update_customer` cannot run: the server is PostgreSQL 13.23; 14 or newer is needed; \
         ERROR 42601: syntax error at or near \"(\""
    );
}
