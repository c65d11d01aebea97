//! What `cargo build` says: real crates, built by the real cargo.
//!
//! One small crate is built again and again, each time with one mistake more than none. The errors are compared as a whole
//! with what a person has read and found clear: `tests/builds/expected/`. `UPDATE_GOLDEN=1` writes those files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

mod package;

use package::Package;

/// The mistakes share one package and one target folder, so they are made one after the other.
#[test]
fn a_mistake_in_sql_manifest_or_struct_is_one_clear_error_of_cargo_build() {
    let package = Package::new("shop", &[("src/main.rs", "pgmutate::include_mutations!();\n\nfn main() {}\n")]);
    package.builds();

    package
        .breaks("renamed_function_in_sql", &[("sql/09_order_mutations.sql", "app.create_order(", "app.place_order(")]);
    package.breaks(
        "renamed_function_with_a_caller",
        &[
            (
                "sql/07_customer_mutations.sql",
                "app.delete_customer(customer_id uuid)",
                "app.drop_customer(customer_id uuid)",
            ),
            ("src/main.rs", "fn main() {}", include_str!("caller.rs")),
        ],
    );
    package.breaks(
        "renamed_argument_in_sql",
        &[("sql/07_customer_mutations.sql", "delete_customer(customer_id uuid)", "delete_customer(id uuid)")],
    );
    package.breaks("renamed_function_in_manifest", &[("mutations.json", "app.create_order", "app.creat_order")]);
    package.breaks("renamed_argument_in_manifest", &[("mutations.json", "\"input_payload\":", "\"payload\":")]);
    package.breaks(
        "renamed_key_in_sql",
        &[("sql/09_order_mutations.sql", "'order_number', v_order", "'order_no', v_order")],
    );
    package.breaks(
        "renamed_nested_key_in_sql",
        &[("sql/03_documents.sql", "'unit_price', item.unit_price", "'price', item.unit_price")],
    );
    package.breaks("renamed_key_in_manifest", &[("mutations.json", "\"postal_code\":", "\"postcode\":")]);
    package.breaks("undeclared_code", &[("sql/09_order_mutations.sql", "false, 'OUT_OF_STOCK'", "false, 'SOLD_OUT'")]);
    package.breaks(
        "two_mistakes",
        &[
            (
                "mutations.json",
                "\"Customer!\" },\n      \"errors\": [\"EMAIL_TAKEN\"]",
                "\"Custommer!\" },\n      \"errors\": [\"EMAIL_TAKEN\"]",
            ),
            ("mutations.json", "app.update_product", "app.change_product"),
        ],
    );
    package.breaks("manifest_is_no_json", &[("mutations.json", "\"version\": 1,", "\"version\": 1")]);
    package.breaks("missing_manifest", &[("build.rs", "mutations.json", "mutation.json")]);
    package.breaks("no_manifest_named", &[("build.rs", ".manifest(\"mutations.json\")", "")]);
    package.breaks("missing_sql", &[("build.rs", "\"sql\"", "\"sqls\"")]);
    package.breaks("hand_written", &[("src/main.rs", "fn main() {}", include_str!("hand_written.rs"))]);
    package.breaks("typed", &[("src/main.rs", "fn main() {}", include_str!("typed.rs"))]);
    package.breaks("declared", &[("src/main.rs", "fn main() {}", include_str!("declared.rs"))]);
    let exhaustive = ("src/main.rs", "fn main() {}", include_str!("exhaustive.rs"));
    package.builds_with(&[exhaustive]);
    package.breaks(
        "code_added",
        &[
            exhaustive,
            ("mutations.json", "\"CUSTOMER_HAS_ORDERS\"]", "\"CUSTOMER_HAS_ORDERS\", \"CUSTOMER_IS_KEPT\"]"),
            (
                "sql/07_customer_mutations.sql",
                "    IF NOT core.delete_customer(customer_id) THEN",
                "    IF before ->> 'locale' = 'en' THEN\n        \
                     RETURN app.build_mutation_response(false, 'CUSTOMER_IS_KEPT', 'kept', NULL);\n    END IF;\n    \
                     IF NOT core.delete_customer(customer_id) THEN",
            ),
        ],
    );
    package.breaks(
        "other_version",
        &[("src/main.rs", "fn main() {}", "mod older { pgmutate::generated_by!(\"0.0.9\"); }\nfn main() {}")],
    );
    package.breaks("no_build_script", &[("Cargo.toml", "build = \"build.rs\"", "build = false")]);

    package.builds();
}

/// A derive reads what the build script has left, whichever target of the crate it stands in, and cargo knows that it did.
#[test]
fn an_edit_of_sql_or_manifest_is_noticed_by_the_derive_in_every_target() {
    const ANY: &str = include_str!("targets/any.rs");
    let package = Package::new(
        "targets",
        &[
            ("src/lib.rs", include_str!("targets/lib.rs")),
            ("src/main.rs", ANY),
            ("tests/calls.rs", ANY),
            ("examples/calls.rs", ANY),
        ],
    );
    let with_default = "cannot be sent as the argument `customer_id uuid` of `app.delete_customer`";
    for (selection, file) in [
        ("--bin=targets", "src/main.rs:6"),
        ("--test=calls", "tests/calls.rs:6"),
        ("--example=calls", "examples/calls.rs:6"),
    ] {
        package.breaks_target(
            selection,
            &[(
                "sql/07_customer_mutations.sql",
                "delete_customer(customer_id uuid)",
                "delete_customer(customer_id uuid DEFAULT NULL)",
            )],
            &[file, with_default, "(sql/07_customer_mutations.sql:"],
        );
        package.breaks_target(
            selection,
            &[("mutations.json", "\"deleteCustomer\"", "\"dropCustomer\"")],
            &[
                "a successful `app.delete_customer` answers a `DropCustomerSuccess` (sql/07_customer_mutations.sql:",
                "the manifest declares no type `DeleteCustomerSuccess`",
            ],
        );
    }
    package.breaks_target(
        "--lib",
        &[("mutations.json", "\"updateProduct\"", "\"changeProduct\"")],
        &["`UpdateProductSuccess`"],
    );
}
