//! Both ways in which a notification connection speaks: its own, and the web.

use std::time::Duration;

use super::calls::Calls;
use super::purpose::{Errand, Purpose};
use crate::dialect::web::Web;

/// Commands, and requests beside them.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) calls: Calls<Purpose>,
    pub(super) web: Web<Errand>,
}

/// How long a message may take that is answered at once or never.
pub(super) const SOON: Duration = Duration::from_secs(5);
