//! What a guest is, who starts it, and what it is told.

use std::io;
use std::time::Duration;

use crate::Lacks;

/// A guest program at work. Dropping it ends it.
pub trait Guest {
    /// Whether it has come to its end by itself.
    fn is_over(&mut self) -> bool;

    /// How much time the processors have spent on it so far; `None` where nobody can tell.
    fn processor_time(&self) -> Option<Duration> {
        None
    }

    /// The most memory that it has had at once so far, in bytes; `None` where nobody can tell.
    fn peak_memory(&self) -> Option<usize> {
        None
    }
}

/// Starts guests.
pub trait Launch {
    /// Starts one with these arguments.
    ///
    /// # Errors
    /// If there is no such program.
    fn launch(&self, arguments: &Arguments) -> io::Result<Box<dyn Guest>>;
}

/// What a guest is told when it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Arguments {
    /// The gateway's address, an `http` URL with a path.
    pub gateway: String,
    /// For how long its session waits for a reply: whole seconds.
    pub patience: Duration,
}

impl Arguments {
    /// For a gateway at this address; a session there waits for so many whole seconds.
    pub fn new(gateway: impl Into<String>, patience: Duration) -> Self {
        Self {
            gateway: gateway.into(),
            patience,
        }
    }
}

/// What a driver says of itself.
#[derive(Copy, Clone, Debug, Default)]
#[non_exhaustive]
pub struct Claims {
    /// What it cannot do. Of a guest, `not_sent_when_refused`, `chosen_headers`, `cancel_closes` and `known` are looked at.
    pub lacks: Lacks,
    /// Its host keeps cookies, and its session asks for them.
    pub keeps_cookies: bool,
}
