//! Replies to what was asked on the notification server and of the web: what for, says what to make of them.

use msnp_proto::ErrorCode;
use msnp_proto::classic::{ServerBody, SignedIn};

use super::desk::Desk;
use super::ending::{end, refuse_dialect};
use super::entry::{self, Progress};
use super::known::{self, Known};
use super::people::contact_of;
use super::purpose::{Errand, Purpose};
use super::reason;
use super::stage::Stage;
use crate::dialect::web::Answer;
use crate::event::{Reason, Step};
use crate::fact::{Fact, Outcome};
use crate::presence::PresenceUpdate;

/// A reply that is no error.
pub(super) fn answered(known: &mut Known, desk: &mut Desk, purpose: Purpose, body: &ServerBody) {
    let going_on = match purpose {
        Purpose::Entry(step) => match known.entry.on_reply(step, body, desk) {
            Ok(Progress::Goes) => Ok(()),
            Ok(Progress::OtherDialect) => {
                refuse_dialect(known, desk);
                Ok(())
            }
            Ok(Progress::In(signed_in)) => signed_in_as(known, desk, &signed_in),
            Err(reason) => Err(reason),
        },
        Purpose::Nothing => Ok(()),
        // The list is no reply to it that ends here; what else has its number is no list, and none would follow.
        Purpose::Synchronize => Err(Reason::ProtocolError),
        Purpose::Announce => known
            .introduction
            .announce(&known.entry, &mut known.appearance, desk),
        Purpose::Appear => {
            appeared(known, desk);
            Ok(())
        }
        Purpose::Show { number, is_last } => {
            if is_last {
                desk.calls.tell(Fact::Done(number, Ok(Outcome::Done)));
                show_oneself(known, desk);
            }
            Ok(())
        }
        Purpose::Edit => {
            let lists = (&mut known.book, &known.entry);
            known.edits.on_reply(Ok(body), lists, desk);
            Ok(())
        }
        Purpose::Switchboard(wanted) => {
            if let ServerBody::SwitchboardReferral(referral) = body {
                known.calling.referred(wanted, referral, desk);
            } else {
                known.calling.refused(wanted, Reason::ProtocolError, desk);
            }
            Ok(())
        }
        Purpose::Message(number) | Purpose::Notice(number) => {
            desk.calls.tell(Fact::Done(number, Ok(Outcome::Done)));
            Ok(())
        }
        Purpose::Party(step) => {
            let published = match body {
                ServerBody::Published(published) => Some(published),
                _ => None,
            };
            let own = known::own(known);
            known.parties.granted(step, published, own.as_ref(), desk);
            Ok(())
        }
    };
    if let Err(reason) = going_on {
        end(known, desk, reason);
    }
}

fn signed_in_as(known: &mut Known, desk: &mut Desk, signed_in: &SignedIn) -> Result<(), Reason> {
    desk.calls.enter(Stage::Gathering);
    let me = contact_of(&signed_in.account, None);
    known.me = known.me.take().or(me);
    if known.me.is_none() {
        return Err(Reason::AccountUnknown);
    }
    if let Some(name) = &signed_in.name {
        known.appearance.hear_name(&name.text());
    }
    known.introduction.begin(&known.entry, desk)
}

/// The service has taken one's status.
fn appeared(known: &mut Known, desk: &mut Desk) {
    if let (true, Some(me)) = (known.introduction.appeared(), &known.me) {
        desk.calls.enter(Stage::Ready);
        desk.calls.tell(Fact::Ready(me.clone()));
    }
    show_oneself(known, desk);
}

/// Up to MSNP15 nobody tells one how one is oneself.
fn show_oneself(known: &Known, desk: &mut Desk) {
    let Some(me) = known
        .me
        .clone()
        .filter(|_| !desk.calls.dialect().has_endpoints())
    else {
        return;
    };
    let name = known.appearance.name(me.name()).to_owned();
    let picture = known.appearance.picture(desk.calls.dialect());
    let update = PresenceUpdate {
        status: Some(known.appearance.status()),
        name: Some(name),
        personal_message: known.appearance.message().map(str::to_owned),
        picture: Some(picture.map(ToString::to_string).unwrap_or_default()),
        ..PresenceUpdate::default()
    };
    desk.calls.tell(Fact::Presence { who: me, update });
}

/// An error in place of a reply.
pub(super) fn refused(known: &mut Known, desk: &mut Desk, purpose: Purpose, code: ErrorCode) {
    let why = reason::of_error(code);
    match purpose {
        Purpose::Entry(_) => end(known, desk, reason::of_sign_in(code)),
        // One server does not take an empty list, and it is none the worse for that (msnp8-18.md 7.4).
        Purpose::Announce if code.number() == 240 => {
            announce_next(known, desk);
        }
        Purpose::Synchronize | Purpose::Announce | Purpose::Appear => end(known, desk, why),
        Purpose::Show { number, .. } | Purpose::Message(number) | Purpose::Notice(number) => {
            desk.calls.tell(Fact::Done(number, Err(why)));
        }
        Purpose::Edit => {
            let lists = (&mut known.book, &known.entry);
            known.edits.on_reply(Err(code), lists, desk);
        }
        Purpose::Switchboard(wanted) => known.calling.refused(wanted, why, desk),
        Purpose::Party(step) => known.parties.refused(step, why, desk),
        Purpose::Nothing => {}
    }
}

fn announce_next(known: &mut Known, desk: &mut Desk) {
    let entry = &known.entry;
    let next = known
        .introduction
        .announce(entry, &mut known.appearance, desk);
    if let Err(reason) = next {
        end(known, desk, reason);
    }
}

/// A reply in words that are not known: what was asked was done or not.
pub(super) fn unreadable(known: &mut Known, desk: &mut Desk, purpose: Purpose) {
    let reason = Reason::ProtocolError;
    match purpose {
        Purpose::Entry(_) | Purpose::Synchronize | Purpose::Appear => end(known, desk, reason),
        Purpose::Announce => {
            announce_next(known, desk);
        }
        Purpose::Show {
            number,
            is_last: true,
        }
        | Purpose::Message(number)
        | Purpose::Notice(number) => {
            desk.calls.tell(Fact::Uncertain(number, reason));
        }
        Purpose::Edit => {
            let lists = (&mut known.book, &known.entry);
            known.edits.uncertain(reason, lists, desk);
        }
        Purpose::Switchboard(wanted) => known.calling.refused(wanted, reason, desk),
        Purpose::Party(step) => known.parties.refused(step, reason, desk),
        // What comes last of what shows one has the word.
        Purpose::Show { is_last: false, .. } | Purpose::Nothing => {}
    }
}

/// Nothing came in time: servers answer many a mistake with silence (msnp8-18.md 2.5).
pub(super) fn late(known: &mut Known, desk: &mut Desk, purpose: Purpose) {
    let late = Reason::TimedOut;
    match purpose {
        Purpose::Entry(step) => end(known, desk, Reason::SilentAt(entry::step_of(step))),
        Purpose::Synchronize | Purpose::Announce | Purpose::Appear => {
            end(known, desk, Reason::SilentAt(Step::Synchronizing));
        }
        Purpose::Show { number, .. } | Purpose::Message(number) | Purpose::Notice(number) => {
            desk.calls.tell(Fact::Uncertain(number, late));
        }
        Purpose::Edit => {
            let lists = (&mut known.book, &known.entry);
            known.edits.uncertain(late, lists, desk);
        }
        Purpose::Switchboard(wanted) => known.calling.refused(wanted, late, desk),
        Purpose::Party(step) => known.parties.refused(step, late, desk),
        Purpose::Nothing => {}
    }
}

/// A web service has answered, or has not.
pub(super) fn on_web(known: &mut Known, desk: &mut Desk, errand: Errand, answer: Answer) {
    let name = || known.appearance.name(known.entry.login()).to_owned();
    let going_on = match errand {
        Errand::Entry(errand) => known.entry.on_web(errand, answer, desk),
        Errand::Refresh => {
            let taken = known.entry.take_tokens(answer);
            let taken = taken.map_err(|trouble| trouble.reason(Step::Credentials));
            let outcome = taken.and_then(|()| known.entry.show_in_heads(desk));
            desk.calls.tell(Fact::Renewed(outcome));
            Ok(())
        }
        Errand::Membership | Errand::AddressBook => on_lists(known, desk, &errand, answer),
        Errand::Edit => {
            let lists = (&mut known.book, &known.entry);
            known.edits.on_web(answer, lists, desk);
            Ok(())
        }
        Errand::Waiting => {
            known.mailbox.on_waiting(answer, &known.entry, desk);
            Ok(())
        }
        Errand::Fetch(id) => {
            known.mailbox.on_fetched((id, answer), &known.entry, desk);
            Ok(())
        }
        // What is not deleted is fetched again next time, and known by then.
        Errand::Delete => Ok(()),
        Errand::Store(number) => {
            let of = (&known.entry, name());
            known
                .mailbox
                .on_stored((number, answer), (of.0, &of.1), desk);
            Ok(())
        }
    };
    if let Err(reason) = going_on {
        end(known, desk, reason);
    }
}

/// The lists are needed to sign in; later on, the old ones do.
fn on_lists(
    known: &mut Known,
    desk: &mut Desk,
    errand: &Errand,
    answer: Answer,
) -> Result<(), Reason> {
    let is_signing_in = desk.calls.stage() == Stage::Gathering;
    let read = known.introduction.on_lists(
        (errand, answer),
        &mut known.book,
        &known.entry,
        &mut known.appearance,
        desk,
    );
    if is_signing_in { read } else { Ok(()) }
}
