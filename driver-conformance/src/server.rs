//! A small HTTP/1.1 server on plain threads: it stands in front of a real server, or alone, and a hook
//! says what goes wrong with each request.

mod connection;
mod fault;
mod head;

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::breach::Wire;

pub use fault::{Fault, Gate, Reply};
pub use head::Request;

/// A faulty server on a loopback port. Dropping it closes the port and every connection.
///
/// ```
/// use driver_conformance::server::{Fault, Reply, Server};
///
/// let server = Server::alone(|request| match request.target.as_str() {
///     "/held" => Fault::hang(),
///     "/cut" => Fault::answer(Reply::new(200, "abc").cut_after(12)),
///     _ => Fault::none(),
/// });
/// assert!(server.url("/cut").starts_with("http://127.0.0.1:"));
/// assert_eq!(server.requests().len(), 0);
/// ```
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: Option<SocketAddr>,
    hook: Box<Hook>,
    door: Box<Door>,
    requests: Mutex<Vec<Request>>,
    connections: Mutex<Vec<Connection>>,
    abandoned: AtomicUsize,
    stopped: AtomicBool,
}

type Hook = dyn Fn(&mut Request) -> Fault + Send + Sync;
type Door = dyn Fn(usize) -> Welcome + Send + Sync;

/// What happens to a connection before anything is read from it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Welcome {
    /// Its requests are served.
    Serve,
    /// It is closed at once.
    Close,
    /// It is closed when the client has said something, of which so many bytes are read.
    CloseAfter(usize),
}

/// What a server knows about one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// What it has read from it, byte for byte.
    pub read: Vec<u8>,
    /// Whether the client has closed it.
    pub closed_by_client: bool,
}

impl Server {
    /// A server of its own: what the hook does not answer gets an empty 200.
    pub fn alone(hook: impl Fn(&mut Request) -> Fault + Send + Sync + 'static) -> Self {
        Self::start(None, Box::new(hook), Box::new(|_| Welcome::Serve))
    }

    /// A server in front of that one. The hook sees each request first and may change it.
    pub fn before(
        upstream: SocketAddr,
        hook: impl Fn(&mut Request) -> Fault + Send + Sync + 'static,
    ) -> Self {
        Self::start(Some(upstream), Box::new(hook), Box::new(|_| Welcome::Serve))
    }

    /// A server of its own that answers every request with an empty 200, and treats its connections, which
    /// it counts from 0, like this.
    pub fn with_door(door: impl Fn(usize) -> Welcome + Send + Sync + 'static) -> Self {
        Self::start(None, Box::new(|_| Fault::none()), Box::new(door))
    }

    #[expect(
        clippy::expect_used,
        reason = "a host without loopback can test nothing"
    )]
    fn start(upstream: Option<SocketAddr>, hook: Box<Hook>, door: Box<Door>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
        let address = listener.local_addr().expect("it was bound");
        let shared = Arc::new(Shared {
            upstream,
            hook,
            door,
            requests: Mutex::default(),
            connections: Mutex::default(),
            abandoned: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                if accepting.stopped.load(Ordering::SeqCst) {
                    break;
                }
                lock(&accepting.connections).push(Connection::default());
                let (Ok(stream), shared) = (stream, Arc::clone(&accepting)) else {
                    continue;
                };
                // A connection ends with an error when the client has gone: that is its business.
                thread::spawn(move || shared.welcome(stream, number));
            }
            // Before the other: see `close`.
            drop(listener);
            drop(accepting);
        });
        Self { address, shared }
    }

    /// Closes the port and every connection, and returns when it has happened. Not for a server whose
    /// hook waits for something.
    ///
    /// # Panics
    /// If a connection stays open for a minute.
    pub fn close(self) {
        let shared = Arc::clone(&self.shared);
        drop(self);
        let patience = Instant::now() + Duration::from_secs(60);
        while Arc::strong_count(&shared) > 1 {
            assert!(Instant::now() < patience, "a connection stays open");
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://`, its address, and this path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The requests so far, as the client sent them, in the order in which they were read.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.shared.requests).clone()
    }

    /// The connections so far, in the order in which they came.
    pub fn connections(&self) -> Vec<Connection> {
        lock(&self.shared.connections).clone()
    }

    /// How many clients went away while their reply was being waited for.
    pub fn abandoned(&self) -> usize {
        self.shared.abandoned.load(Ordering::SeqCst)
    }

    /// Everything that it has read, one connection after the other.
    pub fn transcript(&self) -> Wire {
        let connections = self.connections();
        let read: Vec<_> = connections.into_iter().map(|c| c.read).collect();
        Wire(read.concat())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the accepting thread, which then sees that it should end.
        let _ = TcpStream::connect(self.address);
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("upstream", &self.upstream)
            .field("connections", &lock(&self.connections).len())
            .finish_non_exhaustive()
    }
}

// What a panicking hook leaves behind is whole: nothing is changed while it runs.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
