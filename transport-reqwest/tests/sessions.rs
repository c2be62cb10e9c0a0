//! A session behind faults, driven by reqwest.

mod drive;

use drive::Reqwest;

driver_conformance::session_suite!(Reqwest);
