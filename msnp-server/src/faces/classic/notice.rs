//! What places of one person say to each other: `UUN`, and `UBN` where it arrives (msnp8-18.md 12).

use msnp_proto::classic::{Endpoint, EndpointNotice, SendNotice};
use msnp_proto::{ErrorCode, Guid};

use super::lists::account;
use super::refusal;
use super::writer::Writer;
use crate::faces::turn::Turn;
use crate::identity::Who;
use crate::network::{Attributes, Command, EndpointId, Said};

/// What this is to the network, which passes it on as it is.
const KIND: &str = "Classic/Notice";
const TYPE: &str = "Notice-Type";

/// The type of a notice that signs a place out, and what stands in it (msnp8-18.md 12).
const SIGN_OUT: u32 = 4;
const GOODBYE: &str = "goodbyeMsg\r\n";

/// What a place says to the others, or to one of them.
pub(super) fn command(
    notice: &SendNotice,
    own: &Who,
    turn: &Turn<'_>,
) -> Result<Command, ErrorCode> {
    // Between people it carries the beginnings of transfers, which go by switchboard here.
    if notice.user.account != account(own) {
        return Err(refusal::UNKNOWN_NOTICE);
    }
    if notice.payload.len() > turn.config().message_bytes {
        return Err(refusal::MESSAGE_TOO_LONG);
    }
    let to = notice.user.id.as_ref().map(|id| id.text().parse::<Guid>());
    let to = to.transpose().map_err(|_| refusal::NOT_ONLINE)?;
    let mut attributes = Attributes::new();
    attributes.push(TYPE, notice.kind.to_string());
    let said = Said {
        kind: KIND.into(),
        client_id: None,
        attributes,
        body: notice.payload.clone(),
    };
    Ok(Command::Notify(to, said))
}

/// That another place signs out, as those from MSNP16 on say it to each other (enums.tsv).
pub(super) fn sign_out(place: EndpointId) -> Command {
    let mut attributes = Attributes::new();
    attributes.push(TYPE, SIGN_OUT.to_string());
    let said = Said {
        kind: KIND.into(),
        client_id: None,
        attributes,
        body: GOODBYE.into(),
    };
    Command::Notify(Some(place), said)
}

/// Whether this place is told so.
pub(super) fn is_sign_out(said: &Said) -> bool {
    &*said.kind == KIND && said.attributes.get(TYPE) == Some("4")
}

/// Another place has said something, if it is of these dialects.
pub(super) fn show(from: EndpointId, said: &Said, own: &Who, writer: Writer, turn: &mut Turn<'_>) {
    let kind = said.attributes.get(TYPE).and_then(|kind| kind.parse().ok());
    let Some(kind) = kind.filter(|_| &*said.kind == KIND) else {
        return;
    };
    let notice = EndpointNotice {
        user: Endpoint::with_guid(account(own), from),
        kind,
        payload: said.body.clone(),
    };
    writer.say(notice, turn);
}
