//! The script, as text. What it does is shown on a real server.

use super::*;

/// The entities of the shop, as its manifest and tables declare them.
fn shop() -> Vec<Entity> {
    let entity = |name: &str| Entity {
        name: name.to_owned(),
        table: QualifiedName::new("core", name),
        key: vec![KeyColumn { name: "id".to_owned(), data_type: "uuid".to_owned() }],
        image: Some(Image {
            table: QualifiedName::new("app", format!("tv_{name}")),
            key: vec!["id".to_owned()],
            column: "data".to_owned(),
        }),
    };
    ["customer", "product", "order"].map(entity).to_vec()
}

/// Rewrites the golden file where `UPDATE_GOLDEN` is set, compares it otherwise.
#[test]
fn the_shop_has_its_script() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/shop/event_log.sql");
    let script = script(&Settings::default(), &shop()).unwrap();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &script).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap();
    assert!(
        golden == script,
        "fixtures/shop/event_log.sql differs: look at the change, then run again with UPDATE_GOLDEN=1"
    );
}
