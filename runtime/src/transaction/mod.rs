//! Several mutations in one transaction, whose answers are handed over when it has committed.

mod begin;
pub(crate) mod held;

use tokio_postgres::Row;

pub use begin::Begin;
use held::Held;

use crate::answer::Answer;
use crate::client::{Client, Request, in_transaction};
use crate::context::Context;
use crate::error::Error;
use crate::mutation::Mutation;
use crate::retry::Retry;

/// What a transaction sees of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// Each statement sees what was committed before it.
    ReadCommitted,
    /// All statements see what was committed before the first; a row that was changed since is a serialization failure.
    RepeatableRead,
    /// As if transactions ran one after the other.
    Serializable,
}

/// Begins a transaction on a connection of a pool, or on a connection that nobody else uses meanwhile: `transaction(&pool)`, `transaction(&mut connection)`.
///
/// ```no_run
/// # use pgmutate::{Connection, Mutation};
/// # async fn example(
/// #     mut connection: Connection, order: impl Mutation, rename: impl Mutation,
/// # ) -> Result<(), pgmutate::Error> {
/// let done = pgmutate::transaction(&mut connection)
///     .run(async |transaction| {
///         transaction.execute(&order).await?;
///         transaction.execute(&rename).await?;
///         Ok::<_, pgmutate::Error>(())
///     })
///     .await?;
/// for answer in done.answers {
///     println!("{answer}");
/// }
/// # Ok(())
/// # }
/// ```
pub fn transaction<S: Begin>(source: S) -> Transacting<'static, S> {
    Transacting { source, context: None, isolation: None, retry: Retry::default(), dry_run: false }
}

/// A transaction that is about to begin; see [`transaction`].
#[derive(Debug)]
#[must_use = "it has yet to begin"]
pub struct Transacting<'c, S> {
    source: S,
    context: Option<&'c Context>,
    isolation: Option<Isolation>,
    retry: Retry,
    dry_run: bool,
}

/// What came of a transaction that has committed.
#[derive(Debug)]
pub struct Committed<T> {
    /// What its body gave.
    pub value: T,
    /// The answers, in the order of the calls.
    pub answers: Vec<Answer>,
    /// How often it was made again because it met another transaction.
    pub retries: u32,
}

impl<'c, S: Begin> Transacting<'c, S> {
    /// Runs its calls under a context. Of its settings and its role all hold until the transaction ends.
    pub fn context<'d>(self, context: &'d Context) -> Transacting<'d, S> {
        let Self { source, isolation, retry, dry_run, .. } = self;
        Transacting { source, context: Some(context), isolation, retry, dry_run }
    }

    /// Begins it with this isolation, in place of the session's own.
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = Some(isolation);
        self
    }

    /// When [`run`](Self::run) makes it again that met another transaction.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Rolls it back in place of committing it, when deferred constraints were checked: the answers are what would have been answered.
    pub fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }

    /// Begins it, for whoever commits it by hand.
    ///
    /// # Errors
    /// There is no connection, or the server refused.
    pub async fn begin<'s>(&'s mut self) -> Result<Transaction<'s>, Error>
    where
        'c: 's,
    {
        let held = self.source.hold().await?;
        let begin = match self.isolation {
            None => "BEGIN",
            Some(Isolation::ReadCommitted) => "BEGIN ISOLATION LEVEL READ COMMITTED",
            Some(Isolation::RepeatableRead) => "BEGIN ISOLATION LEVEL REPEATABLE READ",
            Some(Isolation::Serializable) => "BEGIN ISOLATION LEVEL SERIALIZABLE",
        };
        // From here on it is rolled back when it is dropped.
        let transaction = Transaction {
            held: Some(held),
            context: self.context,
            dry_run: self.dry_run,
            answers: Vec::new(),
            failed: false,
            met_another: false,
        };
        transaction.command(begin).await?;
        Ok(transaction)
    }

    /// Runs `body` in it and commits; again where it met another transaction, so `body` may run several times. Where `body` gives an error, everything is
    /// rolled back.
    ///
    /// # Errors
    /// The error of `body`, or that of the commit; nothing has taken effect then, unless the connection was lost at commit (unknown).
    pub async fn run<T, E, F>(mut self, mut body: F) -> Result<Committed<T>, E>
    where
        F: AsyncFnMut(&mut Transaction<'_>) -> Result<T, E>,
        E: From<Error>,
    {
        let retry = self.retry;
        let mut retries = 0;
        loop {
            let mut transaction = self.begin().await?;
            let done = body(&mut transaction).await;
            let met_another = transaction.met_another;
            let (error, met_another) = match done {
                Ok(value) => match transaction.commit().await {
                    Ok(answers) => return Ok(Committed { value, answers, retries }),
                    Err(error) => {
                        let met_another = met_another || error.is_transient();
                        (E::from(error.after(retries)), met_another)
                    }
                },
                Err(error) => {
                    // What is wrong is known already.
                    let _ = transaction.roll_back().await;
                    (error, met_another)
                }
            };
            let Some(delay) = met_another.then(|| retry.delay(retries)).flatten() else { return Err(error) };
            retries += 1;
            tokio::time::sleep(delay).await;
        }
    }
}

/// A transaction that is open. Dropped, it is rolled back.
///
/// The answers of its calls are kept until it has committed: until then one may look at them, to call the next mutation with what the last has answered.
#[derive(Debug)]
pub struct Transaction<'a> {
    /// `None` when it has ended.
    held: Option<Held<'a>>,
    context: Option<&'a Context>,
    dry_run: bool,
    answers: Vec<Answer>,
    /// Whether a call has failed, which has failed the transaction.
    failed: bool,
    /// Whether it failed because it met another transaction.
    met_another: bool,
}

impl Transaction<'_> {
    /// Calls a mutation, with its event. The answer is one only when the transaction has committed; an unsuccessful one does not end it.
    ///
    /// # Errors
    /// As [`Mutation::execute`]. The transaction has failed then, and can only be rolled back.
    pub async fn execute(&mut self, mutation: &impl Mutation) -> Result<&Answer, Error> {
        let calling = Calling(self);
        let done = match self.context {
            Some(context) => mutation.execute(&calling.with(context)).await,
            None => mutation.execute(&calling).await,
        };
        match done {
            Ok(answer) => {
                self.answers.push(answer);
                // It was pushed just now.
                self.answers.last().ok_or_else(|| Error::context("the answer is gone".into()))
            }
            Err(error) => {
                self.failed |= error.is_after_sending();
                self.met_another |= error.is_transient();
                Err(error)
            }
        }
    }

    /// The connection, for other statements of the transaction. `COMMIT` and `ROLLBACK` are not among them.
    pub fn client(&self) -> Option<&tokio_postgres::Client> {
        self.held.as_ref().map(Held::client)
    }

    /// Commits it, and hands over the answers in the order of the calls.
    ///
    /// # Errors
    /// A call has failed, a deferred constraint does not hold, or the connection was lost, in which case the effect is unknown.
    pub async fn commit(mut self) -> Result<Vec<Answer>, Error> {
        if self.failed {
            self.roll_back_open().await?;
            return Err(Error::context("a call in the transaction has failed, so it cannot commit".into()));
        }
        // The COMMIT of a transaction that has failed is a rollback and no error, so a statement asks first.
        let end = if self.dry_run { "SET CONSTRAINTS ALL IMMEDIATE; ROLLBACK" } else { "SELECT; COMMIT" };
        match self.command(end).await {
            Ok(()) => {
                self.held = None;
                Ok(std::mem::take(&mut self.answers))
            }
            Err(error) => {
                // The cause is known.
                let _ = self.roll_back_open().await;
                Err(error)
            }
        }
    }

    /// Rolls it back: of its calls nothing is left, neither changes nor events.
    ///
    /// # Errors
    /// The connection was lost, and with it the transaction.
    pub async fn roll_back(mut self) -> Result<(), Error> {
        self.roll_back_open().await
    }

    async fn roll_back_open(&mut self) -> Result<(), Error> {
        self.command("ROLLBACK").await?;
        self.held = None;
        Ok(())
    }

    async fn command(&self, sql: &str) -> Result<(), Error> {
        match &self.held {
            Some(held) => Ok(held.client().batch_execute(sql).await?),
            None => Err(Error::context("the transaction has ended".into())),
        }
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if let Some(held) = self.held.take() {
            held.abandon();
        }
    }
}

/// A transaction as what a mutation is executed by.
struct Calling<'t, 'a>(&'t Transaction<'a>);

impl Client for Calling<'_, '_> {
    async fn run(&self, request: &Request<'_>, rows: &mut (dyn FnMut(&Row) + Send)) -> Result<(), Error> {
        let Some(client) = self.0.client() else { return Err(Error::context("the transaction has ended".into())) };
        in_transaction(client, request, rows).await
    }

    fn is_transaction(&self) -> bool {
        true
    }
}
