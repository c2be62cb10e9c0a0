//! A whole client behind faults, driven by reqwest.

mod drive;

use drive::Reqwest;

driver_conformance::client_suite!(Reqwest);
