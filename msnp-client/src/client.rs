//! `Client`: what an application and a driver see of it.

use bytes::Bytes;
use http::Response;
use machine_contract::{
    Failure, HttpMachine, Instant, Machine, RequestId, StreamAsk, StreamId, StreamMachine, Transmit,
};

use crate::config::{Config, Settings};
use crate::connector::Connector;
use crate::engine::Engine;
use crate::event::{Event, Refused};
use crate::id::{ContactId, MessageId};
use crate::message::ReceiptId;
use crate::request::Profile;
use crate::state::State;

/// A whole MSN Messenger client as one machine.
///
/// Make it, [`sign_in`](Self::sign_in), and drive it as every [`Machine`]; see the
/// [crate guide](crate). It keeps these promises:
///
/// * Each message that [`send_text`](Self::send_text) and the like take ends in exactly one of
///   [`MessageDelivered`](Event::MessageDelivered), [`MessageFailed`](Event::MessageFailed) and
///   [`MessageUncertain`](Event::MessageUncertain); each [`OperationId`](crate::OperationId) in
///   [`OperationSucceeded`](Event::OperationSucceeded) or [`OperationFailed`](Event::OperationFailed). What
///   may have reached the service is never sent twice.
/// * Messages are told once, even if the service sends them again, as far back as
///   [`Limits::remembered`](crate::Limits::remembered) goes.
/// * One person is one [`ContactId`], as soon as the service has told that two names are one person's
///   ([`ContactRenamed`](Event::ContactRenamed)).
/// * When the connection is lost, it signs in anew, from the password on, with growing waits, until
///   [`SignedOut`](Event::SignedOut) says that it has given up.
/// * It waits by the driver's clock alone: the times that the service tells move nothing.
/// * While events of more than [`Limits::undrained`](crate::Limits::undrained) wait to be taken, it reads
///   nothing from its connection, which then polls no more (see the [crate guide](crate)).
#[derive(Debug)]
pub struct Client(Engine);

impl Client {
    /// A client that is signed out.
    pub fn new(config: Config) -> Self {
        Self(Engine::new(config))
    }

    /// Signs in, and stays so until [`sign_out`](Self::sign_out). While it waits before another attempt
    /// ([`Event::Reconnecting`]), it makes that at once. Otherwise it does nothing unless it is signed
    /// out: before the first sign-in, and after [`Event::SignedOut`].
    pub fn sign_in(&mut self, now: Instant) {
        self.0.sign_in(now);
    }

    /// Signs out: says good-bye, hears what is still on its way for a little while, and ends with
    /// [`Event::SignedOut`]. What was not sent yet is told as failed.
    pub fn sign_out(&mut self, now: Instant) {
        self.0.sign_out(now);
    }

    /// The application has this message, and the service need not keep it any longer: for those who
    /// [do that by hand](Config::acknowledge_by_hand). Saying it twice is harmless.
    pub fn acknowledge(&mut self, receipt: ReceiptId, now: Instant) {
        self.0.acknowledge(receipt, now);
    }

    /// Whether what is sent now goes out at once.
    pub fn is_signed_in(&self) -> bool {
        self.0.machines().connections().is_ready()
    }

    /// What is known.
    pub(crate) const fn state(&self) -> &State {
        self.0.state()
    }

    pub(crate) const fn connector(&self) -> &Connector {
        self.0.connector()
    }

    pub(crate) const fn settings(&self) -> &Settings {
        self.0.connector().settings()
    }

    /// What is known, for a verb of the application that may still be refused.
    ///
    /// # Errors
    /// [`Refused::Full`] if no wish is taken now.
    pub(crate) fn wish(&mut self) -> Result<&mut State, Refused> {
        if self.0.state().takes_wishes() {
            Ok(self.0.state_mut())
        } else {
            Err(Refused::Full)
        }
    }

    /// The same for a verb that needs the service.
    ///
    /// # Errors
    /// [`Refused::SignedOut`] or [`Refused::Full`].
    pub(crate) fn wish_online(&mut self) -> Result<&mut State, Refused> {
        if self.is_out() {
            return Err(Refused::SignedOut);
        }
        self.wish()
    }

    /// Neither signed in nor about to be.
    pub(crate) const fn is_out(&self) -> bool {
        self.0.is_out()
    }

    /// A name for a message that is about to be sent.
    pub(crate) fn new_message_id(&mut self) -> MessageId {
        self.0.new_message_id()
    }

    /// Whether it is oneself who is called so.
    pub(crate) fn is_oneself(&self, who: &ContactId) -> bool {
        self.0.state().is_oneself(who)
    }

    /// Changes how one shows oneself.
    pub(crate) fn change_profile(&mut self, change: impl FnOnce(&mut Profile)) {
        self.0.change_profile(change);
    }

    /// Lets follow what follows at once.
    pub(crate) fn drive(&mut self, now: Instant) {
        self.0.drive(now);
    }
}

impl Machine for Client {
    type Event = Event;

    fn handle_timeout(&mut self, now: Instant) {
        self.0.handle_timeout(now);
    }

    /// The connections are tried anew. What is under way otherwise is answered soon or has a deadline.
    fn handle_suspended(&mut self, now: Instant) {
        let machines = self.0.machines_mut();
        machines.connections_mut().handle_suspended(now);
        self.drive(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.0.poll_timeout()
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.0.state_mut().poll_event()
    }
}

impl HttpMachine for Client {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, now: Instant) {
        self.0.machines_mut().handle_response(id, response, now);
        self.drive(now);
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        self.0.machines_mut().handle_failure(id, failure, now);
        self.drive(now);
    }

    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        self.0.machines_mut().poll_transmit(now)
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        self.0.machines_mut().poll_cancel()
    }
}

impl StreamMachine for Client {
    fn poll_stream(&mut self, now: Instant) -> Option<StreamAsk> {
        self.0.machines_mut().poll_stream(now)
    }

    fn poll_send(&mut self, id: StreamId, now: Instant) -> Option<Bytes> {
        self.0.machines_mut().poll_send(id, now)
    }

    fn wants_read(&self, id: StreamId) -> bool {
        self.0.machines().wants_read(id)
    }

    fn handle_connected(&mut self, id: StreamId, now: Instant) {
        self.0.machines_mut().handle_connected(id, now);
        self.drive(now);
    }

    fn handle_received(&mut self, id: StreamId, bytes: Bytes, now: Instant) {
        self.0.machines_mut().handle_received(id, bytes, now);
        self.drive(now);
    }

    fn handle_finished(&mut self, id: StreamId, now: Instant) {
        self.0.machines_mut().handle_finished(id, now);
        self.drive(now);
    }

    fn handle_closed(
        &mut self,
        id: StreamId,
        failure: Option<Failure>,
        unwritten: usize,
        now: Instant,
    ) {
        self.0
            .machines_mut()
            .handle_closed(id, failure, unwritten, now);
        self.drive(now);
    }

    fn handle_unsupported(&mut self, id: StreamId, now: Instant) {
        self.0.machines_mut().handle_unsupported(id, now);
        self.drive(now);
    }
}
