//! A server that says what it is told to say: just enough of PostgreSQL's protocol to let anybody in and to answer each flight.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_postgres::Config;

/// Starts one. Each flight, up to the message that asks for an answer (`Sync`, or a simple query), is answered with what `answer` makes of the text of its
/// last statement; where that does not end with being ready for the next, the connection is closed behind it.
pub async fn start(answer: impl Fn(&str) -> Vec<u8> + Clone + Send + 'static) -> Config {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port to listen on");
    let mut config = Config::new();
    config.host("127.0.0.1").port(listener.local_addr().expect("an address").port()).user("anybody");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // How a connection ends is the client's to notice.
            tokio::spawn(serve(stream, answer.clone()));
        }
    });
    config
}

/// A message: its letter, its length and what it holds.
#[must_use]
pub fn message(letter: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).expect("a short message");
    [&[letter], &length.to_be_bytes()[..], body].concat()
}

/// That the server is ready for the next request, outside of a transaction.
#[must_use]
pub fn ready() -> Vec<u8> {
    message(b'Z', b"I")
}

/// The description of columns: their names, the numbers of their types, and whether they come in binary.
#[must_use]
pub fn columns(columns: &[(&str, u32)]) -> Vec<u8> {
    let mut body = count(columns.len());
    for (name, sql_type) in columns {
        body.extend_from_slice(name.as_bytes());
        // The name's end; no table; the type; any length; no modifier; binary.
        body.extend_from_slice(&[0; 7]);
        body.extend_from_slice(&sql_type.to_be_bytes());
        body.extend_from_slice(&[0xff; 6]);
        body.extend_from_slice(&[0, 1]);
    }
    message(b'T', &body)
}

/// A row of values, `None` for NULL.
#[must_use]
pub fn row(values: &[Option<&[u8]>]) -> Vec<u8> {
    let mut body = count(values.len());
    for value in values {
        let length = value.map_or(-1, |value| i32::try_from(value.len()).expect("a short value"));
        body.extend_from_slice(&length.to_be_bytes());
        body.extend_from_slice(value.unwrap_or_default());
    }
    message(b'D', &body)
}

/// An error of the server, of fields by their letters.
#[must_use]
pub fn error(fields: &[(u8, &str)]) -> Vec<u8> {
    let mut body = b"SERROR\0VERROR\0".to_vec();
    for (letter, text) in fields {
        body.push(*letter);
        body.extend_from_slice(text.as_bytes());
        body.push(0);
    }
    body.push(0);
    message(b'E', &body)
}

fn count(of: usize) -> Vec<u8> {
    u16::try_from(of).expect("a few").to_be_bytes().to_vec()
}

async fn serve(mut stream: TcpStream, answer: impl Fn(&str) -> Vec<u8>) -> io::Result<()> {
    let length = stream.read_u32().await?;
    read_rest(&mut stream, length).await?;
    stream.write_all(&[message(b'R', &[0; 4]), ready()].concat()).await?;
    let mut statement = String::new();
    loop {
        let letter = stream.read_u8().await?;
        let length = stream.read_u32().await?;
        let body = read_rest(&mut stream, length).await?;
        match letter {
            // The statement's name, then its text.
            b'P' => statement = text(body.split(|byte| *byte == 0).nth(1)),
            b'Q' => statement = text(body.split(|byte| *byte == 0).next()),
            b'X' => return Ok(()),
            _ => {}
        }
        if matches!(letter, b'S' | b'Q') {
            let said = answer(&statement);
            stream.write_all(&said).await?;
            if !said.ends_with(&ready()) {
                return Ok(());
            }
        }
    }
}

fn text(bytes: Option<&[u8]>) -> String {
    String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
}

async fn read_rest(stream: &mut TcpStream, length: u32) -> io::Result<Vec<u8>> {
    let mut body = vec![0; (length as usize).saturating_sub(4)];
    stream.read_exact(&mut body).await?;
    Ok(body)
}
