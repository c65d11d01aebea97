//! A service that adds a task: `DATABASE_URL=... cargo run -p tasks-web -- "Water the plants"`.

use std::error::Error;

use pgmutate::{Answer, Mutation};
use tasks_contract::{CONTRACTS, app};
use tokio_postgres::{Client, NoTls};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let title = std::env::args().nth(1).ok_or("which task?")?;
    let (client, connection) = tokio_postgres::connect(&std::env::var("DATABASE_URL")?, NoTls).await?;
    tokio::spawn(connection);
    println!("{}", add(&client, title).await?);
    Ok(())
}

/// Adds a task in the database that this was built for.
async fn add(client: &Client, title: String) -> Result<Answer, Box<dyn Error>> {
    let mismatches = pgmutate::verify(client, CONTRACTS).await?;
    if let Some(mismatch) = mismatches.iter().find(|mismatch| !mismatch.is_callable()) {
        return Err(mismatch.to_string().into());
    }
    Ok(app::AddTask { title }.execute(client).await?)
}

#[cfg(test)]
#[path = "../../database.rs"]
mod database;

#[tokio::test]
async fn a_task_is_added() -> Result<(), Box<dyn Error>> {
    let database = database::deployed().await?;
    let answer = add(&database.connect().await?, "Water the plants".to_owned()).await?;
    assert!(answer.to_string().contains(r#""__typename":"AddTaskSuccess""#), "{answer}");
    Ok(())
}
