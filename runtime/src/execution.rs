//! A call from its arguments to its answer: compose, send, read, transform; again where it met another transaction.

use std::future::Future;
use std::mem;
use std::time::{Duration, Instant};

use tokio_postgres::Row;

use crate::answer::{Outcome, Timing};
use crate::arguments::Arguments;
use crate::client::{Client, Request};
use crate::context::{Context, Session};
use crate::contract::Contract;
use crate::error::{BindError, Error};
use crate::json::string_member;
use crate::mutation::Mutation;
use crate::observe::Observation;
use crate::row::ResultRow;
use crate::server;
use crate::transform::{Selection, transform};

/// Encodes a mutation's arguments, before anything waits: so the future need not hold the mutation.
pub(crate) fn bind<M: Mutation + ?Sized>(mutation: &M) -> Result<Arguments, Error> {
    let mut arguments = Arguments::new(M::CONTRACT);
    let bound = mutation.bind(&mut arguments).and_then(|()| arguments.check_complete());
    let bound = bound.and_then(|()| check_selection(mutation.selection(), M::CONTRACT));
    bound.map_err(|error| Error::from(error).of(M::CONTRACT))?;
    Ok(arguments)
}

/// What was selected of another mutation's answer is found before anything is sent.
fn check_selection(selection: Option<&Selection>, contract: &'static Contract) -> Result<(), BindError> {
    let fits = |selection: &Selection| selection.is_of(contract.success) && selection.is_of(contract.error);
    if selection.is_none_or(fits) {
        return Ok(());
    }
    Err(BindError::new("has a selection that was compiled for the answer of another mutation")
        .of_function(contract.function))
}

/// Runs the call in one flight and appends the client's JSON to `body`; on an error, or dropped on its way, it leaves `body` as it was.
pub(crate) fn run<C: Client + ?Sized>(
    client: &C,
    arguments: Result<Arguments, Error>,
    selection: Option<&Selection>,
    body: &mut Vec<u8>,
) -> impl Future<Output = Result<Outcome, Error>> {
    run_as(client, arguments, Form::Client(selection), body)
}

/// Runs the call in one flight: the response as the database has it, and whether it is a success.
pub(crate) async fn respond<C: Client + ?Sized>(
    client: &C,
    arguments: Result<Arguments, Error>,
) -> Result<(Vec<u8>, bool), Error> {
    let mut response = Vec::new();
    let outcome = run_as(client, arguments, Form::Database, &mut response).await?;
    Ok((response, outcome.is_success()))
}

/// Whose names the keys of the answer have.
#[derive(Clone, Copy)]
enum Form<'a> {
    /// The client's, of what was selected or of everything.
    Client(Option<&'a Selection>),
    Database,
}

async fn run_as<C: Client + ?Sized>(
    client: &C,
    arguments: Result<Arguments, Error>,
    form: Form<'_>,
    body: &mut Vec<u8>,
) -> Result<Outcome, Error> {
    let mut arguments = arguments?;
    let observation = Observation::of(arguments.contract(), client.context());
    observation.watch(attempts(client, &mut arguments, form, body)).await
}

/// Makes the call until it is answered, or fails in a way that another attempt does not mend.
async fn attempts<C: Client + ?Sized>(
    client: &C,
    arguments: &mut Arguments,
    form: Form<'_>,
    body: &mut Vec<u8>,
) -> Result<Outcome, Error> {
    let contract = arguments.contract();
    let context = client.context();
    let session = Session::of(contract, context).map_err(|error| error.of(contract))?;
    let request = Request::call(arguments, &session);
    let retry = context.map(Context::retries).unwrap_or_default();
    let mut failure: Option<Error> = None;
    let mut retries = 0;
    loop {
        let mut reader = Reader::new(contract, form, body);
        let started = Instant::now();
        let sent = client.run(&request, &mut |row| reader.read(row)).await;
        let elapsed = started.elapsed();
        let error = match sent {
            Ok(()) => return reader.finish(elapsed, retries).map_err(|error| error.after(retries)),
            Err(error) => error.of(contract),
        };
        if let Some(mapped) = error.mapped() {
            return reader.answer(mapped.response, elapsed, retries);
        }
        drop(reader);
        // The block is the caller's, begun by a command that nobody here knows of: what failed it is the failure.
        if let (Some(first), true) = (failure.take(), error.is_in_failed_transaction()) {
            return Err(first.after(0));
        }
        let delay = (error.is_transient() && !client.is_transaction()).then(|| retry.delay(retries)).flatten();
        let Some(delay) = delay else { return Err(server::explain(client, error).await.after(retries)) };
        retries += 1;
        failure = Some(error);
        tokio::time::sleep(delay).await;
    }
}

/// Takes the answer's rows as they arrive; they count when the server has proved the commit.
struct Reader<'a> {
    contract: &'static Contract,
    form: Form<'a>,
    body: &'a mut Vec<u8>,
    /// Where this answer begins in `body`.
    start: usize,
    found: Found,
    rows: u32,
    transform: Duration,
}

enum Found {
    Nothing,
    Row { success: bool, code: Option<&'static str>, event_id: Option<i64>, replayed: bool },
    Mistake(Error),
}

impl<'a> Reader<'a> {
    fn new(contract: &'static Contract, form: Form<'a>, body: &'a mut Vec<u8>) -> Self {
        let start = body.len();
        Self { contract, form, body, start, found: Found::Nothing, rows: 0, transform: Duration::ZERO }
    }

    fn read(&mut self, row: &Row) {
        self.rows += 1;
        self.found = match mem::replace(&mut self.found, Found::Nothing) {
            Found::Nothing => match self.read_row(row) {
                Ok(found) => found,
                Err(error) => Found::Mistake(error),
            },
            Found::Row { .. } => Found::Mistake(Error::contract(self.contract, "it answered more than one row".into())),
            // The first mistake explains the others.
            mistake @ Found::Mistake(_) => mistake,
        };
    }

    fn read_row(&mut self, row: &Row) -> Result<Found, Error> {
        let ResultRow { response, success, event_id, replayed } = ResultRow::read(row, self.contract)?;
        let code = self.write(response, success)?;
        Ok(Found::Row { success, code, event_id, replayed })
    }

    /// Writes the answer that the client gets; gives its code.
    fn write(&mut self, response: &[u8], success: bool) -> Result<Option<&'static str>, Error> {
        let object = if success { self.contract.success } else { self.contract.error };
        let started = Instant::now();
        let written = match self.form {
            Form::Client(None) => transform(response, object, self.body),
            Form::Client(Some(selection)) => selection.run_of(object, response, self.body),
            Form::Database => {
                self.body.extend_from_slice(response);
                Ok(())
            }
        };
        written.map_err(|cause| Error::transform(self.contract, cause))?;
        self.transform = started.elapsed();
        let code = string_member(response, b"code");
        Ok(code.and_then(|code| self.contract.codes.iter().copied().find(|known| known.as_bytes() == code)))
    }

    /// The server is ready for the next request, so what was read is true.
    fn finish(mut self, elapsed: Duration, retries: u32) -> Result<Outcome, Error> {
        match mem::replace(&mut self.found, Found::Nothing) {
            Found::Row { success, code, event_id, replayed } => {
                let timing = Timing { database: elapsed.saturating_sub(self.transform), transform: self.transform };
                let bytes = self.body.len() - self.start;
                self.start = self.body.len();
                Ok(Outcome { success, code, event_id, replayed, retries, bytes, rows: self.rows, timing })
            }
            Found::Nothing => Err(Error::contract(self.contract, "it answered no row".into())),
            Found::Mistake(error) => Err(error),
        }
    }

    /// The server has rolled back, and the error is an answer.
    fn answer(mut self, response: &str, elapsed: Duration, retries: u32) -> Result<Outcome, Error> {
        self.body.truncate(self.start);
        let code = self.write(response.as_bytes(), false)?;
        self.found = Found::Row { success: false, code, event_id: None, replayed: false };
        self.finish(elapsed, retries)
    }
}

/// Never half an answer, and never one whose commit is not proved: also where the caller drops the future.
impl Drop for Reader<'_> {
    fn drop(&mut self) {
        self.body.truncate(self.start);
    }
}
