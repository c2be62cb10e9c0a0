//! The driver put through every duty of a driver.

mod drive;

use drive::Reqwest;

driver_conformance::suite!(Reqwest);
