//! A driver that holds every duty: none asks for what cannot be done.

#[allow(dead_code, reason = "not every flaw is for every test")]
mod model;

use model::{Model, flaw};

type Right<M> = Model<M, { flaw::NONE }>;

driver_conformance::suite!(Right);
