//! Gets a server and a database, says which, and ends in the way that its argument names: the subject of the tests of
//! what is left behind.
//!
//! `hold_server wait` is useful by hand, too: it gives a database to try things in, for as long as it runs.

use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;

use pgmutate_test_support::{Error, Server};

fn main() -> ExitCode {
    let ending = std::env::args().nth(1).unwrap_or_else(|| "wait".to_owned());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map(|runtime| runtime.block_on(hold(&ending))) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => fail(&error.to_string()),
        Err(error) => fail(&error.to_string()),
    }
}

fn fail(error: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "{error}");
    ExitCode::FAILURE
}

async fn hold(ending: &str) -> Result<(), Error> {
    let server = Server::start().await?;
    let database = server.database().await?;
    let _client = database.connect().await?;
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "database {}", database.name());
    let _ = writeln!(out, "url {}", database.url());
    if server.is_private() {
        let _ = writeln!(out, "folder {}", server.folder()?.display());
        let _ = writeln!(out, "pid {}", server.pid()?);
    }
    let _ = writeln!(out, "ready").and_then(|()| out.flush());
    match ending {
        "return" => {}
        // As a program that forgets its destructors, or `std::process::exit` in a test runner.
        "exit" => std::process::exit(0),
        "abort" => std::process::abort(),
        #[expect(clippy::panic, reason = "this is what a failing test does")]
        "panic" => panic!("the test has failed"),
        _ => {
            // Until the other end closes, or a signal comes.
            let _ = io::stdin().read_to_end(&mut Vec::new());
        }
    }
    Ok(())
}
