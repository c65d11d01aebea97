//! Values reach the server and come back as they were.

use std::borrow::Cow;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use pgmutate::contract::{Argument, Contract, Part};
use pgmutate::sql::{self, Array, SqlType};
use pgmutate::transform::{Field, Object, Value as Shape};
use pgmutate::types::{Bytes, Numeric, RawJson, Uuid};
use pgmutate::{Arguments, BindError, Call, Mutation, Parameter, Patch};
use pgmutate_tests::calls::json;
use pgmutate_tests::mutations::UpdateProductInput;
use pgmutate_tests::mutations::app::{CreateCustomer, UpdateProduct};
use pgmutate_tests::shop::{Shop, TEA, id};
use pgmutate_tests::unruly::{self, Echo};
use serde_json::Value;
use tokio_postgres::Client;

/// Binds a value as `S` and answers how the server writes it as text.
struct Bind<S, T>(T, PhantomData<S>);

static BOUND: Object = Object::new("Bound", &[Field::new("value", "value", Shape::Scalar).nullable()]);

impl<S: SqlType, T: Parameter<S>> Call for Bind<S, T> {
    const CALLED: &'static Contract = &Contract {
        name: "bind",
        function: "pg_catalog.jsonb_build_object",
        source: "values.rs:1",
        body: "",
        owner: "",
        log_schema: "app",
        settings: &[],
        arguments: &[Argument { name: "value", sql_type: "any", optional: false }],
        statement: &[Part::Text("SELECT jsonb_build_object('value', $1::text), true, NULL::bigint")],
        success: &BOUND,
        codes: &[],
        database_errors: &[],
        error: &BOUND,
    };

    fn bind(&self, arguments: &mut Arguments) -> Result<(), BindError> {
        arguments.push::<S, T>("value", &self.0)
    }
}

async fn text<S: SqlType>(client: &Client, value: impl Parameter<S> + Debug) -> Value {
    let what = format!("{value:?} as {}", S::NAME);
    let answer = Bind::<S, _>(value, PhantomData).execute(client).await;
    json(&answer.unwrap_or_else(|error| panic!("{what}: {error}")))["value"].take()
}

#[tokio::test]
async fn every_sql_type_takes_its_rust_types() {
    let database = pgmutate_test_support::database().await.unwrap();
    let client = &database.connect().await.unwrap();
    client.batch_execute("SET TIME ZONE 'UTC'").await.unwrap();

    macro_rules! written {
        ($($marker:ty: $($value:expr => $text:expr),+;)*) => {$($(
            assert_eq!(text::<$marker>(client, $value).await, $text, "{} as {}", stringify!($value), <$marker>::NAME);
        )+)*};
    }

    let uuid: Uuid = id(TEA);
    let address = |text: &str| text.parse::<IpAddr>().unwrap();
    written! {
        sql::Bool: true => "true", false => "false";
        sql::Int2: i16::MIN => "-32768", u8::MAX => "255";
        sql::Int4: i32::MIN => "-2147483648", i32::MAX => "2147483647", u16::MAX => "65535";
        sql::Int8: i64::MIN => "-9223372036854775808", u32::MAX => "4294967295";
        sql::Float4: f32::MAX => "3.4028235e+38", f32::NEG_INFINITY => "-Infinity";
        sql::Float8: f64::MIN_POSITIVE => "2.2250738585072014e-308", 0.1_f32 => "0.10000000149011612", f64::NAN => "NaN", -0.0 => "-0";
        sql::Numeric: i128::MIN => "-170141183460469231731687303715884105728", u64::MAX => "18446744073709551615";
        sql::Text: "" => "", "é\u{1F600}\u{FFFF}'\"\\" => "é\u{1F600}\u{FFFF}'\"\\", 'ß' => "ß", Cow::Borrowed("a") => "a";
        sql::Varchar: String::from("a b ") => "a b ";
        sql::Bpchar: "a" => "a";
        sql::Name: "pg_class" => "pg_class";
        sql::Bytea: vec![0_u8, 255] => "\\x00ff", [1_u8, 2] => "\\x0102", Bytes::from_static(b"") => "\\x", &b"a"[..] => "\\x61";
        sql::Uuid: uuid => TEA, *uuid.as_bytes() => TEA;
        sql::Timestamptz: UNIX_EPOCH => "1970-01-01 00:00:00+00",
            UNIX_EPOCH + Duration::new(4_102_444_799, 999_999_000) => "2099-12-31 23:59:59.999999+00",
            UNIX_EPOCH - Duration::from_secs(86_400) => "1969-12-31 00:00:00+00";
        sql::Inet: address("192.0.2.1") => "192.0.2.1/32", address("2001:db8::1") => "2001:db8::1/128";
        sql::Json: "{\"a\" :  1.50}".parse::<RawJson>().unwrap() => "{\"a\" :  1.50}";
        sql::Jsonb: "{\"b\": 1.50, \"a\": null}".parse::<RawJson>().unwrap() => "{\"a\": null, \"b\": 1.50}",
            vec![Some(1), None] => "[1, null]", &["a", "b"] => "[\"a\", \"b\"]";
        Array<sql::Text>: vec!["a", "", "NULL", "{,}"] => "{a,\"\",\"NULL\",\"{,}\"}", [Some("a"), None] => "{a,NULL}",
            Vec::<String>::new() => "{}";
        Array<sql::Uuid>: vec![uuid] => format!("{{{TEA}}}");
        Array<sql::Numeric>: [Numeric::from(1)] => "{1}";
        Array<sql::Jsonb>: ["[1]".parse::<RawJson>().unwrap()] => "{[1]}";
    }

    assert_eq!(text::<sql::Text>(client, None::<String>).await, Value::Null);
    assert_eq!(text::<sql::Jsonb>(client, None::<RawJson>).await, Value::Null);
    assert_eq!(text::<Array<sql::Int4>>(client, None::<Vec<i32>>).await, Value::Null);
    assert_eq!(text::<sql::Int4>(client, Some(&Box::new(Arc::new(7)))).await, "7");
}

/// Every way to write a number, the way the server itself reads it.
#[tokio::test]
async fn numeric_is_lossless() {
    let database = pgmutate_test_support::database().await.unwrap();
    let client = &database.connect().await.unwrap();
    let mut texts: Vec<String> = ["NaN", "Infinity", "-Infinity", "1e131071", "1e-16383"].map(String::from).into();
    for sign in ["", "-"] {
        for whole in ["0", "1", "9999", "10000", "123456789012345678901234567890", "100000000"] {
            for fraction in ["", ".0", ".5", ".00005", ".10", ".1234567890123456789012345678901234567890", ".00010000"]
            {
                for exponent in ["", "e0", "e1", "E+4", "e-1", "e-7", "e30"] {
                    texts.push(format!("{sign}{whole}{fraction}{exponent}"));
                }
            }
        }
    }
    let numbers = texts.iter().map(|text| text.parse::<Numeric>().unwrap()).collect::<Vec<_>>();

    let written = text::<Array<sql::Numeric>>(client, numbers).await;
    let read =
        client.query_one("SELECT $1::text::text[]::numeric[]::text", &[&format!("{{{}}}", texts.join(","))]).await;

    assert_eq!(written, read.unwrap().get::<_, String>(0));
}

#[tokio::test]
async fn json_comes_back_byte_for_byte() {
    let shop = Shop::open().await;
    shop.client.batch_execute(unruly::SQL).await.unwrap();

    for document in [
        "null",
        "12.50",
        "-0.000000000000000000000000000000000001",
        "123456789012345678901234567890.123456789012345678901234567890",
        r#""é ß \" \\ \n \t \u0001 / 😀 \b\f\r""#,
        r#"[[],{},"",0,false,true,null]"#,
        r#"{"a":null,"__typename":"x","snake_case":{"also_snake":1.0}}"#,
    ] {
        let answer = Echo { input: document.parse().unwrap() }.execute(&shop.client).await.unwrap();
        let expected = format!(
            r#"{{"__typename":"EchoSuccess","code":"SUCCESS","echo":{document},"message":"echoed","success":true}}"#
        );
        assert_eq!(answer.as_str(), expected);
        assert_eq!(answer.as_bytes(), expected.as_bytes());
        assert_eq!(answer.into_bytes(), expected.into_bytes());
    }
}

#[tokio::test]
async fn values_survive_the_shop_and_its_events() {
    let shop = Shop::open().await;
    let price = "123456789012345678901234567890.50";
    let name = "Zürich \"teapot\" \\ \n \u{1} 😀 '); DROP TABLE core.product; --";

    let input = UpdateProductInput {
        name: Patch::Value(name.to_owned()),
        price: Patch::Value(price.parse().unwrap()),
        stock: Patch::Absent,
    };
    let answer = UpdateProduct { product_id: id(TEA), input }.execute(&shop.client).await.unwrap();

    assert!(answer.as_str().contains(&format!(r#""price":{price},"#)), "{answer}");
    assert_eq!(json(&answer)["product"]["name"], name);
    let payload = shop.client.query_one("SELECT payload::text FROM app.mutation_events", &[]).await.unwrap();
    assert!(payload.get::<_, String>(0).contains(&format!(r#""price": {price},"#)));
    assert_eq!(shop.events().await[0].after["name"], name);

    let create = CreateCustomer {
        email: "o'brien+\"x\"@example.com".to_owned(),
        first_name: name.to_owned(),
        last_name: Patch::Null,
        locale: None,
    };
    let answer = create.execute(&shop.client).await.unwrap();
    let customer = &json(&answer)["customer"];
    assert_eq!((&customer["firstName"], &customer["lastName"]), (&name.into(), &Value::Null));
    assert_eq!(customer["email"], "o'brien+\"x\"@example.com");
}

#[tokio::test]
async fn a_buffer_is_appended_to() {
    let shop = Shop::open().await;
    shop.client.batch_execute(unruly::SQL).await.unwrap();
    let mut body = br#"{"data":{"echo":"#.to_vec();

    let outcome = Echo { input: "1".parse().unwrap() }.execute_into(&shop.client, &mut body).await.unwrap();
    body.extend_from_slice(b"}}");

    assert!(outcome.is_success());
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["data"]["echo"]["echo"], 1);
}

/// A struct of one's own, checked against the SQL when it compiles.
#[derive(Mutation)]
#[mutation(function = "app.update_product")]
struct ReviseProduct<'a> {
    input: RawJson,
    #[argument(name = "product_id")]
    product: &'a Uuid,
}

#[tokio::test]
async fn a_struct_of_ones_own_does_the_same() {
    let shop = Shop::open().await;
    let input = UpdateProductInput { price: Patch::Value("13.10".parse().unwrap()), ..Default::default() };

    let mut answers = Vec::new();
    for own in [false, true] {
        shop.client
            .batch_execute("UPDATE core.product SET price = 12.50; SELECT core.refresh_product(id) FROM core.product")
            .await
            .unwrap();
        answers.push(if own {
            ReviseProduct { input: r#"{"price": 13.10}"#.parse().unwrap(), product: &id(TEA) }
                .execute(&shop.client)
                .await
        } else {
            UpdateProduct { product_id: id(TEA), input: input.clone() }.execute(&shop.client).await
        });
    }

    let [generated, own] = answers.try_into().unwrap();
    assert_eq!(generated.unwrap().as_str(), own.unwrap().as_str());
    let [first, second] = shop.events().await.try_into().unwrap();
    assert_eq!((first.before, first.after), (second.before, second.after));
}
