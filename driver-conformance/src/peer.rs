//! The other end of a stream: a listener, and threads that follow a script.

use std::io::{self, Read};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use machine_contract::Remote;

use crate::stage::Subject;
use crate::{Breach, Drive, Probe, Verdict};

/// A port to which streams can be made.
#[derive(Debug)]
pub(crate) struct Peer {
    listener: TcpListener,
    port: u16,
}

#[expect(
    clippy::expect_used,
    reason = "a host without loopback can test nothing"
)]
impl Peer {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
        let port = listener.local_addr().expect("it was bound").port();
        Self { listener, port }
    }

    pub(crate) fn remote(&self) -> Remote {
        Remote::tcp("127.0.0.1", self.port).expect("an address")
    }

    pub(crate) fn remote_over_tls(&self) -> Remote {
        Remote::tls("127.0.0.1", self.port).expect("an address")
    }

    /// The next connection follows this script, in a thread of its own.
    pub(crate) fn script<T: Send + 'static>(
        &self,
        script: impl FnOnce(TcpStream) -> io::Result<T> + Send + 'static,
    ) -> Script<T> {
        let listener = self.listener.try_clone().expect("a handle");
        Script(thread::spawn(move || {
            let (stream, _) = listener.accept()?;
            stream.set_nodelay(true)?;
            // A driver that says nothing must not keep the thread for ever.
            stream.set_read_timeout(Some(Duration::from_secs(60)))?;
            stream.set_write_timeout(Some(Duration::from_secs(60)))?;
            script(stream)
        }))
    }

    /// Whether somebody has come for whom there was no script.
    pub(crate) fn has_a_visitor(&self) -> bool {
        self.listener.set_nonblocking(true).expect("it listens");
        let visitor = self.listener.accept().is_ok();
        self.listener.set_nonblocking(false).expect("it listens");
        visitor
    }
}

/// A script that is being followed.
#[derive(Debug)]
pub(crate) struct Script<T>(JoinHandle<io::Result<T>>);

impl<T> Script<T> {
    /// Lets the driver work until the script has been followed to its end; what came of it.
    pub(crate) fn end<D: Drive<Probe>>(self, subject: &mut Subject<D>, what: &str) -> Verdict<T> {
        subject.until(what, || self.0.is_finished())?;
        self.result(what)
    }

    pub(crate) fn is_over(&self) -> bool {
        self.0.is_finished()
    }

    /// What came of it, once it is over.
    pub(crate) fn result(self, what: &str) -> Verdict<T> {
        match self.0.join() {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(e)) => Err(Breach::InVain {
                what: format!("{what} (the peer has met: {e})"),
                patience: Duration::ZERO,
            }),
            Err(panic) => Err(Breach::of_panic(&*panic)),
        }
    }
}

/// Reads so many bytes.
pub(crate) fn read(stream: &mut TcpStream, len: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; len];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Reads until the driver says no more, in order or not.
pub(crate) fn read_to_end(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Waits until the driver has closed the stream, whatever it said before.
pub(crate) fn wait_for_close(stream: &mut TcpStream) -> io::Result<()> {
    match io::copy(stream, &mut io::sink()) {
        Err(e) if e.kind() == io::ErrorKind::WouldBlock => Err(e),
        _ => Ok(()),
    }
}

/// Ends the connection without having read what has come, so that it is reset.
pub(crate) fn reset(stream: TcpStream) -> io::Result<()> {
    stream.peek(&mut [0])?;
    drop(stream);
    Ok(())
}

/// Says that nothing more is said.
pub(crate) fn finish(stream: &TcpStream) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)
}

/// Bytes of which each place can be told from the next.
pub(crate) fn pattern(len: usize) -> Vec<u8> {
    let byte = |at: usize| at.to_le_bytes()[0] ^ (at / 251).to_le_bytes()[0];
    (0..len).map(byte).collect()
}
