//! The route, and what a request's headers say of its calls.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use deadpool::managed::Pool;
use pgmutate::graphql::Response;
use pgmutate::{Client, Context, IdempotencyKey, Manager};
use tokio_postgres::NoTls;

use crate::calls::Call;
use crate::operation;

/// Connections that keep their statements prepared.
pub(crate) type Connections = Pool<Manager<NoTls>>;

/// `POST /graphql`.
pub(crate) fn router(pool: Connections) -> Router {
    Router::new().route("/graphql", post(graphql)).with_state(pool)
}

async fn graphql(State(pool): State<Connections>, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    // The whole operation is looked at before anything of it runs.
    let fields = operation::read(&body);
    let calls = fields.and_then(|fields| fields.into_iter().map(Call::of).collect::<Result<Vec<_>, _>>());
    let (status, response) = match calls {
        Err(message) => (StatusCode::BAD_REQUEST, Response::refused("BAD_REQUEST", &message)),
        Ok(calls) => (StatusCode::OK, run(&pool, &headers, &calls).await),
    };
    (status, [(CONTENT_TYPE, "application/json")], response.into_bytes())
}

async fn run(pool: &Connections, headers: &HeaderMap, calls: &[Call]) -> Response {
    let mut response = Response::new();
    for call in calls {
        let context = context(headers, call.response_name());
        if let Err(error) = call.run(&pool.with(&context), &mut response).await {
            // The client has a code; values of its data belong into no log.
            eprintln!("{}", error.without_values());
        }
    }
    response
}

/// Who asks, for the metadata of events; and a key by which the request can be sent again without a second effect.
fn context(headers: &HeaderMap, response_name: &str) -> Context {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let mut context = Context::new().source("web").timeout(Duration::from_secs(5));
    if let Some(id) = header("x-request-id") {
        context = context.request_id(id);
    }
    if let Some(parent) = header("traceparent") {
        context = context.traceparent(parent);
    }
    if let Some(key) = header("idempotency-key") {
        // A request may call one mutation twice.
        context = context.idempotency_key(IdempotencyKey::new(format!("{key} {response_name}")));
    }
    context
}
