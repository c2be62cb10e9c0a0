//! What follows for a person when a batch that touched them is decided.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::letter::Words;
use super::super::person::Person;
use super::super::turn::Turn;
use super::contacts::tell_own;
use super::presence::show;
use crate::identity::Who;

/// A batch is kept in which the person's name may have changed: now that it is sure, all in whose rosters the
/// person stands are told. Who is being read just now is among them, and may have been read with the old one.
pub(in super::super) fn tell_new_name(person: &Person, before: &Arc<str>, turn: &mut Turn) {
    if person.name() == before {
        return;
    }
    turn.directory().rename(person.who(), person.name());
    let watchers = person.book().watchers();
    let others: BTreeSet<&Who> = watchers.chain(person.book().forward()).collect();
    for other in others {
        let words = Words::Renamed(person.who().clone(), person.name().clone());
        person.write(turn.actor(other), words, turn);
    }
}

/// A batch was not kept: whom the person lets see them, and whom the person wants to see, is as it was. What
/// was written about it was never read, so all who may watch are shown what is true; who has seen nothing else
/// is told nothing.
pub(in super::super) fn catch_up_with_the_truth(person: &Person, renamed: &[Who], turn: &mut Turn) {
    let shown = person.places().shown();
    for watcher in person.book().watchers() {
        let admitted = person.admits(watcher.person(), turn);
        show(person, watcher, shown.filter(|_| admitted), None, turn);
    }
    if person.places().is_watching() {
        let unseen = |who: &&Who| person.places().seen(who.person()).is_none();
        for who in person.book().forward().filter(unseen) {
            let words = Words::Watch(person.who().clone());
            person.write(turn.actor(who), words, turn);
        }
    }
    tell_own(person, None, renamed.iter(), turn);
}
