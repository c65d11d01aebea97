//! Generated code that is checked in.
//!
//! There is no build script: whoever changes the SQL runs
//!
//! ```sh
//! pgmutate generate --sql examples/workspace/database/sql --manifest examples/workspace/database/mutations.json \
//!     --out examples/checked_in/src/mutations.rs
//! ```
//!
//! and commits the file. The same command with `--check` fails in CI where that was forgotten.

use pgmutate::{Answer, Error, Mutation};
use tokio_postgres::Client;

/// The mutations of the tasks' database, as the generator writes them.
#[rustfmt::skip]
pub mod mutations;

/// Adds a task.
///
/// # Errors
///
/// There is no answer.
pub async fn add(client: &Client, title: String) -> Result<Answer, Error> {
    mutations::app::AddTask { title }.execute(client).await
}

#[cfg(test)]
#[path = "../../workspace/database.rs"]
mod database;

#[cfg(test)]
#[tokio::test]
async fn a_task_is_added() -> Result<(), Box<dyn std::error::Error>> {
    let database = database::deployed().await?;
    let answer = add(&database.connect().await?, "Water the plants".to_owned()).await?;
    assert!(answer.to_string().contains(r#""__typename":"AddTaskSuccess""#), "{answer}");
    Ok(())
}
