//! What `NFY` brings since MSNP21: how others are, and who is there no more (msnp24.md 8).

use msnp_proto::classic::{Change, Notification};
use msnp_proto::payload::layers::Layers;
use msnp_proto::payload::presence::UserDocument;

use super::desk::Desk;
use super::ending::yield_to_another;
use super::known::{self, Known};
use crate::dialect::layered::address::contact_at;
use crate::dialect::layered::presence::{departures_of, update_of};
use crate::fact::Fact;
use crate::id::ContactId;
use crate::presence::{Departure, EndpointId, Status};

/// A document of somebody. What cannot be read says nothing.
pub(super) fn on_notification(known: &mut Known, desk: &mut Desk, told: &Notification) {
    let Ok(layers) = Layers::parse(told.payload.clone()) else {
        return;
    };
    if layers
        .header("Uri")
        .is_some_and(|uri| uri.starts_with("/circle"))
    {
        return on_group(known, desk, told.change, &layers);
    }
    let who = layers.from().ok().as_ref().and_then(contact_at);
    let (Some(who), Ok(user)) = (who, UserDocument::parse(layers.body())) else {
        return;
    };
    if told.change == Change::PUT {
        published(known, desk, who, &user, &layers);
    } else {
        withdrawn(known, desk, &who, &user);
    }
}

/// Who comes into a temporary group, and who goes.
fn on_group(known: &mut Known, desk: &mut Desk, change: Change, layers: &Layers) {
    let Some(own) = known::own(known) else {
        return;
    };
    if change == Change::PUT {
        known.parties.put(layers, &own, &known.limits, desk);
    } else {
        known.parties.del(layers, &own, desk);
    }
}

fn published(
    known: &mut Known,
    desk: &mut Desk,
    who: ContactId,
    user: &UserDocument,
    layers: &Layers,
) {
    let is_full = layers.header("NotifType") == Some("Full");
    let update = update_of(user, is_full, &known.limits);
    if update.is_whole || update.status.is_some() {
        let status = update.status.unwrap_or(Status::OFFLINE);
        let is_there = status != Status::OFFLINE;
        known.datagrams.is_there(&who, is_there, &known.limits);
    }
    desk.calls.tell(Fact::Presence { who, update });
}

/// A `DEL` of the receiver's own endpoint means "sign out here".
fn withdrawn(known: &mut Known, desk: &mut Desk, who: &ContactId, user: &UserDocument) {
    let here = Departure::Endpoint(EndpointId(known.entry.endpoint()));
    for departure in departures_of(user) {
        if known.me.as_ref() == Some(who) && departure == here {
            return yield_to_another(known, desk);
        }
        if departure == Departure::Person {
            known.datagrams.is_there(who, false, &known.limits);
        }
        let who = who.clone();
        desk.calls.tell(Fact::Departed { who, departure });
    }
}
