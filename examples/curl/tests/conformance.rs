//! The driver over libcurl put through every duty of a driver.

mod drive;

pub(crate) use drive::OnCurl;

driver_conformance::suite!(
    OnCurl,
    Lacks {
        streams: "HTTP only",
        background: "works in the thread that asks for events",
        cancel_closes: "a thread in libcurl cannot be stopped from outside",
        kept_connections: "on one that has died libcurl would send again",
        header_values_beyond_ascii: "the binding takes text",
    },
    Known {
        // Debian's 7.88 does not.
        escapes_keep_their_letters: "newer versions of libcurl write the digits of escapes in capitals, which mean the same",
    },
);
