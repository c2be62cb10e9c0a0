//! A network whose server is behind TCP, under drivers with streams and without.

use std::time::Instant;

use msnp_client::{Access, Client, Config, Network, Reason};

use super::person::{Fate, Person};
use super::world::PATIENCE;
use crate::Drive;
use crate::peer::Peer;

/// A driver that has none had the client try for ever to connect, and say each time that nobody could be reached.
pub(crate) fn a_network_that_is_reached_by_a_stream<D: Drive<Client>>() {
    let peer = Peer::new();
    let server = peer.remote().authority();
    let network = Network::tcp(&server, &format!("http://{server}")).unwrap();
    let access = Access::passport(network, "alice@example.org", "secret");
    let mut alice = Person::<D>::new(Config::new(access, [7; 32]));
    alice.sign_in();
    alice.say("bob", "a1");
    let patience = Instant::now() + PATIENCE;
    while !peer.has_a_visitor() {
        assert!(Instant::now() < patience, "in vain: {:#?}", alice.log());
        alice.turn();
        let Some(reason) = alice.signed_out() else {
            continue;
        };
        let missing = Reason::NoStreams { tls: false };
        assert_eq!(reason, missing, "{:#?}", alice.log());
        assert_eq!(alice.fates(), [Some(Fate::Failed(missing))]);
        assert_eq!(alice.lost(), []);
        return;
    }
}
