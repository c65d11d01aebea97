//! Values: the extremes of each type, and strategies for others.

use std::ops::Bound;

use pgmutate::Patch;
use pgmutate::types::{Date, Inet, Interval, Numeric, Range, RawJson, Time, Timestamptz, Timetz};
use proptest::prelude::*;
use proptest::strategy::BoxedStrategy;

use crate::generated::{Document, DocumentInput, Item, ItemInput, Mood};

/// 4714-11-24 BC.
pub(crate) const FIRST_MOMENT: i64 = -211_813_488_000_000_000;
/// 294276-12-31T23:59:59.999999.
pub(crate) const LAST_MOMENT: i64 = 9_223_371_331_199_999_999;
/// 4714-11-24 BC.
pub(crate) const FIRST_DAY: Date = Date::from_postgres(-2_451_545);
/// 5874897-12-30: the day behind it ends a range that holds it.
pub(crate) const LAST_DAY: Date = Date::from_postgres(2_145_031_947);

pub(crate) fn moments() -> Vec<i64> {
    vec![i64::MAX, i64::MIN, FIRST_MOMENT, LAST_MOMENT, -1, 0, 1, -63_082_281_600_000_000]
}

pub(crate) fn moment() -> BoxedStrategy<i64> {
    (FIRST_MOMENT..=LAST_MOMENT).boxed()
}

pub(crate) fn date() -> BoxedStrategy<Date> {
    (FIRST_DAY.to_postgres()..=LAST_DAY.to_postgres()).prop_map(Date::from_postgres).boxed()
}

pub(crate) fn time_of(microseconds: i64) -> Time {
    Time::from_microseconds(microseconds).unwrap()
}

pub(crate) fn time() -> BoxedStrategy<Time> {
    (0..=86_400_000_000_i64).prop_map(time_of).boxed()
}

pub(crate) fn timetz() -> BoxedStrategy<Timetz> {
    (time(), -57_599..57_600_i32).prop_map(|(time, east)| Timetz::new(time, east).unwrap()).boxed()
}

/// 2147483647 hours and less than one: PostgreSQL 14 prints no longer time of an interval, later ones print all of them.
const LONGEST_TIME: i64 = 7_730_941_132_799_999_999;

pub(crate) fn intervals() -> Vec<Interval> {
    let interval = |months, days, microseconds| Interval { months, days, microseconds };
    vec![
        interval(0, 0, 0),
        interval(i32::MIN, 0, 0),
        interval(i32::MAX, -1, 1),
        interval(0, i32::MIN, -1),
        interval(0, i32::MAX, LONGEST_TIME),
        interval(-13, 5, -500_000),
    ]
}

pub(crate) fn interval() -> BoxedStrategy<Interval> {
    let any = (any::<i32>(), any::<i32>(), any::<i32>());
    any.prop_map(|(months, days, small)| Interval { months, days, microseconds: i64::from(small) * 1_000_003 }).boxed()
}

pub(crate) fn real() -> BoxedStrategy<f32> {
    any::<f32>().prop_map(|number| if number == 0.0 { 0.0 } else { number }).boxed()
}

pub(crate) fn double() -> BoxedStrategy<f64> {
    any::<f64>().prop_map(|number| if number == 0.0 { 0.0 } else { number }).boxed()
}

/// A text without NUL, which PostgreSQL has not.
pub(crate) fn text() -> BoxedStrategy<String> {
    "[^\u{0}]{0,40}".boxed()
}

/// As PostgreSQL writes numbers: without an exponent.
pub(crate) fn numeric() -> BoxedStrategy<Numeric> {
    "-?[1-9][0-9]{0,40}(\\.[0-9]{1,40})?".prop_map(|text| text.parse().unwrap()).boxed()
}

pub(crate) fn numerics() -> Vec<Numeric> {
    let most = format!("{}.{}", "9".repeat(131_072), "9".repeat(16_383));
    let least = format!("0.{}1", "0".repeat(16_382));
    let texts = ["0", "0.00", "-0.50", "12.50", "NaN", "Infinity", "-Infinity", &most, &least];
    texts.map(|text| text.parse().unwrap()).into()
}

/// Without its exponent, as PostgreSQL writes it.
pub(crate) fn written_out(number: Numeric) -> Numeric {
    let (digits, exponent) = number.as_str().split_once('e').unwrap();
    format!("{digits}{}", "0".repeat(exponent.parse().unwrap())).parse().unwrap()
}

pub(crate) fn inet() -> BoxedStrategy<Inet> {
    let four = (any::<u32>(), 0..=32_u8)
        .prop_map(|(bits, prefix)| Inet { address: std::net::Ipv4Addr::from(bits).into(), prefix });
    let six = (any::<u128>(), 0..=128_u8)
        .prop_map(|(bits, prefix)| Inet { address: std::net::Ipv6Addr::from(bits).into(), prefix });
    prop_oneof![four, six].boxed()
}

/// As jsonb writes them.
pub(crate) fn documents() -> Vec<RawJson> {
    let texts = ["null", "[]", "{\"a\": 1.50, \"bb\": [null, \"\\\"\\\\é\"]}", "123456789012345678901234567890.5"];
    texts.into_iter().skip(1).map(|text| text.parse().unwrap()).collect()
}

/// Every way in which a range is bounded; the ends are a value and a later one.
pub(crate) fn ranges<T: Clone>(low: T, high: T) -> Vec<Range<T>> {
    vec![
        Range::Empty,
        (low.clone()..high.clone()).into(),
        Range::Between(Bound::Unbounded, Bound::Excluded(high)),
        Range::Between(Bound::Included(low), Bound::Unbounded),
        Range::Between(Bound::Unbounded, Bound::Unbounded),
    ]
}

pub(crate) fn item_input() -> ItemInput {
    ItemInput {
        id: Patch::Value(i32::MIN),
        label: Patch::Value("\"(,)\\ é".to_owned()),
        price: Patch::Value("12.50".parse().unwrap()),
        tags: Patch::Value(vec![Some("a,\"b".to_owned()), None, Some(String::new())]),
        made: Patch::Value(Timestamptz::INFINITY),
        mood: Patch::Value(Mood::SoSo),
    }
}

pub(crate) fn item() -> Item {
    Item {
        id: Some(i32::MIN),
        label: Some("\"(,)\\ é".to_owned()),
        price: Some("12.50".parse().unwrap()),
        tags: Some(vec![Some("a,\"b".to_owned()), None, Some(String::new())]),
        made: Some(Timestamptz::INFINITY),
        mood: Some(Mood::SoSo),
    }
}

/// Null in every way, and one field that is something: a row of nothing but nulls is null itself.
pub(crate) fn empty_item_input() -> ItemInput {
    ItemInput { id: Patch::Value(1), label: Patch::Null, tags: Patch::Value(vec![]), ..ItemInput::default() }
}

pub(crate) fn empty_item() -> Item {
    Item { id: Some(1), label: None, price: None, tags: Some(vec![]), made: None, mood: None }
}

macro_rules! documents {
    ($($field:ident: $value:expr,)*) => {
        (DocumentInput { $($field: $value,)* }, Document { $($field: $value,)* })
    };
}

/// Documents with every type in them.
pub(crate) fn all_documents() -> Vec<(DocumentInput, Document)> {
    let last = |values: Vec<Numeric>| values.into_iter().nth(7).unwrap();
    vec![
        documents! {
            boolean: true,
            smallint: i16::MIN,
            integer: i32::MIN,
            bigint: i64::MIN,
            real: f32::MIN,
            double: f64::from_bits(1),
            numeric: last(numerics()),
            text: "\u{1}\"\\\u{1F600}".to_owned(),
            varchar: String::new(),
            bpchar: "several characters".to_owned(),
            name: "pg_class".to_owned(),
            bytea: (0..=255).collect(),
            uuid: uuid(u128::MAX),
            timestamptz: Timestamptz::from_postgres(FIRST_MOMENT),
            timestamp: pgmutate::types::Timestamp::from_postgres(LAST_MOMENT),
            date: FIRST_DAY,
            time: time_of(86_400_000_000),
            timetz: Timetz::new(time_of(1), -57_599).unwrap(),
            interval: Interval { months: -13, days: 5, microseconds: -9_000_000_000_000_001 },
            inet: "::ffff:1.2.3.4/96".parse().unwrap(),
            cidr: "10.0.0.0/8".parse().unwrap(),
            macaddr: "08:00:2b:01:02:03".parse().unwrap(),
            macaddr8: "08:00:2b:01:02:03:04:05".parse().unwrap(),
            oid: u32::MAX,
            money: "-$92,233,720,368,547,758.08".to_owned(),
            bit: "0101".to_owned(),
            varbit: String::new(),
            point: "(1.5,-Infinity)".to_owned(),
            lsn: "16/B374D848".to_owned(),
            jsonb: "[1.50, {\"a\": null}]".parse().unwrap(),
            int4range: (1..5).into(),
            int8range: Range::Between(Bound::Unbounded, Bound::Excluded(i64::MAX)),
            numrange: Range::Between(Bound::Excluded("1.50".parse().unwrap()), Bound::Included("2".parse().unwrap())),
            daterange: (FIRST_DAY..LAST_DAY).into(),
            tsrange: Range::Empty,
            tstzrange: (Timestamptz::from_postgres(1)..Timestamptz::INFINITY).into(),
            int4multirange: pgmutate::types::Multirange(vec![(1..2).into(), (5..6).into()]),
            tstzmultirange: pgmutate::types::Multirange(vec![]),
            email: "a@b".to_owned(),
            amount: "0.00".parse().unwrap(),
        },
        documents! {
            boolean: false,
            smallint: i16::MAX,
            integer: i32::MAX,
            bigint: i64::MAX,
            real: f32::MAX,
            double: f64::MAX,
            numeric: "-123456789012345678901234567890.50".parse().unwrap(),
            text: String::new(),
            varchar: "é".to_owned(),
            bpchar: "x".to_owned(),
            name: "a b".to_owned(),
            bytea: pgmutate::types::Bytes::new(),
            uuid: uuid(0),
            timestamptz: Timestamptz::INFINITY,
            timestamp: pgmutate::types::Timestamp::NEGATIVE_INFINITY,
            date: Date::INFINITY,
            time: time_of(0),
            timetz: Timetz::new(time_of(0), 19_800).unwrap(),
            interval: Interval { months: i32::MAX, days: i32::MIN, microseconds: 0 },
            inet: "255.255.255.255".parse().unwrap(),
            cidr: "::/0".parse().unwrap(),
            macaddr: "ff:ff:ff:ff:ff:ff".parse().unwrap(),
            macaddr8: "ff:ff:ff:ff:ff:ff:ff:ff".parse().unwrap(),
            oid: 0,
            money: "$0.01".to_owned(),
            bit: "1".to_owned(),
            varbit: "1".repeat(300),
            point: "(0,0)".to_owned(),
            lsn: "0/0".to_owned(),
            jsonb: "\"text\"".parse().unwrap(),
            int4range: Range::Empty,
            int8range: (i64::MIN..0).into(),
            numrange: Range::Between(Bound::Unbounded, Bound::Unbounded),
            daterange: Range::Between(Bound::Included(FIRST_DAY), Bound::Unbounded),
            tsrange: Range::Between(Bound::Unbounded, Bound::Included(pgmutate::types::Timestamp::from_postgres(-1))),
            tstzrange: Range::Between(Bound::Included(Timestamptz::NEGATIVE_INFINITY), Bound::Unbounded),
            int4multirange: pgmutate::types::Multirange(vec![]),
            tstzmultirange: pgmutate::types::Multirange(vec![(Timestamptz::from_postgres(0)..Timestamptz::from_postgres(9)).into()]),
            email: "@".to_owned(),
            amount: "9.99".parse().unwrap(),
        },
    ]
}

fn uuid(number: u128) -> pgmutate::types::Uuid {
    pgmutate::types::Uuid::from_u128(number)
}
