//! What a scenario starts with, and how patient it is.

use std::time::Duration;

use gateway_sm::Mode;
use msnp_client::Config;
use msnp_service::ServiceConfig;

/// What a scenario starts with.
pub(crate) struct Setting {
    pub(crate) mode: Mode,
    /// What takes longer than this to be answered is lost.
    pub(crate) prompt: Duration,
    pub(crate) service: fn(&mut ServiceConfig),
    pub(crate) client: fn(Config) -> Config,
    /// `undrained` of the client, and of the session in it.
    pub(crate) undrained: usize,
}

impl Setting {
    /// Nothing but the mode is special.
    pub(crate) fn of(mode: Mode) -> Self {
        Self {
            mode,
            prompt: PROMPT,
            service: |_| {},
            client: |config| config,
            undrained: msnp_client::Limits::default().undrained,
        }
    }

    /// For replies that do not come: what does come is there in time on a machine with other work, too.
    pub(crate) fn impatient(mode: Mode) -> Self {
        Self {
            prompt: IMPATIENT,
            ..Self::of(mode)
        }
    }
}

/// No reply is given up on any machine.
const PROMPT: Duration = Duration::from_secs(50);

/// Much longer than an answer takes even on a machine with other work.
pub(crate) const IMPATIENT: Duration = Duration::from_secs(5);
