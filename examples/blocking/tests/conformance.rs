//! The blocking driver put through every duty of a driver.

mod drive;

pub(crate) use drive::Blocking;

driver_conformance::suite!(
    Blocking,
    Lacks {
        streams: "HTTP only",
        background: "works in the thread that asks for events",
        cancel_closes: "a thread in ureq cannot be stopped from outside",
    },
);
