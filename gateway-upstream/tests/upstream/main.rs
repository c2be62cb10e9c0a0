//! The gateway in front of a server: through the simulation, with streams that are cut, slow, refused and lost.

mod ends;
mod front;
mod person;
mod relay;
mod talk;
mod tiny_server;
mod wanted;
