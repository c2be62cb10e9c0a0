//! A session behind faults, driven by hyper.

mod drive;

use drive::OnHyper;

driver_conformance::session_suite!(OnHyper);
