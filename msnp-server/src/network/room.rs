//! Rooms: conversations that live only while somebody is in them (msnp8-18.md 9.1).

/// A room, for as long as somebody is in it. Hard to guess: it is what an invitation is known by.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomId(pub u128);
