//! The IM accounts that are signed in at other servers, and what that takes.

use msnp_server::imsoap::Upstream;
use transport_reqwest::{Http, HttpOptions, OptionsError};

use crate::config::ServiceConfig;
use crate::engine::{Engine, Input};
use crate::relay::Relay;

/// Whether other servers could be reached, if they have to be.
///
/// # Errors
/// [`OptionsError`] of what is configured of the way there.
pub(crate) fn check(config: &ServiceConfig) -> Result<(), OptionsError> {
    if is_wanted(config) {
        network(&config.upstream_network)?;
    }
    Ok(())
}

/// What makes the server's own requests and streams, if it makes any.
///
/// # Errors
/// As [`check`].
pub(crate) fn relay(
    config: &ServiceConfig,
    engine: &Engine,
) -> Result<Option<Relay>, OptionsError> {
    if !is_wanted(config) {
        return Ok(None);
    }
    let (http, engine) = (network(&config.upstream_network)?, engine.clone());
    Ok(Some(Relay::start(http, move |told| {
        engine.tell(Input::Relayed(told));
    })))
}

fn is_wanted(config: &ServiceConfig) -> bool {
    let domains = config.upstream_domains.iter();
    let of_domains = domains.map(|(_, upstream)| upstream);
    of_domains
        .chain([&config.upstream])
        .any(Upstream::is_elsewhere)
}

fn network(options: &HttpOptions) -> Result<Http, OptionsError> {
    Ok(Http::new(options.client()?).streams(options.tcp()?))
}
