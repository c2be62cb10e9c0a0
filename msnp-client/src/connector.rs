//! `Connector`, what every connection of a client is made with.

use http::Uri;
use msnp_proto::Guid;

use crate::config::Config;
use crate::dialect::Connection;
use crate::event::Reason;
use crate::link::{GatewayLink, Link};
use crate::opening::Opening;
use crate::request::Profile;
use crate::sign_in::AuthTokens;

/// The configuration, how one shows oneself now, and which endpoint this is.
#[derive(Debug)]
pub(crate) struct Connector {
    config: Config,
    profile: Profile,
    endpoint: Guid,
}

impl Connector {
    pub(crate) fn new(config: Config, endpoint: Guid) -> Self {
        let profile = Profile {
            status: config.status,
            display_name: config.display_name.clone(),
            personal_message: config.personal_message.clone(),
            endpoint_name: config.endpoint_name.clone(),
            idle: false,
        };
        Self {
            config,
            profile,
            endpoint,
        }
    }

    pub(crate) const fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Changes how one shows oneself, on connections that are made from now on.
    pub(crate) fn change_profile(&mut self, change: impl FnOnce(&mut Profile)) {
        change(&mut self.profile);
    }

    /// Begins a connection at `target`, with `state` of whoever has led there.
    ///
    /// # Errors
    /// Why it cannot even be tried.
    pub(crate) fn connect(
        &self,
        tokens: &AuthTokens,
        target: &Uri,
        state: Option<String>,
    ) -> Result<Connection, Reason> {
        let config = &self.config;
        let home = config.access.gateway();
        let link = GatewayLink::open(target, home, tokens, config.gateway, &config.host_policy)?;
        let opening = Opening {
            link: Link::Gateway(link),
            tokens,
            state,
            account: config.account.as_ref(),
            login: config.access.login(),
            profile: self.profile.clone(),
            endpoint: self.endpoint,
            limits: config.limits,
            command: config.timings.command,
            farewell: config.timings.farewell,
            keep_alive: config.timings.keep_alive,
            tell_frames: config.frames,
            hold_messages: config.acknowledge_by_hand,
        };
        Ok(Connection::open(config.dialect, opening))
    }
}
