//! A mutation: a struct of arguments that can be executed.

use std::fmt;
use std::future::Future;

use crate::answer::{Answer, Outcome};
use crate::arguments::Arguments;
use crate::client::Client;
use crate::contract::Contract;
use crate::error::{BindError, Error};
use crate::execution;
use crate::json::read;
use crate::transform::Selection;
use crate::typed::TypedMutation;

/// What a mutation calls, and with what: implemented by `#[derive(Mutation)]` for a struct of arguments.
///
/// Everything else is [`Mutation`]'s, which each of them has. Two traits, because the compiler checks all that a trait provides for every type that implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a mutation",
    label = "not a mutation",
    note = "generated structs are; one of your own gets it from `#[derive(Mutation)]` with `#[mutation(function = \"...\")]`"
)]
pub trait Call {
    /// What the generator knows of the function.
    const CALLED: &'static Contract;

    /// Pushes the arguments, in the contract's order.
    ///
    /// # Errors
    ///
    /// An argument has no representation in its SQL type.
    fn bind(&self, arguments: &mut Arguments) -> Result<(), BindError>;

    /// What is answered of the answer, in which order; all of it, where it does not say. [`selecting`](Mutation::selecting) gives a mutation that does.
    fn selection(&self) -> Option<&Selection> {
        None
    }
}

impl<M: Call + ?Sized> Mutation for M {}

/// A call of a PostgreSQL function that changes something.
pub trait Mutation: Call {
    /// What the generator knows of the function.
    const CONTRACT: &'static Contract = Self::CALLED;

    /// The same call, which answers what a GraphQL client asked for, in the order and under the names in which it was asked for.
    ///
    /// A field that was asked for and is absent is answered with `null`. What was not asked for is checked all the same, before the commit.
    ///
    /// ```
    /// # use pgmutate::{Answer, Connection, Error, Mutation};
    /// # async fn example<CreateOrder: Mutation + Sync>(order: CreateOrder, connection: &Connection) -> Result<Answer, Box<dyn std::error::Error>> {
    /// let selection = CreateOrder::CONTRACT.parse_selection("{ ... on CreateOrderSuccess { order { total id } } ... on CreateOrderError { code } }")?;
    /// let answer = order.selecting(&selection).execute(connection).await?; // {"order":{"total":12.50,"id":"..."}}
    /// # Ok(answer)
    /// # }
    /// ```
    fn selecting<'a>(&'a self, selection: &'a Selection) -> Selecting<'a, Self> {
        Selecting { mutation: self, selection }
    }

    /// Runs the mutation in one round trip and one transaction: the function, and the event where the answer is a success.
    ///
    /// An unsuccessful answer is an [`Answer`] as well, with its code; an error means that there is none.
    ///
    /// # Errors
    ///
    /// See [`ErrorKind`](crate::ErrorKind). Nothing has taken effect, but for a connection that was lost at commit (unknown) and an answer that
    /// cannot be transformed.
    fn execute(&self, client: &impl Client) -> impl Future<Output = Result<Answer, Error>> + Send {
        let (arguments, selection) = (execution::bind(self), self.selection());
        async move {
            let mut body = Vec::new();
            let outcome = execution::run(client, arguments, selection, &mut body).await?;
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
        execution::run(client, execution::bind(self), self.selection(), body)
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

/// A call of which a part of the answer was asked for: [`Mutation::selecting`].
pub struct Selecting<'a, M: ?Sized> {
    mutation: &'a M,
    selection: &'a Selection,
}

impl<M: Call + ?Sized> Call for Selecting<'_, M> {
    const CALLED: &'static Contract = M::CALLED;

    fn bind(&self, arguments: &mut Arguments) -> Result<(), BindError> {
        self.mutation.bind(arguments)
    }

    fn selection(&self) -> Option<&Selection> {
        Some(self.selection)
    }
}

impl<M: Mutation + ?Sized> fmt::Debug for Selecting<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Selecting").field("function", &M::CONTRACT.function).finish_non_exhaustive()
    }
}
