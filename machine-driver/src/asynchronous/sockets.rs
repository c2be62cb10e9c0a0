//! The streams that are connected, and one turn of reading and writing for each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes};
use machine_contract::{HttpMachine, StreamId, StreamMachine};

use super::network::ByteStream;
use super::wake::{Bell, Flag, Moved};
use crate::clock::Clock;
use crate::{CHUNK, Runner, SharedClock, Write};

pub(super) struct Sockets<S> {
    open: BTreeMap<StreamId, Socket<S>>,
    bell: Arc<Bell>,
    /// Those whose wakers have rung, or whose turn is to come again.
    moved: Arc<Moved>,
    /// What was read is copied out of here in its own size: a short line must not keep 16 KiB.
    buffer: Box<[u8; CHUNK]>,
}

struct Socket<S> {
    stream: S,
    /// What the machine gave and the stream has not taken yet.
    chunk: Bytes,
    /// The stream has taken bytes that it may still hold back.
    unflushed: bool,
    finishing: bool,
    /// Writing failed; what has arrived before is still read.
    broken: bool,
    read: Arc<Flag>,
    read_waker: Waker,
    write: Arc<Flag>,
    write_waker: Waker,
}

/// What a socket's turn has come to.
enum Turn {
    /// Nothing to tell.
    Idle,
    /// The machine was told something.
    Told,
    Failed,
}

impl<S: ByteStream> Sockets<S> {
    pub(super) fn new(bell: Arc<Bell>) -> Self {
        Self {
            open: BTreeMap::new(),
            bell,
            moved: Arc::default(),
            buffer: Box::new([0; CHUNK]),
        }
    }

    pub(super) fn insert(&mut self, id: StreamId, stream: S) {
        let flag = || Flag::raised_of_stream(&self.bell, &self.moved, id);
        let (read, write) = (flag(), flag());
        let socket = Socket {
            stream,
            chunk: Bytes::new(),
            unflushed: false,
            finishing: false,
            broken: false,
            read_waker: Arc::clone(&read).into(),
            read,
            write_waker: Arc::clone(&write).into(),
            write,
        };
        self.open.insert(id, socket);
    }

    pub(super) fn remove(&mut self, id: StreamId) {
        self.open.remove(&id);
    }

    /// At most one chunk each way for every stream that may have moved, so that none starves another. True: the
    /// machine was told something.
    ///
    /// Which have moved on the machine's side it may say itself; else all are asked, which a machine with thousands
    /// of streams would feel.
    pub(super) fn round<M: HttpMachine + StreamMachine>(
        &mut self,
        runner: &mut Runner<M>,
        clock: &SharedClock,
    ) -> bool {
        let mut told = false;
        let mut failed = Vec::new();
        for id in &self.due(runner) {
            let Some(socket) = self.open.get_mut(id) else {
                continue;
            };
            let written = socket.write(*id, runner, clock);
            let read = socket.read(*id, &mut self.buffer[..], runner, clock);
            told |= matches!(written, Turn::Told) || matches!(read, Turn::Told);
            // What the peer said before the stream broke comes first, as soon as there is room for it.
            let heard =
                !runner.is_reading(*id) || (matches!(read, Turn::Idle) && runner.wants_read(*id));
            if matches!(read, Turn::Failed) || (socket.broken && heard) {
                failed.push((*id, socket.chunk.len()));
            }
        }
        for (id, unwritten) in failed {
            self.open.remove(&id);
            runner.handle_stream_failed(id, unwritten, clock.now());
            told = true;
        }
        told
    }
}

impl<S> Sockets<S> {
    /// Whose turn it is.
    fn due<M: HttpMachine + StreamMachine>(&self, runner: &mut Runner<M>) -> BTreeSet<StreamId> {
        let woken = self.moved.take();
        if !runner.names_moved() {
            return self.open.keys().copied().collect();
        }
        let named = std::iter::from_fn(|| runner.poll_moved());
        woken.into_iter().chain(named).collect()
    }
}

impl<S: ByteStream> Socket<S> {
    fn write<M: HttpMachine + StreamMachine>(
        &mut self,
        id: StreamId,
        runner: &mut Runner<M>,
        clock: &SharedClock,
    ) -> Turn {
        if self.broken {
            return Turn::Idle;
        }
        if self.chunk.is_empty() && !self.finishing {
            match runner.next_write(id, clock.now()) {
                Write::Chunk(chunk) => self.chunk = chunk,
                Write::Finish => self.finishing = true,
                Write::Nothing if !self.unflushed => return Turn::Idle,
                Write::Nothing => {}
            }
        } else if !self.write.take() {
            return Turn::Idle;
        }
        // It is looked at now: only what moves from here on is to ring.
        self.write.take();
        match self.write_on(id, runner, clock) {
            Poll::Ready(Ok(turn)) => turn,
            Poll::Ready(Err(_)) => {
                self.broken = true;
                // Whoever has nothing more to read learns of it in this round.
                Turn::Idle
            }
            Poll::Pending => Turn::Idle,
        }
    }

    fn write_on<M: HttpMachine + StreamMachine>(
        &mut self,
        id: StreamId,
        runner: &mut Runner<M>,
        clock: &SharedClock,
    ) -> Poll<std::io::Result<Turn>> {
        let mut cx = Context::from_waker(&self.write_waker);
        let mut taken = 0;
        loop {
            while !self.chunk.is_empty() {
                match std::task::ready!(self.stream.poll_write(&mut cx, &self.chunk))? {
                    0 => return Poll::Ready(Err(std::io::ErrorKind::WriteZero.into())),
                    written => {
                        self.chunk.advance(written);
                        self.unflushed = true;
                        taken += written;
                    }
                }
            }
            if self.finishing {
                std::task::ready!(self.stream.poll_finish(&mut cx))?;
                (self.finishing, self.unflushed) = (false, false);
                runner.handle_write_finished(id, clock.now());
                return Poll::Ready(Ok(Turn::Told));
            }
            // A machine that always has more must leave the others their turn; one that has none is asked
            // before the flush, so that small sends travel together.
            let next = if taken < CHUNK {
                runner.next_write(id, clock.now())
            } else {
                self.write.raise();
                return Poll::Ready(Ok(Turn::Told));
            };
            match next {
                Write::Chunk(chunk) => self.chunk = chunk,
                Write::Finish => self.finishing = true,
                Write::Nothing => break,
            }
        }
        std::task::ready!(self.stream.poll_flush(&mut cx))?;
        self.unflushed = false;
        Poll::Ready(Ok(Turn::Idle))
    }

    fn read<M: HttpMachine + StreamMachine>(
        &mut self,
        id: StreamId,
        buffer: &mut [u8],
        runner: &mut Runner<M>,
        clock: &SharedClock,
    ) -> Turn {
        // The flag stays up while nothing is wanted: what moved meanwhile is looked at later.
        if !runner.wants_read(id) || !self.read.take() {
            return Turn::Idle;
        }
        let mut cx = Context::from_waker(&self.read_waker);
        match self.stream.poll_read(&mut cx, buffer) {
            Poll::Pending => Turn::Idle,
            // Once writing has told of a reset, reading tells of an end.
            Poll::Ready(Ok(0)) if self.broken => Turn::Failed,
            Poll::Ready(Ok(0)) => {
                runner.handle_finished(id, clock.now());
                Turn::Told
            }
            Poll::Ready(Ok(length)) => {
                // There may be more, of which no waker tells.
                self.read.raise();
                let bytes = Bytes::copy_from_slice(buffer.get(..length).unwrap_or_default());
                runner.handle_received(id, bytes, clock.now());
                Turn::Told
            }
            Poll::Ready(Err(_)) => Turn::Failed,
        }
    }
}
