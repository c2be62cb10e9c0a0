//! A small HTTP/1.1 server on plain threads: it stands in front of a real server, or alone, and a hook
//! says what goes wrong with each request.

mod connection;
mod fault;
mod head;
mod ledger;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::wire::Wire;
use connection::{Door, Hook, Service};

pub use connection::Welcome;
pub use fault::{Fault, Gate, Reply};
pub use head::Request;
pub use ledger::Connection;

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
pub struct Server {
    address: SocketAddr,
    service: Arc<Service>,
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

    /// A server of its own on this port, where somebody may have knocked before.
    pub(crate) fn listening(
        listener: TcpListener,
        hook: impl Fn(&mut Request) -> Fault + Send + Sync + 'static,
    ) -> Self {
        Self::serve(
            listener,
            Service::new(None, Box::new(hook), Box::new(|_| Welcome::Serve)),
        )
    }

    #[expect(
        clippy::expect_used,
        reason = "a host without loopback can test nothing"
    )]
    fn start(upstream: Option<SocketAddr>, hook: Box<Hook>, door: Box<Door>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
        Self::serve(listener, Service::new(upstream, hook, door))
    }

    #[expect(clippy::expect_used, reason = "a listener has an address")]
    fn serve(listener: TcpListener, service: Service) -> Self {
        let address = listener.local_addr().expect("it was bound");
        let service = Arc::new(service);
        let accepting = Arc::clone(&service);
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                if accepting.ledger().is_stopped() {
                    break;
                }
                accepting.ledger().new_connection();
                let (Ok(stream), service) = (stream, Arc::clone(&accepting)) else {
                    continue;
                };
                // A connection ends with an error when the client has gone: that is its business.
                thread::spawn(move || service.welcome(stream, number));
            }
            // Before the other: see `close`.
            drop(listener);
            drop(accepting);
        });
        Self { address, service }
    }

    /// Closes the port and every connection, and returns when it has happened. Not for a server whose
    /// hook waits for something.
    ///
    /// # Panics
    /// If a connection stays open for a minute.
    pub fn close(self) {
        let service = Arc::clone(&self.service);
        drop(self);
        let patience = Instant::now() + Duration::from_secs(60);
        while Arc::strong_count(&service) > 1 {
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
        self.service.ledger().requests()
    }

    /// The connections so far, in the order in which they came.
    pub fn connections(&self) -> Vec<Connection> {
        self.service.ledger().connections()
    }

    /// How many clients went away while their reply was being waited for.
    pub fn abandoned(&self) -> usize {
        self.service.ledger().abandoned()
    }

    /// How many bytes of its [floods](Fault::flood) were taken, by clients and by what the system keeps between.
    pub fn flooded(&self) -> usize {
        self.service.ledger().flooded()
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
        self.service.ledger().stop();
        // Wakes the accepting thread, which then sees that it should end.
        let _ = TcpStream::connect(self.address);
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .field("connections", &self.connections().len())
            .finish_non_exhaustive()
    }
}
