//! A server that is too old: just enough of PostgreSQL 13's protocol to refuse a statement and to tell its version.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_postgres::{Client, Config, NoTls};

/// Connects to a server that says it is PostgreSQL 13 and does not understand any statement but `SHOW`.
pub async fn connect() -> Client {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await?;
        serve(stream).await
    });
    let (client, connection) =
        Config::new().host("127.0.0.1").port(port).user("anybody").connect(NoTls).await.expect("it lets anybody in");
    tokio::spawn(connection);
    client
}

async fn serve(mut stream: TcpStream) -> io::Result<()> {
    let length = stream.read_u32().await?;
    read_rest(&mut stream, length).await?;
    let (trusted, idle) = (0_u32.to_be_bytes(), b"I");
    send(&mut stream, &[(b'R', &trusted), (b'Z', idle)]).await?;
    let mut query = Vec::new();
    loop {
        let letter = stream.read_u8().await?;
        let length = stream.read_u32().await?;
        let body = read_rest(&mut stream, length).await?;
        match letter {
            // The statement's name, which is empty, then its text.
            b'P' => query = body.get(1..).unwrap_or_default().to_vec(),
            b'S' if query.starts_with(b"SHOW") => {
                let column = b"\0\x01server_version\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0";
                let row = b"\0\x01\0\0\0\x0513.23";
                let parameters = [0, 0];
                let messages: [(u8, &[u8]); 7] = [
                    (b'1', b""),
                    (b'2', b""),
                    (b't', &parameters),
                    (b'T', column),
                    (b'D', row),
                    (b'C', b"SHOW\0"),
                    (b'Z', idle),
                ];
                send(&mut stream, &messages).await?;
            }
            b'S' => {
                let error = b"SERROR\0VERROR\0C42601\0Msyntax error at or near \"(\"\0P42\0\0";
                send(&mut stream, &[(b'E', error), (b'Z', idle)]).await?;
            }
            b'X' => return Ok(()),
            _ => {}
        }
    }
}

async fn read_rest(stream: &mut TcpStream, length: u32) -> io::Result<Vec<u8>> {
    let mut body = vec![0; (length as usize).saturating_sub(4)];
    stream.read_exact(&mut body).await?;
    Ok(body)
}

async fn send(stream: &mut TcpStream, messages: &[(u8, &[u8])]) -> io::Result<()> {
    let mut bytes = Vec::new();
    for (letter, body) in messages {
        bytes.push(*letter);
        bytes.extend_from_slice(&(body.len() as u32 + 4).to_be_bytes());
        bytes.extend_from_slice(body);
    }
    stream.write_all(&bytes).await
}
