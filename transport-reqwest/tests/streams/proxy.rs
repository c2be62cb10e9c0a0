//! Proxies on threads: SOCKS5 (RFC 1928, 1929) and `CONNECT`. What ends one side of a tunnel ends the other
//! in the same way: a finish is a finish, a reset a reset.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use socket2::SockRef;

/// A proxy at work, and what it was asked for.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// SOCKS5 that wants this user and password.
    pub(crate) fn socks5(login: Option<(&'static str, &'static str)>) -> Self {
        Self::start(move |client| open_socks5(client, login, 0))
    }

    /// SOCKS5 that says how it went together with the peer's first `words` bytes.
    pub(crate) fn eager_socks5(words: usize) -> Self {
        Self::start(move |client| open_socks5(client, None, words))
    }

    /// An HTTP proxy that knows `CONNECT` only.
    pub(crate) fn connect() -> Self {
        Self::start(|client| open_tunnel(client, 0))
    }

    /// One that says how it went together with the peer's first `words` bytes.
    pub(crate) fn eager_connect(words: usize) -> Self {
        Self::start(move |client| open_tunnel(client, words))
    }

    fn start(
        open: impl Fn(&mut TcpStream) -> io::Result<(String, TcpStream)> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let (open, told) = (Arc::new(open), Arc::clone(&asked));
        thread::spawn(move || {
            for client in listener.incoming() {
                let (open, told) = (Arc::clone(&open), Arc::clone(&told));
                thread::spawn(move || {
                    let mut client = client?;
                    let (what, server) = open(&mut client)?;
                    told.lock().unwrap().push(what);
                    relay(client, server)
                });
            }
        });
        Self { address, asked }
    }

    /// Where it was asked to go to, in the words of its protocol.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn open_socks5(
    client: &mut TcpStream,
    login: Option<(&str, &str)>,
    words: usize,
) -> io::Result<(String, TcpStream)> {
    let [version, methods] = read(client)?;
    let mut offered = vec![0; methods.into()];
    client.read_exact(&mut offered)?;
    let method = if login.is_some() { 2 } else { 0 };
    if version != 5 || !offered.contains(&method) {
        client.write_all(&[5, 0xff])?;
        return Err(io::ErrorKind::InvalidData.into());
    }
    client.write_all(&[5, method])?;
    if let Some((user, password)) = login {
        let [_] = read(client)?;
        let (said_user, said_password) = (read_text(client)?, read_text(client)?);
        let right = said_user == user && said_password == password;
        client.write_all(&[1, u8::from(!right)])?;
        if !right {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
    }
    let [_, command, _, kind] = read(client)?;
    let host = match kind {
        1 => Ipv4Addr::from(read::<4>(client)?).to_string(),
        3 => read_text(client)?,
        _ => return Err(io::ErrorKind::Unsupported.into()),
    };
    let port = u16::from_be_bytes(read(client)?);
    let server = connect(&format!("{host}:{port}"));
    let reply = if command == 1 && server.is_ok() { 0 } else { 5 };
    let mut said = vec![5, reply, 0, 1, 127, 0, 0, 1, 0, 0];
    if let Ok(server) = &server {
        said.extend(first_words(server, words)?);
    }
    client.write_all(&said)?;
    Ok((format!("kind {kind}: {host}:{port}"), server?))
}

fn open_tunnel(client: &mut TcpStream, words: usize) -> io::Result<(String, TcpStream)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.extend(read::<1>(client)?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let target = head.split(' ').nth(1).unwrap_or_default();
    match connect(target) {
        Ok(server) => {
            let mut said = b"HTTP/1.1 200 Connection established\r\n\r\n".to_vec();
            said.extend(first_words(&server, words)?);
            client.write_all(&said)?;
            Ok((head, server))
        }
        Err(error) => {
            client.write_all(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")?;
            Err(error)
        }
    }
}

fn first_words(mut server: &TcpStream, words: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; words];
    server.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn connect(to: &str) -> io::Result<TcpStream> {
    let address = to.to_socket_addrs()?.next();
    let address = address.ok_or(io::ErrorKind::NotFound)?;
    TcpStream::connect_timeout(&address, Duration::from_secs(30))
}

fn relay(client: TcpStream, server: TcpStream) -> io::Result<()> {
    let (up, down) = (client.try_clone()?, server.try_clone()?);
    let broken = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| pass_on(up, down, &broken));
        pass_on(server, client, &broken);
    });
    Ok(())
}

/// One side that is not there any more is an end for the other: what shutting down says to that is of no
/// interest.
fn pass_on(mut from: TcpStream, mut to: TcpStream, broken: &AtomicBool) {
    let passed = io::copy(&mut from, &mut to);
    if passed.is_ok() && !broken.load(Ordering::SeqCst) {
        let _ = to.shutdown(Shutdown::Write);
        return;
    }
    broken.store(true, Ordering::SeqCst);
    for stream in [&from, &to] {
        // Closed with these options, once the other direction has noticed as well, they are reset.
        let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
        let _ = stream.shutdown(Shutdown::Read);
    }
}

fn read<const N: usize>(client: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    client.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn read_text(client: &mut TcpStream) -> io::Result<String> {
    let [length] = read(client)?;
    let mut text = vec![0; length.into()];
    client.read_exact(&mut text)?;
    String::from_utf8(text).map_err(io::Error::other)
}
