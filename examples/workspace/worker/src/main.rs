//! A service that completes a task: `DATABASE_URL=... cargo run -p tasks-worker -- ID`.
//!
//! Its own struct is checked against the SQL by its own build script: a derive reads what the build script of its crate has left, and no
//! other crate's. What it does not want to write itself it takes from the contract crate.

use std::error::Error;

use pgmutate::types::Uuid;
use pgmutate::{Answer, Mutation};
use tasks_contract::CONTRACTS;
use tokio_postgres::{Client, NoTls};

/// A task that is done.
#[derive(Mutation)]
#[mutation(function = "app.complete_task", typename = "CompleteTaskSuccess")]
struct Done {
    task_id: Uuid,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let task_id = std::env::args().nth(1).ok_or("which task?")?.parse()?;
    let (client, connection) = tokio_postgres::connect(&std::env::var("DATABASE_URL")?, NoTls).await?;
    tokio::spawn(connection);
    println!("{}", complete(&client, task_id).await?);
    Ok(())
}

/// Completes a task in the database that this was built for.
async fn complete(client: &Client, task_id: Uuid) -> Result<Answer, Box<dyn Error>> {
    let mismatches = pgmutate::verify(client, CONTRACTS).await?;
    if let Some(mismatch) = mismatches.iter().find(|mismatch| !mismatch.is_callable()) {
        return Err(mismatch.to_string().into());
    }
    Ok(Done { task_id }.execute(client).await?)
}

#[cfg(test)]
#[path = "../../database.rs"]
mod database;

#[tokio::test]
async fn a_task_is_completed() -> Result<(), Box<dyn Error>> {
    let database = database::deployed().await?;
    let client = database.connect().await?;
    let added = "INSERT INTO app.task (title) VALUES ('Water the plants') RETURNING id::text";
    let task_id = client.query_one(added, &[]).await?.get::<_, String>(0);
    let answer = complete(&client, task_id.parse()?).await?;
    assert!(answer.to_string().contains(r#""state":"DONE""#), "{answer}");
    Ok(())
}
