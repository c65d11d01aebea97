//! Every SQL type goes to a server and back unchanged: as an argument of its own, in arrays, in composites, and inside a document; at its
//! extremes and at random, whatever the session's zone and formats are.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

mod values;

use std::fmt::Debug;
use std::future::Future;
use std::ops::Bound;

use pgmutate::types::{Bytes, Date, Multirange, Numeric, Range, RawJson, Timestamp, Timestamptz, Timetz, Uuid};
use pgmutate::{Error, Mutation};
use proptest::prelude::*;
use proptest::strategy::{BoxedStrategy, ValueTree};
use proptest::test_runner::TestRunner;
use tokio_postgres::Client;

/// What the generator writes for `fixtures/types`.
#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "a manifest need not describe every field, and not every type is looked at"
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/types/mutations.rs"));
}

use generated::Mood;
use generated::app::*;

/// So many random values of each type beside its extremes.
const RANDOM: usize = 24;

const SCHEMA: &str = include_str!("../../fixtures/types/schema.sql");

/// What a session may be set to.
const SESSIONS: [&str; 2] = ["SET TIME ZONE 'UTC'", "SET TIME ZONE 'Asia/Kolkata'; SET bytea_output = 'escape'"];

async fn client() -> (pgmutate_test_support::Database, Client) {
    let database = pgmutate_test_support::database().await.unwrap();
    let client = database.connect().await.unwrap();
    client.batch_execute(SCHEMA).await.unwrap();
    let settings = pgmutate_codegen::event_log::Settings { schema: "app".to_owned(), ..Default::default() };
    client.batch_execute(&pgmutate_codegen::event_log::script(&settings, &[]).unwrap()).await.unwrap();
    (database, client)
}

/// The extremes, and random values beside them.
fn values<T: Debug + 'static>(extremes: Vec<T>, strategy: &BoxedStrategy<T>) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    let random = (0..RANDOM).map(|_| strategy.new_tree(&mut runner).unwrap().current());
    extremes.into_iter().chain(random).collect()
}

async fn unchanged<T, F>(name: &str, values: Vec<T>, call: impl Fn(T) -> F)
where
    T: Clone + Debug + PartialEq,
    F: Future<Output = Result<T, Error>>,
{
    for value in values {
        match call(value.clone()).await {
            Ok(back) => assert!(same(&back, &value), "{name}: {value:?} came back as {back:?}"),
            Err(error) => panic!("{name}: {value:?}: {error}"),
        }
    }
}

/// NaN is NaN here, and 0 is not -0.
fn same<T: Debug + PartialEq>(left: &T, right: &T) -> bool {
    left == right || format!("{left:?}") == format!("{right:?}")
}

macro_rules! echoes {
    ($client:expr; $($mutation:ident: $values:expr;)*) => {$(
        unchanged(stringify!($mutation), $values, |value| async move {
            Ok($mutation { value }.call($client).await?.expect("it has no errors").value)
        }).await;
    )*};
}

#[tokio::test]
async fn every_type_goes_to_a_server_and_back_unchanged() {
    let (_database, client) = client().await;
    let client = &client;
    for session in SESSIONS {
        client.batch_execute(session).await.unwrap();
        echoes! { client;
            EchoBoolean: vec![true, false];
            EchoSmallint: values(vec![i16::MIN, -1, 0, i16::MAX], &any::<i16>().boxed());
            EchoInteger: values(vec![i32::MIN, 0, i32::MAX], &any::<i32>().boxed());
            EchoBigint: values(vec![i64::MIN, 0, i64::MAX], &any::<i64>().boxed());
            EchoReal: values(vec![f32::MIN, f32::MAX, f32::MIN_POSITIVE, f32::from_bits(1), f32::NAN, f32::INFINITY, f32::NEG_INFINITY], &values::real());
            EchoDouble: values(vec![f64::MIN, f64::MAX, f64::MIN_POSITIVE, f64::from_bits(1), f64::NAN, f64::INFINITY, f64::NEG_INFINITY], &values::double());
            EchoNumeric: values(values::numerics(), &values::numeric());
            EchoText: values(vec![String::new(), "\u{1}\"\\\n\u{1F600}\u{FFFF}'".to_owned(), "x".repeat(100_000)], &values::text());
            EchoVarchar: values(vec![String::new(), " a ".to_owned()], &values::text());
            EchoBpchar: values(vec!["ab".to_owned(), "longer than one character".to_owned()], &"[a-zé]{1,20}".boxed());
            EchoName: values(vec!["pg_class".to_owned()], &"[a-z_]{1,63}".boxed());
            EchoBytea: values(vec![Bytes::new(), (0..=255).collect(), Bytes::from_static(b"\\\\x'\"")], &any::<Vec<u8>>().prop_map(Bytes::from).boxed());
            EchoUuid: values(vec![Uuid::nil(), Uuid::max()], &any::<u128>().prop_map(Uuid::from_u128).boxed());
            EchoTimestamptz: values(values::moments().into_iter().map(Timestamptz::from_postgres).collect(), &values::moment().prop_map(Timestamptz::from_postgres).boxed());
            EchoTimestamp: values(values::moments().into_iter().map(Timestamp::from_postgres).collect(), &values::moment().prop_map(Timestamp::from_postgres).boxed());
            EchoDate: values(vec![Date::INFINITY, Date::NEGATIVE_INFINITY, values::FIRST_DAY, values::LAST_DAY, Date::from_postgres(0)], &values::date());
            EchoTime: values(vec![values::time_of(0), values::time_of(86_400_000_000)], &values::time());
            EchoTimetz: values(vec![Timetz::new(values::time_of(86_400_000_000), -57_599).unwrap(), Timetz::new(values::time_of(1), 57_599).unwrap()], &values::timetz());
            EchoInterval: values(values::intervals(), &values::interval());
            EchoInet: values(vec!["0.0.0.0/0".parse().unwrap(), "255.255.255.255".parse().unwrap(), "::".parse().unwrap(), "::ffff:1.2.3.4/96".parse().unwrap()], &values::inet());
            EchoCidr: vec!["0.0.0.0/0".parse().unwrap(), "10.1.2.3/32".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
            EchoMacaddr: vec!["00:00:00:00:00:00".parse().unwrap(), "ff:ff:ff:ff:ff:ff".parse().unwrap()];
            EchoMacaddr8: vec!["00:00:00:00:00:00:00:00".parse().unwrap(), "08:00:2b:ff:fe:01:02:03".parse().unwrap()];
            EchoOid: vec![0, 1, u32::MAX];
            EchoMoney: vec!["$0.00".to_owned(), "-$92,233,720,368,547,758.08".to_owned(), "$92,233,720,368,547,758.07".to_owned()];
            EchoBit: values(vec!["1".to_owned(), "0".repeat(1000)], &"[01]{1,200}".boxed());
            EchoVarbit: values(vec![String::new()], &"[01]{0,200}".boxed());
            EchoPoint: vec!["(0,0)".to_owned(), "(-1e+300,Infinity)".to_owned()];
            EchoLsn: vec!["0/0".to_owned(), "FFFFFFFF/FFFFFFFF".to_owned()];
            EchoJson: values::documents();
            EchoJsonb: values::documents();
            EchoInt4range: values(values::ranges(i32::MIN, i32::MAX), &(any::<i32>(), 1..1000).prop_map(|(low, size)| (low / 2..low / 2 + size).into()).boxed());
            EchoInt8range: values(values::ranges(i64::MIN, i64::MAX), &(any::<i64>(), 1..1000_i64).prop_map(|(low, size)| (low / 2..low / 2 + size).into()).boxed());
            EchoNumrange: values::ranges("-1.50".parse::<Numeric>().unwrap(), "1e2000".parse::<Numeric>().map(values::written_out).unwrap());
            EchoDaterange: values::ranges(values::FIRST_DAY, values::LAST_DAY);
            EchoTsrange: values::ranges(Timestamp::from_postgres(values::FIRST_MOMENT), Timestamp::INFINITY);
            EchoTstzrange: values::ranges(Timestamptz::NEGATIVE_INFINITY, Timestamptz::from_postgres(values::LAST_MOMENT));
            EchoInt4multirange: vec![Multirange(vec![]), Multirange(vec![(1..5).into(), (7..9).into(), Range::Between(Bound::Included(10), Bound::Unbounded)])];
            EchoTstzmultirange: vec![Multirange(vec![]), Multirange(vec![(Timestamptz::from_postgres(0)..Timestamptz::from_postgres(1)).into(), (Timestamptz::from_postgres(5)..Timestamptz::INFINITY).into()])];
            EchoEmail: vec!["o'brien+\"x\"@example.com".to_owned()];
            EchoAmount: vec!["0.00".parse::<Numeric>().unwrap(), "12345678901234567890.5".parse().unwrap()];
            EchoFloatrange: values::ranges(f64::NEG_INFINITY, 1e300);
            EchoMood: vec![Mood::Happy, Mood::Sad, Mood::SoSo];
        }
    }
    client.batch_execute("SET DateStyle = 'German'").await.unwrap();
    echoes! { client;
        EchoTimestamptz: vec![Timestamptz::from_postgres(-1)];
        EchoTimestamp: vec![Timestamp::from_postgres(-1)];
        EchoDate: vec![values::FIRST_DAY];
    }
}

#[tokio::test]
async fn every_array_goes_to_a_server_and_back_unchanged() {
    let (_database, client) = client().await;
    let client = &client;
    client.batch_execute(SESSIONS[1]).await.unwrap();
    let intervals = || values::intervals().into_iter().map(Some).collect::<Vec<_>>();
    let items = vec![Some(values::item_input()), None, Some(values::empty_item_input())];
    echoes! { client;
        EchoBooleanArray: vec![vec![], vec![Some(true), None]];
        EchoIntegerArray: values(vec![vec![], vec![None]], &any::<Vec<Option<i32>>>().boxed());
        EchoBigintArray: values(vec![vec![]], &any::<Vec<Option<i64>>>().boxed());
        EchoDoubleArray: vec![vec![], vec![Some(f64::NAN), None, Some(f64::MIN)]];
        EchoNumericArray: vec![vec![], values::numerics().into_iter().map(Some).chain([None]).collect()];
        EchoTextArray: values(vec![vec![], vec![Some(String::new()), None, Some("NULL".to_owned()), Some("{\",\\}".to_owned())]], &proptest::collection::vec(proptest::option::of(values::text()), 0..5).boxed());
        EchoByteaArray: vec![vec![], vec![Some((0..=255).collect::<Bytes>()), None, Some(Bytes::new())]];
        EchoUuidArray: vec![vec![], vec![Some(Uuid::max()), None]];
        EchoTimestamptzArray: vec![vec![], vec![Some(Timestamptz::INFINITY), None, Some(Timestamptz::from_postgres(-1))]];
        EchoDateArray: vec![vec![], vec![Some(Date::NEGATIVE_INFINITY), None, Some(values::LAST_DAY)]];
        EchoIntervalArray: vec![vec![], intervals()];
        EchoInetArray: vec![vec![], vec![Some("::1/64".parse().unwrap()), None]];
        EchoJsonbArray: vec![vec![], vec![Some("[1.50, null]".parse::<RawJson>().unwrap()), None]];
        EchoInt4rangeArray: vec![vec![], vec![Some(Range::Empty), None, Some((1..2).into())]];
        EchoEmailArray: vec![vec![], vec![Some("a@b".to_owned()), None]];
        EchoMoodArray: vec![vec![], vec![Some(Mood::SoSo), None, Some(Mood::Sad)]];
    }
    let back = EchoItemArray { value: items }.call(client).await.unwrap().expect("it has no errors").value;
    assert_eq!(back, [Some(values::item()), None, Some(values::empty_item())]);
    let back = EchoItemArray { value: vec![] }.call(client).await.unwrap().expect("it has no errors").value;
    assert_eq!(back, []);
    for (input, item) in [(values::item_input(), values::item())] {
        let back = EchoItem { value: input }.call(client).await.unwrap().expect("it has no errors").value;
        assert_eq!(back, item);
    }
}

#[tokio::test]
async fn every_type_goes_through_a_document_unchanged() {
    let (_database, client) = client().await;
    for session in SESSIONS {
        client.batch_execute(session).await.unwrap();
        for (input, expected) in values::all_documents() {
            let back = EchoDocument { input }.call(&client).await.unwrap().expect("it has no errors").document;
            assert_eq!(back, expected);
        }
    }
}

/// The times of other crates hold what they can, and say so where they cannot.
#[tokio::test]
async fn times_of_other_crates() {
    use chrono::Datelike as _;

    #[derive(Mutation)]
    #[mutation(contract = EchoTimestamptz::CONTRACT, success = Chrono, error = EchoTimestamptzError)]
    struct ByChrono {
        #[argument(sql = Timestamptz)]
        value: chrono::DateTime<chrono::Utc>,
    }
    #[derive(Debug, pgmutate::Output)]
    struct Chrono {
        value: chrono::DateTime<chrono::Utc>,
    }
    #[derive(Mutation)]
    #[mutation(contract = EchoTimestamptz::CONTRACT, success = Jiff, error = EchoTimestamptzError)]
    struct ByJiff {
        #[argument(sql = Timestamptz)]
        value: jiff::Timestamp,
    }
    #[derive(Debug, pgmutate::Output)]
    struct Jiff {
        value: jiff::Timestamp,
    }
    #[derive(Mutation)]
    #[mutation(contract = EchoTimestamptz::CONTRACT, success = ByTimeSuccess, error = EchoTimestamptzError)]
    struct ByTime {
        #[argument(sql = Timestamptz)]
        value: time::OffsetDateTime,
    }
    #[derive(Debug, pgmutate::Output)]
    struct ByTimeSuccess {
        value: time::OffsetDateTime,
    }

    let (_database, client) = client().await;
    let now = chrono::DateTime::from_timestamp_micros(1_769_846_400_123_456).unwrap();
    assert_eq!(ByChrono { value: now }.call(&client).await.unwrap().unwrap().value, now);
    assert_eq!(now.year(), 2026);
    let now = jiff::Timestamp::from_microsecond(-62_000_000_000_000_001).unwrap();
    assert_eq!(ByJiff { value: now }.call(&client).await.unwrap().unwrap().value, now);
    let now = time::OffsetDateTime::from_unix_timestamp_nanos(1_769_846_400_123_456_000).unwrap();
    assert_eq!(ByTime { value: now }.call(&client).await.unwrap().unwrap().value, now);
    let text = r#""infinity""#;
    let error = pgmutate::json::read::<chrono::NaiveDate>(text.as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected a date that `chrono::NaiveDate` can hold, found `\\\"infinity\\\"` (byte 0)"
    );
    assert!(pgmutate::json::read::<jiff::civil::Date>(b"\"12026-01-01\"").is_err());
    let noon = pgmutate::json::read::<time::Time>(b"\"12:00:00.000001\"").unwrap();
    assert_eq!(noon.as_hms_micro(), (12, 0, 0, 1));
}
