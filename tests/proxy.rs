//! A proxy between a client and PostgreSQL that knows the protocol's messages: it counts what goes over the wire, holds it back and cuts it.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// A proxy in front of one server; it ends, with its connections, when it is dropped.
pub struct Proxy {
    address: SocketAddr,
    transcript: Arc<Mutex<Transcript>>,
    condition: watch::Sender<Condition>,
    forgery: Arc<Mutex<Option<Forgery>>>,
    task: JoinHandle<()>,
}

/// What the line does to what goes over it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// Everything goes through at once.
    #[default]
    Open,
    /// What the server says does not arrive, for now.
    Frozen,
    /// What the client says does not arrive, for now, but for the first message of a connection.
    Muted,
    /// What the server says trickles: 16 KiB in a tenth of a second.
    Slow,
    /// Both ends see the connection close, what is under way is lost.
    Cut,
}

/// What the client says, and what the server hears instead: of the same length.
type Forgery = (&'static [u8], &'static [u8]);

/// Who sent a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The client.
    Client,
    /// The server.
    Server,
}

/// The messages that went over the wire, in order: who sent it, and the protocol's letter for it (`None` for the start-up, which has none).
#[derive(Clone, Debug, Default)]
pub struct Transcript(pub Vec<(Side, Option<u8>)>);

impl Transcript {
    /// How often the client spoke and then waited: each is a round trip.
    #[must_use]
    pub fn flights(&self) -> usize {
        let mut last = Side::Server;
        let mut flights = 0;
        for (side, _) in &self.0 {
            if (last, *side) == (Side::Server, Side::Client) {
                flights += 1;
            }
            last = *side;
        }
        flights
    }

    /// The letters of one side's messages, such as `PBDES` for parse, bind, describe, execute, sync.
    #[must_use]
    pub fn letters(&self, side: Side) -> String {
        let of_side = self.0.iter().filter(|(sender, _)| *sender == side);
        of_side.map(|(_, letter)| letter.map_or('^', char::from)).collect()
    }
}

impl Proxy {
    /// Listens in front of the server that `config` names.
    ///
    /// # Errors
    ///
    /// The proxy cannot listen, or `config` names no server.
    pub async fn start(config: &Config) -> io::Result<Self> {
        let server = Address::of(config)?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let transcript = Arc::new(Mutex::new(Transcript::default()));
        let (condition, seen) = watch::channel(Condition::Open);
        let forgery = Arc::new(Mutex::new(None));
        let forger = Arc::clone(&forgery);
        let recorder = Arc::clone(&transcript);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, recorder, seen) = (server.clone(), Arc::clone(&recorder), seen.clone());
                let forger = Arc::clone(&forger);
                tokio::spawn(async move {
                    // A connection that fails looks to both ends as it would without a proxy.
                    let _ = forward(client, server, recorder, seen, forger).await;
                });
            }
        });
        Ok(Self { address, transcript, condition, forgery, task })
    }

    /// How to connect through the proxy: `config` with its address.
    #[must_use]
    pub fn config(&self, config: &Config) -> Config {
        let mut through = Config::new();
        through.host(self.address.ip().to_string()).port(self.address.port());
        through.options(config.get_options().unwrap_or_default());
        if let Some(user) = config.get_user() {
            through.user(user);
        }
        if let Some(password) = config.get_password() {
            through.password(password);
        }
        if let Some(database) = config.get_dbname() {
            through.dbname(database);
        }
        through
    }

    /// What has gone over the wire since the last call.
    #[must_use]
    pub fn take_transcript(&self) -> Transcript {
        std::mem::take(&mut *lock(&self.transcript))
    }

    /// Changes what the line does, for connections that are open and for new ones.
    pub fn set(&self, condition: Condition) {
        self.condition.send_replace(condition);
    }

    /// Lets the server hear `heard` wherever the client says `said`, which must not be longer or shorter and must lie within one packet.
    pub fn forge(&self, said: &'static [u8], heard: &'static [u8]) {
        assert_eq!(said.len(), heard.len());
        *lock(&self.forgery) = Some((said, heard));
    }

    /// Lets the server hear what the client says.
    pub fn forge_nothing(&self) {
        *lock(&self.forgery) = None;
    }

    /// Returns as soon as the server has said `letter` since the transcript was last taken, whether it arrived at the client or not.
    pub async fn server_says(&self, letter: u8) {
        self.has_recorded((Side::Server, Some(letter))).await;
    }

    /// Returns as soon as a client has opened a connection since the transcript was last taken.
    pub async fn client_connects(&self) {
        self.has_recorded((Side::Client, None)).await;
    }

    async fn has_recorded(&self, message: (Side, Option<u8>)) {
        while !lock(&self.transcript).0.contains(&message) {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
        self.condition.send_replace(Condition::Cut);
    }
}

fn forge(bytes: &mut [u8], said: &[u8], heard: &[u8]) {
    let found = (0..bytes.len()).find(|&start| bytes[start..].starts_with(said));
    if let Some(start) = found {
        bytes[start..start + said.len()].copy_from_slice(heard);
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where a server listens.
#[derive(Clone)]
enum Address {
    Tcp(String, u16),
    Unix(PathBuf),
}

impl Address {
    fn of(config: &Config) -> io::Result<Self> {
        let port = config.get_ports().first().copied().unwrap_or(5432);
        match config.get_hosts().first() {
            Some(Host::Tcp(host)) => Ok(Self::Tcp(host.clone(), port)),
            Some(Host::Unix(folder)) => Ok(Self::Unix(folder.join(format!(".s.PGSQL.{port}")))),
            None => Err(io::Error::other("a proxy needs a server to stand in front of")),
        }
    }

    async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        match self {
            Self::Tcp(host, port) => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
            Self::Unix(path) => Ok(Box::new(UnixStream::connect(path).await?)),
        }
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

async fn forward(
    client: TcpStream,
    server: Address,
    transcript: Arc<Mutex<Transcript>>,
    mut condition: watch::Receiver<Condition>,
    forgery: Arc<Mutex<Option<Forgery>>>,
) -> io::Result<()> {
    client.set_nodelay(true)?;
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = tokio::io::split(server.connect().await?);
    let mut heard = condition.clone();
    let upstream = async {
        let mut messages = Messages::new(Side::Client);
        let mut bytes = [0; 16 * 1024];
        let mut is_first = true;
        loop {
            let length = from_client.read(&mut bytes).await?;
            if length == 0 {
                return to_server.shutdown().await;
            }
            messages.record(&bytes[..length], &transcript);
            if let Some((said, heard)) = *lock(&forgery) {
                forge(&mut bytes[..length], said, heard);
            }
            if !std::mem::take(&mut is_first) {
                let _ = heard.wait_for(|condition| *condition != Condition::Muted).await;
            }
            to_server.write_all(&bytes[..length]).await?;
        }
    };
    let mut seen = condition.clone();
    let downstream = async {
        let mut messages = Messages::new(Side::Server);
        let mut bytes = [0; 16 * 1024];
        loop {
            let length = from_server.read(&mut bytes).await?;
            if length == 0 {
                return to_client.shutdown().await;
            }
            messages.record(&bytes[..length], &transcript);
            // Nobody is left to open it again where the proxy is gone.
            let _ = seen.wait_for(|condition| *condition != Condition::Frozen).await;
            if *seen.borrow() == Condition::Slow {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
            to_client.write_all(&bytes[..length]).await?;
        }
    };
    tokio::select! {
        // A cut wins over whatever else it wakes.
        biased;
        _ = condition.wait_for(|condition| *condition == Condition::Cut) => Ok(()),
        ended = async { tokio::try_join!(upstream, downstream) } => ended.map(drop),
    }
}

/// Finds the messages in one direction's bytes: a letter, a length that counts itself, and the rest. The client's first has no letter.
struct Messages {
    side: Side,
    without_letter: bool,
    header: Vec<u8>,
    /// Bytes of the current message's body that are still to come.
    body: usize,
}

impl Messages {
    fn new(side: Side) -> Self {
        Self { side, without_letter: side == Side::Client, header: Vec::with_capacity(5), body: 0 }
    }

    fn record(&mut self, mut bytes: &[u8], transcript: &Mutex<Transcript>) {
        while let [first, rest @ ..] = bytes {
            if self.body > 0 {
                let skipped = self.body.min(bytes.len());
                self.body -= skipped;
                bytes = &bytes[skipped..];
                continue;
            }
            self.header.push(*first);
            bytes = rest;
            let letters = usize::from(!self.without_letter);
            if let [a, b, c, d] = self.header[letters.min(self.header.len())..] {
                let length = u32::from_be_bytes([a, b, c, d]);
                self.body = (length as usize).saturating_sub(4);
                let letter = self.header.first().copied().filter(|_| !self.without_letter);
                lock(transcript).0.push((self.side, letter));
                self.header.clear();
                self.without_letter = false;
            }
        }
    }
}
