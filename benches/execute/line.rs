//! A line that takes its time: every byte arrives one round trip late on its way back, in order and without a limit to how many are under way.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use tokio_postgres::Config;

/// A proxy with a delay. Its threads end with the connections they carry, and the one that listens with the program.
pub struct Line {
    config: Config,
}

impl Line {
    /// Listens in front of the server of `config`, which must name a port on 127.0.0.1.
    pub fn start(config: Config, round_trip: Duration) -> Self {
        let server = SocketAddr::from(([127, 0, 0, 1], config.get_ports()[0]));
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port to listen on");
        let mut through = Config::new();
        through.host("127.0.0.1").port(listener.local_addr().expect("an address").port());
        through.user(config.get_user().expect("a user")).dbname(config.get_dbname().expect("a database"));
        through.password(config.get_password().expect("a password"));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                carry(client, server, round_trip).expect("the line carries");
            }
        });
        Self { config: through }
    }

    /// How to connect through it.
    pub fn config(&self) -> Config {
        self.config.clone()
    }
}

fn carry(client: TcpStream, server: SocketAddr, round_trip: Duration) -> io::Result<()> {
    let server = TcpStream::connect(server)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    at_once(client.try_clone()?, server.try_clone()?);
    late(server, client, round_trip);
    Ok(())
}

fn at_once(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        // How a connection ends is told to its two ends, by closing.
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
}

/// All of the delay on one way: a thread sleeps to within some tens of microseconds, so half of it twice would add more.
fn late(mut from: TcpStream, mut to: TcpStream, delay: Duration) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut buffer = vec![0; 65536];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            if sender.send((Instant::now() + delay, buffer[..length].to_vec())).is_err() {
                break;
            }
        }
    });
    thread::spawn(move || {
        for (due, bytes) in receiver {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
}
