//! An answer that breaks its contract is found before the commit, however deep the mistake lies; what it did is rolled back.

use pgmutate::{Connection, ErrorKind, Mutation, types::Numeric};
use pgmutate_tests::calls::rename;
use pgmutate_tests::kinds::Kinds;
use pgmutate_tests::kinds::mutations::app::{Answer, Grow, Measure};
use pgmutate_tests::shop::Shop;
use serde_json::{Value, json};
use tokio_postgres::NoTls;

/// An answer that keeps its contract.
fn everything() -> Value {
    json!({
        "success": true, "code": "SUCCESS", "message": null, "note": "n",
        "everything": {
            "id": "1", "uuid": "c0000000-0000-4000-8000-000000000001", "flag": false, "small": -1, "big": "9", "ratio": 0.5,
            "price": 12.5, "at": "2026-01-01T00:00:00Z", "status": "NEW", "statuses": ["NEW", "SENT"], "any": {"deep": [null]},
            "maybe_any": null, "matrix": [[1, 2], []],
            "items": [{"sku": "a", "count": 1, "tags": ["x"], "status": null}, {"sku": "b", "count": 2, "tags": null}],
            "maybe_items": [null, {"sku": "c", "count": 3}],
            "payment": {"kind": "card", "last_four": "1234"},
            "payments": [{"kind": "cash", "currency": "EUR", "amount": 1.5}, null]
        }
    })
}

/// The same with another value at a path, or nothing there.
fn with(path: &str, value: Option<Value>) -> Value {
    let mut answer = everything();
    let (parent, key) = path.rsplit_once('/').unwrap();
    let parent = answer.pointer_mut(parent).unwrap();
    match (parent, value) {
        (Value::Object(object), Some(value)) => drop(object.insert(key.to_owned(), value)),
        (Value::Object(object), None) => drop(object.remove(key).unwrap()),
        (Value::Array(list), Some(value)) => list[key.parse::<usize>().unwrap()] = value,
        (Value::Array(list), None) => drop(list.remove(key.parse().unwrap())),
        (other, _) => panic!("{other}"),
    }
    answer
}

fn answer(response: &Value) -> Answer {
    Answer { response: response.to_string().parse().unwrap() }
}

/// What is wrong, by its place, and what the error says of it.
fn mistakes() -> Vec<(&'static str, Option<Value>, &'static str)> {
    vec![
        ("/everything", None, "`everything` is missing, where the contract has `Everything!`"),
        ("/everything", Some(Value::Null), "`everything` is null, where the contract has `Everything!`"),
        ("/everything", Some(json!([])), "`everything` is a jsonb array, where the contract has `Everything!`"),
        ("/note", Some(json!(7)), "`note` is a jsonb number, where the contract has `String`"),
        ("/message", Some(json!({})), "`message` is a jsonb object, where the contract has `String`"),
        ("/everything/id", Some(json!(true)), "`everything.id` is a jsonb boolean, where the contract has `ID!`"),
        (
            "/everything/uuid",
            Some(json!("no uuid")),
            "`everything.uuid` is a text of another form, where the contract has `UUID`",
        ),
        ("/everything/flag", Some(json!("true")), "`everything.flag` is a jsonb string"),
        (
            "/everything/small",
            Some(json!(2_147_483_648_u64)),
            "`everything.small` is another number, where the contract has `Int!`",
        ),
        ("/everything/small", Some(json!(1.5)), "`everything.small` is another number"),
        ("/everything/big", Some(json!(9_223_372_036_854_775_808_u64)), "`everything.big` is another number"),
        ("/everything/price", None, "`everything.price` is missing"),
        ("/everything/status", Some(json!("LOST")), "`everything.status` is `LOST`, which is no value of `Status`"),
        ("/everything/status", Some(json!(["NEW"])), "`everything.status` is a jsonb array"),
        ("/everything/statuses/1", Some(json!("LOST")), "`everything.statuses[1]` is `LOST`"),
        (
            "/everything/statuses/0",
            Some(Value::Null),
            "`everything.statuses[0]` is null, where the contract has `Status!`",
        ),
        ("/everything/any", Some(Value::Null), "`everything.any` is null, where the contract has `JSON!`"),
        ("/everything/any", None, "`everything.any` is missing"),
        ("/everything/items", Some(json!({})), "`everything.items` is a jsonb object"),
        ("/everything/items/1", Some(Value::Null), "`everything.items[1]` is null, where the contract has `Item!`"),
        ("/everything/items/1", Some(json!([])), "`everything.items[1]` is a jsonb array"),
        ("/everything/items/1/sku", None, "`everything.items[1].sku` is missing, where the contract has `String!`"),
        ("/everything/items/0/tags/0", Some(Value::Null), "`everything.items[0].tags[0]` is null"),
        ("/everything/items/0/status", Some(json!("LOST")), "`everything.items[0].status` is `LOST`"),
        ("/everything/maybe_items/1/count", Some(Value::Null), "`everything.maybe_items[1].count` is null"),
        ("/everything/maybe_items/0", Some(json!("x")), "`everything.maybe_items[0]` is a jsonb string"),
        ("/everything/matrix/0", Some(Value::Null), "`everything.matrix[0]` is null, where the contract has `[Int!]!`"),
        ("/everything/matrix/0/1", Some(json!("2")), "`everything.matrix[0][1]` is a jsonb string"),
        ("/everything/payment", Some(json!("card")), "`everything.payment` is a jsonb string"),
        ("/everything/payment/kind", None, "`everything.payment` has no `kind` that tells which `Payment` it is"),
        ("/everything/payment/kind", Some(json!(["card"])), "`everything.payment` has no `kind`"),
        ("/everything/payment/kind", Some(json!("cash")), "`everything.payment.amount` is missing"),
        ("/everything/payments/0/amount", Some(Value::Null), "`everything.payments[0].amount` is null"),
        ("/everything/payments/0/kind", Some(json!("bond")), "`everything.payments[0]` has no `kind`"),
        ("/everything/any", Some(nested(130)), "the answer is nested deeper than 128 levels"),
    ]
}

fn nested(levels: usize) -> Value {
    (0..levels).fold(json!([]), |inner, _| json!([inner]))
}

#[tokio::test]
async fn a_mistake_anywhere_in_an_answer_rolls_back() {
    let kinds = Kinds::open().await;
    let done = answer(&everything()).execute(&kinds.client).await.unwrap();
    assert!(done.is_success() && done.outcome().code() == Some("SUCCESS"), "{done}");
    assert_eq!(kinds.count("app.answered").await, 1, "what keeps the contract commits");

    for (path, value, says) in mistakes() {
        let error = answer(&with(path, value)).execute(&kinds.client).await.expect_err(says);
        assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Contract, Some("PGM01")), "{path}: {error}");
        assert!(error.to_string().contains(says), "{path}: {error}");
    }
    assert_eq!(kinds.count("app.answered").await, 1, "nothing else does");
}

#[tokio::test]
async fn what_the_contract_leaves_open_is_no_mistake() {
    let kinds = Kinds::open().await;
    for (path, value) in [
        ("/note", None),
        ("/note", Some(Value::Null)),
        ("/undeclared", Some(json!({"a": [1]}))),
        ("/everything/uuid", None),
        ("/everything/uuid", Some(json!("C0000000000040008000000000000001"))),
        ("/everything/id", Some(json!(7))),
        ("/everything/big", Some(json!(9_223_372_036_854_775_807_u64))),
        ("/everything/price", Some(json!("12.50"))),
        ("/everything/any", Some(json!(false))),
        ("/everything/any", Some(nested(100))),
        ("/everything/items", Some(json!([]))),
        ("/everything/maybe_items", Some(Value::Null)),
        ("/everything/payments", Some(json!([null, null]))),
    ] {
        let done = answer(&with(path, value.clone())).execute(&kinds.client).await;
        assert!(done.is_ok(), "{path} = {value:?}: {done:?}");
    }
    let error = json!({"success": false, "code": "REFUSED", "message": ["x"]});
    let error = answer(&error).execute(&kinds.client).await.unwrap_err();
    assert!(error.to_string().contains("`message` is a jsonb array"), "{error}");
}

/// Whatever happens to an answer: the statement and the transform are of one mind.
#[tokio::test]
async fn what_commits_can_be_transformed() {
    let kinds = Kinds::open().await;
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % below as u64).unwrap()
    };
    let values = [
        json!(null),
        json!(1),
        json!("x"),
        json!(true),
        json!([]),
        json!({}),
        json!([[]]),
        json!([{}]),
        json!("NEW"),
        json!("cash"),
    ];
    let (mut kept, mut broken) = (0, 0);
    for _ in 0..400 {
        let mut response = everything();
        for _ in 0..=next(2) {
            let mut places = Vec::new();
            pointers(&response, "", &mut places);
            let place = &places[next(places.len())];
            if !["", "/success", "/code"].contains(&place.as_str()) {
                *response.pointer_mut(place).unwrap() = values[next(values.len())].clone();
            }
        }
        match answer(&response).execute(&kinds.client).await {
            Ok(_) => kept += 1,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Contract, "{response}: {error}");
                assert!(
                    error.to_string().contains("where the contract has")
                        || error.to_string().contains("no value of")
                        || error.to_string().contains("that tells which"),
                    "{error}"
                );
                broken += 1;
            }
        }
    }
    assert_eq!(kinds.count("app.answered").await, kept);
    assert!(kept > 20 && broken > 100, "{kept} kept, {broken} broken");
}

fn pointers(value: &Value, path: &str, out: &mut Vec<String>) {
    out.push(path.to_owned());
    match value {
        Value::Object(object) => object.iter().for_each(|(key, value)| pointers(value, &format!("{path}/{key}"), out)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(at, value)| pointers(value, &format!("{path}/{at}"), out));
        }
        _ => {}
    }
}

/// No path can look into types that contain themselves; a function does.
#[tokio::test]
async fn a_type_that_contains_itself_is_checked_to_its_leaves() {
    let kinds = Kinds::open().await;
    let tree = |name: Value, branches: Value| json!({"name": name, "branches": branches, "leaf": {"sku": "a", "count": 1}, "rows": [null, [1, null]]});
    let grow = |tree: &Value| {
        let response = json!({"success": true, "code": "SUCCESS", "message": null, "tree": tree});
        Grow { response: response.to_string().parse().unwrap() }
    };
    let good = tree(
        json!("root"),
        json!([tree(json!("a"), json!([])), tree(json!("b"), json!([tree(json!("c"), json!([]))]))]),
    );
    assert!(grow(&good).execute(&kinds.client).await.unwrap().is_success());

    for (path, value, says) in [
        (
            "/branches/1/branches/0/name",
            Value::Null,
            "`tree.branches[1].branches[0].name` is null, where the contract has `String!`",
        ),
        ("/branches/0/leaf/count", json!("1"), "`tree.branches[0].leaf.count` is a jsonb string"),
        (
            "/branches/1/rows/1/0",
            json!("x"),
            "`tree.branches[1].rows[1][0]` is a jsonb string, where the contract has `Int`",
        ),
        ("/branches/1/branches", nested(130), "the answer is nested deeper than 128 levels"),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(path).unwrap() = value;
        let error = grow(&bad).execute(&kinds.client).await.expect_err(says);
        assert!(error.kind() == ErrorKind::Contract && error.to_string().contains(says), "{error}");
    }
    assert_eq!(kinds.count("app.answered").await, 1);
}

/// Also where the response is composed of columns.
#[tokio::test]
async fn a_null_column_rolls_back() {
    let kinds = Kinds::open().await;
    let measure = |name: Option<&str>, notes: Option<&str>| Measure {
        name: name.map(str::to_owned),
        weight: Some("1.50".parse::<Numeric>().unwrap()),
        notes: notes.map(|notes| notes.parse().unwrap()),
    };
    let done = measure(Some("tea"), Some("[]")).execute(&kinds.client).await.unwrap();
    assert!(done.as_str().contains(r#""grams":1.50"#), "{done}");
    let error = measure(None, Some("[]")).execute(&kinds.client).await.unwrap_err();
    assert!(error.to_string().contains("`label` is null, where the contract has `String!`"), "{error}");
    let error = measure(Some("tea"), None).execute(&kinds.client).await.unwrap_err();
    assert!(error.to_string().contains("`remarks` is null, where the contract has `JSON!`"), "{error}");
    assert_eq!(kinds.count("app.answered").await, 1);
}

/// A function of the shop that was deployed in another version: change, event and image go together.
#[tokio::test]
async fn a_drifted_function_leaves_neither_change_nor_event() {
    let shop = Shop::open().await;
    let connection = Connection::connect(&shop.database.config(), NoTls).await.unwrap();
    assert!(rename("Augusta").execute(&connection).await.unwrap().is_success());
    let sql = "ALTER FUNCTION app.update_customer RENAME TO update_customer_before;
               CREATE FUNCTION app.update_customer(customer_id uuid, input jsonb) RETURNS jsonb LANGUAGE sql AS $$
                   SELECT jsonb_set(app.update_customer_before($1, $2), '{customer,addresses,0,city}', 'null')
               $$";
    shop.client.batch_execute(sql).await.unwrap();

    for _ in 0..2 {
        let error = rename("Byron").execute(&connection).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Contract);
        assert!(
            error.to_string().contains("`customer.addresses[0].city` is null, where the contract has `String!`"),
            "{error}"
        );
    }
    assert_eq!(shop.events().await.len(), 1);
    let name = shop
        .client
        .query_one("SELECT data ->> 'first_name' FROM app.tv_customer WHERE data ->> 'last_name' = 'Lovelace'", &[]);
    assert_eq!(name.await.unwrap().get::<_, String>(0), "Augusta");
}
