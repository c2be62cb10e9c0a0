//! Says who each connection comes from, behind a proxy that speaks the PROXY protocol or without one.
//!
//! ```sh
//! cargo run -p proxied --example peer -- 127.0.0.0/8      # whose word is believed
//! printf 'PROXY TCP4 203.0.113.5 127.0.0.1 4000 8087\r\n' | nc 127.0.0.1 8087
//! ```

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use proxied::{Progress, ProxyHeader, Trusted};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let networks: Vec<_> = std::env::args()
        .skip(1)
        .map(|network| network.parse())
        .collect::<Result<_, _>>()?;
    let trusted = Trusted::new(networks);
    for connection in TcpListener::bind("127.0.0.1:8087")?.incoming() {
        match connection.and_then(|mut connection| greet(&mut connection, &trusted)) {
            Ok(client) => println!("{client}"),
            Err(error) => eprintln!("{error}"),
        }
    }
    Ok(())
}

/// Tells a client who it is.
fn greet(connection: &mut TcpStream, trusted: &Trusted) -> io::Result<SocketAddr> {
    let peer = connection.peer_addr()?;
    // Whoever is no trusted proxy begins with the client's own bytes, whatever they look like.
    let client = if trusted.contains(peer.ip()) {
        connection.set_read_timeout(Some(Duration::from_secs(5)))?;
        header(connection)?.unwrap_or(peer)
    } else {
        peer
    };
    writeln!(connection, "{client}")?;
    Ok(client)
}

/// Reads the header, and not a byte of what follows it. None if the proxy does not say whose connection it is.
fn header(connection: &mut impl Read) -> io::Result<Option<SocketAddr>> {
    let mut bytes = Vec::new();
    loop {
        let progress = ProxyHeader::read(&bytes)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        match progress {
            Progress::Whole(ProxyHeader::Client { source, .. }) => return Ok(Some(source)),
            Progress::Whole(ProxyHeader::Untold) => return Ok(None),
            Progress::Needs(more) => {
                let start = bytes.len();
                bytes.resize(start + more, 0);
                connection.read_exact(&mut bytes[start..])?;
            }
        }
    }
}

#[test]
fn a_trusted_proxy_names_its_client_and_what_follows_is_left() {
    let mut stream = &b"PROXY TCP4 203.0.113.5 127.0.0.1 4000 8087\r\nVER 1 MSNP8 CVR0\r\n"[..];
    let client = header(&mut stream).unwrap();
    assert_eq!(client, Some("203.0.113.5:4000".parse().unwrap()));
    assert_eq!(stream, b"VER 1 MSNP8 CVR0\r\n");
}

#[test]
fn a_stranger_is_who_it_is() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    client
        .write_all(b"PROXY TCP4 203.0.113.5 127.0.0.1 4000 8087\r\n")
        .unwrap();
    let (mut connection, peer) = listener.accept().unwrap();
    assert_eq!(greet(&mut connection, &Trusted::default()).unwrap(), peer);
}
