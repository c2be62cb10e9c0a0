//! As which program a connection shows itself: that depends on how it proves who is there.

use msnp_proto::Guid;
use msnp_proto::msnp24::{Agent, Bind, Program};

/// As which program a connection shows itself (msnp24.md 6.3). No value is checked by servers; what differs is what their
/// readers were seen to get.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Guise {
    /// The library of outlook.com, whose cookies are the proof.
    Web,
    /// Skype for Linux, which shows a ticket (msnp24.md 16.4).
    Desktop,
}

impl Guise {
    /// The machine. Programs on desktops sent the same words, with no country or any.
    pub(super) fn agent() -> Agent {
        Agent::web()
    }

    /// What this instance is bound as.
    pub(super) fn bind(self, epid: Guid) -> Bind {
        let program = match self {
            Self::Web => Program::web(),
            Self::Desktop => Program {
                name: "Skype".to_owned(),
                version: "2/4.3.0.37/172".to_owned(),
                networks: None,
            },
        };
        let alternative_versions = match self {
            Self::Web => Vec::new(),
            Self::Desktop => vec![1],
        };
        Bind {
            version: 2,
            alternative_versions,
            program,
            epid,
            braced: self == Self::Web,
        }
    }

    /// The number that says the kind of program in the presence document (msnp24.md 8).
    pub(super) const fn client_type(self) -> &'static str {
        match self {
            Self::Web => "2",
            Self::Desktop => "14",
        }
    }
}
