//! Streams: for each a thread that reads when it may and one that writes what it gets.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use machine_contract::{Failure, Instant, StreamAsk, StreamId, StreamMachine};
use socket2::SockRef;

use super::{Input, flaw};

#[derive(Default)]
pub(super) struct Streams {
    connecting: BTreeMap<StreamId, Instant>,
    /// Asked to finish before they were there.
    finished_early: BTreeSet<StreamId>,
    open: BTreeMap<StreamId, Open>,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each side of a stream has its own"
)]
struct Open {
    socket: TcpStream,
    permits: Sender<()>,
    chunks: Sender<Bytes>,
    reading: bool,
    writing: bool,
    asked_to_finish: bool,
    finished: bool,
    peer_finished: bool,
    failed: bool,
}

pub(super) enum StreamInput {
    Connected(StreamId, Option<TcpStream>),
    /// `None`: the peer has finished.
    Read(StreamId, Option<Bytes>),
    ReadFailed(StreamId),
    Wrote(StreamId),
    WriteFailed(StreamId, usize),
}

use StreamInput::{Connected, Read as Heard, ReadFailed, WriteFailed, Wrote};

impl Streams {
    pub(super) fn deadlines(&self) -> impl Iterator<Item = Instant> {
        self.connecting.values().copied()
    }

    pub(super) fn close(&self) {
        self.open.values().for_each(Open::cut);
    }

    /// Does what the machine wants of its streams. True if it wanted anything.
    pub(super) fn drain<M: StreamMachine, const F: u8>(
        &mut self,
        machine: &mut M,
        inputs: &Sender<Input>,
        now: Instant,
    ) -> bool {
        let mut any = false;
        let late: Vec<_> = (self.connecting.iter())
            .filter(|(_, deadline)| **deadline <= now)
            .map(|(id, _)| *id)
            .collect();
        for id in late {
            self.connecting.remove(&id);
            machine.handle_closed(id, Some(Failure::NotSent), 0, now);
            any = true;
        }
        let mut asks = Vec::new();
        while let Some(ask) = machine.poll_stream(now) {
            any = true;
            match ask {
                StreamAsk::Drop(id) => {
                    asks.retain(
                        |ask| !matches!(ask, StreamAsk::Connect { id: of, .. } if *of == id),
                    );
                    self.drop_stream(id);
                }
                ask => asks.push(ask),
            }
        }
        for ask in asks {
            self.carry_out(machine, ask, inputs, now);
        }
        let mut over = Vec::new();
        for (id, open) in &mut self.open {
            any |= open.drain::<M, F>(*id, machine, now);
            if open.finished && open.peer_finished {
                over.push(*id);
            }
        }
        for id in over {
            self.open.remove(&id);
            machine.handle_closed(id, None, 0, now);
            any = true;
        }
        any
    }

    fn drop_stream(&mut self, id: StreamId) {
        self.connecting.remove(&id);
        if let Some(open) = self.open.remove(&id) {
            open.cut();
        }
    }

    fn carry_out<M: StreamMachine>(
        &mut self,
        machine: &mut M,
        ask: StreamAsk,
        inputs: &Sender<Input>,
        now: Instant,
    ) {
        match ask {
            StreamAsk::Connect { id, to, deadline } => {
                if to.is_tls() || deadline <= now {
                    machine.handle_closed(id, Some(Failure::NotSent), 0, now);
                    return;
                }
                self.connecting.insert(id, deadline);
                let inputs = inputs.clone();
                thread::spawn(move || {
                    let stream = TcpStream::connect((to.host(), to.port())).ok();
                    let _ = inputs.send(Input::Stream(Connected(id, stream)));
                });
            }
            StreamAsk::Finish(id) => {
                if let Some(open) = self.open.get_mut(&id) {
                    open.asked_to_finish = true;
                } else if self.connecting.contains_key(&id) {
                    self.finished_early.insert(id);
                }
            }
            StreamAsk::Drop(id) => self.drop_stream(id),
        }
    }

    pub(super) fn tell<M: StreamMachine, const F: u8>(
        &mut self,
        machine: &mut M,
        input: StreamInput,
        inputs: &Sender<Input>,
        now: Instant,
    ) {
        let (Connected(id, _) | Heard(id, _) | ReadFailed(id) | Wrote(id) | WriteFailed(id, _)) =
            input;
        if let Connected(_, stream) = input {
            if self.connecting.remove(&id).is_none() {
                return;
            }
            match stream {
                Some(stream) => {
                    let mut open = Open::start::<F>(id, stream, inputs);
                    open.asked_to_finish = self.finished_early.remove(&id);
                    self.open.insert(id, open);
                    machine.handle_connected(id, now);
                }
                None => machine.handle_closed(id, Some(Failure::NotSent), 0, now),
            }
            return;
        }
        let Some(open) = self.open.get_mut(&id) else {
            return;
        };
        let mut unwritten = 0;
        match input {
            Heard(_, Some(bytes)) => {
                open.reading = false;
                machine.handle_received(id, bytes, now);
            }
            Heard(_, None) => {
                open.peer_finished = true;
                machine.handle_finished(id, now);
            }
            Wrote(_) => open.writing = false,
            // What was not written the other thread knows.
            ReadFailed(_) => {
                open.failed = true;
                let _ = open.socket.shutdown(Shutdown::Both);
            }
            WriteFailed(_, left) => {
                (open.failed, open.writing) = (true, false);
                unwritten = left;
            }
            Connected(..) => {}
        }
        if open.failed && !open.writing {
            self.drop_stream(id);
            machine.handle_closed(id, Some(Failure::Unknown), unwritten, now);
        }
    }
}

impl Open {
    fn start<const F: u8>(id: StreamId, socket: TcpStream, inputs: &Sender<Input>) -> Self {
        let (permits, permitted) = channel::<()>();
        let (chunks, to_write) = channel::<Bytes>();
        let (mut reader, mut writer) = (socket.try_clone().unwrap(), socket.try_clone().unwrap());
        let (heard, written) = (inputs.clone(), inputs.clone());
        thread::spawn(move || {
            let mut chunk = vec![0; 16 * 1024];
            while let Ok(()) = permitted.recv() {
                let input = match reader.read(&mut chunk) {
                    Ok(0) => Heard(id, None),
                    Ok(n) => Heard(id, Some(Bytes::copy_from_slice(&chunk[..n]))),
                    Err(_) => ReadFailed(id),
                };
                let _ = heard.send(Input::Stream(input));
            }
        });
        thread::spawn(move || {
            while let Ok(chunk) = to_write.recv() {
                let mut left = &chunk[..];
                while !left.is_empty() {
                    match writer.write(left) {
                        Ok(n) => left = &left[n..],
                        Err(_) => break,
                    }
                }
                let input = match left.len() {
                    0 => Wrote(id),
                    _ if F == flaw::COUNTS_WHOLE_CHUNKS => WriteFailed(id, chunk.len()),
                    left => WriteFailed(id, left),
                };
                let _ = written.send(Input::Stream(input));
            }
        });
        Self {
            socket,
            permits,
            chunks,
            reading: false,
            writing: false,
            asked_to_finish: false,
            finished: false,
            peer_finished: false,
            failed: false,
        }
    }

    /// Ends the stream with all that is under way, and wakes the threads.
    ///
    /// By a reset: the reader may still take what has come. After a shutdown that tells the peer of no new room, so one that waits
    /// for room would not even hear of an orderly end, for as long as a minute.
    fn cut(&self) {
        let _ = SockRef::from(&self.socket).set_linger(Some(Duration::ZERO));
        let _ = self.socket.shutdown(Shutdown::Both);
    }

    fn drain<M: StreamMachine, const F: u8>(
        &mut self,
        id: StreamId,
        machine: &mut M,
        now: Instant,
    ) -> bool {
        if self.failed {
            return false;
        }
        let wanted = F == flaw::READS_ALWAYS || machine.wants_read(id);
        if wanted && !self.reading && !self.peer_finished {
            self.reading = true;
            let _ = self.permits.send(());
        }
        if self.writing || self.finished {
            return false;
        }
        if let Some(chunk) = machine.poll_send(id, now) {
            self.writing = true;
            let _ = self.chunks.send(chunk);
            return true;
        }
        if self.asked_to_finish {
            self.finished = true;
            let both = F == flaw::FINISH_IS_THE_END;
            let how = if both {
                Shutdown::Both
            } else {
                Shutdown::Write
            };
            let _ = self.socket.shutdown(how);
            return true;
        }
        false
    }
}
