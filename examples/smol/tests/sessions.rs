//! A session behind faults, driven by smol.

mod drive;

use drive::OnSmol;

driver_conformance::session_suite!(OnSmol);
