//! What must never be written anywhere, and a log of everything to look for it in.

use std::io;
use std::sync::{Mutex, Once, PoisonError};

/// The password of the service account.
pub(crate) const PASSWORD: &str = "pass-word-of-testing";
/// The password of the IM accounts.
pub(crate) const IM_PASSWORD: &str = "im-secret-of-all";

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Keeps what the whole process logs, at every level.
pub(crate) fn listen_to_the_log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(|| Log)
            .init();
    });
}

/// What was logged so far.
pub(crate) fn log() -> String {
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    String::from_utf8_lossy(&log).into_owned()
}

struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
        log.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
