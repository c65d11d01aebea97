//! A struct of one's own, a generated one and a client's bytes are three ways to make the same call.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use std::fmt::Debug;

use pgmutate::types::{RawJson, Uuid};
use pgmutate::{BindError, Encoded, Mutation, Parameter, Patch, TypedMutation, sql};
use pgmutate_codegen::event_log;
use pgmutate_codegen::project::Project;
use pgmutate_conventions::{NoteInput, app};
use pgmutate_test_support::Database;
use tokio_postgres::{Client, SimpleQueryMessage};

const NOTE: &str = "00000000-0000-4000-8000-000000000001";
const NOBODY: &str = "00000000-0000-4000-8000-000000000002";

/// A newtype is an argument like what it wraps.
struct NoteId(Uuid);

impl Parameter<sql::Uuid> for NoteId {
    fn encode(&self, out: &mut pgmutate::bytes::BytesMut) -> Result<Encoded, BindError> {
        Parameter::<sql::Uuid>::encode(&self.0, out)
    }
}

/// An input of one's own; it borrows, and is written in another order.
#[derive(pgmutate::Input)]
struct Change<'a> {
    author: Patch<&'a str>,
    body: &'a str,
}

/// The tables and the events, as text.
async fn effect(client: &Client) -> Vec<String> {
    let sql = "SELECT n::text FROM app.note AS n
               UNION ALL SELECT k::text FROM app.kept_note AS k
               UNION ALL SELECT a::text FROM app.archived_note AS a
               UNION ALL SELECT concat_ws(' ', event_type, entity_type, entity_id, operation, payload) FROM app.mutation_events";
    let rows = client.simple_query(sql).await.expect("the effect is read");
    let row = |message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    };
    rows.into_iter().filter_map(row).collect()
}

async fn reset(client: &Client) {
    let sql = format!(
        "TRUNCATE app.note, app.kept_note, app.archived_note, app.mutation_events;
         INSERT INTO app.note VALUES ('{NOTE}', 'one', 'Ada');
         INSERT INTO app.kept_note SELECT id, to_jsonb(note) FROM app.note;"
    );
    client.batch_execute(&sql).await.expect("the notes are as they were");
}

/// What a call answered and did.
#[derive(Debug, PartialEq)]
struct Told {
    /// The client's bytes, or the text of the error.
    body: String,
    /// The Rust types.
    typed: String,
    effect: Vec<String>,
}

/// Executes and calls the same mutation; both must have the same effect.
async fn told<M>(client: &Client, mutation: &M) -> Told
where
    M: TypedMutation<Success: Debug, Error: Debug> + Mutation,
{
    reset(client).await;
    let body = match mutation.execute(client).await {
        Ok(answer) => String::from_utf8(answer.into_bytes()).expect("JSON is UTF-8"),
        Err(error) => error.to_string(),
    };
    let executed = effect(client).await;
    reset(client).await;
    let typed = match mutation.call(client).await {
        Ok(answer) => format!("{answer:?}"),
        Err(error) => error.to_string(),
    };
    let called = effect(client).await;
    assert_eq!(executed, called, "`execute` and `call` differ: {body} {typed}");
    Told { body, typed, effect: executed }
}

async fn notes() -> (Database, Client) {
    let mut project = Project { manifest: "mutations.json".into(), ..Project::default() };
    project.inputs.schema.push("notes.sql".into());
    let generated = project.generate();
    let entities = event_log::entities(&generated.manifest.expect("a manifest"), &generated.catalog).expect("entities");
    let log = event_log::script(&event_log::Settings::default(), &entities).expect("an event log");
    let database = pgmutate_test_support::database().await.expect("a database");
    let client = database.connect().await.expect("a connection");
    for part in [include_str!("../notes.sql"), &log] {
        client.batch_execute(part).await.expect("the notes are installed");
    }
    (database, client)
}

/// The three ways to call one function, and what each has told, of a note that is there and of one that is not.
macro_rules! conventions {
    ($($convention:ident: $function:literal $generated:ident $success:ident $error:ident;)*) => {$(
        mod $convention {
            use super::{Change, NoteId};
            use pgmutate::types::RawJson;
            use pgmutate_conventions::app;

            #[derive(pgmutate::Mutation)]
            #[mutation(function = $function, success = app::$success, error = app::$error)]
            pub(super) struct ByHand<'a> {
                pub(super) input: Change<'a>,
                #[argument(name = "note_id")]
                pub(super) note: NoteId,
            }

            #[derive(pgmutate::Mutation)]
            #[mutation(function = $function, success = app::$success, error = app::$error)]
            pub(super) struct Raw {
                pub(super) note_id: [u8; 16],
                pub(super) input: RawJson,
            }
        }

        #[tokio::test]
        async fn $convention() {
            let (_database, client) = notes().await;
            for (id, is_there) in [(NOTE, true), (NOBODY, false)] {
                let note_id: Uuid = id.parse().unwrap();
                let body = "two \"three\" \u{1F600}";
                let input = NoteInput { body: Patch::Value(body.to_owned()), author: Patch::Null };
                let generated = told(&client, &app::$generated { note_id, input }).await;
                let input = Change { author: Patch::Null, body };
                let by_hand = told(&client, &$convention::ByHand { input, note: NoteId(note_id) }).await;
                let input: RawJson = r#"{ "author": null, "body": "two \"three\" \ud83d\ude00" }"#.parse().unwrap();
                let raw = told(&client, &$convention::Raw { note_id: note_id.into_bytes(), input }).await;
                assert_eq!(generated, by_hand);
                assert_eq!(generated, raw);
                assert_eq!(generated.effect.iter().any(|row| row.starts_with(&format!("({NOTE},\"two"))), is_there);
                assert!(!is_there || generated.effect.iter().any(|row| row.starts_with("NOTE_")), "{generated:?}");
            }
        }
    )*};
}

conventions! {
    flat: "app.change_flat" ChangeFlat ChangeFlatSuccess ChangeFlatError;
    composite: "app.change_composite" ChangeComposite ChangeCompositeSuccess ChangeCompositeError;
    row: "app.change_row" ChangeRow ChangeRowSuccess ChangeRowError;
    list: "app.archive_list" ArchiveList ArchiveListSuccess ArchiveListError;
    out: "app.archive_out" ArchiveOut ArchiveOutSuccess ArchiveOutError;
    scalar: "app.archive_scalar" ArchiveScalar ArchiveScalarSuccess ArchiveScalarError;
    void: "app.archive_void" ArchiveVoid ArchiveVoidSuccess ArchiveVoidError;
}
