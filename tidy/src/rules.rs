//! The rules, a file for each.

mod circles;
mod citations;
mod claims;
mod floors;
mod foreign_fields;
mod length;
mod links;
mod names;
mod parcels;
mod rooms;
mod supply;
mod visible_fields;
mod weight;
mod why;
mod worlds;

pub use circles::circle;
pub use citations::citation;
pub use claims::claim;
pub use floors::floor;
pub use foreign_fields::foreign_field;
pub use length::length;
pub use links::link;
pub use names::name;
pub use parcels::parcel;
pub use rooms::room;
pub use supply::supply;
pub use visible_fields::visible_field;
pub use weight::weight;
pub use why::why;
pub use worlds::world;
