//! Serves the shop: `DATABASE_URL=postgres://... cargo run -p axum-shop`, then
//!
//! ```sh
//! curl -s localhost:8080/mutations -H 'idempotency-key: 1' -d '[{ "mutation": "createCustomer",
//!     "arguments": { "email": "emmy@example.com", "firstName": "Emmy" } }]'
//! ```
//!
//! The database has the shop's SQL (`fixtures/shop/sql`) and its event log (`pgmutate install`).

use std::error::Error;

use axum_shop::{app, pool};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let database = std::env::var("DATABASE_URL").map_err(|_| "set DATABASE_URL to the shop's database")?;
    let address = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(&address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app(pool(database.parse()?).await?)).with_graceful_shutdown(asked_to_end()).await?;
    println!("every request was answered");
    Ok(())
}

/// Ctrl-C, or what a supervisor sends: requests that have begun are answered first.
async fn asked_to_end() {
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
}
