//! The end of a notification connection, and what it leaves.

use machine_contract::Failure;

use super::desk::Desk;
use super::known::Known;
use super::purpose::{Party, Purpose, Wanted};
use super::stage::Stage;
use crate::event::Reason;
use crate::fact::{Fact, Route};
use crate::link::LinkEvent;

/// Ends at once.
pub(super) fn end(known: &mut Known, desk: &mut Desk, reason: Reason) {
    if close(desk) {
        finish(known, desk, reason);
    }
}

/// Ends as another place of one's own wishes: with a good-bye, since the service ends nothing by itself, and a gateway's session would
/// stay for minutes (msnp8-18.md 12).
pub(super) fn yield_to_another(known: &mut Known, desk: &mut Desk) {
    if desk.calls.stage() < Stage::Leaving {
        known.leaves_for = Some(Reason::Elsewhere);
        desk.calls.sign_out();
    }
}

/// The service sends the client elsewhere.
pub(super) fn redirect(known: &mut Known, desk: &mut Desk, route: Route) {
    if close(desk) {
        abandon(known, desk);
        desk.calls.redirect(route);
    }
}

/// The service does not speak the dialect.
pub(super) fn refuse_dialect(known: &mut Known, desk: &mut Desk) {
    if close(desk) {
        abandon(known, desk);
        desk.calls.refuse_dialect();
    }
}

/// Closes the link and learns what became of what it held. False: it is over already.
fn close(desk: &mut Desk) -> bool {
    if desk.calls.stage() == Stage::Over {
        return false;
    }
    for event in desk.calls.close() {
        if let LinkEvent::Unsent { id, fate } = event {
            for purpose in desk.calls.take_sent(id) {
                lost(desk, purpose, fate);
            }
        }
    }
    true
}

/// The last word, once.
pub(super) fn finish(known: &mut Known, desk: &mut Desk, reason: Reason) {
    if desk.calls.stage() != Stage::Over {
        abandon(known, desk);
        desk.calls.finish(known.leaves_for.unwrap_or(reason));
    }
}

/// Whatever waits for a reply is of unknown fate.
fn abandon(known: &mut Known, desk: &mut Desk) {
    for purpose in desk.calls.take_all() {
        lost(desk, purpose, Failure::Unknown);
    }
    desk.web.abandon();
    let left = known.edits.abandon().into_iter();
    let left = left.chain(known.mailbox.abandon());
    let left = left.chain(known.typing.end_all());
    for fact in left.chain(known.parties.abandon()) {
        desk.calls.tell(fact);
    }
}

/// The link did not deliver a command.
pub(super) fn lost(desk: &mut Desk, purpose: Purpose, fate: Failure) {
    match (purpose, fate) {
        (
            Purpose::Message(number)
            | Purpose::Notice(number)
            | Purpose::Switchboard(Wanted::Group(number, _))
            | Purpose::Party(Party::New(number, _) | Party::Asked(number)),
            Failure::NotSent | Failure::Untrusted(_),
        ) => desk.calls.tell(Fact::Unsent(number)),
        (
            Purpose::Show { number, .. }
            | Purpose::Message(number)
            | Purpose::Notice(number)
            | Purpose::Switchboard(Wanted::Group(number, _))
            | Purpose::Party(Party::New(number, _) | Party::Asked(number)),
            _,
        ) => desk
            .calls
            .tell(Fact::Uncertain(number, Reason::ConnectionLost)),
        // Of most, the end of the link tells. What waits for a switchboard waits for the next connection; changes of
        // the lists have their own end.
        (
            Purpose::Entry(_)
            | Purpose::Synchronize
            | Purpose::Announce
            | Purpose::Appear
            | Purpose::Edit
            | Purpose::Switchboard(Wanted::Talk(_))
            | Purpose::Party(Party::Member(..))
            | Purpose::Nothing,
            _,
        ) => {}
    }
}
