//! What a call runs under: settings, a role, a timeout; and what its events know of it.

use std::time::Duration;

use pgmutate::{Client, Connection, Context, ErrorKind, Manager, Mutation, Patch, Statements};
use pgmutate_tests::calls::rename;
use pgmutate_tests::mutations::app::CreateCustomer;
use pgmutate_tests::proxy::{Proxy, Side};
use pgmutate_tests::shop::{self, Shop, id};
use pgmutate_tests::tenants::mutations::app::{CreateNote, DeleteNote, UpdateNote};
use pgmutate_tests::tenants::{BLUE, HOSTILE_ROLE, RED, Tenants, editor_of};
use pgmutate_tests::unruly::{self, Wait};
use tokio_postgres::NoTls;

const NOTE: &str = "a0000000-0000-4000-8000-000000000001";

fn create(note: &str, body: &str) -> CreateNote {
    CreateNote { note_id: id(note), body: body.to_owned() }
}

fn update(body: &str) -> UpdateNote {
    UpdateNote { note_id: id(NOTE), body: body.to_owned() }
}

fn delete() -> DeleteNote {
    DeleteNote { note_id: id(NOTE) }
}

async fn login(tenants: &Tenants, statements: Statements) -> Connection {
    Connection::connect(&tenants.login(), NoTls).await.unwrap().with_statements(statements)
}

/// What the session has outside of a call.
async fn left_over(client: &tokio_postgres::Client) -> (String, String) {
    let sql = "SELECT current_user::text, coalesce(current_setting('app.tenant_id', true), '')";
    let row = client.query_one(sql, &[]).await.unwrap();
    (row.get(0), row.get(1))
}

#[tokio::test]
async fn settings_and_role_reach_everything() {
    for statements in [Statements::default(), Statements::Unnamed] {
        let tenants = Tenants::open().await;
        let (red, blue) = (editor_of(RED), editor_of(BLUE));
        // Each is the first call of its connection: policies fail there already while a statement is planned.
        let answer = create(NOTE, "one").execute(&login(&tenants, statements).await.with(&red)).await.unwrap();
        assert!(answer.as_str().contains("created by editor"), "{answer}");
        let connection = login(&tenants, statements).await;
        for _ in 0..3 {
            let answer = update("two").execute(&connection.with(&blue)).await.unwrap();
            assert!(answer.as_str().contains("NOT_FOUND"), "{answer}");
            let answer = update("two").execute(&connection.with(&red)).await.unwrap();
            assert!(answer.as_str().contains("updated by editor"), "{answer}");
            assert_eq!(left_over(&connection).await, ("login".to_owned(), String::new()));
        }
        let connection = login(&tenants, statements).await;
        assert!(!delete().execute(&connection.with(&blue)).await.unwrap().is_success());
        let answer = delete().execute(&connection.with(&red)).await.unwrap();
        assert!(answer.as_str().contains("deleted by keeper"), "{answer}");

        let events = shop::events(&tenants.client).await;
        let bodies = events.iter().map(|event| (event.before["body"].as_str(), event.after["body"].as_str()));
        assert_eq!(
            bodies.collect::<Vec<_>>(),
            [
                (None, Some("one")),
                (Some("one"), Some("two")),
                (Some("two"), Some("two")),
                (Some("two"), Some("two")),
                (Some("two"), None)
            ]
        );
    }
}

/// The same calls in the way that everybody knows.
#[tokio::test]
async fn a_context_is_what_set_role_and_set_would_be() {
    let tenants = Tenants::open().await;
    let ours = login(&tenants, Statements::default()).await;
    let theirs = login(&tenants, Statements::default()).await;
    theirs.batch_execute(&format!("SET ROLE editor; SET app.tenant_id = '{RED}'")).await.unwrap();

    let calls = [
        format!("app.create_note('{NOTE}', 'one')"),
        format!("app.update_note('{NOTE}', 'two')"),
        format!("app.delete_note('{NOTE}')"),
        format!("app.update_note('{NOTE}', 'three')"),
        format!("app.delete_note('{NOTE}')"),
    ];
    let mut expected = Vec::new();
    for call in calls {
        let sql = format!("SELECT ({call} ->> 'message')::text");
        expected.push(theirs.query_one(&sql, &[]).await.unwrap().get::<_, String>(0));
    }
    let context = editor_of(RED);
    let client = ours.with(&context);
    let answers = [
        create(NOTE, "one").execute(&client).await,
        update("two").execute(&client).await,
        delete().execute(&client).await,
        update("three").execute(&client).await,
        delete().execute(&client).await,
    ];

    for (answer, message) in answers.into_iter().zip(expected) {
        let answer = answer.unwrap();
        assert!(answer.as_str().contains(&format!("\"message\":\"{message}\"")), "{message}: {answer}");
    }
}

#[tokio::test]
async fn nothing_leaks_to_the_pools_next_user() {
    let tenants = Tenants::open().await;
    let pool = bb8::Pool::builder().max_size(1).build(Manager::new(tenants.login(), NoTls)).await.unwrap();
    let red = editor_of(RED);
    create(NOTE, "one").execute(&pool.with(&red)).await.unwrap();
    let nobody = Context::new().role("editor");

    for _ in 0..2 {
        // The declared default: a tenant that has nothing, rather than the last one, or an empty setting that policies stumble over.
        let answer = update("two").execute(&pool.with(&nobody)).await.unwrap();
        assert!(answer.as_str().contains("NOT_FOUND"), "{answer}");
        assert_eq!(left_over(&pool.get().await.unwrap()).await, ("login".to_owned(), String::new()));
        // Without the role the connection may do nothing; an error leaves nothing behind, either.
        let error = update("two").execute(&pool).await.unwrap_err();
        assert_eq!(error.sqlstate(), Some("42501"), "{error}");
        let error = update("two").execute(&pool.with(&red.clone().role("nobody at all"))).await.unwrap_err();
        assert!(error.to_string().contains("\"nobody at all\" does not exist"), "{error}");
        assert!(update("two").execute(&pool.with(&red)).await.unwrap().is_success());
    }
}

/// In the statement itself, where that is planned before the settings are there: so a bare client is enough.
#[tokio::test]
async fn settings_need_no_transaction_block() {
    let tenants = Tenants::open().await;
    let mut config = tenants.login();
    config.user("keeper");
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    let red = Context::new().setting("app.tenant_id", RED);

    assert!(create(NOTE, "one").execute(&client.with(&red)).await.unwrap().is_success());
    let error = update("two").execute(&client.with(&red)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Context);
    assert!(
        error.to_string().starts_with("`app.update_note` cannot run in this context: it takes a transaction block")
    );
    let error = create(NOTE, "one").execute(&client.with(&editor_of(RED))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Context, "{error}");
    assert!(delete().execute(&client.with(&red)).await.unwrap().is_success());
    assert_eq!(left_over(&client).await, ("keeper".to_owned(), String::new()));
}

#[tokio::test]
async fn one_round_trip_in_a_context() {
    let tenants = Tenants::open().await;
    let proxy = Proxy::start(&tenants.login()).await.unwrap();
    let connection = Connection::connect(&proxy.config(&tenants.login()), NoTls).await.unwrap();
    let red = editor_of(RED);
    let client = connection.with(&red);
    let _ = proxy.take_transcript();

    for (call, letters) in [("first", "QPBDESPBDESPDSQ"), ("later", "QPBDESBESQ"), ("last", "QPBDESBESQ")] {
        update(call).execute(&client).await.unwrap();
        let transcript = proxy.take_transcript();
        assert_eq!(transcript.flights(), 1, "{call}: {transcript:?}");
        assert_eq!(transcript.letters(Side::Client), letters, "{call}");
    }
}

/// The block is begun in the same flight, so a BEGIN that fails is found out by the statement.
#[tokio::test]
async fn without_its_block_nothing_runs() {
    let tenants = Tenants::open().await;
    let mut config = tenants.login();
    config.user("almighty");
    let proxy = Proxy::start(&config).await.unwrap();
    let connection = Connection::connect(&proxy.config(&config), NoTls).await.unwrap();
    let blue = editor_of(BLUE);
    let red = editor_of(RED);
    create(NOTE, "one").execute(&connection.with(&red)).await.unwrap();

    for turn in 0..3 {
        proxy.forge(b"BEGIN\0", b"BEGIM\0");
        let error = update("two").execute(&connection.with(&blue)).await.unwrap_err();
        assert_eq!(error.sqlstate(), Some("42601"), "turn {turn}: {error}");
        let error = delete().execute(&connection.with(&blue)).await.unwrap_err();
        assert_eq!(error.sqlstate(), Some("42601"), "turn {turn}: {error}");
        proxy.forge_nothing();
        assert!(!update("two").execute(&connection.with(&blue)).await.unwrap().is_success());
    }
    let body: String = tenants.client.query_one("SELECT body FROM app.note", &[]).await.unwrap().get(0);
    assert_eq!((body.as_str(), shop::events(&tenants.client).await.len()), ("one", 1));
}

#[tokio::test]
async fn in_a_transaction_a_context_holds_until_it_ends() {
    let tenants = Tenants::open().await;
    let mut connection = login(&tenants, Statements::default()).await;
    let red = editor_of(RED);

    let transaction = connection.transaction().await.unwrap();
    create(NOTE, "one").execute(&transaction.with(&red)).await.unwrap();
    assert!(update("two").execute(&transaction.with(&red)).await.unwrap().is_success());
    assert!(!update("two").execute(&transaction.with(&Context::new())).await.unwrap().is_success());
    transaction.commit().await.unwrap();

    assert_eq!(left_over(&connection).await, ("login".to_owned(), String::new()));
    assert_eq!(shop::events(&tenants.client).await.len(), 2);
}

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[tokio::test]
async fn events_know_who_asked() {
    let tenants = Tenants::open().await;
    let connection = login(&tenants, Statements::default()).await;
    let red = editor_of(RED).actor("user:42").source("web").request_id("8c1f").traceparent(TRACE);

    // The manifest maps the body to `source`, and wins.
    create(NOTE, "one").execute(&connection.with(&red)).await.unwrap();
    update("two").execute(&connection.with(&red)).await.unwrap();
    update("three").execute(&connection.with(&editor_of(RED))).await.unwrap();

    let metadata = shop::events(&tenants.client).await.into_iter().map(|event| event.metadata).collect::<Vec<_>>();
    let of = |source: &str| serde_json::json!({ "actor": "user:42", "source": source, "request_id": "8c1f", "traceparent": TRACE });
    assert_eq!(metadata, [of("one"), of("web"), serde_json::Value::Null]);
}

/// Also where the function leaves its event itself, and on every kind of client.
#[tokio::test]
async fn events_that_functions_log_know_who_asked() {
    let shop = Shop::open().await;
    let context = Context::new().actor("import\"'\\\n").traceparent("nonsense");
    let call = CreateCustomer {
        email: "emmy@example.com".to_owned(),
        first_name: "Emmy".to_owned(),
        last_name: Patch::Absent,
        locale: None,
    };

    call.execute(&shop.client.with(&context)).await.unwrap();
    rename("A").execute(&shop.client.with(&context)).await.unwrap();
    rename("B").execute(&shop.client).await.unwrap();

    let metadata = shop.events().await.into_iter().map(|event| event.metadata).collect::<Vec<_>>();
    assert_eq!(metadata[0], serde_json::json!({ "actor": "import\"'\\\n", "locale": "en" }));
    assert_eq!(metadata[1], serde_json::json!({ "actor": "import\"'\\\n" }));
    assert_eq!(metadata[2], serde_json::Value::Null);
}

#[tokio::test]
async fn what_cannot_be_set_is_not_sent() {
    let tenants = Tenants::open().await;
    let connection = login(&tenants, Statements::default()).await;

    for (context, says) in [
        (
            Context::new().setting("app.tenant", RED),
            "declares no setting `app.tenant`; under `settings` it declares `app.tenant_id`",
        ),
        (Context::new().setting("app.tenant_id", "\0"), "the value of `app.tenant_id` has a NUL character"),
        (Context::new().role("\0"), "the value of `role` has a NUL character"),
        (Context::new().actor("\0"), "NUL character"),
    ] {
        let error = update("two").execute(&connection.with(&context)).await.unwrap_err();
        assert_eq!((error.kind(), error.function()), (ErrorKind::Context, Some("app.update_note")));
        assert!(error.to_string().contains(says), "{error}");
    }
    // A name is the same in every case, as for the server.
    let red = Context::new().role("editor").setting("APP.Tenant_ID", RED);
    assert!(create(NOTE, "one").execute(&connection.with(&red)).await.unwrap().is_success());
}

#[tokio::test]
async fn hostile_values_stay_values() {
    let tenants = Tenants::open().await;
    let connection = login(&tenants, Statements::default()).await;
    let role = HOSTILE_ROLE;
    let context = editor_of(RED).role(role).actor(role).source("$1").request_id("'");

    assert!(create(NOTE, role).execute(&connection.with(&context)).await.unwrap().is_success());
    let error =
        update(role).execute(&connection.with(&context.clone().setting("app.tenant_id", role))).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("22P02"), "{error}");
    assert_eq!(shop::events(&tenants.client).await[0].metadata["actor"], role);
}

#[tokio::test]
async fn a_call_has_a_timeout_of_its_own() {
    let shop = Shop::open().await;
    shop.client.batch_execute(unruly::SQL).await.unwrap();
    let connection = Connection::connect(&shop.database.config(), NoTls).await.unwrap();
    let short = Context::new().timeout(Duration::from_millis(50));

    for _ in 0..2 {
        let error = Wait { seconds: 60.0 }.execute(&connection.with(&short)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert!(Wait { seconds: 0.1 }.execute(&connection).await.unwrap().is_success(), "it is gone with the call");
    }
}
