//! The driver put through every duty of a driver.

mod drive;

use drive::OnHyper;

driver_conformance::suite!(
    OnHyper,
    Lacks {
        host_cookies: "keeps no cookies: the machine does",
        streams: "HTTP only",
    },
);
