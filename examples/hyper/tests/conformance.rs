//! The driver put through every duty of a driver.

mod drive;

pub(crate) use drive::OnHyper;

driver_conformance::suite!(OnHyper);
