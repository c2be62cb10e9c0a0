//! What must hold for any bytes, one function per fuzz target, one file per room.
//!
//! A property panics when it does not hold. libFuzzer calls it through `fuzz_targets/`; `tests/replay.rs`
//! calls it with every file of `seeds/<target>/`, and with damaged copies of them, under `cargo test`.
//!
//! To add a target: a function here, its line in [`TARGETS`], a file in `fuzz_targets/`, a `[[bin]]` in
//! `Cargo.toml`, seeds, and a row in `README.md`.

#[cfg(feature = "properties")]
pub mod auth;
#[cfg(feature = "properties")]
pub mod caller;
#[cfg(any(feature = "properties", feature = "generators"))]
pub mod choices;
#[cfg(feature = "properties")]
pub mod classic;
#[cfg(feature = "properties")]
pub mod classic_client;
#[cfg(feature = "properties")]
#[path = "../../msnp-cli/src"]
#[allow(
    dead_code,
    unused_imports,
    reason = "what the readers are asked for by `msnp decode` alone"
)]
mod cli {
    pub(crate) mod recording;
}
#[cfg(feature = "properties")]
pub mod client;
#[cfg(feature = "properties")]
pub mod commands;
pub mod differential;
#[cfg(feature = "properties")]
pub mod face;
#[cfg(feature = "properties")]
pub mod framing;
#[cfg(feature = "properties")]
pub mod gateway;
#[cfg(feature = "properties")]
pub mod gateway_ends;
#[cfg(feature = "properties")]
pub mod gateway_server;
#[cfg(feature = "generators")]
pub mod generators;
#[cfg(all(feature = "properties", not(feature = "generators")))]
#[allow(unreachable_pub, reason = "others have it by the feature")]
mod generators;
#[cfg(feature = "properties")]
mod hands;
#[cfg(feature = "properties")]
mod home;
#[cfg(feature = "properties")]
mod hostile;
#[cfg(feature = "properties")]
mod house;
#[cfg(feature = "properties")]
mod in_flight;
#[cfg(feature = "properties")]
mod known_people;
#[cfg(feature = "properties")]
pub mod mapping;
#[cfg(feature = "properties")]
mod marks;
#[cfg(feature = "properties")]
pub mod mime;
#[cfg(feature = "properties")]
pub mod payload;
#[cfg(feature = "properties")]
pub mod people;
#[cfg(feature = "properties")]
pub mod proxied;
#[cfg(feature = "properties")]
pub mod recordings;
#[cfg(feature = "properties")]
pub mod runner;
#[cfg(feature = "properties")]
mod secrets;
#[cfg(feature = "properties")]
pub mod sign_in;
#[cfg(feature = "properties")]
pub mod sign_in_page;
#[cfg(feature = "properties")]
pub mod soap;
#[cfg(feature = "properties")]
mod street;
#[cfg(feature = "properties")]
mod teller;
#[cfg(feature = "properties")]
mod trace;
#[cfg(feature = "properties")]
pub mod upstream;
#[cfg(feature = "properties")]
pub mod upstream_ends;
#[cfg(feature = "properties")]
pub mod whole_server;

// The client's own tests have a server of every dialect, which follows a script, and the network to it.
#[cfg(feature = "properties")]
#[path = "../../msnp-client/tests/classic/recorded.rs"]
#[expect(dead_code, reason = "the client's tests need more of it")]
mod recorded;
#[cfg(feature = "properties")]
#[path = "../../msnp-client/tests/classic/server.rs"]
#[expect(dead_code, reason = "the client's tests need more of it")]
mod server;
#[cfg(feature = "properties")]
#[path = "../../msnp-client/tests/classic/web.rs"]
mod web;
#[cfg(feature = "properties")]
#[path = "../../msnp-client/tests/classic/world.rs"]
#[expect(dead_code, reason = "the client's tests need more of it")]
mod world;

#[cfg(all(test, feature = "properties"))]
use cli::recording;

/// Takes any bytes; panics if they show that something does not hold.
pub type Property = fn(&[u8]);

/// Every target and its property; `seeds/` and `fuzz_targets/` have the same names.
#[cfg(feature = "properties")]
pub const TARGETS: &[(&str, Property)] = &[
    ("framing", framing::framing),
    ("commands", commands::commands),
    ("command_bodies", commands::bodies),
    ("classic_commands", classic::commands),
    ("classic_words", classic::words),
    ("classic_server", face::classic),
    ("classic_client", classic_client::classic),
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
    ("sign_in_page", sign_in_page::page),
    ("gateway_reply", gateway::reply),
    ("gateway_session_operations", gateway::session_operations),
    (
        "gateway_server_operations",
        gateway_server::server_operations,
    ),
    ("gateway_ends", gateway_ends::gateway_ends),
    ("client", client::client),
    ("caller", caller::caller),
    ("whole_server", whole_server::server),
    ("upstream_ends", upstream_ends::upstream_ends),
    ("sign_in", sign_in::sign_in),
    ("cookies", sign_in::cookies),
    ("runner", runner::runner),
    ("recordings", recordings::recordings),
    ("mapping", mapping::lines),
    ("referrals", upstream::referrals),
    ("upstream_bytes", upstream::upstream_bytes),
    ("soap_envelope", soap::envelope),
    ("soap_result_document", soap::result_document),
    ("soap_fields", soap::soap_fields),
    ("soap_operations", soap::operations),
    ("soap_calls", soap::calls),
];
