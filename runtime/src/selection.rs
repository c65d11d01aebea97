//! What a client asked for of a mutation's answer.

use std::fmt;
use std::marker::PhantomData;

use crate::contract::Contract;
use crate::mutation::Mutation;
use crate::transform::{Selected, Selection, SelectionError};

/// A selection that was compiled for the answer of a mutation: its success or its error type, as a GraphQL union of the two.
///
/// Compile it once for an operation and use it for every call: see [`Mutation::execute_selected`]. It is checked against the mutation's types, so that what
/// it accepts, it can answer. What belongs to one of the types stands under a condition:
///
/// ```
/// # use pgmutate::{AnswerSelection, Mutation};
/// # fn example<CreateOrder: Mutation>() -> Result<(), Box<dyn std::error::Error>> {
/// let selection = AnswerSelection::<CreateOrder>::parse(
///     "{ __typename ... on CreateOrderSuccess { order { total id } } ... on CreateOrderError { code message } }",
/// )?;
/// # drop(selection);
/// # Ok(())
/// # }
/// ```
pub struct AnswerSelection<M> {
    selection: Selection,
    mutation: PhantomData<fn() -> M>,
}

impl<M: Mutation> AnswerSelection<M> {
    /// Compiles what a GraphQL server made of a request, with its fragments spread and its directives followed.
    ///
    /// # Errors
    /// When a field or type does not exist in the answer, a response name is given twice, or an object is asked for without its fields.
    pub fn new(selected: &[Selected]) -> Result<Self, SelectionError> {
        let Contract { success, error, .. } = M::CONTRACT;
        Ok(Self { selection: Selection::among(&[success, error], selected)?, mutation: PhantomData })
    }

    /// Compiles a selection that is written as in GraphQL.
    ///
    /// # Errors
    /// When it cannot be read, and see [`new`](Self::new).
    pub fn parse(text: &str) -> Result<Self, SelectionError> {
        Self::new(&Selected::parse(text)?)
    }
}

impl<M> AnswerSelection<M> {
    /// Without the mutation's type.
    pub(crate) fn of_contract(&self) -> &Selection {
        &self.selection
    }
}

impl<M> fmt::Debug for AnswerSelection<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AnswerSelection").field(&self.selection).finish()
    }
}
