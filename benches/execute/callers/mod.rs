//! Who calls: the bare functions, pgmutate, and two programs written by hand.

mod floor;
mod ours;
mod sqlx;
mod tokio_postgres;

use std::error::Error;

use ::tokio_postgres::Config;

use crate::work::Job;

/// How the calls are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The bare function, its prepared statement, JSON as it is: no event, no before image, no transform.
    Floor,
    Pgmutate,
    /// tokio-postgres with prepared statements: BEGIN, before image, function, event, COMMIT; serde in and out.
    TokioPostgres,
    /// The same with sqlx.
    Sqlx,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Floor, Self::Pgmutate, Self::TokioPostgres, Self::Sqlx];

    pub fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Pgmutate => "pgmutate",
            Self::TokioPostgres => "by hand, tokio-postgres",
            Self::Sqlx => "by hand, sqlx",
        }
    }
}

/// One client with its connection.
pub struct Caller {
    backend: i32,
    way: Way,
    /// The answer for the client, used again.
    body: Vec<u8>,
}

enum Way {
    Floor(Box<floor::Floor>),
    Pgmutate(ours::Pgmutate),
    TokioPostgres(Box<tokio_postgres::ByHand>),
    Sqlx(Box<sqlx::ByHand>),
}

impl Caller {
    /// Connects, with everything prepared that its kind prepares.
    pub async fn connect(kind: Kind, config: &Config, synchronous_commit: bool) -> Self {
        let setting = if synchronous_commit { "on" } else { "off" };
        let mut config = config.clone();
        config.options(format!("-c synchronous_commit={setting}"));
        let (backend, way) = match kind {
            Kind::Floor => {
                let (backend, floor) = floor::Floor::connect(&config).await;
                (backend, Way::Floor(Box::new(floor)))
            }
            Kind::Pgmutate => {
                let (backend, ours) = ours::Pgmutate::connect(&config).await;
                (backend, Way::Pgmutate(ours))
            }
            Kind::TokioPostgres => {
                let (backend, by_hand) = tokio_postgres::ByHand::connect(&config).await;
                (backend, Way::TokioPostgres(Box::new(by_hand)))
            }
            Kind::Sqlx => {
                let (backend, by_hand) = sqlx::ByHand::connect(&config, setting).await;
                (backend, Way::Sqlx(Box::new(by_hand)))
            }
        };
        Self { backend, way, body: Vec::new() }
    }

    /// The process on the server that works for this client.
    pub fn backend(&self) -> i32 {
        self.backend
    }

    /// Makes one call; an answer that is no success is an error here.
    pub async fn call(&mut self, job: Job) -> Result<(), Box<dyn Error>> {
        self.body.clear();
        match &mut self.way {
            Way::Floor(floor) => floor.call(&job, &mut self.body).await?,
            Way::Pgmutate(ours) => ours.call(job, &mut self.body).await?,
            Way::TokioPostgres(by_hand) => by_hand.call(&job, &mut self.body).await?,
            Way::Sqlx(by_hand) => by_hand.call(&job, &mut self.body).await?,
        }
        if self.body.is_empty() { Err("there is no answer".into()) } else { Ok(()) }
    }
}

const BACKEND: &str = "SELECT pg_backend_pid()";

async fn connect(config: &Config) -> (i32, ::tokio_postgres::Client) {
    let (client, connection) = config.connect(::tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    let backend = client.query_one(BACKEND, &[]).await.expect("a backend").get(0);
    (backend, client)
}

// What the programs by hand send.
const CREATE_CUSTOMER: &str = "SELECT app.create_customer($1, $2, $3, $4)";
const UPDATE_CUSTOMER: &str = "SELECT app.update_customer($1, $2)";
const DELETE_CUSTOMER: &str = "SELECT app.delete_customer($1)";
const UPDATE_PRODUCT: &str = "SELECT app.update_product($1, $2)";
const CREATE_ORDER: &str = "SELECT app.create_order($1)";
// The row that the functions lock first, so that they do not deadlock with plain calls.
const LOCK_CUSTOMER: &str = "SELECT kept.data FROM core.customer AS customer JOIN app.tv_customer AS kept USING (id)
                             WHERE customer.id = $1 FOR NO KEY UPDATE OF customer";
const LOG: &str = "SELECT app.log_cdc_event($1, $2, $3, $4, $5, $6, $7)";
