//! What the network tells a connection unasked, as frames.

use bytes::Bytes;
use msnp_proto::msnp24::Channel;
use msnp_proto::payload::presence::UserDocument;
use msnp_proto::{Frame, Verb};

use super::contacts;
use super::delivery;
use super::endpoint::Endpoint;
use super::forms::Forms;
use super::thread;
use crate::faces::layered::presence;
use crate::identity::Who;
use crate::network::{ConversationId, EndpointId, Event, Presence};

/// The frames that show an event to this client, in order; none for what MSNP24 has no word for.
pub(super) fn frames(event: Event, endpoint: &mut Endpoint, forms: &Forms) -> Vec<Frame> {
    match event {
        Event::Roster(all) => vec![contacts_frame(endpoint, contacts::roster(&all, forms))],
        Event::RosterChanged(some) => {
            vec![contacts_frame(endpoint, contacts::changes(&some, forms))]
        }
        Event::Presence { who, shown, left } => {
            presence_frames(endpoint, forms, &who, shown.as_deref(), left)
        }
        Event::Message(kept) => vec![delivery::kept(endpoint, forms, &kept)],
        Event::Passing {
            conversation,
            message,
            number,
        } => vec![delivery::passing(
            endpoint,
            forms,
            &conversation,
            &message,
            number,
        )],
        Event::Announcement {
            by,
            message,
            number,
        } => {
            let conversation = ConversationId::Person(by);
            vec![delivery::passing(
                endpoint,
                forms,
                &conversation,
                &message,
                Some(number),
            )]
        }
        Event::Thread(whole) => {
            let document = thread::document(&whole, forms).encode();
            vec![endpoint.unasked(Verb::NFY, Channel::Thread, document.into())]
        }
        // Contacts are in no groups here, and places have no words for each other.
        Event::Groups(_) | Event::Notice(..) => Vec::new(),
        // There are no rooms here: who talks to more than one is in a thread.
        Event::Invitation { .. } | Event::Joined(..) | Event::Left(..) | Event::SaidInRoom(..) => {
            Vec::new()
        }
    }
}

/// `NFY 0 MSGR\CONTACTS`
pub(super) fn contacts_frame(endpoint: &Endpoint, document: Bytes) -> Frame {
    endpoint.unasked(Verb::NFY, Channel::Contacts, document)
}

/// `PUT` with all that is shown of somebody; `DEL` of an endpoint that is gone, and of a person of
/// whom nothing is to be seen any more. The own endpoints are shown each other also then.
fn presence_frames(
    endpoint: &mut Endpoint,
    forms: &Forms,
    who: &Who,
    shown: Option<&Presence>,
    left: Option<EndpointId>,
) -> Vec<Frame> {
    let (to, from) = (forms.muri(endpoint.who()), forms.muri(who));
    let own = who == endpoint.who();
    let mut frames = Vec::with_capacity(2);
    if let Some(epid) = left.filter(|_| own || shown.is_some()) {
        let left = UserDocument::signed_out(epid).encode();
        frames.push(endpoint.notification(&to, &from, Channel::Del, &left));
    }
    let (channel, document) = match shown {
        Some(shown) => (Channel::Put, presence::document(shown)),
        None if own => (Channel::Put, UserDocument::offline().encode()),
        None => (Channel::Del, UserDocument::offline().encode()),
    };
    frames.push(endpoint.notification(&to, &from, channel, &document));
    frames
}
