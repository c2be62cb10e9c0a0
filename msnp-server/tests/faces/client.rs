//! What the contract needs of a client, whatever it speaks.

use bytes::Bytes;
use msnp_server::faces::Challenge;
use msnp_server::network::{ConnectionId, Lists, Status};
use simulation::{each_seed, wire};

pub(crate) type World = wire::World;

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
    World::new((), config, seed)
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
