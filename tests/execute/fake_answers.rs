//! Answers that no PostgreSQL gives: whatever the other end says, the caller has an answer that it proved or an error, and never a panic or half an answer.

use std::time::Duration;

use pgmutate::{Connection, ErrorKind, Mutation, Statements};
use pgmutate_tests::fake_server::{self, columns, error, message, ready, row};
use pgmutate_tests::unruly::Wait;
use tokio::time::timeout;
use tokio_postgres::NoTls;

const JSONB: u32 = 3802;
const BOOL: u32 = 16;
const INT8: u32 = 20;
const TEXT: u32 = 25;

const ANSWER: &[u8] = b"\x01{\"code\": \"SUCCESS\", \"message\": \"done\", \"success\": true}";
const YES: &[u8] = b"\x01";

/// What comes before the rows.
fn described(types: &[(&str, u32)]) -> Vec<u8> {
    [message(b'1', b""), message(b'2', b""), message(b't', b"\0\x01\0\0\x02\xbd"), columns(types)].concat()
}

fn mutation() -> Vec<u8> {
    described(&[("response", JSONB), ("success", BOOL), ("event_id", INT8)])
}

fn good_row() -> Vec<u8> {
    row(&[Some(ANSWER), Some(YES), None])
}

fn done() -> Vec<u8> {
    [message(b'C', b"SELECT 1\0"), ready()].concat()
}

/// What comes of a call that is answered like this, with prepared statements and without.
async fn called(said: &[Vec<u8>]) -> Vec<Result<String, (ErrorKind, String)>> {
    let said = said.concat();
    let mut results = Vec::new();
    for statements in [Statements::Unnamed, Statements::default()] {
        let said = said.clone();
        let config = fake_server::start(move |_| said.clone()).await;
        let connection = Connection::connect(&config, NoTls).await.unwrap().with_statements(statements);
        let mut body = b"before ".to_vec();
        // So that a call that hangs is a failure with a name.
        let called = timeout(Duration::from_secs(60), Wait { seconds: 0.0 }.execute_into(&connection, &mut body)).await;
        let result = called.expect("a call ends when the server is ready or gone");
        let body = String::from_utf8(body).unwrap();
        let added = body.strip_prefix("before ").unwrap().to_owned();
        assert!(result.is_ok() || added.is_empty(), "{added}");
        results.push(result.map(|_| added).map_err(|error| (error.kind(), error.to_string())));
    }
    results
}

const PLAIN: &str = r#"{"__typename":"Plain","code":"SUCCESS","message":"done","success":true}"#;

#[tokio::test]
async fn what_may_come_between_changes_nothing() {
    let notice = message(b'N', b"SNOTICE\0VNOTICE\0C00000\0Mthe kettle is hot\0\0");
    let told = message(b'A', b"\0\0\0\x07channel\0payload\0");
    let parameter = message(b'S', b"TimeZone\0UTC\0");
    for said in [
        vec![mutation(), good_row(), done()],
        vec![notice.clone(), mutation(), notice.clone(), good_row(), notice, done()],
        vec![told.clone(), mutation(), parameter.clone(), good_row(), told, parameter, done()],
    ] {
        for result in called(&said).await {
            assert_eq!(result.as_deref(), Ok(PLAIN), "{said:?}");
        }
    }
}

#[tokio::test]
async fn an_error_behind_the_row_is_an_error() {
    let deferred = error(&[(b'C', "23503"), (b'M', "a deferred constraint does not hold")]);
    for said in [
        vec![mutation(), good_row(), deferred.clone(), ready()],
        vec![mutation(), good_row(), message(b'C', b"SELECT 1\0"), deferred, ready()],
    ] {
        for result in called(&said).await {
            let (kind, text) = result.unwrap_err();
            assert!(kind == ErrorKind::Database && text.contains("23503"), "{text}");
        }
    }
}

#[tokio::test]
async fn rows_of_another_kind_break_the_contract() {
    let null: Option<&[u8]> = None;
    let typed = |types: [u32; 3]| described(&[("response", types[0]), ("success", types[1]), ("event_id", types[2])]);
    for (said, says) in [
        (vec![mutation(), done()], "it answered no row"),
        (vec![mutation(), good_row(), good_row(), done()], "it answered more than one row"),
        (vec![mutation(), row(&[null, Some(YES), null]), done()], "its column `response jsonb` cannot be read"),
        (vec![mutation(), row(&[Some(b""), Some(YES), null]), done()], "an unknown version of jsonb's format"),
        (vec![mutation(), row(&[Some(b"\x02{}"), Some(YES), null]), done()], "an unknown version of jsonb's format"),
        (vec![mutation(), row(&[Some(ANSWER), null, null]), done()], "its column `success bool` cannot be read"),
        (
            vec![mutation(), row(&[Some(ANSWER), Some(b"yes"), null]), done()],
            "its column `success bool` cannot be read",
        ),
        (
            vec![mutation(), row(&[Some(ANSWER), Some(YES), Some(b"1")]), done()],
            "its column `event_id int8` cannot be read",
        ),
        (vec![typed([TEXT, BOOL, INT8]), good_row(), done()], "its column `response text` cannot be read"),
        (vec![typed([JSONB, TEXT, INT8]), good_row(), done()], "its column `success text` cannot be read"),
        (
            vec![described(&[("a", JSONB), ("b", BOOL)]), row(&[Some(ANSWER), Some(YES)]), done()],
            "it answered 2 columns",
        ),
    ] {
        for result in called(&said).await {
            let (kind, text) = result.unwrap_err();
            assert!(kind == ErrorKind::Contract && text.contains(says), "{says}: {kind:?}: {text}");
        }
    }
}

#[tokio::test]
async fn a_document_that_is_not_the_types_is_told() {
    for document in ["\x01", "\x01{", "\x01[]", "\x01{}", "\x01{\"code\": 1}", "\x01\u{0}", "\x01null"] {
        let said = [mutation(), row(&[Some(document.as_bytes()), Some(YES), None]), done()];
        for result in called(&said).await {
            let (kind, text) = result.unwrap_err();
            assert_eq!(kind, ErrorKind::Transform, "{document:?}: {text}");
        }
    }
    let not_utf8 = [mutation(), row(&[Some(b"\x01{\"code\": \"\xff\"}"), Some(YES), None]), done()];
    for result in called(&not_utf8).await {
        assert_eq!(result.unwrap_err().0, ErrorKind::Transform);
    }
}

/// What is cut off, longer than it says, or none of the protocol.
#[tokio::test]
async fn nonsense_is_a_lost_connection() {
    let short = message(b'D', &good_row()[5..20]);
    let fewer = row(&[Some(ANSWER)]);
    let more = row(&[Some(ANSWER), Some(YES), None, None]);
    let below_null = message(b'D', b"\0\x03\xff\xff\xff\xfe\xff\xff\xff\xff\xff\xff\xff\xff");
    let endless = b"D\x7f\xff\xff\xff\0\x03".to_vec();
    let too_short = b"D\0\0\0\0".to_vec();
    for (what, said) in [
        ("a short row", vec![mutation(), short, done()]),
        ("fewer values than columns", vec![mutation(), fewer, done()]),
        ("more values than columns", vec![mutation(), more, done()]),
        ("a length below that of NULL", vec![mutation(), below_null, done()]),
        ("a length of nothing", vec![mutation(), too_short, done()]),
        ("rows without a description", vec![good_row(), done()]),
        ("a copy", vec![message(b'1', b""), message(b'2', b""), message(b'G', b"\0\0\0"), ready()]),
        ("an unknown message", vec![mutation(), message(b'?', b"what"), done()]),
        ("a row that never ends", vec![mutation(), endless]),
        ("no proof of the commit", vec![mutation(), good_row(), message(b'C', b"SELECT 1\0")]),
        ("ready at once", vec![ready()]),
        ("nothing at all", vec![]),
    ] {
        for result in called(&said).await {
            let (kind, text) = result.expect_err(what);
            assert!(matches!(kind, ErrorKind::Connection | ErrorKind::Contract), "{what}: {kind:?}: {text}");
        }
    }
}
