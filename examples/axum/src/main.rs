//! A GraphQL endpoint for the tasks' mutations: `DATABASE_URL=... cargo run -p tasks-axum`, and then
//!
//! ```sh
//! curl 127.0.0.1:8000/graphql --json '{"query": "mutation { addTask(title: \"Water the plants\") { ... on AddTaskSuccess { task { title id } } } }"}'
//! ```
//!
//! A request is read (`operation`), every field becomes a call with what was asked for of its answer (`calls`), and the calls are made one behind
//! the other, as GraphQL has it for mutations (`endpoint`). The bytes of an answer are written once, into the response.

mod calls;
mod endpoint;
mod operation;
#[cfg(test)]
mod tests;

use std::error::Error;

use deadpool::managed::Pool;
use pgmutate::Manager;
use tasks_contract::CONTRACTS;
use tokio::net::TcpListener;
use tokio_postgres::NoTls;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let pool = Pool::builder(Manager::new(std::env::var("DATABASE_URL")?.parse()?, NoTls)).max_size(16).build()?;
    // The database may be another than the one that this was built for.
    let mismatches = pgmutate::verify(&pool, CONTRACTS).await?;
    if let Some(mismatch) = mismatches.iter().find(|mismatch| !mismatch.is_callable()) {
        return Err(mismatch.to_string().into());
    }
    let listener = TcpListener::bind("127.0.0.1:8000").await?;
    println!("http://{}/graphql", listener.local_addr()?);
    Ok(axum::serve(listener, endpoint::router(pool)).await?)
}
