//! What is sent: a statement with its arguments.

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use crate::arguments::Arguments;
use crate::contract::Contract;
use crate::statement;

/// One statement with its arguments, to be sent in one flight.
pub struct Request<'a> {
    /// Composed when it is first asked for: never, where the connection has it prepared.
    statement: OnceLock<Cow<'static, str>>,
    arguments: &'a Arguments,
    key: Option<Key>,
}

/// Which statement it is, without its text. Contracts are statics: those of two functions never share an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    contract: usize,
    given: u128,
}

impl<'a> Request<'a> {
    /// The call that the arguments are bound for.
    pub(crate) fn call(arguments: &'a Arguments) -> Self {
        let contract: *const Contract = arguments.contract();
        let key = arguments.given().map(|given| Key { contract: contract.addr(), given });
        Self { statement: OnceLock::new(), arguments, key }
    }

    /// A statement of the runtime's own, which no connection keeps.
    pub(crate) fn text(statement: &'static str, arguments: &'a Arguments) -> Self {
        Self { statement: OnceLock::from(Cow::Borrowed(statement)), arguments, key: None }
    }

    /// The statement's text.
    pub fn statement(&self) -> &str {
        self.statement.get_or_init(|| statement::compose(self.arguments))
    }

    pub(crate) fn arguments(&self) -> &'a Arguments {
        self.arguments
    }

    pub(crate) fn key(&self) -> Option<Key> {
        self.key
    }
}

/// Without values, as [`Arguments`] has it.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("statement", &self.statement()).field("arguments", self.arguments).finish()
    }
}
