//! Who writes to those that messages are lost for, and in which words.

use std::net::Ipv4Addr;

use crate::failure::Failure;
use crate::person::{Person, Who};
use crate::process::Doors;

/// Receivers are the first accounts; behind them are those who write to them, one for every five, which is
/// as many places as one person surely has.
pub(super) const RECEIVERS: usize = 50;
pub(super) const ACCOUNTS: usize = RECEIVERS + 10;

pub(super) async fn writer(doors: Doors, receiver: usize) -> Result<Person, Failure> {
    let number = RECEIVERS + receiver / 5;
    let peer = Ipv4Addr::new(203, 0, 113, 100 + u8::try_from(receiver)?);
    let place = u32::try_from(receiver)?;
    let who = Who::new(number, place, peer);
    Ok(Person::sign_in(doors, who).await?.0)
}

/// What stands in the bytes of any kind of reply as it is here.
pub(super) fn words(round: usize, number: usize) -> String {
    format!("mark{round}n{number}kram")
}
