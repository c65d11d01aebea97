//! Cancelling what runs on a connection, so that nothing else can be hit.
//!
//! The server looks at a cancellation after the connection that brings it is made, and the signal finds whatever runs then. So it is over only when the
//! server has closed that connection, which the driver does not wait for.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio_postgres::config::Host;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{CancelToken, Config};

use super::connection::Encryption;

/// How long a server may take to look at it. Longer, and the connection is not used again.
const PATIENCE: Duration = Duration::from_secs(10);

/// Cancels what runs on one connection. The future is whether the server has dealt with it.
pub(super) type Cancel = Box<dyn Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

/// How to cancel what runs on the connection of `token`, which one of the servers of `config` has.
pub(super) fn by(token: CancelToken, config: Config, tls: impl Encryption) -> Cancel {
    Box::new(move || {
        let (token, config, tls) = (token.clone(), config.clone(), tls.clone());
        Box::pin(async move { tokio::time::timeout(PATIENCE, everywhere(token, config, tls)).await == Ok(true) })
    })
}

/// Which server it is the driver does not tell. To another one the token means nothing.
async fn everywhere(token: CancelToken, config: Config, tls: impl Encryption) -> bool {
    let mut all = true;
    for (index, port) in ports(&config).enumerate() {
        let host = config.get_hosts().get(index);
        let name = match host {
            Some(Host::Tcp(name)) => name.as_str(),
            _ => "",
        };
        for address in addresses(&config, index, port).await {
            let sent = match address.connect().await {
                Ok(line) => send(&token, line, name, tls.clone()).await,
                // Nobody who is not there runs anything.
                Err(error) => error.kind() == io::ErrorKind::ConnectionRefused,
            };
            all &= sent;
        }
    }
    all
}

async fn send(token: &CancelToken, line: Line, name: &str, mut tls: impl Encryption) -> bool {
    let Some(tls) = MakeTlsConnect::<Line>::make_tls_connect(&mut tls, name).ok() else { return false };
    token.cancel_query_raw(line, tls).await.is_ok()
}

/// The port of each host: one for all, or one for each.
fn ports(config: &Config) -> impl Iterator<Item = u16> {
    let hosts = config.get_hosts().len().max(config.get_hostaddrs().len());
    (0..hosts).map(|index| config.get_ports().get(index).or(config.get_ports().first()).copied().unwrap_or(5432))
}

enum Address {
    Tcp(std::net::SocketAddr),
    #[cfg(unix)]
    Unix(std::path::PathBuf),
}

async fn addresses(config: &Config, index: usize, port: u16) -> Vec<Address> {
    if let Some(address) = config.get_hostaddrs().get(index) {
        return vec![Address::Tcp((*address, port).into())];
    }
    match config.get_hosts().get(index) {
        Some(Host::Tcp(name)) => match lookup_host((name.as_str(), port)).await {
            Ok(found) => found.map(Address::Tcp).collect(),
            Err(_) => Vec::new(),
        },
        #[cfg(unix)]
        Some(Host::Unix(folder)) => vec![Address::Unix(folder.join(format!(".s.PGSQL.{port}")))],
        None => Vec::new(),
    }
}

impl Address {
    async fn connect(self) -> io::Result<Line> {
        Ok(Line(match self {
            Self::Tcp(address) => Box::pin(TcpStream::connect(address).await?),
            #[cfg(unix)]
            Self::Unix(path) => Box::pin(tokio::net::UnixStream::connect(path).await?),
        }))
    }
}

trait Stream: AsyncRead + AsyncWrite + Send {}

impl<S: AsyncRead + AsyncWrite + Send> Stream for S {}

/// A connection that brings a cancellation: shutting it down takes until the server has closed it.
pub struct Line(Pin<Box<dyn Stream>>);

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_read(context, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.as_mut().poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut bytes = [0; 64];
        loop {
            let mut buffer = ReadBuf::new(&mut bytes);
            match ready!(self.0.as_mut().poll_read(context, &mut buffer)) {
                // The farewell of an encrypted connection.
                Ok(()) if !buffer.filled().is_empty() => {}
                // It answers nothing, so it may end it in either way.
                Ok(()) | Err(_) => return Poll::Ready(Ok(())),
            }
        }
    }
}
