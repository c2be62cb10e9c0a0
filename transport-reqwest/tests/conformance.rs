//! The driver put through every duty of a driver.

mod drive;

pub(crate) use drive::Reqwest;

driver_conformance::suite!(Reqwest);
