//! The attacks, by who makes them.

mod bystanders;
mod guessers;
mod strangers;
mod users;

use crate::scene::Attack;

/// All of them.
pub(crate) fn all() -> Vec<Attack> {
    let mut all = users::all();
    all.extend(guessers::all());
    all.extend(strangers::all());
    all.extend(bystanders::all());
    all
}
