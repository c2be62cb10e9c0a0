//! What must hold for any bytes, one function per fuzz target, one file per room.
//!
//! A property panics when it does not hold. libFuzzer calls it through `fuzz_targets/`; `tests/replay.rs`
//! calls it with every file of `seeds/<target>/`, and with damaged copies of them, under `cargo test`.
//!
//! To add a target: a function here, its line in [`TARGETS`], a file in `fuzz_targets/`, a `[[bin]]` in
//! `Cargo.toml`, seeds, and a row in `README.md`.

pub mod differential;

#[cfg(any(feature = "properties", feature = "generators"))]
pub mod choices;
#[cfg(any(feature = "properties", feature = "generators"))]
pub mod generators;

#[cfg(feature = "properties")]
pub use properties::*;

/// What whoever fuzzes something of their own does without: the one place that asks for the feature.
#[cfg(feature = "properties")]
#[path = "."]
mod properties {
    pub mod auth;
    pub mod caller;
    pub mod classic;
    pub mod classic_client;
    pub mod client;
    pub mod commands;
    pub mod face;
    pub mod framing;
    pub mod gateway;
    pub mod gateway_ends;
    pub mod gateway_server;
    pub mod mapping;
    pub mod mime;
    pub mod payload;
    pub mod people;
    pub mod proxied;
    pub mod recordings;
    pub mod runner;
    pub mod sign_in;
    pub mod sign_in_page;
    pub mod soap;
    pub mod upstream;
    pub mod upstream_ends;
    pub mod whole_server;

    pub(crate) mod hands;
    pub(crate) mod home;
    pub(crate) mod hostile;
    pub(crate) mod house;
    pub(crate) mod in_flight;
    pub(crate) mod known_people;
    pub(crate) mod marks;
    pub(crate) mod secrets;
    pub(crate) mod street;
    pub(crate) mod teller;
    pub(crate) mod trace;

    #[path = "../../msnp-cli/src"]
    #[allow(
        dead_code,
        unused_imports,
        reason = "what the readers are asked for by `msnp decode` alone"
    )]
    pub(crate) mod cli {
        pub(crate) mod recording;
    }

    // The client's own tests have a server of every dialect, which follows a script, and the network to it.
    #[path = "../../msnp-client/tests/classic/recorded.rs"]
    #[expect(dead_code, reason = "the client's tests need more of it")]
    pub(crate) mod recorded;
    #[path = "../../msnp-client/tests/classic/server.rs"]
    #[expect(dead_code, reason = "the client's tests need more of it")]
    pub(crate) mod server;
    #[path = "../../msnp-client/tests/classic/web.rs"]
    pub(crate) mod web;
    #[path = "../../msnp-client/tests/classic/world.rs"]
    #[expect(dead_code, reason = "the client's tests need more of it")]
    pub(crate) mod world;

    #[cfg(test)]
    pub(crate) use cli::recording;
}

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
