//! `FQY`: on which network somebody is (msnp8-18.md 7.4).

use msnp_proto::classic::NetworkQuery;
use msnp_proto::payload::contacts::{ContactList, Lists as WireLists};
use msnp_proto::{ErrorCode, TrId};

use super::refusal::{self, Subject};
use super::writer::Writer;
use super::{lists, roster};
use crate::faces::turn::Turn;
use crate::network::{Answer, Command, Refusal};

/// What the network is asked.
pub(super) fn ask(query: &NetworkQuery) -> Result<Command, ErrorCode> {
    let named = ContactList::parse(&query.payload).map_err(|_| refusal::INVALID_XML)?;
    let first = named.contacts().next().ok_or(refusal::EMPTY_DOMAIN)?;
    let address = first.address().and_then(|one| roster::address(one.id()));
    let address = address.ok_or(refusal::INVALID_USERNAME)?;
    Ok(Command::LookUp(vec![address]))
}

/// What it has said.
pub(super) fn answer(
    trid: TrId,
    outcome: Result<Answer, Refusal>,
    writer: Writer,
    turn: &mut Turn<'_>,
) {
    match outcome {
        Ok(Answer::Contacts(found)) => match found.first() {
            Some(found) => {
                let payload = lists::document(&found.who, WireLists::NONE, None);
                let payload = payload.unwrap_or_default().into();
                writer.reply(trid, NetworkQuery { payload }, turn);
            }
            None => writer.refuse(trid, refusal::INVALID_USERNAME, turn),
        },
        Ok(_) => {}
        Err(no) => {
            let code = refusal::code(no, Subject::Person, writer.dialect());
            writer.refuse(trid, code, turn);
        }
    }
}
