//! What must hold for any bytes, one function per fuzz target, one file per room.
//!
//! A property panics when it does not hold. libFuzzer calls it through `fuzz_targets/`; `tests/replay.rs`
//! calls it with every file of `seeds/<target>/`, and with damaged copies of them, under `cargo test`.
//!
//! To add a target: a function here, its line in [`TARGETS`], a file in `fuzz_targets/`, a `[[bin]]` in
//! `Cargo.toml`, seeds, and a row in `README.md`.

pub mod auth;
pub mod classic;
pub mod client;
pub mod commands;
pub mod differential;
pub mod face;
pub mod framing;
pub mod gateway;
pub mod gateway_server;
#[cfg(feature = "generators")]
pub mod generators;
pub mod mapping;
pub mod mime;
pub mod payload;
pub mod people;
pub mod proxied;
pub mod sign_in;
pub mod soap;
pub mod upstream;

// The client's own tests have a server of every dialect, which follows a script, and the network to it.
#[path = "../../msnp-client/tests/classic/recorded.rs"]
#[expect(dead_code, reason = "the client's tests need more of it")]
mod recorded;
#[path = "../../msnp-client/tests/classic/server.rs"]
#[expect(dead_code, reason = "the client's tests need more of it")]
mod server;
#[path = "../../msnp-client/tests/classic/web.rs"]
mod web;
#[path = "../../msnp-client/tests/classic/world.rs"]
#[expect(dead_code, reason = "the client's tests need more of it")]
mod world;

/// Takes any bytes; panics if they show that something does not hold.
pub type Property = fn(&[u8]);

/// Every target and its property; `seeds/` and `fuzz_targets/` have the same names.
pub const TARGETS: &[(&str, Property)] = &[
    ("framing", framing::framing),
    ("commands", commands::commands),
    ("command_bodies", commands::bodies),
    ("classic_commands", classic::commands),
    ("classic_words", classic::words),
    ("classic_server", face::classic),
    ("classic_client", client::classic),
    ("xml", payload::xml),
    ("layers", payload::layers),
    ("documents", payload::documents),
    ("auth", auth::auth),
    ("msn_object", auth::msn_object),
    ("mime", mime::mime),
    ("chunks", mime::chunks),
    ("join_operations", mime::join_operations),
    ("mail", mime::mail),
    ("people", people::people),
    ("proxy_header", proxied::proxy_header),
    ("forwarded", proxied::forwarded),
    ("sign_in_page", sign_in::page),
    ("gateway_reply", gateway::reply),
    ("gateway_session_operations", gateway::session_operations),
    (
        "gateway_server_operations",
        gateway_server::server_operations,
    ),
    ("mapping", mapping::lines),
    ("referrals", upstream::referrals),
    ("upstream_bytes", upstream::upstream_bytes),
    ("soap_envelope", soap::envelope),
    ("soap_result_document", soap::result_document),
    ("soap_fields", soap::soap_fields),
    ("soap_operations", soap::operations),
    ("soap_calls", soap::calls),
];
