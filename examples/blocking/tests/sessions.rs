//! A session behind faults, driven by threads and ureq.

mod drive;

use drive::Blocking;

driver_conformance::session_suite!(Blocking);
