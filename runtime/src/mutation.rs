//! A mutation: a struct of arguments that can be executed.

use std::future::Future;

use crate::answer::{Answer, Outcome};
use crate::arguments::Arguments;
use crate::client::Client;
use crate::contract::Contract;
use crate::error::{BindError, Error};
use crate::execution;
use crate::json::read;
use crate::typed::TypedMutation;

/// A call of a PostgreSQL function that changes something: a struct of its arguments, implemented by `#[derive(Mutation)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a mutation",
    label = "not a mutation",
    note = "generated structs are; one of your own gets it from `#[derive(Mutation)]` with `#[mutation(function = \"...\")]`"
)]
pub trait Mutation {
    /// What the generator knows of the function.
    const CONTRACT: &'static Contract;

    /// Pushes the arguments, in the contract's order.
    ///
    /// # Errors
    ///
    /// An argument has no representation in its SQL type.
    fn bind(&self, arguments: &mut Arguments) -> Result<(), BindError>;

    /// Runs the mutation in one round trip and one transaction: the function, and the event where the answer is a success.
    ///
    /// An unsuccessful answer is an [`Answer`] as well, with its code; an error means that there is none.
    ///
    /// # Errors
    ///
    /// See [`ErrorKind`](crate::ErrorKind). Nothing has taken effect, but for a connection that was lost at commit (unknown) and an answer that
    /// cannot be transformed.
    fn execute(&self, client: &impl Client) -> impl Future<Output = Result<Answer, Error>> + Send {
        let arguments = execution::bind(self);
        async move {
            let mut body = Vec::new();
            let outcome = execution::run(client, arguments, &mut body).await?;
            Ok(Answer::new(body, outcome))
        }
    }

    /// The same, with the client's JSON appended to `body`: a buffer that is used again, or that holds what stands around the answer.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute); `body` is then as it was before.
    fn execute_into(
        &self,
        client: &impl Client,
        body: &mut Vec<u8>,
    ) -> impl Future<Output = Result<Outcome, Error>> + Send {
        let arguments = execution::bind(self);
        execution::run(client, arguments, body)
    }

    /// Runs the mutation as [`execute`](Self::execute) does, and reads its answer into Rust types.
    ///
    /// The outer error means that there is no answer, the inner one is an unsuccessful answer. A success that changed nothing is a success.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute). An answer that is none of the types is an [`ErrorKind::Transform`](crate::ErrorKind::Transform) with its path.
    fn call(
        &self,
        client: &impl Client,
    ) -> impl Future<Output = Result<Result<Self::Success, Self::Error>, Error>> + Send
    where
        Self: TypedMutation,
    {
        let arguments = execution::bind(self);
        async move {
            let (response, success) = execution::respond(client, arguments).await?;
            let answer = if success { read(&response).map(Ok) } else { read(&response).map(Err) };
            answer.map_err(|cause| Error::transform(Self::CONTRACT, cause))
        }
    }
}
