//! What the contract needs of a client, whatever it speaks.

use std::time::Duration;

use bytes::Bytes;
use machine_contract::Instant;
use msnp_server::faces::{Challenge, Ticket, TicketRefused, Tickets};
use msnp_server::identity::Who;
use msnp_server::network::{ConnectionId, Lists, Status};
use simulation::rules::PEOPLE;
use simulation::{each_seed, wire};

pub(crate) type World = wire::World<Known>;

/// Tickets that name their owner. A proof is one if it says so.
#[derive(Debug)]
pub(crate) struct Known(Vec<Who>);

impl Known {
    /// Everybody who has an account in a world.
    pub(crate) fn new() -> Self {
        let world = wire::World::new((), wire::Config::default(), None);
        Self(PEOPLE.iter().map(|name| world.who(name)).collect())
    }

    fn owner(&self, name: &str) -> Option<Who> {
        let mut all = self.0.iter();
        all.find(|who| who.skype_id().as_str() == name).cloned()
    }
}

impl Tickets for Known {
    fn owner_of_uic(&self, _: &str, _: Instant) -> Option<Who> {
        None
    }

    fn knows_uics(&self) -> bool {
        false
    }

    fn owner_of_ticket(&self, ticket: &str, now: Instant) -> Result<Ticket, TicketRefused> {
        let name = ticket
            .strip_prefix("t=")
            .and_then(|rest| rest.strip_suffix("&p="));
        let who = name.and_then(|name| self.owner(name));
        let valid_until = now + Duration::from_secs(60);
        let ticket = who.map(|who| Ticket { who, valid_until });
        ticket.ok_or(TicketRefused::Unknown)
    }

    fn owner_by_proof(
        &self,
        ticket: &str,
        proof: &str,
        nonce: &str,
        now: Instant,
    ) -> Result<Ticket, TicketRefused> {
        assert_eq!(nonce.len(), 64);
        match proof {
            "proof" => self.owner_of_ticket(ticket, now),
            _ => Err(TicketRefused::Proof),
        }
    }
}

/// Somebody's client. People are called by their names in the [world](simulation::rules::PEOPLE), which the dialect
/// makes its addresses of.
pub(crate) trait Client {
    /// Puts somebody on the list, seen and let in.
    fn add(&mut self, world: &mut World, whom: &str) -> Outcome;
    /// Blocks somebody, who stays on the list.
    fn block(&mut self, world: &mut World, whom: &str) -> Outcome;
    /// Is seen so from now on.
    fn show(&mut self, world: &mut World, status: Status);
    /// Says something to one person.
    fn say(&mut self, world: &mut World, to: &str, text: &str) -> Outcome;
    /// What it was told since the last time. It does what a client does about it: acknowledges, goes where it is
    /// called.
    fn hear(&mut self, world: &mut World) -> Vec<Heard>;
    /// Says good-bye on all its connections.
    fn leave(&mut self, world: &mut World);
    /// Its connections, the first one first.
    fn connections(&self) -> Vec<ConnectionId>;
}

/// What became of a command.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    Refused,
}

/// Something that a client was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Somebody said it.
    Said(String, String),
    /// Somebody is seen so; offline for not at all.
    Sees(String, Status),
    /// Somebody is on these lists.
    Has(String, Lists),
}

/// A dialect, and what of the contract is not its.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is what one dialect has and another has not"
)]
pub(crate) struct Dialect {
    /// Signs somebody in at the place `n`, online, and asks to be told everything.
    pub(crate) sign_in: fn(&mut World, &str, u8) -> Box<dyn Client>,
    /// All that one of Alice's connections might say, to be cut anywhere.
    pub(crate) streams: fn(&mut World) -> Vec<String>,
    /// Commands of Alice's, each with what is in the reply to it alone. Some need the store, some do not.
    pub(crate) commands: fn() -> Vec<(String, String)>,
    /// What a connection was sent, cut into what it can be understood by.
    pub(crate) frames: fn(Bytes) -> Vec<String>,
    /// Whether a client says where it is, and takes the place of what it has left there.
    pub(crate) has_places: bool,
    /// Whether somebody can be at two places at once.
    pub(crate) has_several_places: bool,
    /// Whether a client is told its lists on its connection.
    pub(crate) tells_lists: bool,
    /// Whether somebody who is away can be written to.
    pub(crate) keeps_for_the_absent: bool,
}

/// Runs a test at once, and interleaved by several seeds.
pub(crate) fn every_way(test: impl Fn(&mut World)) {
    test(&mut world(None));
    each_seed(1..5, |seed| test(&mut world(Some(seed))));
}

/// A world in which nobody is asked what they cannot compute.
pub(crate) fn world(seed: Option<u64>) -> World {
    let mut config = wire::Config::default();
    config.faces.challenge = Challenge::Absent;
    World::new(Known::new(), config, seed)
}

/// The words that somebody was told, and by whom.
pub(crate) fn said(heard: &[Heard]) -> Vec<(&str, &str)> {
    let said = heard.iter().filter_map(|one| match one {
        Heard::Said(by, text) => Some((by.as_str(), text.as_str())),
        _ => None,
    });
    said.collect()
}

/// How somebody was seen last, if anything was told of that.
pub(crate) fn seen(heard: &[Heard], whom: &str) -> Option<Status> {
    let mut seen = heard.iter().filter_map(|one| match one {
        Heard::Sees(who, status) if who == whom => Some(*status),
        _ => None,
    });
    seen.next_back()
}

/// On which lists somebody was said to be last.
pub(crate) fn lists(heard: &[Heard], whom: &str) -> Option<Lists> {
    let mut lists = heard.iter().filter_map(|one| match one {
        Heard::Has(who, lists) if who == whom => Some(*lists),
        _ => None,
    });
    lists.next_back()
}

/// All that a connection was sent.
pub(crate) fn text(world: &mut World, connection: ConnectionId) -> String {
    let pieces = world.hear(connection);
    String::from_utf8(pieces.concat()).unwrap()
}
