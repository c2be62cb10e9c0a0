//! How often each of those who chat writes.

use std::time::Duration;

/// Well within what one person may send for ever.
pub(super) const EVERY: Duration = Duration::from_millis(700);
