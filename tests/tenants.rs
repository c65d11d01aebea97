//! A database with the notes of `fixtures/tenants`, and the mutations generated of them.

use std::fs;
use std::path::Path;

use pgmutate::Context;
use pgmutate_codegen::event_log::{self, Entity, Image, KeyColumn, QualifiedName, Settings};
use pgmutate_test_support::{Database, Server};
use tokio::sync::OnceCell;
use tokio_postgres::{Client, Config};

#[allow(missing_docs, reason = "a manifest need not describe every field")]
pub mod mutations {
    include!(concat!(env!("OUT_DIR"), "/tenants/mutations.rs"));
}

/// A tenant.
pub const RED: &str = "e0000000-0000-4000-8000-000000000001";
/// Another tenant.
pub const BLUE: &str = "e0000000-0000-4000-8000-000000000002";

/// A role whose name should stay one; a member of `editor`.
pub const HOSTILE_ROLE: &str = "x'); DROP TABLE app.note; --";

/// The notes in a database of their own.
///
/// `keeper` owns everything, `editor` may call what there is, `login` is a member of `editor` that inherits nothing of it, and `almighty` may do everything
/// without being anybody.
pub struct Tenants {
    /// The database; it goes when this is dropped.
    pub database: Database,
    /// A connection as superuser, which sees every tenant's notes.
    pub client: Client,
}

/// Roles are shared by all databases of a server, so these tests have a server of their own.
static SERVER: OnceCell<Server> = OnceCell::const_new();

async fn server() -> Server {
    let server = Server::private().start().await.expect("a server");
    let database = server.database().await.expect("a database");
    let client = database.connect().await.expect("a connection");
    let roles = format!(
        "CREATE ROLE keeper LOGIN; CREATE ROLE editor; CREATE ROLE \"{HOSTILE_ROLE}\" IN ROLE editor;
         CREATE ROLE login LOGIN NOINHERIT IN ROLE editor, \"{HOSTILE_ROLE}\";
         CREATE ROLE almighty LOGIN BYPASSRLS IN ROLE editor, keeper"
    );
    client.batch_execute(&roles).await.expect("roles");
    server
}

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/tenants");

const OWNER: &str = "
    DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO keeper', current_database()); END $$;
    SET ROLE keeper";

const RIGHTS: &str = "
    GRANT USAGE ON SCHEMA app TO editor;
    GRANT SELECT, INSERT, UPDATE, DELETE ON app.note, app.tv_note TO editor;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA app TO editor;
    REVOKE EXECUTE ON FUNCTION app.create_note, app.update_note, app.delete_note FROM PUBLIC;
    RESET ROLE";

impl Tenants {
    /// Installs everything in a fresh database.
    pub async fn open() -> Self {
        let server = SERVER.get_or_init(server).await;
        let database = server.database().await.expect("a database");
        let client = database.connect().await.expect("a connection");
        let sql = fs::read_to_string(Path::new(FOLDER).join("sql/notes.sql")).unwrap();
        for part in [OWNER, &sql, &event_log(), RIGHTS] {
            client.batch_execute(part).await.unwrap_or_else(|error| panic!("{error:?}"));
        }
        Self { database, client }
    }

    /// How the role that inherits nothing connects.
    #[must_use]
    pub fn login(&self) -> Config {
        let mut config = self.database.config();
        config.user("login");
        config
    }
}

/// What `pgmutate install --writer-role editor` prints for them.
fn event_log() -> String {
    let settings = Settings { writers: vec!["editor".to_owned()], ..Settings::default() };
    let note = Entity {
        name: "note".to_owned(),
        table: QualifiedName::new("app", "note"),
        key: vec![KeyColumn { name: "id".to_owned(), data_type: "uuid".to_owned() }],
        image: Some(Image {
            table: QualifiedName::new("app", "tv_note"),
            key: vec!["id".to_owned()],
            column: "data".to_owned(),
        }),
    };
    event_log::script(&settings, &[note]).expect("an entity like any other")
}

/// The context of a call for a tenant, as an editor.
#[must_use]
pub fn editor_of(tenant: &str) -> Context {
    Context::new().role("editor").setting("app.tenant_id", tenant)
}
