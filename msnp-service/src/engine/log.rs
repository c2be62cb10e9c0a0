//! What the machine does, in the operator's log.

use msnp_server::identity::Who;
use msnp_server::{Log, imsoap};

/// Writes one line, with nothing in it that is secret or anybody's words.
pub(super) fn log(line: &Log) {
    match line {
        Log::Opened {
            connection,
            signed_in,
        } => tracing::debug!(connection = connection.0, signed_in, "session opened"),
        Log::SignedIn { connection, who } => {
            tracing::info!(connection = connection.0, account = %who.skype_id(), "signed in");
        }
        Log::SignedInAtPage { who } => {
            tracing::info!(account = %who.skype_id(), "signed in at the page");
        }
        Log::Announced { people } => tracing::info!(people, "something was announced"),
        Log::ImSoap(line) => log_imsoap(line),
        Log::NotKeepingUp { connection } => {
            tracing::debug!(connection = connection.0, "a client does not keep up");
        }
        Log::StreamRefused { peer } => {
            tracing::debug!(%peer, "a stream too many, of all or from there");
        }
        Log::StreamDisplaced { connection } => {
            tracing::debug!(connection = connection.0, "a stream gave way");
        }
        Log::StreamEnded { connection, end } => {
            tracing::debug!(connection = connection.0, ?end, "stream ended");
        }
        Log::Closed { connection, reason } => {
            tracing::debug!(connection = connection.0, ?reason, "session closed");
        }
        _ => {}
    }
}

/// Somebody is no longer signed in by a connection.
pub(super) fn log_signed_out(who: &Who) {
    tracing::info!(account = %who.skype_id(), "signed out");
}

fn log_imsoap(line: &imsoap::Log) {
    match line {
        imsoap::Log::LoggedIn { user, peer } => {
            tracing::info!(%user, %peer, "logged in at the IM web service");
        }
        imsoap::Log::Called {
            operation,
            error: None,
        } => tracing::debug!(%operation, "IM web service"),
        imsoap::Log::Called {
            operation,
            error: Some(denied),
        } => tracing::debug!(%operation, %denied, "IM web service"),
        imsoap::Log::Refused(refusal) => tracing::debug!(%refusal, "IM web service"),
        imsoap::Log::Unwritable { operation, error } => {
            tracing::error!(%operation, %error, "a reply cannot be written");
        }
        _ => {}
    }
}
