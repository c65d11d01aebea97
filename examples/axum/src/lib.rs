//! The shop's mutations over HTTP.
//!
//! `POST /mutations` takes the fields of a GraphQL operation as a gateway has parsed them, and answers as GraphQL does:
//!
//! ```text
//! [{ "mutation": "updateCustomer", "as": "rename", "arguments": { "customerId": "...", "input": { "firstName": "Ada" } } }]
//! {"data":{"rename":{"__typename":"UpdateCustomerSuccess",...}}}
//! ```
//!
//! Fields run one after the other. The header `Idempotency-Key` makes a request safe to send again, `traceparent` reaches the events.

mod arguments;
mod operation;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use pgmutate::graphql;
use pgmutate::{Client, Context, IdempotencyKey, Manager};
use tokio_postgres::{Config, NoTls};

pgmutate::include_mutations!();

/// The connections that requests share.
pub type Pool = bb8::Pool<Manager<NoTls>>;

/// A request holds so many bytes at most.
const LARGEST: usize = 256 * 1024;

/// A pool of connections to the shop's database.
///
/// # Errors
/// The database cannot be reached.
pub async fn pool(config: Config) -> Result<Pool, pgmutate::Error> {
    bb8::Pool::builder().max_size(16).build(Manager::new(config, NoTls)).await
}

/// What the server answers to.
pub fn app(pool: Pool) -> Router {
    Router::new()
        .route("/mutations", post(mutations))
        .route("/health", get(|| async { "ok" }))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(Arc::new(pool))
}

async fn mutations(State(pool): State<Arc<Pool>>, headers: HeaderMap, body: Bytes) -> Response {
    let fields = match operation::parse(&body) {
        Ok(fields) => fields,
        Err(message) => {
            let refused = graphql::Response::refused("BAD_REQUEST", &message);
            return json(StatusCode::BAD_REQUEST, refused.into_bytes());
        }
    };
    let mut response = graphql::Response::new();
    for field in fields {
        let context = context(&headers, &field.name);
        field.run(&mut response, &pool.with(&context)).await;
    }
    json(StatusCode::OK, response.into_bytes())
}

/// Who asks, and under which key: that of the request is one for each of its fields.
fn context(headers: &HeaderMap, field: &str) -> Context {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let mut context = Context::new().source("web");
    // A real server takes the actor from what it has authenticated.
    if let Some(actor) = header("x-actor") {
        context = context.actor(actor);
    }
    if let Some(traceparent) = header("traceparent") {
        context = context.traceparent(traceparent);
    }
    if let Some(key) = header("idempotency-key") {
        context = context.idempotency_key(IdempotencyKey::new(format!("{key}/{field}")));
    }
    context
}

fn json(status: StatusCode, body: Vec<u8>) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
