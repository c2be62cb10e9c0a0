//! How letters leave for other homes and come from them.

use super::batch_id::BatchId;
use super::bus::Arrival;
use super::effect::Effect;
use super::letter::{Actor, Letter, Postage};
use super::parcel::{Correspondence, Parcel};
use super::refusal::Refusal;
use super::sending::Sending;
use super::turn::Turn;
use crate::identity::HomeId;

/// Sends a letter to somebody of another home, now that it may be read. With the message that it asks to keep goes
/// what its author has to know again in another process.
pub(super) fn post(letter: Letter, sending: Option<Sending>, turn: &mut Turn) {
    let Actor::Elsewhere(home, _) = letter.to() else {
        return;
    };
    match letter.postage() {
        Postage::None => turn.post_unread(&letter),
        Postage::Fleeting => {
            let Some(parcel) = Parcel::new(&letter, None, None) else {
                return;
            };
            if let Some(ask) = letter.ask() {
                if turn.bus().is_lost(home) {
                    turn.post_unread(&letter);
                    return;
                }
                let until = turn.now().monotonic + turn.config().command_within;
                turn.bus().ask(ask, letter, until);
            }
            turn.effect(Effect::Post(home, parcel));
        }
        Postage::Kept => {
            let most = turn.config().on_the_way;
            if sending.is_some() && turn.bus().questions() >= most {
                turn.post_reply(&letter, Refusal::Busy);
                return;
            }
            turn.batches().hurry_anyway();
            turn.bus().gather(letter, sending);
        }
    }
}

/// Something comes from another home.
pub(super) fn arrive(from: HomeId, parcel: Parcel, turn: &mut Turn) {
    if from == turn.home() || parcel.to() != turn.home() {
        return;
    }
    let most = turn.config().waiting_commands;
    match turn.bus().arrive(from, parcel, most) {
        Arrival::Noted => {}
        Arrival::Done(number) => turn.effect(Effect::Acknowledge(from, number)),
        Arrival::Letter(letter) => turn.letters().push(letter),
    }
}

/// A batch is decided: what it says to other homes leaves, or never does.
pub(super) fn decide(batch: BatchId, kept: bool, turn: &mut Turn) {
    if kept {
        let (given, done) = turn.bus().kept(batch);
        for parcel in given {
            turn.effect(Effect::Post(parcel.to(), parcel));
        }
        for (home, number) in done {
            turn.effect(Effect::Acknowledge(home, number));
        }
    } else {
        for letter in turn.bus().failed(batch) {
            turn.post_reply(&letter, Refusal::Store);
        }
    }
}

/// Goes on from what is kept.
pub(super) fn resume(kept: Correspondence, turn: &mut Turn) {
    for parcel in turn.bus().resume(kept) {
        turn.effect(Effect::Post(parcel.to(), parcel));
    }
    if let Some(last) = turn.bus().last_ask() {
        turn.skip_asks(last);
    }
}

/// A home is not reached: nobody is there who was asked whether they are.
pub(super) fn lose(home: HomeId, turn: &mut Turn) {
    turn.bus().set_lost(home, true);
    for letter in turn.bus().take_lost(home) {
        turn.post_unread(&letter);
    }
}

/// Nobody is there who was asked and has not said so in time.
pub(super) fn stop_asking(turn: &mut Turn) {
    let now = turn.now().monotonic;
    while let Some(letter) = turn.bus().take_overdue(now) {
        turn.post_unread(&letter);
    }
}
