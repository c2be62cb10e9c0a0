//! Asking for switchboards and being called to them (msnp8-18.md 9.1).

use std::time::Duration;

use gateway_sm::Server;
use machine_contract::{Instant, SortedMap, SortedSet};
use msnp_proto::Secret;
use msnp_proto::classic::{
    Carrier as Word, Referral, Ring, ServerAddress, SwitchboardReferral, SwitchboardRequest,
};

use super::calls::Unposted;
use super::desk::Desk;
use super::invitation::Ticket;
use super::purpose::{Purpose, Wanted};
use crate::event::Reason;
use crate::fact::{Beside, Carrier, Errand, Fact, Route, To};
use crate::id::{ContactId, ConversationId};
use crate::request::NotTaken;

/// Where servers are that are named without a port (msnp8-18.md 1).
const PORT: u16 = 1863;
/// Who is not on the list and was not there may have come after this time: nobody tells of it.
const ASK_AGAIN: Duration = Duration::from_secs(60);

/// Which switchboards are on their way, and whom none would reach.
#[derive(Debug, Default)]
pub(super) struct Calling {
    asked: SortedSet<ConversationId>,
    /// Seen to be there.
    seen: SortedSet<ContactId>,
    /// Seen to go away.
    gone: SortedSet<ContactId>,
    /// Said not to be there. `None`: just now.
    absent: SortedMap<ContactId, Option<Instant>>,
}

impl Calling {
    /// Asks for a switchboard to talk on, unless one is on its way.
    pub(super) fn talk(
        &mut self,
        conversation: &ConversationId,
        desk: &mut Desk,
    ) -> Result<(), NotTaken> {
        if !self.asked.contains(conversation) {
            ask(Wanted::Talk(conversation.clone()), desk)?;
            self.asked.insert(conversation.clone());
        }
        Ok(())
    }

    /// One was given: what it was asked for is the business of the connection to it from now on.
    pub(super) fn referred(
        &mut self,
        wanted: Wanted,
        referral: &SwitchboardReferral,
        desk: &mut Desk,
    ) {
        let errand = match wanted {
            Wanted::Talk(conversation) => {
                self.asked.remove(&conversation);
                Errand::Talk(conversation)
            }
            Wanted::Group(number, members) => Errand::Gather(number, members),
        };
        let token = referral.token.expose().text().into_owned();
        let ticket = Ticket::Own(Secret::new(token));
        let carrier = carrier(referral.carrier, referral.direct);
        let route = route(
            (&referral.address, Server::Switchboard),
            carrier,
            Some(ticket.to_note()),
        );
        desk.calls.tell(Fact::Beside(Beside { route, errand }));
    }

    /// None is to be had.
    pub(super) fn refused(&mut self, wanted: Wanted, reason: Reason, desk: &mut Desk) {
        desk.calls.tell(match wanted {
            Wanted::Talk(conversation) => {
                self.asked.remove(&conversation);
                Fact::Unreached(conversation, reason)
            }
            Wanted::Group(number, _) => Fact::Done(number, Err(reason)),
        });
    }

    /// Somebody is there.
    pub(super) fn is_there(&mut self, who: &ContactId, most: usize) {
        if self.seen.len() < most {
            self.seen.insert(who.clone());
        }
        self.gone.remove(who);
        self.absent.remove(who);
    }

    /// Somebody has gone.
    pub(super) fn is_gone(&mut self, who: &ContactId, most: usize) {
        self.seen.remove(who);
        if self.gone.len() < most {
            self.gone.insert(who.clone());
        }
    }

    /// A switchboard has said that somebody is not there, of whom nobody would tell that he comes.
    pub(super) fn is_absent(&mut self, who: &ContactId, most: usize) {
        if self.absent.len() < most {
            self.absent.insert(who.clone(), None);
        }
    }

    /// Whether somebody was seen to be there, and not to go away.
    pub(super) fn is_seen(&self, who: &ContactId) -> bool {
        self.seen.contains(who) && !self.is_away(who)
    }

    /// Whether it would be in vain to call somebody.
    pub(super) fn is_away(&self, who: &ContactId) -> bool {
        self.gone.contains(who) || self.absent.contains_key(who)
    }

    /// Whoever was not there long ago may be called again.
    pub(super) fn forget(&mut self, now: Instant) {
        for until in self.absent.values_mut() {
            until.get_or_insert(now + ASK_AGAIN);
        }
        self.absent
            .retain(|_, until| until.is_none_or(|until| until > now));
    }
}

/// Asks for a switchboard.
pub(super) fn ask(wanted: Wanted, desk: &mut Desk) -> Result<(), NotTaken> {
    let posted = desk
        .calls
        .post(SwitchboardRequest {}, Purpose::Switchboard(wanted));
    match posted {
        Ok(_) => Ok(()),
        Err(Unposted::Link(_) | Unposted::NotInDialect) => Err(NotTaken::Full),
    }
}

/// Somebody calls.
pub(super) fn ringing(ring: &Ring) -> Fact {
    let token = ring.token.expose().text().into_owned();
    let ticket = Ticket::Invitation {
        session: ring.session.text().into_owned(),
        token: Secret::new(token),
    };
    let carrier = carrier(ring.carrier, ring.direct);
    let route = route(
        (&ring.address, Server::Switchboard),
        carrier,
        Some(ticket.to_note()),
    );
    let errand = Errand::Join;
    Fact::Beside(Beside { route, errand })
}

/// Another notification server; what it wants to see again goes along.
pub(super) fn redirection(referral: &Referral) -> Route {
    let carrier = carrier(referral.carrier, None);
    let hop = referral.hop.as_ref().map(|hop| hop.text().into_owned());
    route((&referral.address, Server::Notification), carrier, hop)
}

/// Who uses a gateway finds one at the server itself if the last word says so, since MSNP14 (gateway.md 11).
fn carrier(word: Option<Word>, direct: Option<bool>) -> Carrier {
    match (word, direct) {
        (Some(Word::GATEWAY), _) => Carrier::Gateway,
        (_, Some(true)) => Carrier::OwnGateway,
        _ => Carrier::Direct,
    }
}

fn route(
    (address, server): (&ServerAddress, Server),
    carrier: Carrier,
    note: Option<String>,
) -> Route {
    let to = To::Server {
        host: String::from_utf8_lossy(address.host()).into_owned(),
        port: address.port().unwrap_or(PORT),
        server,
        carrier,
    };
    Route::new(to, note, Duration::ZERO)
}
