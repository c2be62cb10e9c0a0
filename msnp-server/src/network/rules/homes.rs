//! What follows for a person when another home is not reached, and when it is again.

use super::super::letter::Words;
use super::super::person::Person;
use super::super::turn::Turn;
use super::{contacts, presence};
use crate::identity::{HomeId, Who};

/// Whoever lives there is not seen any more. It is as if they had said so, so that it comes behind what they did say.
pub(in super::super) fn lose_home(person: &Person, home: HomeId, turn: &mut Turn) {
    if !person.places().is_watching() {
        return;
    }
    for who in person.book().forward().filter(|who| who.home() == home) {
        let gone = Words::Seen {
            who: who.clone(),
            shown: None,
            left: None,
        };
        turn.write(turn.actor(who), None, person.actor(), gone);
    }
}

/// Those there may have missed whatever is not kept for them, and so may the person: how either looks and what the
/// person is called is said again, and what they have not taken is stated again.
pub(in super::super) fn find_home(person: &Person, home: HomeId, turn: &mut Turn) {
    let lives_there = |who: &&Who| who.home() == home;
    for contact in person.book().contacts() {
        if contact.who.home() == home && !contact.told {
            let words = contacts::statement(person, contact);
            person.write(turn.actor(&contact.who), words, turn);
        }
    }
    for who in person.book().forward().filter(lives_there) {
        if person.places().is_watching() {
            let words = Words::Watch(person.who().clone());
            turn.write(person.actor(), None, turn.actor(who), words);
        }
    }
    let shown = person.places().shown();
    for who in person.book().watchers().filter(lives_there) {
        let renamed = Words::Renamed(person.who().clone(), person.kept_name().clone());
        turn.write(person.actor(), None, turn.actor(who), renamed);
        if shown.is_some() && person.admits(who.person(), turn) {
            presence::show(person, who, shown, None, turn);
        }
    }
}
