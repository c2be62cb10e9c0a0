//! The frames of one connection: cut out of its link, made for it with transaction ids and the registration
//! token; and the acknowledgements that wait to be sent.

use bytes::{Bytes, BytesMut};
use msnp_proto::msnp24::{Acknowledge, ClientBody, ClientCommand, HeaderValue, Headers};
use msnp_proto::{Frame, FrameDecoder, FrameError, PayloadTable, Secret, TrId};

use crate::link::{Link, LinkError, SendId};

/// A link on which MSNP24 is spoken.
#[derive(Debug)]
pub(super) struct Wire {
    link: Link,
    decoder: FrameDecoder,
    last_trid: u32,
    registration: Option<Secret<HeaderValue>>,
    /// Messages to acknowledge as soon as the bytes at hand are read.
    acknowledge: Vec<HeaderValue>,
}

impl Wire {
    pub(super) fn new(link: Link) -> Self {
        Self {
            link,
            decoder: FrameDecoder::new(PayloadTable::msnp24()),
            last_trid: 0,
            registration: None,
            acknowledge: Vec::new(),
        }
    }

    pub(super) const fn link(&mut self) -> &mut Link {
        &mut self.link
    }

    pub(super) const fn as_link(&self) -> &Link {
        &self.link
    }

    /// Sends commands together. The transaction id of each, and the frame that it was made into.
    ///
    /// # Errors
    /// [`LinkError`]: none was sent, and their transaction ids are free again.
    pub(super) fn send(
        &mut self,
        bodies: Vec<ClientBody>,
    ) -> Result<(SendId, Vec<(TrId, Frame)>), LinkError> {
        let before = self.last_trid;
        let mut bytes = BytesMut::new();
        let mut sent = Vec::with_capacity(bodies.len());
        for body in bodies {
            let (trid, frame) = self.next_command(body);
            frame.encode(&mut bytes);
            sent.push((trid, frame));
        }
        match self.link.send(bytes.freeze()) {
            Ok(id) => Ok((id, sent)),
            Err(error) => {
                self.last_trid = before;
                Err(error)
            }
        }
    }

    /// Says good-bye with this frame, and closes when that was answered.
    pub(super) fn sign_out(&mut self) -> (Frame, Result<(), LinkError>) {
        let (_, frame) = self.next_command(ClientBody::SignOut);
        let closing = self.link.close_with(frame.clone().into_bytes());
        (frame, closing)
    }

    /// Takes in bytes of the link.
    pub(super) fn push(&mut self, bytes: Bytes) {
        self.decoder.push(bytes);
    }

    /// The next whole frame.
    ///
    /// # Errors
    /// [`FrameError`]: what comes next is no frame.
    pub(super) fn next_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        self.decoder.next_frame()
    }

    /// Takes in the header block of a command: every command from now on shows the newest token.
    pub(super) fn take_registration(&mut self, headers: &Headers) {
        if let Some(token) = headers.new_registration() {
            self.registration = Some(token);
        }
    }

    /// A message with this header is to be acknowledged.
    pub(super) fn owe_acknowledgement(&mut self, id: HeaderValue) {
        self.acknowledge.push(id);
    }

    /// Sends all acknowledgements of the bytes at hand, in one send; gives their frames.
    pub(super) fn send_acknowledgements(&mut self) -> Vec<Frame> {
        if self.acknowledge.is_empty() {
            return Vec::new();
        }
        let mut bytes = BytesMut::new();
        let mut frames = Vec::with_capacity(self.acknowledge.len());
        for id in std::mem::take(&mut self.acknowledge) {
            // Transaction id 0: official clients wait for no reply (msnp24.md 2.2).
            let body = ClientBody::Acknowledge(Acknowledge { id });
            let frame = self.command(TrId(0), body);
            frame.encode(&mut bytes);
            frames.push(frame);
        }
        // One that does not arrive makes the service send its message again: it is known by then.
        let _ = self.link.send(bytes.freeze());
        frames
    }

    fn next_command(&mut self, body: ClientBody) -> (TrId, Frame) {
        self.last_trid = self.last_trid.wrapping_add(1).max(1);
        let trid = TrId(self.last_trid);
        (trid, self.command(trid, body))
    }

    fn command(&self, trid: TrId, body: ClientBody) -> Frame {
        let mut command = ClientCommand::new(trid, body);
        if let Some(token) = &self.registration {
            command.headers.set_registration(token);
        }
        command.to_frame()
    }
}
