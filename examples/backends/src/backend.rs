//! The backends in Rust: what each is called, how it stands to the duties, and its guest program. Each is
//! declared where its own test is, so that test and table judge by the same.

use std::time::Duration;

use driver_conformance::{Report, guests};
use gateway_sm::{ConfigError, Session};

#[path = "../../blocking/tests/conformance.rs"]
mod blocking;
#[path = "../../curl/tests/conformance.rs"]
mod curl;
#[path = "../../hyper/tests/conformance.rs"]
mod hyper;
#[path = "../../../transport-reqwest/tests/conformance.rs"]
mod reqwest;
#[path = "../../smol/tests/conformance.rs"]
mod smol;

/// A backend in Rust.
pub(crate) struct Backend {
    pub(crate) name: &'static str,
    /// How it stands to what can be seen from inside.
    pub(crate) judged: fn() -> Report,
    /// Its guest program.
    pub(crate) guest: fn(&str, Duration) -> Result<(), ConfigError>,
    /// What a guest of it cannot do.
    pub(crate) cannot_close: Option<&'static str>,
    /// What its guest does not hold, and nobody here can mend.
    pub(crate) known: &'static [(&'static str, &'static str)],
}

const THREADS: Option<&str> = Some("a thread in the library cannot be stopped from outside");

/// Of libcurl itself, in whichever language. Debian's 7.88 does not.
pub(crate) const LIBCURL: &[(&str, &str)] = &[(
    "escapes_keep_their_letters",
    "newer versions of libcurl write the digits of escapes in capitals, which mean the same",
)];

/// One column of the table each.
pub(crate) static BACKENDS: [Backend; 5] = [
    Backend {
        name: "reqwest",
        judged: reqwest::conformance,
        guest: guests::run::<reqwest::Reqwest<Session>>,
        cannot_close: None,
        known: &[],
    },
    Backend {
        name: "hyper",
        judged: hyper::conformance,
        guest: guests::run::<hyper::OnHyper<Session>>,
        cannot_close: None,
        known: &[],
    },
    Backend {
        name: "smol",
        judged: smol::conformance,
        guest: guests::run::<smol::OnSmol<Session>>,
        cannot_close: None,
        known: &[],
    },
    Backend {
        name: "ureq",
        judged: blocking::conformance,
        guest: guests::run::<blocking::Blocking<Session>>,
        cannot_close: THREADS,
        known: &[],
    },
    Backend {
        name: "curl",
        judged: curl::conformance,
        guest: guests::run::<curl::OnCurl<Session>>,
        cannot_close: THREADS,
        known: LIBCURL,
    },
];
