//! A call from its arguments to its answer: compose, send, read, transform.

use std::mem;
use std::time::{Duration, Instant};

use tokio_postgres::Row;

use crate::answer::{Outcome, Timing};
use crate::arguments::Arguments;
use crate::client::{Client, Request};
use crate::context::Session;
use crate::contract::Contract;
use crate::error::Error;
use crate::mutation::Mutation;
use crate::row::ResultRow;
use crate::server;
use crate::transform::transform;

/// Encodes a mutation's arguments, before anything waits: so the future need not hold the mutation.
pub(crate) fn bind<M: Mutation + ?Sized>(mutation: &M) -> Result<Arguments, Error> {
    let mut arguments = Arguments::new(M::CONTRACT);
    let bound = mutation.bind(&mut arguments).and_then(|()| arguments.check_complete());
    bound.map_err(|error| Error::from(error).of(M::CONTRACT))?;
    Ok(arguments)
}

/// Runs the call in one flight and appends the client's JSON to `body`; on an error, or dropped on its way, it leaves `body` as it was.
pub(crate) async fn run<C: Client + ?Sized>(
    client: &C,
    arguments: Result<Arguments, Error>,
    body: &mut Vec<u8>,
) -> Result<Outcome, Error> {
    run_as(client, arguments, Form::Client, body).await
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
enum Form {
    Client,
    Database,
}

async fn run_as<C: Client + ?Sized>(
    client: &C,
    arguments: Result<Arguments, Error>,
    form: Form,
    body: &mut Vec<u8>,
) -> Result<Outcome, Error> {
    let mut arguments = arguments?;
    let contract = arguments.contract();
    let session = Session::of(contract, client.context()).map_err(|error| error.of(contract))?;
    let request = Request::call(&mut arguments, &session);
    let mut reader = Reader::new(contract, form, body);
    let started = Instant::now();
    let sent = client.run(&request, &mut |row| reader.read(row)).await;
    let elapsed = started.elapsed();
    match sent {
        Ok(()) => reader.finish(elapsed),
        Err(error) => Err(server::explain(client, error.of(contract)).await),
    }
}

/// Takes the answer's rows as they arrive; they count when the server has proved the commit.
struct Reader<'a> {
    contract: &'static Contract,
    form: Form,
    body: &'a mut Vec<u8>,
    /// Where this answer begins in `body`.
    start: usize,
    found: Found,
    transform: Duration,
}

enum Found {
    Nothing,
    Row { success: bool, event_id: Option<i64> },
    Mistake(Error),
}

impl<'a> Reader<'a> {
    fn new(contract: &'static Contract, form: Form, body: &'a mut Vec<u8>) -> Self {
        Self { contract, form, start: body.len(), body, found: Found::Nothing, transform: Duration::ZERO }
    }

    fn read(&mut self, row: &Row) {
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
        let ResultRow { response, success, event_id } = ResultRow::read(row, self.contract)?;
        let object = if success { self.contract.success } else { self.contract.error };
        let started = Instant::now();
        match self.form {
            Form::Client => {
                transform(response, object, self.body).map_err(|cause| Error::transform(self.contract, cause))?;
            }
            Form::Database => self.body.extend_from_slice(response),
        }
        self.transform = started.elapsed();
        Ok(Found::Row { success, event_id })
    }

    /// The server is ready for the next request, so what was read is true.
    fn finish(mut self, elapsed: Duration) -> Result<Outcome, Error> {
        match mem::replace(&mut self.found, Found::Nothing) {
            Found::Row { success, event_id } => {
                self.start = self.body.len();
                let timing = Timing { database: elapsed.saturating_sub(self.transform), transform: self.transform };
                Ok(Outcome::new(success, event_id, timing))
            }
            Found::Nothing => Err(Error::contract(self.contract, "it answered no row".into())),
            Found::Mistake(error) => Err(error),
        }
    }
}

/// Never half an answer, and never one whose commit is not proved: also where the caller drops the future.
impl Drop for Reader<'_> {
    fn drop(&mut self) {
        self.body.truncate(self.start);
    }
}
