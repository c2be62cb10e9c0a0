//! What has arrived is read one thing at a time, so that the client can stop in the middle of a body
//! when the application takes nothing.

use bytes::BytesMut;
use machine_contract::{Instant, Machine};
use msnp_proto::msnp24::{Acknowledge, ClientBody, ClientCommand};
use msnp_proto::{Side, TrId};

use super::{Connection, Reading, Stage, Told, reason};
use crate::event::Reason;

impl Connection {
    /// Reads the next frame, or what the session says next. False: nothing is left that may be read, and
    /// nothing is told. After each input, until then.
    ///
    /// Without room nothing is read. What arrives stays in the session, which stops polling in its turn.
    /// One that leaves reads all the same: its last words must come to an end.
    pub(crate) fn read_on(&mut self, has_room: bool, now: Instant) -> bool {
        if self.stage == Stage::Over {
            return false;
        }
        if !has_room && !self.is_leaving() {
            self.reading = Reading::Paused;
            return self.rest(now);
        }
        self.resume(now);
        if self.read_frame(now) {
            return true;
        }
        let Some(event) = self.session.poll_event() else {
            return self.rest(now);
        };
        self.hear_session(event, now);
        true
    }

    /// Nothing was read at the last input for want of room.
    pub(crate) const fn is_paused(&self) -> bool {
        matches!(self.reading, Reading::Paused)
    }

    /// There is room again. Answers that came meanwhile are about to be read, others could not come
    /// since nothing was polled: nobody was late, so each gets its whole time once more.
    fn resume(&mut self, now: Instant) {
        if std::mem::replace(&mut self.reading, Reading::Goes) == Reading::Paused {
            for pending in self.pending.values_mut() {
                pending.deadline = pending.deadline.map(|_| now + self.command);
            }
        }
    }

    fn hear_session(&mut self, event: gateway_sm::Event, now: Instant) {
        match event {
            gateway_sm::Event::Opened(_) => self.opened(),
            gateway_sm::Event::Received(bytes) => self.decoder.push(bytes),
            gateway_sm::Event::Sent(id) => {
                let deadline = Some(now + self.command);
                for pending in self.pending.values_mut().filter(|p| p.send == id) {
                    pending.deadline = deadline;
                }
            }
            gateway_sm::Event::Unsent { id, fate } => self.unsent(id, fate),
            // Requests that a lost reply may have answered are given up by their deadlines.
            gateway_sm::Event::Gap => {
                self.gap = true;
                self.forget_ping();
            }
            gateway_sm::Event::HostRefused(_) => {}
            gateway_sm::Event::Closed(why) => {
                let reason = if self.stage == Stage::Leaving {
                    Reason::Requested
                } else {
                    reason::of_close(why)
                };
                self.finish(reason);
            }
        }
    }

    /// False: no whole frame is there.
    fn read_frame(&mut self, now: Instant) -> bool {
        match self.decoder.next_frame() {
            Ok(Some(frame)) => {
                if self.tell_frames {
                    self.told
                        .push_back(Told::Frame(Side::Server, frame.clone()));
                }
                self.hear(&frame, now);
                true
            }
            Ok(None) => {
                self.send_acknowledgements();
                false
            }
            Err(error) => {
                if error.is_fatal() {
                    self.end(Reason::ProtocolError);
                }
                true
            }
        }
    }

    /// What is done when all is read that may be read. True: that has told something.
    fn rest(&mut self, now: Instant) -> bool {
        self.send_acknowledgements();
        self.refresh();
        self.ping_again(now);
        // Last, so that the session's own reason to close comes first.
        if std::mem::take(&mut self.crippled) {
            self.end(Reason::ConnectionLost);
        }
        // This is the session's driver: taking its events may have made room in it.
        self.session.handle_timeout(now);
        !self.told.is_empty()
    }

    /// All acknowledgements of the bytes at hand, in one send.
    fn send_acknowledgements(&mut self) {
        if self.acknowledge.is_empty() {
            return;
        }
        let mut bytes = BytesMut::new();
        for id in std::mem::take(&mut self.acknowledge) {
            let body = ClientBody::Acknowledge(Acknowledge { id });
            // Transaction id 0: official clients wait for no reply (msnp24.md 2.2).
            let mut command = ClientCommand::new(TrId(0), body);
            if let Some(token) = &self.registration {
                command.headers.set_registration(token);
            }
            let frame = command.to_frame();
            frame.encode(&mut bytes);
            if self.tell_frames {
                self.told.push_back(Told::Frame(Side::Client, frame));
            }
        }
        // One that does not arrive makes the service send its message again: it is known by then.
        let _ = self.session.send(bytes.freeze());
    }
}
