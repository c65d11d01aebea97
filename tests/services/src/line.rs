//! A line to a server that can be disturbed.

use std::net::{Ipv4Addr, SocketAddr};

use pgmutate_test_support::Error;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What becomes of what goes over a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Everything arrives.
    Open,
    /// What the client sends arrives; what the server answers is lost, and then the connection.
    AnswersLost,
    /// Connections are closed, and no new ones are taken.
    Cut,
}

/// A line to a port of this machine, which ends when it is dropped.
pub struct Line {
    port: u16,
    state: watch::Sender<State>,
    task: JoinHandle<()>,
}

impl Line {
    /// Listens on a free port, for now in front of nothing.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn new() -> Result<(Line, watch::Sender<u16>), Error> {
        let told = |error: std::io::Error| Error::new(format!("no line: {error}"));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(told)?;
        let port = listener.local_addr().map_err(told)?.port();
        let (state, seen) = watch::channel(State::Open);
        let (to, target) = watch::channel(0);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if *seen.borrow() != State::Cut {
                    tokio::spawn(forward(client, *target.borrow(), seen.clone()));
                }
            }
        });
        Ok((Line { port, state, task }, to))
    }

    /// Listens in front of `port`.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn to(port: u16) -> Result<Line, Error> {
        let (line, to) = Line::new().await?;
        to.send_replace(port);
        Ok(line)
    }

    /// The port on which it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on this becomes of what goes over it.
    pub fn set(&self, state: State) {
        self.state.send_replace(state);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn forward(client: TcpStream, port: u16, mut state: watch::Receiver<State>) {
    let Ok(server) = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await else {
        return;
    };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let mut changes = state.clone();
    let there = async { tokio::io::copy(&mut from_client, &mut to_server).await.map(|_| ()) };
    let back = async {
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = from_server.read(&mut buffer).await?;
            if read == 0 || *state.borrow_and_update() == State::AnswersLost {
                return Ok::<(), std::io::Error>(());
            }
            to_client.write_all(&buffer[..read]).await?;
        }
    };
    // How it ends looks to both ends as without a line.
    tokio::select! {
        _ = there => {}
        _ = back => {}
        _ = changes.wait_for(|state| *state == State::Cut) => {}
    }
}
