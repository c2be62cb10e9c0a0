//! What a client says: dispatch on verb and channel, nothing else.

use bytes::Bytes;

use crate::msnp24::headers::{ACK_ID, LAST_MESSAGE_ID};
use crate::msnp24::{
    Acknowledge, Authenticate, Bind, Channel, CommandError, CommandErrorKind, Connect, Delete,
    Envelope, Get, HeaderValue, Headers, Ping, Put,
};
use crate::payload::layers::Layers;
use crate::{Frame, TrId, Verb};

/// A command of an MSNP24 client.
///
/// A client writes these and a server reads them. What a command says in a header stands in its
/// struct as well, and is written into the header block from there.
///
/// ```
/// use msnp_proto::msnp24::{Authenticate, ClientBody, ClientCommand};
/// use msnp_proto::TrId;
/// let body = ClientBody::Authenticate(Authenticate::Web { uic: None });
/// let frame = ClientCommand::new(TrId(2), body).to_frame();
/// assert_eq!(&frame.as_bytes()[..], b"ATH 2 CON\\USER 37\r\n\r\n<user><web-compact-ticket /></user>");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCommand {
    /// Counts up from 1 on each connection; the reply carries it.
    pub trid: TrId,
    /// The header block: `Registration`, and whatever else there is.
    pub headers: Headers,
    /// The command.
    pub body: ClientBody,
}

/// One MSNP24 command of a client (msnp24.md 6).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a server decides on every command; unknown ones are `Other`"
)]
pub enum ClientBody {
    /// `CNT CON`
    Connect(Connect),
    /// `ATH CON\USER`
    Authenticate(Authenticate),
    /// `BND CON\MSGR`
    Bind(Bind),
    /// `PUT MSGR\NAME`
    Put(Put),
    /// `GET MSGR\NAME`
    Get(Get),
    /// `DEL MSGR\NAME`
    Delete(Delete),
    /// `SDG MSGR`
    Message(Layers),
    /// `ACK MSGR`
    Acknowledge(Acknowledge),
    /// `PNG CON`
    Ping(Ping),
    /// `OUT CON`
    SignOut,
    /// A verb or a channel this crate has no name for.
    Other(Frame),
}

impl ClientCommand {
    /// A command without headers besides its own.
    pub const fn new(trid: TrId, body: ClientBody) -> Self {
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
            body: body.unwrap_or_else(|| ClientBody::Other(frame.clone())),
        })
    }

    /// Writes the command. `Other` is written as the frame that it holds.
    pub fn to_frame(&self) -> Frame {
        let mut headers = self.headers.clone();
        let (verb, channel, body) = match &self.body {
            ClientBody::Connect(connect) => (Verb::CNT, Channel::Con, connect.encode().into()),
            ClientBody::Authenticate(user) => (Verb::ATH, Channel::ConUser, user.encode().into()),
            ClientBody::Bind(bind) => (Verb::BND, Channel::ConMsgr, bind.encode().into()),
            ClientBody::Put(put) => with_verb(Verb::PUT, put.write()),
            ClientBody::Get(get) => with_verb(Verb::GET, get.write()),
            ClientBody::Delete(delete) => with_verb(Verb::DEL, delete.write()),
            ClientBody::Message(layers) => (Verb::SDG, Channel::Msgr, layers.as_bytes().clone()),
            ClientBody::Acknowledge(acknowledge) => {
                headers.ensure(ACK_ID, &acknowledge.id);
                (Verb::ACK, Channel::Msgr, Bytes::new())
            }
            ClientBody::Ping(ping) => {
                if let Some(id) = ping.last_message_id {
                    headers.ensure(LAST_MESSAGE_ID, &HeaderValue::from_number(id));
                }
                (Verb::PNG, Channel::Con, Bytes::new())
            }
            ClientBody::SignOut => (Verb::OUT, Channel::Con, Bytes::new()),
            ClientBody::Other(frame) => return frame.clone(),
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

impl TryFrom<Frame> for ClientCommand {
    type Error = CommandError;

    fn try_from(frame: Frame) -> Result<Self, CommandError> {
        Self::parse(&frame)
    }
}

impl From<&ClientCommand> for Frame {
    fn from(command: &ClientCommand) -> Self {
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
            | Verb::ACK
            | Verb::PNG
            | Verb::OUT
    )
}

fn read_body(envelope: &Envelope, body: Bytes) -> Result<Option<ClientBody>, CommandErrorKind> {
    Ok(Some(match (envelope.verb, &envelope.channel) {
        (Verb::CNT, Channel::Con) => ClientBody::Connect(Connect::parse(&body)?),
        (Verb::ATH, Channel::ConUser) => ClientBody::Authenticate(Authenticate::parse(&body)?),
        (Verb::BND, Channel::ConMsgr) => ClientBody::Bind(Bind::parse(&body)?),
        (Verb::PUT, channel) => return Ok(Put::read(channel, &body)?.map(ClientBody::Put)),
        (Verb::GET, channel) => return Ok(Get::read(channel, &body)?.map(ClientBody::Get)),
        (Verb::DEL, channel) => return Ok(Delete::read(channel, &body)?.map(ClientBody::Delete)),
        (Verb::SDG, Channel::Msgr) => ClientBody::Message(Layers::parse(body)?),
        (Verb::ACK, Channel::Msgr) => {
            let id = envelope.headers.value(ACK_ID);
            let id = id.ok_or(CommandErrorKind::Header(ACK_ID))?;
            ClientBody::Acknowledge(Acknowledge { id })
        }
        (Verb::PNG, Channel::Con) => ClientBody::Ping(Ping {
            last_message_id: match envelope.headers.value(LAST_MESSAGE_ID) {
                Some(id) => Some(
                    id.to_number()
                        .ok_or(CommandErrorKind::Header(LAST_MESSAGE_ID))?,
                ),
                None => None,
            },
        }),
        (Verb::OUT, Channel::Con) => ClientBody::SignOut,
        _ => return Ok(None),
    }))
}

fn with_verb(verb: Verb, (channel, body): (Channel, Bytes)) -> (Verb, Channel, Bytes) {
    (verb, channel, body)
}
