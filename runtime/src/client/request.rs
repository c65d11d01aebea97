//! What is sent: a statement with its arguments.

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use crate::arguments::Arguments;
use crate::context::{Ahead, Session};
use crate::contract::Contract;
use crate::statement::{self, Additions};

/// One statement with its arguments, to be sent in one flight.
pub struct Request<'a> {
    /// Composed when it is first asked for: never, where the connection has it prepared.
    statement: OnceLock<Cow<'static, str>>,
    arguments: &'a Arguments,
    additions: Additions,
    key: Option<Key>,
    ahead: Option<Ahead>,
}

/// Which statement it is, without its text. Contracts are statics: those of two functions never share an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    contract: usize,
    given: u128,
    additions: Additions,
}

impl<'a> Request<'a> {
    /// The call that the arguments are bound for; what `session` binds comes behind them.
    pub(crate) fn call(arguments: &'a mut Arguments, session: &Session<'_>) -> Self {
        let ahead = session.is_ahead().then(|| Ahead::of(arguments, session));
        match &ahead {
            Some(ahead) => ahead.extras().for_each(|value| arguments.push_extra(value)),
            None => session.values().for_each(|value| arguments.push_extra(value)),
        }
        let keep = ahead.as_ref().is_some_and(|ahead| ahead.claim().is_some());
        let additions = Additions { settings: session.in_statement(), guard: ahead.is_some(), keep };
        let contract: *const Contract = arguments.contract();
        let key = arguments.given().map(|given| Key { contract: contract.addr(), given, additions });
        Self { statement: OnceLock::new(), arguments, additions, key, ahead }
    }

    /// A statement of the runtime's own, which no connection keeps.
    pub(crate) fn text(statement: &'static str, arguments: &'a Arguments) -> Self {
        let additions = Additions::default();
        Self { statement: OnceLock::from(Cow::Borrowed(statement)), arguments, additions, key: None, ahead: None }
    }

    /// The statement's text.
    pub fn statement(&self) -> &str {
        self.statement.get_or_init(|| statement::compose(self.arguments, self.additions))
    }

    pub(crate) fn arguments(&self) -> &'a Arguments {
        self.arguments
    }

    /// What has to run before the statement, in one transaction with it.
    pub(crate) fn ahead(&self) -> Option<&Ahead> {
        self.ahead.as_ref()
    }

    /// Whether everything is rolled back when it has been answered.
    pub(crate) fn is_dry_run(&self) -> bool {
        self.ahead.as_ref().is_some_and(Ahead::is_dry_run)
    }

    /// Whether its failure may be an answer, after which a transaction goes on.
    pub(crate) fn may_fail_and_go_on(&self) -> bool {
        !self.arguments.contract().database_errors.is_empty()
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
