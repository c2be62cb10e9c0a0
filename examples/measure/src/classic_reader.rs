//! Commands of the dialects before MSNP24 as a client reads them, and what is in their payloads.

use std::hint::black_box;

use msnp_proto::classic::{ServerBody, ServerCommand, ServerKind};
use msnp_proto::payload::contacts::ContactList;
use msnp_proto::payload::layers::Layers;
use msnp_proto::payload::message::Message;
use msnp_proto::payload::mime::{Content, Mime};
use msnp_proto::payload::notification::Notification;
use msnp_proto::payload::personal_data::PersonalData;
use msnp_proto::payload::presence::UserDocument;
use msnp_proto::{Dialect, Frame, Verb};

/// The command; none where the frame is not one of the dialect's.
pub(crate) fn command(frame: &Frame, dialect: Dialect) -> Option<ServerCommand> {
    // The traffic has both connections of a client in one stream.
    let server = match frame.verb() {
        Verb::MSG | Verb::ACK | Verb::JOI | Verb::BYE => ServerKind::Switchboard,
        _ => ServerKind::Notification,
    };
    let command = ServerCommand::parse(frame, dialect, server).ok()?;
    let is_typed = !matches!(command.body, ServerBody::Other(_));
    is_typed.then_some(command)
}

/// Reads the payload, if the command has one, to the values that an application wants.
pub(crate) fn reads_payload(command: &ServerCommand, dialect: Dialect) -> bool {
    // Of layers MSNP18 has what is said in circles alone, whose documents nobody waits for.
    let has_documents = dialect.has_presence_documents();
    match &command.body {
        ServerBody::Message(message) => {
            let mime = Mime::parse(message.payload.clone());
            mime.is_ok_and(|mime| black_box(&Content::of(&mime)).is_ok())
        }
        ServerBody::ContactData(data) => {
            data.payload.is_empty() || black_box(&PersonalData::parse(&data.payload)).is_ok()
        }
        ServerBody::AddedByOthers(list) => black_box(&ContactList::parse(&list.payload)).is_ok(),
        ServerBody::RemovedByOthers(list) => black_box(&ContactList::parse(&list.payload)).is_ok(),
        ServerBody::Datagram(datagram) => {
            let layers = black_box(Layers::parse(datagram.payload.clone()));
            layers
                .is_ok_and(|layers| !has_documents || black_box(&Message::try_from(layers)).is_ok())
        }
        ServerBody::Notification(told) => {
            let layers = black_box(Layers::parse(told.payload.clone()));
            layers.is_ok_and(|layers| {
                !has_documents || black_box(&UserDocument::parse(layers.body())).is_ok()
            })
        }
        ServerBody::Notice(notice) => black_box(&Notification::parse(&notice.payload)).is_ok(),
        body => {
            black_box(body);
            true
        }
    }
}
