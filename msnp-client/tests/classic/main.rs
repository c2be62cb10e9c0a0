//! The client at networks that are spoken to as of old, over streams and over gateways: in the older dialects against a server
//! that is scripted, and against what a revival server was recorded to say; in MSNP24 as desktop clients sign in.

mod courtesies;
mod demands;
mod desktop;
mod duties;
mod failures;
mod heads;
mod lists;
mod msnp21;
mod privacy;
mod recorded;
mod recorded_lists;
mod replay;
mod server;
mod transfers;
mod web;
mod world;
