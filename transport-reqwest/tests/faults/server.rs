//! A small HTTP/1.1 server for tests, on plain threads: it stands in front of a real server, or alone,
//! and a hook says what goes wrong with each request. Shared with the other drivers by `#[path]`.

use machine_driver::{Clock, SystemClock};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tokio::net::TcpSocket;

/// A server on a loopback port. Dropping it closes the port and every connection.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: Option<SocketAddr>,
    hook: Box<Hook>,
    requests: Mutex<Vec<Request>>,
    abandoned: AtomicUsize,
    stopped: AtomicBool,
}

type Hook = dyn Fn(&mut Request) -> Fault + Send + Sync;

impl Server {
    /// A server of its own: what the hook does not answer gets an empty 200.
    pub(crate) fn alone(hook: impl Fn(&mut Request) -> Fault + Send + Sync + 'static) -> Self {
        Self::start(None, Box::new(hook))
    }

    /// A server in front of that one. The hook sees each request first and may change it.
    pub(crate) fn before(
        upstream: SocketAddr,
        hook: impl Fn(&mut Request) -> Fault + Send + Sync + 'static,
    ) -> Self {
        Self::start(Some(upstream), Box::new(hook))
    }

    fn start(upstream: Option<SocketAddr>, hook: Box<Hook>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            upstream,
            hook,
            requests: Mutex::default(),
            abandoned: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for (connection, stream) in listener.incoming().enumerate() {
                if accepting.stopped.load(Ordering::SeqCst) {
                    break;
                }
                let (Ok(stream), shared) = (stream, Arc::clone(&accepting)) else {
                    continue;
                };
                // A connection ends with an error when the client has gone: that is its business.
                thread::spawn(move || shared.serve(stream, connection));
            }
            // Before the other: see `close`.
            drop(listener);
            drop(accepting);
        });
        Self { address, shared }
    }

    /// Closes the port and every connection, and returns when it has happened. Not for a server whose
    /// hook waits for something.
    pub(crate) fn close(self) {
        let shared = Arc::clone(&self.shared);
        drop(self);
        let patience = SystemClock.now() + Duration::from_secs(60);
        while Arc::strong_count(&shared) > 1 {
            assert!(SystemClock.now() < patience, "a connection stays open");
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://`, its address, and this path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The requests so far, as the client sent them, in the order in which they were read.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// How many clients went away while their reply was being waited for.
    pub(crate) fn abandoned(&self) -> usize {
        self.shared.abandoned.load(Ordering::SeqCst)
    }
}

/// Takes a port so that nobody can listen there, and nobody does: whoever connects is refused. It is free
/// again when the socket is dropped.
pub(crate) fn nobody_at(port: u16) -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    // Connections that are over are not in the way.
    socket.set_reuseaddr(port != 0).unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, port).into()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the accepting thread, which then sees that it should end.
        let _ = TcpStream::connect(self.address);
    }
}

/// A request as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Counts the connections from 0: two requests with one number came over one connection.
    pub(crate) connection: usize,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The first header of that name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

/// A reply before it is written. Its `Content-Length` follows from the body.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Only so many bytes are written, head included, and then the connection is closed. Whoever made
    /// the reply believes that it was delivered.
    pub(crate) cut: Option<usize>,
}

impl Reply {
    /// A reply with that body and no headers.
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
            cut: None,
        }
    }

    /// One header more.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same, cut off after so many bytes.
    pub(crate) fn cut_after(mut self, bytes: usize) -> Self {
        self.cut = Some(bytes);
        self
    }

    /// How many bytes it has, head included.
    pub(crate) fn len(&self) -> usize {
        self.to_bytes().len()
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("HTTP/1.1 {} Scripted\r\n", self.status).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend(format!("{name}: {value}\r\n").bytes());
        }
        bytes.extend(format!("Content-Length: {}\r\n\r\n", self.body.len()).bytes());
        bytes.extend(&self.body);
        bytes.truncate(self.cut.unwrap_or(usize::MAX));
        bytes
    }
}

/// What happens to one request.
pub(crate) struct Fault {
    forward: bool,
    edit: Box<dyn FnOnce(&mut Reply) + Send>,
    delay: Duration,
    drip: Option<Duration>,
}

impl Fault {
    /// None: the server behind answers.
    pub(crate) fn none() -> Self {
        Self::edit(|_| {})
    }

    /// The server behind answers, and its reply is changed on the way.
    pub(crate) fn edit(edit: impl FnOnce(&mut Reply) + Send + 'static) -> Self {
        Self {
            forward: true,
            edit: Box::new(edit),
            delay: Duration::ZERO,
            drip: None,
        }
    }

    /// The server behind answers, and the connection is closed after so many bytes of its reply.
    pub(crate) fn cut(after: usize) -> Self {
        Self::edit(move |reply| reply.cut = Some(after))
    }

    /// This reply instead; the server behind never sees the request.
    pub(crate) fn answer(reply: Reply) -> Self {
        Self {
            forward: false,
            ..Self::edit(move |default| *default = reply)
        }
    }

    /// The connection is closed without a reply; the server behind never sees the request.
    pub(crate) fn close() -> Self {
        Self::answer(Reply::new(200, "").cut_after(0))
    }

    /// The request is read and nothing ever comes; the server behind never sees it.
    pub(crate) fn hang() -> Self {
        Self::answer(Reply::new(200, "")).delay(Duration::MAX)
    }

    /// The reply is held back for so long.
    pub(crate) fn delay(mut self, by: Duration) -> Self {
        self.delay = by;
        self
    }

    /// The reply comes byte by byte with this pause.
    pub(crate) fn drip(mut self, pause: Duration) -> Self {
        self.drip = Some(pause);
        self
    }
}

impl Shared {
    fn serve(&self, mut client: TcpStream, connection: usize) -> io::Result<()> {
        client.set_nodelay(true)?;
        client.set_read_timeout(Some(TICK))?;
        let mut read = Vec::new();
        while let Some(mut request) = self.read_request(&mut client, &mut read, connection)? {
            self.requests.lock().unwrap().push(request.clone());
            let fault = (self.hook)(&mut request);
            let mut reply = match self.upstream.filter(|_| fault.forward) {
                Some(upstream) => self.ask(upstream, &request, &client)?,
                None => Reply::new(200, ""),
            };
            (fault.edit)(&mut reply);
            self.wait(fault.delay, &client)?;
            let bytes = reply.to_bytes();
            for piece in bytes.chunks(if fault.drip.is_some() { 1 } else { usize::MAX }) {
                self.wait(fault.drip.unwrap_or_default(), &client)?;
                client.write_all(piece)?;
            }
            if reply.cut.is_some() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The next request, or `None` when the client closes the connection between two of them.
    fn read_request(
        &self,
        client: &mut TcpStream,
        read: &mut Vec<u8>,
        connection: usize,
    ) -> io::Result<Option<Request>> {
        let head = loop {
            match Head::parse(read) {
                Some(head) => break head,
                None if self.read_more(client, read, None)? => {}
                None => return Ok(None),
            }
        };
        let end = head.len + head.content_length().unwrap_or(0);
        while read.len() < end {
            if !self.read_more(client, read, None)? {
                return Ok(None);
            }
        }
        let body = read[head.len..end].to_vec();
        read.drain(..end);
        let mut words = head.start.split(' ').map(str::to_owned);
        Ok(Some(Request {
            connection,
            method: words.next().unwrap(),
            target: words.next().unwrap(),
            headers: head.headers,
            body,
        }))
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
        bytes.extend(b"Connection: close\r\n\r\n");
        bytes.extend(&request.body);
        server.write_all(&bytes)?;
        server.set_read_timeout(Some(TICK))?;
        let mut read = Vec::new();
        let (head, end) = loop {
            if let Some(head) = Head::parse(&read) {
                // Every server here says how long its replies are.
                let end = head.len + head.content_length().unwrap();
                if read.len() >= end {
                    break (head, end);
                }
            }
            if !self.read_more(&mut server, &mut read, Some(client))? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        Ok(Reply {
            status: head.start.split(' ').nth(1).unwrap().parse().unwrap(),
            body: read[head.len..end].to_vec(),
            cut: None,
            headers: head
                .headers
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
        let mut chunk = [0; 4096];
        loop {
            match stream.read(&mut chunk) {
                Ok(0) => return Ok(false),
                Ok(n) => {
                    read.extend(&chunk[..n]);
                    return Ok(true);
                }
                Err(e)
                    if matches!(
                        e.kind(),
                        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
                    ) =>
                {
                    self.check(waiting)?;
                }
                Err(e) => return Err(e),
            }
        }
    }

    /// Sleeps, unless the client goes away.
    fn wait(&self, time: Duration, client: &TcpStream) -> io::Result<()> {
        let started = SystemClock.now();
        while let Some(left) = time
            .checked_sub(SystemClock.now() - started)
            .filter(|d| !d.is_zero())
        {
            thread::sleep(left.min(TICK));
            self.check(Some(client))?;
        }
        Ok(())
    }

    /// An error if the server was dropped or that client has gone.
    fn check(&self, client: Option<&TcpStream>) -> io::Result<()> {
        if self.stopped.load(Ordering::SeqCst) {
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
                self.abandoned.fetch_add(1, Ordering::SeqCst);
                Err(io::ErrorKind::ConnectionAborted.into())
            }
        }
    }
}

/// The head of a request or a reply.
struct Head {
    start: String,
    headers: Vec<(String, String)>,
    len: usize,
}

impl Head {
    /// `None` until all of it has come.
    fn parse(read: &[u8]) -> Option<Self> {
        let end = read.windows(4).position(|w| w == b"\r\n\r\n")?;
        let text = String::from_utf8_lossy(&read[..end]);
        let mut lines = text.split("\r\n");
        Some(Self {
            start: lines.next()?.to_owned(),
            headers: lines
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
                .collect(),
            len: end + 4,
        })
    }

    fn content_length(&self) -> Option<usize> {
        find(&self.headers, "content-length")?.parse().ok()
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut found = headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
    found.next().map(|(_, value)| value.as_str())
}

/// How often a waiting thread looks whether it should go on.
const TICK: Duration = Duration::from_millis(10);
