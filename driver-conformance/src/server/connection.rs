//! One connection of a server: its requests one after the other, each with its fault.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::fault::{Fault, Reply};
use super::head::{Head, Request};
use super::ledger::Ledger;

/// What a server does with each connection.
pub(super) struct Service {
    upstream: Option<SocketAddr>,
    hook: Box<Hook>,
    door: Box<Door>,
    ledger: Ledger,
}

pub(super) type Hook = dyn Fn(&mut Request) -> Fault + Send + Sync;
pub(super) type Door = dyn Fn(usize) -> Welcome + Send + Sync;

/// What happens to a connection before anything is read from it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Welcome {
    /// Its requests are served.
    Serve,
    /// It is closed at once.
    Close,
    /// It is closed when the client has said something, of which so many bytes are read.
    CloseAfter(usize),
}

impl Service {
    pub(super) fn new(upstream: Option<SocketAddr>, hook: Box<Hook>, door: Box<Door>) -> Self {
        Self {
            upstream,
            hook,
            door,
            ledger: Ledger::default(),
        }
    }

    /// What it has seen so far.
    pub(super) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Serves one connection to its end.
    pub(super) fn welcome(&self, client: TcpStream, number: usize) -> io::Result<()> {
        client.set_nodelay(true)?;
        client.set_read_timeout(Some(TICK))?;
        match (self.door)(number) {
            Welcome::Serve => self.serve(client, number),
            Welcome::Close => Ok(()),
            Welcome::CloseAfter(bytes) => self.turn_away(client, bytes, number),
        }
    }

    /// Reads so many bytes. The rest, which has arrived by then, is never read: the connection is reset.
    fn turn_away(&self, mut client: TcpStream, bytes: usize, number: usize) -> io::Result<()> {
        while let Err(e) = client.peek(&mut [0]) {
            if !is_tick(&e) {
                return Err(e);
            }
            self.check(None)?;
        }
        let mut read = vec![0; bytes];
        let read_of_it = client.read(&mut read)?;
        self.ledger.has_read(number, &read[..read_of_it]);
        Ok(())
    }

    fn serve(&self, mut client: TcpStream, number: usize) -> io::Result<()> {
        let served = self.serve_all(&mut client, number);
        let closed_by_us = matches!(served, Ok(End::Closed));
        if !closed_by_us && !self.ledger.is_stopped() {
            self.ledger.is_closed_by_client(number);
        }
        served.map(drop)
    }

    fn serve_all(&self, client: &mut TcpStream, number: usize) -> io::Result<End> {
        let mut read = Vec::new();
        while let Some(mut request) = self.read_request(client, &mut read, number)? {
            self.ledger.request(request.clone());
            let fault = (self.hook)(&mut request);
            if self.answer(client, &request, fault)? {
                return Ok(End::Closed);
            }
        }
        Ok(End::ByClient)
    }

    /// Answers one request. True if the connection ends with that.
    fn answer(&self, client: &mut TcpStream, request: &Request, fault: Fault) -> io::Result<bool> {
        let fault = fault.into_plan();
        let mut reply = match self.upstream.filter(|_| fault.forward) {
            Some(upstream) => self.ask(upstream, request, client)?,
            None => Reply::new(200, ""),
        };
        (fault.edit)(&mut reply);
        self.wait(fault.delay, client)?;
        while fault.gate.as_ref().is_some_and(|gate| !gate.is_open()) {
            self.wait(TICK / 5, client)?;
        }
        let (bytes, close) = match fault.raw {
            Some(raw) => raw,
            None => (reply.to_bytes(), reply.cut.is_some()),
        };
        let piece_len = if fault.drip.is_some() { 1 } else { usize::MAX };
        for piece in bytes.chunks(piece_len) {
            self.wait(fault.drip.unwrap_or_default(), client)?;
            client.write_all(piece)?;
        }
        if let Some((piece, most)) = fault.flood {
            self.flood(client, &piece, most)?;
        }
        Ok(close)
    }

    /// Says the piece again and again, as long as the client takes it.
    fn flood(&self, client: &mut TcpStream, piece: &[u8], most: usize) -> io::Result<()> {
        client.set_write_timeout(Some(TICK))?;
        let mut left = most;
        let mut rest: &[u8] = &[];
        while left > 0 {
            if rest.is_empty() {
                rest = piece;
            }
            match client.write(&rest[..rest.len().min(left)]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    self.ledger.has_flooded(written);
                    rest = &rest[written..];
                    left -= written;
                }
                // It reads nothing for now.
                Err(e) if is_tick(&e) => self.check(Some(client))?,
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// The next request, or `None` when the client closes the connection between two of them.
    fn read_request(
        &self,
        client: &mut TcpStream,
        read: &mut Vec<u8>,
        number: usize,
    ) -> io::Result<Option<Request>> {
        let (head, end) = loop {
            if let Some(head) = Head::parse(read)
                && let Some(end) = head.end(read)
                && end <= read.len()
            {
                break (head, end);
            }
            let before = read.len();
            if !self.read_more(client, read, None)? {
                return Ok(None);
            }
            self.ledger.has_read(number, &read[before..]);
        };
        let request = head.into_request(number, &read[..end]);
        read.drain(..end);
        Ok(Some(request))
    }

    /// Asks the server behind, over a connection of its own. Should the client go away meanwhile, that
    /// connection goes too: the server behind must notice.
    fn ask(
        &self,
        upstream: SocketAddr,
        request: &Request,
        client: &TcpStream,
    ) -> io::Result<Reply> {
        let mut server = TcpStream::connect(upstream)?;
        let mut bytes = format!("{} {} HTTP/1.1\r\n", request.method, request.target).into_bytes();
        for (name, value) in &request.headers {
            if !name.eq_ignore_ascii_case("connection") {
                bytes.extend(format!("{name}: {value}\r\n").bytes());
            }
        }
        // Each request has its own connection to the server behind, whose end is the end of the reply.
        bytes.extend(b"Connection: close\r\n\r\n");
        bytes.extend(&request.body);
        server.write_all(&bytes)?;
        server.set_read_timeout(Some(TICK))?;
        let mut read = Vec::new();
        let (head, end) = loop {
            if let Some(head) = Head::parse(&read)
                && let Some(end) = head.end(&read)
                && end <= read.len()
            {
                break (head, end);
            }
            if !self.read_more(&mut server, &mut read, Some(client))? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        Ok(Reply {
            status: head.status().ok_or(io::ErrorKind::InvalidData)?,
            body: read[head.len()..end].to_vec(),
            cut: None,
            // What is said of the connection is this server's own to say.
            headers: head
                .into_headers()
                .into_iter()
                .filter(|(name, _)| {
                    !["connection", "content-length"].contains(&&*name.to_ascii_lowercase())
                })
                .collect(),
        })
    }

    /// Appends what comes next; false at the end of the stream. An error once the server is dropped or
    /// the client that waits for it is gone.
    fn read_more(
        &self,
        stream: &mut TcpStream,
        read: &mut Vec<u8>,
        waiting: Option<&TcpStream>,
    ) -> io::Result<bool> {
        let mut chunk = [0; 16 * 1024];
        loop {
            match stream.read(&mut chunk) {
                Ok(0) => return Ok(false),
                Ok(n) => {
                    read.extend(&chunk[..n]);
                    return Ok(true);
                }
                Err(e) if is_tick(&e) => self.check(waiting)?,
                Err(e) => return Err(e),
            }
        }
    }

    /// Sleeps, unless the client goes away.
    fn wait(&self, time: Duration, client: &TcpStream) -> io::Result<()> {
        let started = Instant::now();
        while let Some(left) = time.checked_sub(started.elapsed()).filter(|d| !d.is_zero()) {
            thread::sleep(left.min(TICK));
            self.check(Some(client))?;
        }
        Ok(())
    }

    /// An error if the server was dropped or that client has gone.
    fn check(&self, client: Option<&TcpStream>) -> io::Result<()> {
        if self.ledger.is_stopped() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let Some(client) = client else {
            return Ok(());
        };
        client.set_nonblocking(true)?;
        let peeked = client.peek(&mut [0]);
        client.set_nonblocking(false)?;
        match peeked {
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Ok(1) => Ok(()),
            _ => {
                self.ledger.is_abandoned();
                Err(io::ErrorKind::ConnectionAborted.into())
            }
        }
    }
}

enum End {
    /// By the server.
    Closed,
    /// By the client, between two requests.
    ByClient,
}

fn is_tick(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

/// How often a waiting thread looks whether it should go on.
const TICK: Duration = Duration::from_millis(10);
