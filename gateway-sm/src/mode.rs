//! `Mode`: how many requests of one session may be in flight.

use std::time::Duration;

/// How many requests of one session may be in flight.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// One, until the peer shows that it holds polls: it says `X-MSN-GWCapabilities: LP` (the open
    /// asks), or a poll with `Lifespan` has been out for [`Mode::HELD`]. Then as in `Parallel`; but
    /// as in `Serial` for good once a reply has changed the session id, because of two replies that
    /// overtake each other the wrong one would be the last.
    #[default]
    Learn,
    /// One, ever, and polls ask for no `Lifespan`: gateways of MSNP8 to MSNP18, which may change
    /// the session id with every reply.
    Serial,
    /// One poll that is held and one post, from the start.
    Parallel,
}

impl Mode {
    /// A poll that is out for so long is held by the gateway. It is the interval of the clients of
    /// 2003 (gateway.md 9): whoever answers later than that may be asked again at once.
    pub const HELD: Duration = Duration::from_secs(2);
}
