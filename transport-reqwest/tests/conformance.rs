//! The driver put through every duty of a driver.

mod drive;

use drive::Reqwest;

driver_conformance::suite!(
    Reqwest,
    Lacks {
        host_cookies: "keeps no cookies: the machine does",
    },
);
