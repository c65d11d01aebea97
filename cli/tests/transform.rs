//! `pgmutate transform` as a user runs it: a document on stdin, the client's JSON on stdout.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const MANIFEST: [&str; 2] = ["--manifest", "fixtures/shop/mutations.json"];

const ADDRESS: &str =
    r#"{"id": 1, "city": "Berlin", "street": "Invalidenstr. 44", "country": "DE", "postal_code": "10115"}"#;
const CUSTOMER: &str = r#"{"id": 7, "email": "ada@example.com", "locale": "en", "addresses": [], "last_name": null, "created_at": "2024-02-29T12:00:00+00:00", "first_name": "Ada"}"#;
const SHOWN: &str = r#"{"__typename":"Customer","id":7,"email":"ada@example.com","locale":"en","addresses":[],"lastName":null,"createdAt":"2024-02-29T12:00:00+00:00","firstName":"Ada"}"#;

/// Exit code, stdout and stderr of `pgmutate transform` in `folder` with this on stdin.
fn transform_in(folder: &Path, arguments: &[&str], document: &[u8]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgmutate"));
    command.arg("transform").args(arguments).current_dir(folder);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("pgmutate starts");
    // It may end without having read, where its arguments are wrong.
    let _ = child.stdin.take().unwrap().write_all(document);
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn transform(arguments: &[&str], document: &str) -> (Option<i32>, String, String) {
    transform_in(Path::new(WORKSPACE), &[&MANIFEST, arguments].concat(), document.as_bytes())
}

#[track_caller]
fn shows(arguments: &[&str], document: &str, expected: &str) {
    let (code, stdout, stderr) = transform(arguments, document);
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (Some(0), format!("{expected}\n").as_str(), ""));
}

#[track_caller]
fn refuses(arguments: &[&str], document: &str, expected: &str) {
    let (code, stdout, stderr) = transform(arguments, document);
    assert_eq!((code, stdout.as_str()), (Some(1), ""), "{stderr}");
    assert_eq!(stderr, format!("error: {expected}\n"));
}

#[test]
fn a_document_becomes_what_the_client_gets() {
    shows(&["--type", "Customer"], CUSTOMER, SHOWN);
    let document = CUSTOMER.replace("[]", &format!("[{ADDRESS}]"));
    let (code, stdout, _) = transform(&["--type", "Customer"], &document);
    assert_eq!(code, Some(0));
    assert!(stdout.contains(r#""addresses":[{"__typename":"Address","id":1,"city":"Berlin""#), "{stdout}");
}

#[test]
fn numbers_pass_byte_for_byte() {
    let product =
        r#"{"id": 1, "sku": "A", "name": "Mug", "price": 12345678901234567890.10, "stock": 3, "created_at": "now"}"#;
    let (code, stdout, _) = transform(&["--type", "Product"], product);
    assert_eq!(code, Some(0));
    assert!(stdout.contains(r#""price":12345678901234567890.10,"#), "{stdout}");
}

#[test]
fn the_answer_of_a_mutation_is_known_with_its_sql() {
    let document = format!(r#"{{"code": "SUCCESS", "message": null, "success": true, "customer": {CUSTOMER}}}"#);
    let typename = ["--type", "CreateCustomerSuccess"];
    let (code, stdout, stderr) = transform(&[&typename[..], &["--sql", "fixtures/shop/sql"]].concat(), &document);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert_eq!(
        stdout,
        format!(
            "{{\"__typename\":\"CreateCustomerSuccess\",\"code\":\"SUCCESS\",\"message\":null,\"success\":true,\"customer\":{SHOWN}}}\n"
        )
    );

    let (code, _, stderr) = transform(&typename, &document);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("`CreateCustomerSuccess` is no output type of `fixtures/shop/mutations.json`"), "{stderr}");
    assert!(stderr.contains("the answers of mutations are known with --sql"), "{stderr}");
}

#[test]
fn only_what_is_selected_is_written_in_its_order() {
    let selection = "{ name: firstName ... on Customer { id } kind: __typename }";
    shows(&["--type", "Customer", "--selection", selection], CUSTOMER, r#"{"name":"Ada","id":7,"kind":"Customer"}"#);
    refuses(
        &["--type", "Customer", "--selection", "{ addresses { town } }"],
        CUSTOMER,
        "the selection does not fit `Customer`: `Address` has no field `town`, under `addresses`",
    );
}

#[test]
fn client_variables_become_what_the_function_reads() {
    let order = ["--type", "CreateOrderInput", "--reverse"];
    let document =
        r#"{ "items": [ { "quantity": 2, "product\u0049d": "p" } ], "customerId": "c", "shippingAddressId": "a" }"#;
    shows(
        &order,
        document,
        r#"{"items":[{"quantity":2,"product_id":"p"}],"customer_id":"c","shipping_address_id":"a"}"#,
    );
    let (code, _, stderr) = transform(&order, &document.replace("quantity", "quantty"));
    assert_eq!(code, Some(1));
    assert!(stderr.contains("`OrderItemInput` has no field `quantty`"), "{stderr}");
    assert!(stderr.contains("items[0]") && stderr.contains("(byte "), "{stderr}");
}

#[test]
fn a_mistake_is_told_with_its_byte_and_path() {
    refuses(
        &["--type", "Customer"],
        &CUSTOMER.replace("[]", r#"[{"id": 1, "city": }]"#),
        "the document is no `Customer`: expected a string, number or boolean, found `}`, at `addresses[0].city` (byte 86)",
    );
    let (code, stdout, stderr) =
        transform_in(Path::new(WORKSPACE), &[&MANIFEST[..], &["--type", "Customer"]].concat(), b"{\"id\": \"\xff\"}");
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(stderr.contains("UTF-8") && stderr.contains("(byte 8)"), "{stderr}");
    let (code, stdout, stderr) = transform(&["--type", "Customer"], "");
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(stderr.contains("the document is no `Customer`"), "{stderr}");
}

#[test]
fn policies_are_options() {
    let document = CUSTOMER.replace("\"id\": 7", "\"id\": 7, \"vip_level\": 3");
    shows(&["--type", "Customer"], &document, SHOWN);
    shows(
        &["--type", "Customer", "--unknown", "rename"],
        &document,
        &SHOWN.replace("\"id\":7", "\"id\":7,\"vipLevel\":3"),
    );
    let (code, _, stderr) = transform(&["--type", "Customer", "--unknown", "refuse"], &document);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("`Customer` has no field `vip_level`"), "{stderr}");

    let incomplete = CUSTOMER.replace(r#""locale": "en", "#, "");
    let (code, _, stderr) = transform(&["--type", "Customer"], &incomplete);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("field `locale` of `Customer` is missing"), "{stderr}");
    shows(&["--type", "Customer", "--missing", "allow"], &incomplete, &SHOWN.replace(r#""locale":"en","#, ""));
}

#[test]
fn a_type_that_does_not_fit_the_direction_is_explained() {
    let (code, _, stderr) = transform(&["--type", "CreateOrderInput"], "{}");
    assert_eq!(code, Some(1));
    assert!(stderr.contains("help: it is an input: read it with --reverse"), "{stderr}");
    let (code, _, stderr) = transform(&["--type", "Customer", "--reverse"], "{}");
    assert_eq!(code, Some(1));
    assert!(stderr.contains("help: it is an output type: leave out --reverse"), "{stderr}");
    let (code, _, stderr) = transform(&["--type", "Custommer"], "{}");
    assert_eq!(code, Some(1));
    assert!(stderr.contains("help: there are `Address`, `Customer`"), "{stderr}");
    let (code, _, stderr) = transform(&["--type", "Customer", "--reverse", "--selection", "{ id }"], "{}");
    assert_eq!(code, Some(2));
    assert!(stderr.contains("cannot be used with"), "{stderr}");
}

#[test]
fn a_manifest_that_is_wrong_is_reported_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = fs::read_to_string(Path::new(WORKSPACE).join("fixtures/shop/mutations.json")).unwrap();
    fs::write(folder.path().join("mutations.json"), manifest.replacen("\"String!\"", "\"Sting!\"", 1)).unwrap();
    let (code, stdout, stderr) = transform_in(folder.path(), &["--type", "Customer"], CUSTOMER.as_bytes());
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(stderr.contains("type `Sting` does not exist") && stderr.contains("--> mutations.json:"), "{stderr}");
    let (code, _, stderr) = transform_in(folder.path(), &["--manifest", "none.json", "--type", "Customer"], b"");
    assert_eq!(code, Some(1));
    assert!(stderr.contains("cannot read the manifest `none.json`"), "{stderr}");
}
