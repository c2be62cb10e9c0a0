//! A whole client behind faults, driven by threads and ureq.

mod drive;

use drive::Blocking;

driver_conformance::client_suite!(Blocking);
