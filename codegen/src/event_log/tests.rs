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

/// An older log gets the steps that it lacks, a fresh one gets all.
#[test]
fn later_steps_are_for_older_logs() {
    let steps = [STEPS[0], "        ALTER TABLE {{schema}}.mutation_log ADD COLUMN note text;\n"];
    let script = render(&Settings::default(), &[], &steps).unwrap();
    let upgrade = "
    IF installed < 2 THEN
        ALTER TABLE app.mutation_log ADD COLUMN note text;
        UPDATE app.mutation_log SET version = 2;
    END IF;
END;
";
    assert!(script.contains(upgrade), "{script}");
    assert!(script.contains("IF installed > 2 THEN"));
}

#[test]
fn names_nobody_but_the_given_roles() {
    let settings =
        Settings { writers: vec!["Web \"app\"".to_owned()], readers: vec!["relay".to_owned()], ..Settings::default() };
    let script = script(&settings, &shop()).unwrap();
    let grants = script
        .split(';')
        .filter(|statement| statement.contains("GRANT ") && !statement.contains("EXECUTE format("))
        .collect::<Vec<_>>();
    assert_eq!(grants.len(), 4);
    assert!(grants[..2].iter().all(|grant| grant.ends_with(r#" TO "Web ""app""""#)), "{grants:?}");
    assert!(grants[2..].iter().all(|grant| grant.ends_with(" TO relay")), "{grants:?}");
    assert!(!script.contains("TO PUBLIC"));
}

#[test]
fn what_cannot_be_declared_is_an_error() {
    let refused = |change: fn(&mut Vec<Entity>)| {
        let mut entities = shop();
        change(&mut entities);
        script(&Settings::default(), &entities).unwrap_err().to_string()
    };
    let message = refused(|entities| entities[1].name = "customer".to_owned());
    assert_eq!(message, "entity `customer` is declared twice: remove one of them");
    let message = refused(|entities| entities[0].key.clear());
    assert_eq!(message, "entity `customer` has no key: name the key column of its table");
    let message = refused(|entities| entities[0].key[0].data_type = "uuid); DROP TABLE x".to_owned());
    assert!(
        message.starts_with("`uuid); DROP TABLE x` of key column `id` of entity `customer` is not a type"),
        "{message}"
    );
    let message = refused(|entities| entities[0].image.as_mut().unwrap().key.push("part".to_owned()));
    assert!(message.starts_with("the key of entity `customer` has 1 column(s), that of its image 2"), "{message}");
    let message = refused(|entities| entities[0].name = "e".repeat(60));
    assert!(message.contains("longer than 63 bytes"), "{message}");
}

/// A name with a line break would leave the comment that it stands in and go on as SQL.
#[test]
fn a_schema_is_a_name_that_postgres_keeps() {
    let with = |schema: &str| script(&Settings { schema: schema.to_owned(), ..Settings::default() }, &[]);
    for schema in ["", "a\nDROP TABLE b; --", "a\0b", "pg_catalog", "pg_log", "information_schema", &"a".repeat(64)] {
        assert!(matches!(with(schema), Err(Error::Schema { .. })), "{schema:?}");
    }
    for schema in ["app", "My \"log\"", "%s é $pgmutate$", &"a".repeat(63)] {
        assert!(with(schema).is_ok(), "{schema:?}");
    }
}
