//! `StreamMachine`: what a machine that speaks over byte streams says and is told.

use alloc::format;
use alloc::string::String;
use core::fmt;
use core::net::SocketAddr;

use bytes::Bytes;

use crate::{Failure, Instant, Machine, StreamId};

/// A machine that speaks over byte streams (TCP, TLS), several at once.
///
/// Every method is provided, so that a machine without streams writes `impl StreamMachine for Mine {}`.
///
/// # The life of a stream
///
/// ```text
///  Connect ──▶ handle_connected ──▶ poll_send / handle_received … ──▶ handle_closed
///     │                                │                                  ▲
///     │                                ├─ Finish: nothing more is sent    │
///     │                                ├─ handle_finished: nothing more   │
///     │                                │  will be received                │
///     └──────── it did not come about ─┴──────────────────────────────────┘
/// ```
///
/// A stream ends with one [`handle_closed`](Self::handle_closed), its last input: when both sides have
/// finished, when it failed, or when it did not come about; or, on a host that makes no streams, with one
/// [`handle_unsupported`](Self::handle_unsupported). After [`StreamAsk::Drop`] nothing more is told about it, not even that.
///
/// # Back-pressure
///
/// *Out*: the machine holds what it wants to say, bounded by itself. The driver pulls one chunk for each
/// stream, when all before it was taken by the network. *In*: the driver reads at most 16 KiB at a time, and only
/// while [`wants_read`](Self::wants_read).
pub trait StreamMachine: Machine {
    /// The next thing that it wants done with a stream.
    #[must_use]
    fn poll_stream(&mut self, now: Instant) -> Option<StreamAsk> {
        let _ = now;
        None
    }

    /// The next bytes for a stream that is connected and has taken all before. Not empty.
    #[must_use]
    fn poll_send(&mut self, id: StreamId, now: Instant) -> Option<Bytes> {
        let _ = (id, now);
        None
    }

    /// Whether there is room for what the peer says. While not, the driver does not read. It asks again
    /// after every input.
    #[must_use]
    fn wants_read(&self, id: StreamId) -> bool {
        let _ = id;
        true
    }

    /// Whether it names the streams that a driver has to ask anew ([`poll_moved`](Self::poll_moved)). One that has few need
    /// not: each is then asked after every input.
    #[must_use]
    fn names_moved(&self) -> bool {
        false
    }

    /// The next stream of which a driver has to ask anew, if they are named: since it was named last,
    /// [`poll_send`](Self::poll_send) may have got something to give, [`wants_read`](Self::wants_read) may have become true,
    /// or it is [to be finished](StreamAsk::Finish). One that was just connected, or has moved itself, is asked anyway.
    #[must_use]
    fn poll_moved(&mut self) -> Option<StreamId> {
        None
    }

    /// A peer has made a connection to an address at which the driver listens for this machine. The
    /// stream's id if the machine takes it, which is connected from then on; `None` and the driver drops it.
    #[must_use]
    fn handle_accepted(
        &mut self,
        peer: SocketAddr,
        local: SocketAddr,
        now: Instant,
    ) -> Option<StreamId> {
        let _ = (peer, local, now);
        None
    }

    /// The stream is there, TLS and proxies included.
    fn handle_connected(&mut self, id: StreamId, now: Instant) {
        let _ = (id, now);
    }

    /// The peer said this. Not empty.
    fn handle_received(&mut self, id: StreamId, bytes: Bytes, now: Instant) {
        let _ = (id, bytes, now);
    }

    /// The peer will say nothing more; it still reads.
    fn handle_finished(&mut self, id: StreamId, now: Instant) {
        let _ = (id, now);
    }

    /// It is over, once and last: in order (`None`) when both sides had finished, or by a failure.
    ///
    /// Of what [`poll_send`](Self::poll_send) gave, the last `unwritten` bytes certainly did not leave: they
    /// were never given to the socket or to TLS. All before may have arrived.
    /// [`Failure::NotSent`] and [`Failure::Untrusted`] are said only of a stream that did not come about.
    fn handle_closed(
        &mut self,
        id: StreamId,
        failure: Option<Failure>,
        unwritten: usize,
        now: Instant,
    ) {
        let _ = (id, failure, unwritten, now);
    }

    /// It did not come about, and none will: this host makes no streams at all. Said once and last, in place of
    /// [`handle_closed`](Self::handle_closed), by whose [`Failure::NotSent`] it is told to a machine that does not mind the
    /// difference. One that would try again should mind.
    fn handle_unsupported(&mut self, id: StreamId, now: Instant) {
        self.handle_closed(id, Some(Failure::NotSent), 0, now);
    }
}

/// What a machine wants done with a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a driver that leaves one out breaks its duty"
)]
pub enum StreamAsk {
    /// Make one. By the deadline at the latest the answer is
    /// [`handle_connected`](StreamMachine::handle_connected) or
    /// [`handle_closed`](StreamMachine::handle_closed); at once
    /// [`handle_unsupported`](StreamMachine::handle_unsupported) from a host that has no streams.
    Connect {
        /// Its name from now on.
        id: StreamId,
        /// Where to.
        to: Remote,
        /// When to give up.
        deadline: Instant,
    },
    /// Say nothing more on it, once [`poll_send`](StreamMachine::poll_send) gives nothing more. Reading goes
    /// on.
    Finish(StreamId),
    /// Drop it at once, with all that is under way; tell nothing more about it.
    Drop(StreamId),
}

/// Where a stream leads to: a host, by name or address, a port, and whether TLS goes over it.
///
/// ```
/// use machine_contract::Remote;
/// let server = Remote::tcp("messenger.example.org", 1863)?;
/// assert_eq!(server.to_string(), "messenger.example.org:1863");
/// assert_eq!(Remote::tls("::1", 443)?.to_string(), "[::1]:443 over TLS");
/// # Ok::<(), machine_contract::RemoteError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Remote {
    host: String,
    port: u16,
    tls: bool,
}

impl Remote {
    /// Plain TCP to a port of a host: a DNS name, an IPv4 address, or an IPv6 address with or without
    /// brackets.
    pub fn tcp(host: &str, port: u16) -> Result<Self, RemoteError> {
        Self::new(host, port, false)
    }

    /// TLS to a port of a host, whose certificate must name it.
    pub fn tls(host: &str, port: u16) -> Result<Self, RemoteError> {
        Self::new(host, port, true)
    }

    fn new(host: &str, port: u16, tls: bool) -> Result<Self, RemoteError> {
        if port == 0 {
            return Err(RemoteError::Port);
        }
        let bare = host
            .strip_prefix('[')
            .and_then(|inner| inner.strip_suffix(']'))
            .unwrap_or(host);
        let is_v6 = bare.parse::<core::net::Ipv6Addr>().is_ok();
        let brackets = bare.len() != host.len();
        // What stands in a CONNECT line or a SOCKS request must not be able to end it.
        let is_name = (1..=253).contains(&bare.len())
            && bare
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
            && !bare.starts_with('.')
            && !bare.contains("..");
        if is_v6 || (is_name && !brackets) {
            Ok(Self {
                host: bare.into(),
                port,
                tls,
            })
        } else {
            Err(RemoteError::Host)
        }
    }

    /// The host's name or address, an IPv6 address without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Both as they stand in a URI: `host:port`, an IPv6 address in brackets.
    pub fn authority(&self) -> String {
        let Self { host, port, .. } = self;
        if host.contains(':') {
            format!("[{host}]:{port}")
        } else {
            format!("{host}:{port}")
        }
    }

    /// Whether TLS goes over it.
    pub const fn is_tls(&self) -> bool {
        self.tls
    }
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.authority())?;
        f.write_str(if self.tls { " over TLS" } else { "" })
    }
}

/// Why something is no [`Remote`]; the fault of whoever named it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteError {
    /// The host is neither a name nor an address.
    #[error("the host is neither a DNS name nor an IP address")]
    Host,
    /// There is no port 0.
    #[error("there is no port 0")]
    Port,
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[track_caller]
    fn check(host: &str, port: u16, expected: Result<&str, RemoteError>) {
        let printed = Remote::tcp(host, port).map(|remote| remote.to_string());
        assert_eq!(printed.as_deref(), expected.as_ref().map(|s| *s), "{host}");
    }

    #[test]
    fn names_and_addresses_are_hosts() {
        check("a.example", 1, Ok("a.example:1"));
        check("localhost.", 1, Ok("localhost.:1"));
        check("127.0.0.1", 1863, Ok("127.0.0.1:1863"));
        check("::1", 1, Ok("[::1]:1"));
        check("[::1]", 1, Ok("[::1]:1"));
    }

    #[test]
    fn what_could_end_a_line_is_no_host() {
        for host in [
            "",
            ".",
            "a..b",
            "a b",
            "a\r\nb",
            "a:1",
            "[a]",
            "[127.0.0.1]",
            "[::1",
            "ä.example",
            "a/b",
            "u@h",
        ] {
            check(host, 1, Err(RemoteError::Host));
        }
        check(&"a".repeat(254), 1, Err(RemoteError::Host));
        check("a", 0, Err(RemoteError::Port));
    }
}
