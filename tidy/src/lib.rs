//! The rules of this workspace that no compiler knows, as tests over its sources and dependency trees.
//!
//! Each rule is a plain function from a description of sources and packages, which a test can hold in memory, to the
//! [`Breach`]es it finds there: one file below `rules/` for each, with tests that plant a breach and find it. `tests/workspace.rs`
//! runs them over this workspace, so `cargo test --workspace` knows them:
//!
//! | rule | says |
//! |---|---|
//! | [`circle`](rules::circle) | no two files of a crate use each other, over however many others |
//! | [`foreign-field`](rules::foreign_field) | a struct's private fields are touched in its own file alone |
//! | [`visible-field`](rules::visible_field) | a type that does something shows no field to its crate |
//! | [`floor`](rules::floor) | crates depend downwards only |
//! | [`room`](rules::room) | folders that know no dialect name nothing of one |
//! | [`weight`](rules::weight) | the pure crates drag no runtime, network or database in |
//! | [`citation`](rules::citation) | what a comment cites of the protocol notes is there |
//! | [`claim`](rules::claim) | what a founding document says is held by a test that is there |
//! | [`link`](rules::link) | what a Markdown file links to in this repository is there |
//! | [`world`](rules::world) | machines are driven by the kit, the simulation and the conformance suite, not by tests of their own |
//! | [`length`](rules::length) | no file above 400 lines without its tests |
//! | [`name`](rules::name) | no module called after nothing |
//! | [`parcel`](rules::parcel) | a package that is published stands alone |
//! | [`supply`](rules::supply) | what is built in is of the registry, under a licence of a list, and not banned |
//! | [`why`](rules::why) | a long function says why, somewhere inside |
//!
//! What a published crate shows its users stands in `api/`, a text for each, which [`public_api`] writes and a test compares.
//!
//! What is not mended yet stands in `not_yet.txt`, which can only shrink: see [`NotYet`].

mod api;
mod breach;
mod comments;
mod imports;
mod markdown;
mod module_tree;
mod not_yet;
mod packages;
mod sources;
mod syntax;
mod used_paths;

pub mod rules;

pub use api::{difference, public_api};
pub use breach::Breach;
pub use not_yet::NotYet;
pub use packages::{Declared, Kind, Package, Packages};
pub use sources::Sources;
