//! What can be set of the IM web service's rules.

use std::time::Duration;

use machine_contract::UtcOffset;
use soap_codec::bsim::ResultEncoding;

use crate::network::WithoutReceipt;

/// Times and bounds of the IM web service.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Without a call for this long a session is over. Default 60 s; callers of the original called
    /// every 5 s (soap.md 6).
    pub silence: Duration,
    /// The zone of the times in `LoginTime` and `OnLogin`, which do not name it (soap.md 2.3). The
    /// original's was seven hours behind UTC. Default UTC.
    pub utc_offset: UtcOffset,
    /// How the result document lies in the answer to `KeepSessionAlive`. Default: as escaped text.
    pub result_encoding: ResultEncoding,
    /// Whether answers carry the headers by which the original's could be told: `Server`, `X-Powered-By` twice and
    /// `X-AspNet-Version`, as captured (soap.md 2.1). They say what is not so. Default `false`.
    pub as_captured: bool,
    /// Sessions at once. Default 10,000.
    pub sessions: usize,
    /// Sessions of one service account at once. Default 64.
    pub sessions_per_user: usize,
    /// IM accounts of one session. Default 16.
    pub accounts_per_session: usize,
    /// Log lines, and messages that the network does not keep, that wait for one IM account to be fetched. Default 1,000
    /// of each.
    pub queued_entries: usize,
    /// Bytes of text of such messages that wait for one IM account. Default 256 KiB.
    pub queued_bytes: usize,
    /// Messages and changes of status of one IM account whose fate is open. Default 256.
    pub open_requests: usize,
    /// What becomes of messages that a caller was given and, by all that can be known, has read, since a proxy may have
    /// lost them. Within a [`Server`](crate::Server) the network's choice holds
    /// ([`network::Config::without_receipt`](crate::network::Config::without_receipt)), and *twice* means that the next
    /// fetch gives each message once more.
    pub without_receipt: WithoutReceipt,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(60),
            utc_offset: UtcOffset::UTC,
            result_encoding: ResultEncoding::Escaped,
            as_captured: false,
            sessions: 10_000,
            sessions_per_user: 64,
            accounts_per_session: 16,
            queued_entries: 1_000,
            queued_bytes: 256 * 1024,
            open_requests: 256,
            without_receipt: WithoutReceipt::PerhapsNever,
        }
    }
}
