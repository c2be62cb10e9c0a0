//! The client in the older dialects, over streams and over gateways: against a server that is scripted, and against what a
//! revival server was recorded to say.

mod courtesies;
mod demands;
mod duties;
mod failures;
mod lists;
mod recorded;
mod replay;
mod server;
mod transfers;
mod web;
mod world;
