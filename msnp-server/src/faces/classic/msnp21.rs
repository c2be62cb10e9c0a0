//! MSNP21: signs in and has its lists as the dialects before it; all else stands in layered bodies on the one connection, without
//! switchboards (msnp24.md 14). A conversation of several is a temporary group, which shares the network's room with the switchboards of
//! others (14.4). MSNP22 is the same behind its sign-in (15).

mod group;
mod home;
mod inbox;
mod publishing;
mod rooms;
mod sight;
mod steps;
mod words;

pub(super) use home::Home;
pub(super) use steps::Then;
