//! Rights of roles: what callers need, and what the files give.

use std::collections::BTreeMap;

use pgmutate_codegen::catalog;
use pgmutate_codegen::diagnostic::Code;
use pgmutate_codegen::emit::Files;
use pgmutate_codegen::project::Generated;
use pgmutate_codegen::source::SourceMap;
use pgmutate_codegen::sql::input::{Source, SourceKind};
use pgmutate_codegen::verify::Settings;
use pgmutate_test_support::Database;
use pgmutate_tests::shop::Shop;

use super::{codes, rendered, shop, verified};

/// A role that lasts as long as the test: roles belong to the server, not to the database.
struct Role {
    name: String,
}

impl Role {
    async fn create(database: &Database, name: &str) -> Role {
        let name = format!("{}_{name}", database.name());
        let client = database.connect().await.unwrap();
        client.batch_execute(&format!("CREATE ROLE {name}")).await.unwrap();
        Role { name }
    }

    async fn drop(self, database: &Database) {
        let client = database.connect().await.unwrap();
        let Role { name } = self;
        client.batch_execute(&format!("DROP OWNED BY {name}; DROP ROLE {name}")).await.unwrap();
    }
}

#[tokio::test]
async fn callers_that_lack_a_right_are_told_at_the_mutation() {
    let shop_database = Shop::open().await;
    let generated = shop();
    let role = Role::create(&shop_database.database, "api").await;
    let settings = Settings { writers: vec![role.name.clone()], ..Settings::default() };
    let found = verified(&shop_database.database, &generated, &settings).await;
    // One for each of the five mutations, the first of which tells of the schema too, and one for the log.
    let expected = [Code::RIGHT_MISSING; 5].into_iter().chain([Code::EVENT_LOG_DRIFT]).collect::<Vec<_>>();
    assert_eq!(codes(&found), expected, "{}", rendered(&generated, &found));
    let text = rendered(&generated, &found);
    assert!(text.contains(&format!("`{}` lacks EXECUTE on `FUNCTION app.create_order(jsonb)`", role.name)), "{text}");
    assert!(text.contains("--> mutations.json:"), "{text}");

    // What the messages say to do is enough.
    let mut grants = found.diagnostics.iter().flat_map(|it| it.help.clone()).filter(|it| it.starts_with("GRANT"));
    let grants = grants.by_ref().collect::<Vec<_>>().join(";\n");
    shop_database.client.batch_execute(&grants).await.unwrap();
    let log = pgmutate_codegen::event_log::Settings { writers: settings.writers.clone(), ..Default::default() };
    let manifest = generated.manifest.as_ref().unwrap();
    let entities = pgmutate_codegen::event_log::entities(manifest, &generated.catalog).unwrap();
    let script = pgmutate_codegen::event_log::script(&log, &entities).unwrap();
    shop_database.client.batch_execute(&script).await.unwrap();
    let found = verified(&shop_database.database, &generated, &settings).await;
    assert_eq!(rendered(&generated, &found), "");
    role.drop(&shop_database.database).await;
}

/// Files of these texts, run one after the other.
pub(super) async fn deployed(database: &Database, files: &BTreeMap<&str, String>) -> Generated {
    let client = database.connect().await.unwrap();
    let mut sources = SourceMap::new();
    let mut sql = Vec::new();
    for (name, text) in files {
        client.batch_execute(text).await.unwrap_or_else(|error| panic!("{text}: {error:?}"));
        let file = sources.add(*name, text.as_str()).ok().unwrap();
        sql.push(Source::whole(&sources, file, SourceKind::Migration));
    }
    let (catalog, mistakes) = catalog::read(&sources, &sql);
    assert_eq!(mistakes, []);
    Generated {
        sources,
        sql,
        schemas: Vec::new(),
        catalog,
        manifest: None,
        diagnostics: Vec::new(),
        files: Files::new(),
    }
}

#[tokio::test]
async fn what_the_files_give_and_take_must_hold() {
    let database = pgmutate_test_support::database().await.unwrap();
    let role = Role::create(&database, "web").await;
    let name = &role.name;
    let files = BTreeMap::from([
        (
            "1.sql",
            format!(
                "CREATE SCHEMA s; SET search_path = s; CREATE TABLE t (a int, b int UNIQUE); CREATE SEQUENCE n; CREATE TYPE e AS ENUM ('a');
                 CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
                 CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 1';
                 REVOKE ALL ON ALL FUNCTIONS IN SCHEMA s FROM PUBLIC;
                 GRANT USAGE ON SCHEMA s TO {name};
                 GRANT SELECT, INSERT ON t TO {name};
                 GRANT UPDATE (a), REFERENCES (b) ON t TO {name};
                 GRANT ALL ON SEQUENCE n TO {name};
                 GRANT EXECUTE ON FUNCTION f(a integer) TO {name};
                 REVOKE USAGE ON TYPE e FROM PUBLIC;"
            ),
        ),
        // A function that is made anew has the rights of a new one.
        ("2.sql", "DROP FUNCTION s.g; CREATE FUNCTION s.g() RETURNS int LANGUAGE sql AS 'SELECT 2';".to_owned()),
        ("3.sql", format!("REVOKE INSERT ON s.t FROM {name}; REVOKE REFERENCES (b) ON s.t FROM {name};")),
    ]);
    let generated = deployed(&database, &files).await;
    let settings = Settings::default();
    let found = verified(&database, &generated, &settings).await;
    assert_eq!(rendered(&generated, &found), "");

    for (change, undo, said) in [
        ("REVOKE SELECT ON s.t FROM role", "GRANT SELECT ON s.t TO role", "lacks SELECT on `s.t`"),
        ("GRANT INSERT ON s.t TO role", "REVOKE INSERT ON s.t FROM role", "has INSERT on `s.t`, which the files take"),
        ("REVOKE UPDATE ON s.t FROM role", "GRANT UPDATE (a) ON s.t TO role", "lacks UPDATE (a) on `s.t`"),
        (
            "GRANT REFERENCES (b) ON s.t TO role",
            "REVOKE REFERENCES (b) ON s.t FROM role",
            "has REFERENCES (b) on `s.t`, which the files take",
        ),
        ("REVOKE USAGE ON SCHEMA s FROM role", "GRANT USAGE ON SCHEMA s TO role", "lacks USAGE on `SCHEMA s`"),
        ("REVOKE ALL ON s.n FROM role", "GRANT ALL ON s.n TO role", "on `SEQUENCE s.n`"),
        (
            "REVOKE ALL ON FUNCTION s.f FROM role",
            "GRANT EXECUTE ON FUNCTION s.f TO role",
            "lacks EXECUTE on `FUNCTION s.f(integer)`",
        ),
        ("GRANT EXECUTE ON FUNCTION s.f TO PUBLIC", "REVOKE ALL ON FUNCTION s.f FROM PUBLIC", "PUBLIC has EXECUTE on"),
        ("GRANT USAGE ON TYPE s.e TO PUBLIC", "REVOKE USAGE ON TYPE s.e FROM PUBLIC", "PUBLIC has USAGE on `TYPE s.e`"),
    ] {
        let client = database.connect().await.unwrap();
        client.batch_execute(&change.replace("role", name)).await.unwrap();
        let found = verified(&database, &generated, &settings).await;
        let text = rendered(&generated, &found);
        assert_eq!(found.diagnostics.len(), 1, "{change}\n{text}");
        assert!(text.contains(said), "{change}\n{text}");
        client.batch_execute(&undo.replace("role", name)).await.unwrap();
    }
    role.drop(&database).await;
    let found = verified(&database, &generated, &settings).await;
    assert!(rendered(&generated, &found).contains("the database has no role"), "{}", rendered(&generated, &found));
}

/// SECURITY DEFINER and row security mean the owner's rights, so another owner is another function or table.
#[tokio::test]
async fn what_the_files_say_belongs_to_somebody_does() {
    let database = pgmutate_test_support::database().await.unwrap();
    let (owner, other) = (Role::create(&database, "owner").await, Role::create(&database, "other").await);
    let (name, interim) = (&owner.name, &other.name);
    let files = BTreeMap::from([
        (
            "1.sql",
            format!(
                "CREATE SCHEMA s; CREATE TABLE s.t (a int); CREATE TABLE s.mine (a int); CREATE SEQUENCE s.n;
                 CREATE FUNCTION s.f(a int) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
                 ALTER TABLE s.t OWNER TO {interim};
                 ALTER SEQUENCE s.n OWNER TO {name};
                 ALTER FUNCTION s.f(int) OWNER TO {name};
                 ALTER TABLE s.mine OWNER TO CURRENT_USER;"
            ),
        ),
        (
            "2.sql",
            format!(
                "REASSIGN OWNED BY {interim} TO {name}; ALTER TABLE s.t RENAME TO u;
                 CREATE OR REPLACE FUNCTION s.f(a int) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 2';"
            ),
        ),
    ]);
    let generated = deployed(&database, &files).await;
    let found = verified(&database, &generated, &Settings::default()).await;
    assert_eq!(rendered(&generated, &found), "");

    let client = database.connect().await.unwrap();
    for object in ["TABLE s.u", "TABLE s.mine", "SEQUENCE s.n", "FUNCTION s.f"] {
        client.batch_execute(&format!("ALTER {object} OWNER TO {interim}")).await.unwrap();
    }
    let found = verified(&database, &generated, &Settings::default()).await;
    let text = rendered(&generated, &found);
    assert_eq!(codes(&found), [Code::FUNCTION_DRIFT, Code::TABLE_DRIFT, Code::TABLE_DRIFT], "{text}");
    let said = format!("owner: the files say `{name}`, the database `{interim}`");
    assert_eq!(text.matches(&said).count(), 3, "{text}");
    owner.drop(&database).await;
    other.drop(&database).await;
}

/// Where the extension can be had it is asked; where not, that is told.
#[tokio::test]
async fn plpgsql_check_is_asked_where_it_is_installed() {
    let database = pgmutate_test_support::database().await.unwrap();
    let client = database.connect().await.unwrap();
    let text = "CREATE TABLE t (a int);
CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    UPDATE t SET b = 1;
    RETURN 1;
END;
$$;";
    let generated = deployed(&database, &BTreeMap::from([("f.sql", text.to_owned())])).await;
    let found = verified(&database, &generated, &Settings::default()).await;
    assert!(!found.plpgsql_check && found.diagnostics.is_empty(), "{}", rendered(&generated, &found));

    let available = "SELECT FROM pg_available_extensions WHERE name = 'plpgsql_check'";
    let available = !client.query(available, &[]).await.unwrap().is_empty();
    let created = client.batch_execute("CREATE EXTENSION plpgsql_check").await;
    assert_eq!(created.is_ok(), available, "{created:?}");
    let found = verified(&database, &generated, &Settings::default()).await;
    assert_eq!(found.plpgsql_check, available);
    assert_eq!(codes(&found).contains(&Code::PLPGSQL_CHECK), available, "{}", rendered(&generated, &found));
    let place = rendered(&generated, &found);
    assert!(
        !available || place.contains("f.sql:4:5") && place.contains("column \"b\" of relation \"t\" does not exist"),
        "{place}"
    );
}
