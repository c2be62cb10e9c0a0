//! The driver put through every duty of a driver.

mod drive;

pub(crate) use drive::OnSmol;

driver_conformance::suite!(
    OnSmol,
    Lacks {
        streams: "HTTP only",
        kept_connections: "makes a connection for each request",
    },
);
