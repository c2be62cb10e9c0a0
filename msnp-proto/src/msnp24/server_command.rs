//! What a server says: dispatch on verb, channel and transaction id, nothing else.

use bytes::Bytes;

use crate::msnp24::headers::ACK_ID;
use crate::msnp24::{
    Authenticated, Bound, Channel, CommandError, CommandErrorKind, Connected, Delivery, Envelope,
    ErrorReply, GetReply, Headers, Notification, Pong, PutReply, Transfer,
};
use crate::payload::layers::Layers;
use crate::{ErrorCode, Frame, TrId, Verb};

/// A command of an MSNP24 server: a reply, or what it says by itself.
///
/// A server writes these and a client reads them.
///
/// ```
/// use msnp_proto::msnp24::{ServerBody, ServerCommand};
/// use msnp_proto::{ErrorCode, FrameDecoder, PayloadTable};
/// let mut decoder = FrameDecoder::new(PayloadTable::msnp24());
/// decoder.push("911 2 CON 23\r\n\r\nAuthentication failed");
/// let frame = decoder.next_frame()?.expect("a whole frame");
/// let ServerBody::Error(error) = ServerCommand::parse(&frame)?.body else { unreachable!() };
/// assert_eq!(error.code, ErrorCode::AUTHENTICATION_FAILED);
/// assert_eq!(&error.text[..], b"Authentication failed");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerCommand {
    /// The request's; 0 in what the server says by itself.
    pub trid: TrId,
    /// The header block: `Set-Registration`, `Context`, and whatever else there is.
    pub headers: Headers,
    /// The command.
    pub body: ServerBody,
}

/// One MSNP24 command of a server (msnp24.md 6).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a client decides on every command; unknown ones are `Other`"
)]
pub enum ServerBody {
    /// `CNT CON`
    Connected(Connected),
    /// `ATH CON`; without a document for a connection of version 1. A second one, after the
    /// binding, says that sign-in is complete (msnp24.md 6.2).
    Authenticated(Option<Authenticated>),
    /// `BND CON`
    Bound(Bound),
    /// `PUT MSGR`
    Put(PutReply),
    /// `GET MSGR`
    Get(GetReply),
    /// `DEL MSGR`
    Deleted(PutReply),
    /// `SDG MSGR` without a body: the message with this transaction id is accepted.
    Accepted,
    /// `SDG MSGR`
    Message(Delivery),
    /// `NFY MSGR\NAME`
    Notification(Notification),
    /// `PNG CON`
    Pong(Pong),
    /// `XFR CON`
    Transfer(Transfer),
    /// `OUT CON`: the server ends the session; a text may say why.
    SignedOut(Bytes),
    /// Three digits, in place of a reply.
    Error(ErrorReply),
    /// A verb or a channel this crate has no name for.
    Other(Frame),
}

impl ServerCommand {
    /// A command without headers besides its own.
    pub const fn new(trid: TrId, body: ServerBody) -> Self {
        Self {
            trid,
            headers: Headers::new(),
            body,
        }
    }

    /// Reads a command; bodies are slices of the frame where they are not read at once.
    ///
    /// # Errors
    /// [`CommandError`] if the verb and channel are known, and the rest is not theirs.
    pub fn parse(frame: &Frame) -> Result<Self, CommandError> {
        let (trid, headers, body) = Envelope::command(frame, is_known, read_body)?;
        Ok(Self {
            trid,
            headers,
            body: body.unwrap_or_else(|| ServerBody::Other(frame.clone())),
        })
    }

    /// Writes the command. `Other` is written as the frame that it holds.
    pub fn to_frame(&self) -> Frame {
        let mut headers = self.headers.clone();
        // Replies drop the sub-type of their request, so most channels are the bare ones (msnp24.md 6).
        let (verb, channel, body) = match &self.body {
            ServerBody::Connected(connected) => {
                (Verb::CNT, Channel::Con, connected.encode().into())
            }
            ServerBody::Authenticated(document) => {
                let body = document.as_ref().map(Authenticated::encode);
                (Verb::ATH, Channel::Con, body.unwrap_or_default().into())
            }
            ServerBody::Bound(bound) => (Verb::BND, Channel::Con, bound.encode().into()),
            ServerBody::Put(reply) => (Verb::PUT, Channel::Msgr, reply.write()),
            ServerBody::Get(reply) => (Verb::GET, Channel::Msgr, reply.write()),
            ServerBody::Deleted(reply) => (Verb::DEL, Channel::Msgr, reply.write()),
            ServerBody::Accepted => (Verb::SDG, Channel::Msgr, Bytes::new()),
            ServerBody::Message(delivery) => {
                if let Some(id) = &delivery.ack_id {
                    headers.ensure(ACK_ID, id);
                }
                let body = delivery.message.as_bytes().clone();
                (Verb::SDG, Channel::Msgr, body)
            }
            ServerBody::Notification(notification) => {
                let (channel, body) = notification.write();
                (Verb::NFY, channel, body)
            }
            ServerBody::Pong(pong) => (Verb::PNG, Channel::Con, pong.write()),
            ServerBody::Transfer(transfer) => (Verb::XFR, Channel::Con, transfer.encode().into()),
            ServerBody::SignedOut(reason) => (Verb::OUT, Channel::Con, reason.clone()),
            ServerBody::Error(error) => {
                (error.code.verb(), error.channel.clone(), error.text.clone())
            }
            ServerBody::Other(frame) => return frame.clone(),
        };
        Envelope {
            verb,
            trid: self.trid,
            channel,
            headers,
            body,
        }
        .to_frame()
    }
}

impl TryFrom<Frame> for ServerCommand {
    type Error = CommandError;

    fn try_from(frame: Frame) -> Result<Self, CommandError> {
        Self::parse(&frame)
    }
}

impl From<&ServerCommand> for Frame {
    fn from(command: &ServerCommand) -> Self {
        command.to_frame()
    }
}

fn is_known(verb: Verb) -> bool {
    matches!(
        verb,
        Verb::CNT
            | Verb::ATH
            | Verb::BND
            | Verb::PUT
            | Verb::GET
            | Verb::DEL
            | Verb::SDG
            | Verb::NFY
            | Verb::PNG
            | Verb::XFR
            | Verb::OUT
    ) || verb.error_code().is_some()
}

fn read_body(envelope: &Envelope, body: Bytes) -> Result<Option<ServerBody>, CommandErrorKind> {
    Ok(Some(match (envelope.verb, &envelope.channel) {
        (Verb::CNT, Channel::Con) => ServerBody::Connected(Connected::parse(&body)?),
        (Verb::ATH, Channel::Con) => ServerBody::Authenticated(if is_blank(&body) {
            None
        } else {
            Some(Authenticated::parse(&body)?)
        }),
        (Verb::BND, Channel::Con) => ServerBody::Bound(Bound::parse(&body)?),
        (Verb::PUT, Channel::Msgr) => ServerBody::Put(PutReply::read(&body)?),
        (Verb::GET, Channel::Msgr) => ServerBody::Get(GetReply::read(&body)?),
        (Verb::DEL, Channel::Msgr) => ServerBody::Deleted(PutReply::read(&body)?),
        (Verb::SDG, Channel::Msgr) if body.is_empty() => ServerBody::Accepted,
        (Verb::SDG, Channel::Msgr) => ServerBody::Message(Delivery {
            message: Layers::parse(body)?,
            ack_id: envelope.headers.value(ACK_ID),
        }),
        (Verb::NFY, channel) => {
            let notification = Notification::read(channel, body)?;
            return Ok(notification.map(ServerBody::Notification));
        }
        (Verb::PNG, Channel::Con) => ServerBody::Pong(Pong::read(&body)?),
        (Verb::XFR, Channel::Con) => ServerBody::Transfer(Transfer::parse(&body)?),
        (Verb::OUT, Channel::Con) => ServerBody::SignedOut(body),
        (verb, channel) => {
            return Ok(ErrorCode::of_verb(verb).map(|code| {
                ServerBody::Error(ErrorReply {
                    code,
                    channel: channel.clone(),
                    text: body,
                })
            }));
        }
    }))
}

fn is_blank(body: &[u8]) -> bool {
    body.trim_ascii().is_empty()
}
