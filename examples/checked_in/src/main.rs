//! Generated code that is checked in: `DATABASE_URL=... cargo run -p tasks-checked-in -- "Water the plants"`.
//!
//! There is no build script: whoever changes the SQL runs
//!
//! ```sh
//! pgmutate generate --sql examples/workspace/database/sql --manifest examples/workspace/database/mutations.json \
//!     --out examples/checked_in/src/mutations.rs
//! ```
//!
//! and commits the file. The same command with `--check` fails in CI where that was forgotten.

use std::error::Error;

use pgmutate::{Answer, Mutation};
use tokio_postgres::{Client, NoTls};

#[allow(dead_code, reason = "not every mutation is called here")]
mod mutations;

use mutations::app;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let title = std::env::args().nth(1).ok_or("which task?")?;
    let (client, connection) = tokio_postgres::connect(&std::env::var("DATABASE_URL")?, NoTls).await?;
    tokio::spawn(connection);
    println!("{}", add(&client, title).await?);
    Ok(())
}

async fn add(client: &Client, title: String) -> Result<Answer, pgmutate::Error> {
    app::AddTask { title }.execute(client).await
}

#[cfg(test)]
#[path = "../../workspace/database.rs"]
mod database;

#[tokio::test]
async fn a_task_is_added() -> Result<(), Box<dyn Error>> {
    let database = database::deployed().await?;
    let answer = add(&database.connect().await?, "Water the plants".to_owned()).await?;
    assert!(answer.to_string().contains(r#""__typename":"AddTaskSuccess""#), "{answer}");
    Ok(())
}
