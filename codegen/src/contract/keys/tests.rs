//! One mistake in the shop, one diagnostic at the line where it is.

use crate::body::Bodies;
use crate::catalog;
use crate::contract;
use crate::diagnostic::{Code, Diagnostic, render_plain};
use crate::event_log;
use crate::manifest;
use crate::resolve;
use crate::source::SourceMap;
use crate::sql::input::{Source, SourceKind};

/// A change of the shop: in this file, the text, and what it becomes.
struct Edit {
    file: &'static str,
    from: &'static str,
    to: &'static str,
    /// Where the mistake is said to be, if not where the change is.
    place: Option<&'static str>,
}

const fn edit(file: &'static str, from: &'static str, to: &'static str) -> Edit {
    Edit { file, from, to, place: None }
}

const fn seen_at(place: &'static str, edit: Edit) -> Edit {
    Edit { place: Some(place), ..edit }
}

fn shop() -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/shop");
    let mut files =
        vec![("mutations.json".to_owned(), std::fs::read_to_string(folder.join("mutations.json")).unwrap())];
    for entry in std::fs::read_dir(folder.join("sql")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        files.push((name, std::fs::read_to_string(&path).unwrap()));
    }
    files.sort();
    files
}

/// Checks files whose manifest is `mutations.json`.
fn check(files: &[(String, String)]) -> (Vec<Diagnostic>, SourceMap) {
    let mut sources = SourceMap::new();
    let mut sql = Vec::new();
    let mut manifest = None;
    for (name, text) in files {
        let file = sources.add(name.as_str(), text.as_str()).unwrap();
        if name == "mutations.json" {
            manifest = Some(file);
        } else {
            sql.push(Source::whole(&sources, file, SourceKind::Schema));
        }
    }
    sql.extend(event_log::source(&mut sources, "app"));
    let (catalog, mut diagnostics) = catalog::read(&sources, &sql);
    let manifest = manifest::read(&sources, manifest.unwrap()).unwrap();
    let bodies = Bodies::new(&catalog, &sources);
    diagnostics.extend(contract::check(&bodies, &manifest).diagnostics);
    // Of the bodies' names only this: a body whose argument has another name now is a mistake of its own.
    let names = resolve::check(&bodies, manifest.postgres).mistakes();
    diagnostics.extend(names.into_iter().filter(|mistake| mistake.code == Code::UNKNOWN_CALL));
    (diagnostics, sources)
}

fn edited(edit: &Edit) -> (Vec<(String, String)>, usize) {
    let mut files = shop();
    let (_, text) = files.iter_mut().find(|(name, _)| name == edit.file).unwrap();
    let at = text.find(edit.from).unwrap_or_else(|| panic!("{} has no `{}`", edit.file, edit.from));
    let line = text[..at].matches('\n').count() + 1;
    text.replace_range(at..at + edit.from.len(), edit.to);
    (files, line)
}

fn rendered(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    diagnostics.iter().map(|diagnostic| render_plain(diagnostic, sources)).collect::<Vec<_>>().join("\n\n")
}

/// The places `file:line` that a diagnostic names.
fn places(diagnostic: &Diagnostic, sources: &SourceMap) -> Vec<String> {
    let labels = diagnostic.primary.iter().chain(&diagnostic.secondary);
    labels.map(|label| sources.location(label.span)).collect()
}

#[test]
fn the_shop_has_no_mistake() {
    let (diagnostics, sources) = check(&shop());
    assert!(diagnostics.is_empty(), "{}", rendered(&diagnostics, &sources));
}

#[test]
fn every_renaming_is_one_mistake_at_its_line() {
    let customers = "07_customer_mutations.sql";
    let orders = "09_order_mutations.sql";
    let documents = "03_documents.sql";
    let edits = [
        // Keys of answers.
        edit(customers, "jsonb_build_object('customer', customer)", "jsonb_build_object('client', customer)"),
        edit(customers, "'customer_id', customer_id, 'customer'", "'id', customer_id, 'customer'"),
        edit(orders, "'order_number', v_order", "'order_no', v_order"),
        edit(documents, "'postal_code', address", "'postcode', address"),
        edit(documents, "'first_name', customer", "'given_name', customer"),
        edit(documents, "'quantity', item.quantity", "'amount', item.quantity"),
        edit(documents, "'total', items.total", "'sum', items.total"),
        edit(documents, "'shipping_address', address.data", "'ship_to', address.data"),
        edit("mutations.json", "\"postal_code\": \"String!\"", "\"postalcode\": \"String!\""),
        edit(
            "mutations.json",
            "\"order_number\": \"String!\",\n        \"customer\"",
            "\"number\": \"String!\",\n        \"customer\"",
        ),
        edit(
            "mutations.json",
            "\"success\": { \"product\": \"Product!\" }",
            "\"success\": { \"article\": \"Product!\" }",
        ),
        // Keys of arguments.
        edit(orders, "input_payload ->> 'note'", "input_payload ->> 'remark'"),
        edit(orders, "input_payload ->> 'customer_id'", "input_payload ->> 'client'"),
        edit("04_customer_logic.sql", "p_input ->> 'locale'", "p_input ->> 'language'"),
        edit("05_product_logic.sql", "p_input ->> 'price'", "p_input ->> 'prize'"),
        edit(
            "mutations.json",
            "\"note\": \"String\"\n      }\n    }\n  },",
            "\"remark\": \"String\"\n      }\n    }\n  },",
        ),
        // Arguments.
        edit(
            customers,
            "update_customer(customer_id uuid, input jsonb)",
            "update_customer(customer_id uuid, changes jsonb)",
        ),
        edit("mutations.json", "\"arguments\": { \"customer_id\": \"ID!\" }", "\"arguments\": { \"id\": \"ID!\" }"),
        // Codes.
        edit(customers, "'EMAIL_TAKEN'", "'EMAIL_IN_USE'"),
        edit(customers, "'CUSTOMER_HAS_ORDERS'", "'HAS_ORDERS'"),
        edit(orders, "false, 'OUT_OF_STOCK'", "false, 'SOLD_OUT'"),
        edit(customers, "true, 'SUCCESS'", "true, 'OK'"),
        edit("mutations.json", "\"errors\": [\"EMAIL_TAKEN\"]", "\"errors\": [\"EMAIL_USED\"]"),
        edit("06_order_logic.sql", "RETURN 'OUT_OF_STOCK'", "RETURN 'SOLD_OUT'"),
        // Functions.
        edit(customers, "FUNCTION app.create_customer", "FUNCTION app.add_customer"),
        seen_at(
            "07_customer_mutations.sql:21",
            edit(documents, "FUNCTION core.refresh_customer", "FUNCTION core.renew_customer"),
        ),
        edit(orders, "core.place_order(", "core.put_order("),
        edit("mutations.json", "app.create_order", "app.make_order"),
        // Events.
        edit(customers, "'CUSTOMER_CREATED'", "'CUSTOMER_ADDED'"),
        edit(customers, "'customer', customer_id, 'CREATE'", "'client', customer_id, 'CREATE'"),
        edit(customers, "customer_id, 'CREATE'", "customer_id, 'UPDATE'"),
        edit(customers, "jsonb_build_object('locale', locale)", "jsonb_build_object('language', locale)"),
        edit("mutations.json", "\"type\": \"PRODUCT_UPDATED\"", "\"type\": \"PRODUCT_CHANGED\""),
        edit("08_product_mutations.sql", "before, product, NULL", "before, NULL, NULL"),
    ];
    assert_one_mistake_each(&edits);
}

#[test]
fn every_other_change_is_one_mistake_at_its_line() {
    let customers = "07_customer_mutations.sql";
    let orders = "09_order_mutations.sql";
    let documents = "03_documents.sql";
    let edits = [
        // Values of another kind.
        edit(documents, "'total', items.total", "'total', items.data"),
        edit(documents, "'stock', product.stock", "'stock', product.name"),
        edit(documents, "'created_at', customer.created_at", "'created_at', customer.id"),
        edit(documents, "'items', items.data", "'items', items.total"),
        seen_at(
            "03_documents.sql:81",
            edit("02_tables.sql", "quantity     integer NOT NULL", "quantity     text    NOT NULL"),
        ),
        edit("mutations.json", "\"stock\": \"Int!\"", "\"stock\": \"Boolean!\""),
        edit("mutations.json", "\"addresses\": \"[Address!]!\"", "\"addresses\": \"Address!\""),
        // Values that may be null.
        seen_at("03_documents.sql:28", edit("02_tables.sql", "first_name text        NOT NULL", "first_name text")),
        edit(
            "mutations.json",
            "\"last_name\": \"String\",\n        \"locale\": \"String!\",\n        \"addr",
            "\"last_name\": \"String!\",\n        \"locale\": \"String!\",\n        \"addr",
        ),
        edit("mutations.json", "\"shipping_address\": \"Address\"", "\"shipping_address\": \"Address!\""),
        // Keys that are gone, or new.
        seen_at("03_documents.sql:26", edit(documents, "        'locale', customer.locale,\n", "")),
        edit(documents, "'sku', product.sku,", "'sku', product.sku, 'colour', 'red',"),
        edit(orders, "'order', v_order, ", ""),
        edit("mutations.json", "        \"sku\": \"String!\",\n", ""),
        // Types of inputs.
        edit("05_product_logic.sql", "(p_input ->> 'stock')::integer", "(p_input ->> 'stock')::boolean"),
        edit("mutations.json", "\"price\": \"Decimal\",", "\"price\": \"Boolean\","),
        // Codes.
        edit("mutations.json", "\"errors\": [\"NOT_FOUND\", \"EMAIL_TAKEN\"]", "\"errors\": [\"NOT_FOUND\"]"),
        edit("mutations.json", "\"errors\": [\"NOT_FOUND\"],", "\"errors\": [\"NOT_FOUND\", \"TOO_LATE\"],"),
        // Events.
        edit(
            "mutations.json",
            "\"after\": \"product\",\n        \"logged_by\": \"function\"",
            "\"after\": \"product\",\n        \"logged_by\": \"runtime\"",
        ),
        edit(
            "mutations.json",
            "\"after\": \"order\",\n        \"metadata\": { \"customer_id\": \"$input_payload.customer_id\" },\n        \"logged_by\": \"runtime\"",
            "\"after\": \"order\",\n        \"metadata\": { \"customer_id\": \"$input_payload.customer_id\" },\n        \"logged_by\": \"function\"",
        ),
        edit(
            customers,
            "    RETURN app.build_mutation_response(\n        true, 'SUCCESS', 'customer updated',",
            "    PERFORM app.log_cdc_event('CUSTOMER_UPDATED', 'customer', customer_id, 'UPDATE', before, core.refresh_customer(customer_id));\n    RETURN app.build_mutation_response(\n        true, 'SUCCESS', 'customer updated',",
        ),
        // An answer that is none.
        seen_at(
            "07_customer_mutations.sql:3",
            edit(
                customers,
                "RETURN app.build_mutation_response(false, 'EMAIL_TAKEN', format('the email %s is taken', email), NULL);",
                "RETURN NULL;",
            ),
        ),
    ];
    assert_one_mistake_each(&edits);
}

#[test]
fn what_changes_nothing_is_no_mistake() {
    let edits = [
        edit("09_order_mutations.sql", "    -- The weakest lock", "    -- weakest lock"),
        edit(
            "03_documents.sql",
            "        'id', product.id,\n        'sku', product.sku,",
            "        'sku', product.sku,\n        'id', product.id,",
        ),
        edit("06_order_logic.sql", "INTO available\n", "INTO  available\n"),
        edit("07_customer_mutations.sql", "'customer created'", "'welcome'"),
        edit("02_tables.sql", "note                text,", "note                text DEFAULT '',"),
        edit("mutations.json", "\"note\": \"String\",\n        \"created_at\"", "\"note\": \"String\", \"created_at\""),
    ];
    for edit in &edits {
        let (files, _) = edited(edit);
        let (diagnostics, sources) = check(&files);
        assert!(diagnostics.is_empty(), "{}: {}\n{}", edit.file, edit.from, rendered(&diagnostics, &sources));
    }
}

fn assert_one_mistake_each(edits: &[Edit]) {
    let mut wrong = Vec::new();
    for edit in edits {
        let (files, line) = edited(edit);
        let (diagnostics, sources) = check(&files);
        let place = edit.place.map_or_else(|| format!("{}:{line}", edit.file), str::to_owned);
        let names_sql =
            |diagnostic: &Diagnostic| places(diagnostic, &sources).iter().any(|place| place.contains(".sql"));
        let is_right = match diagnostics.as_slice() {
            [only] => names_sql(only) && (!edit.file.ends_with(".sql") || places(only, &sources).contains(&place)),
            _ => false,
        };
        if !is_right {
            wrong.push(format!("{place}: {} -> {}\n{}", edit.from, edit.to, rendered(&diagnostics, &sources)));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n\n{}", wrong.len(), edits.len(), wrong.join("\n\n=====\n\n"));
}
