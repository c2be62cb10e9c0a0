//! `Connector`, what every connection of a client is made with.

use http::Uri;
use msnp_proto::Guid;

use crate::config::Settings;
use crate::dialect::Connection;
use crate::event::Reason;
use crate::link::{GatewayLink, Link};
use crate::opening::Opening;
use crate::request::Profile;
use crate::sign_in::AuthTokens;

/// The configuration, how one shows oneself now, and which endpoint this is.
#[derive(Debug)]
pub(crate) struct Connector {
    settings: Settings,
    profile: Profile,
    endpoint: Guid,
}

impl Connector {
    pub(crate) fn new(settings: Settings, endpoint: Guid) -> Self {
        let profile = Profile {
            status: settings.status,
            display_name: settings.display_name.clone(),
            personal_message: settings.personal_message.clone(),
            endpoint_name: settings.endpoint_name.clone(),
            idle: false,
        };
        Self {
            settings,
            profile,
            endpoint,
        }
    }

    pub(crate) const fn settings(&self) -> &Settings {
        &self.settings
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
        let settings = &self.settings;
        let home = settings.access.gateway();
        let link = GatewayLink::open(
            target,
            home,
            tokens,
            settings.gateway,
            &settings.host_policy,
            settings.access.plain_http(),
        )?;
        let opening = Opening {
            link: Link::Gateway(link),
            tokens,
            state,
            account: settings.account.as_ref(),
            login: settings.access.login(),
            profile: self.profile.clone(),
            endpoint: self.endpoint,
            limits: settings.limits,
            command: settings.timings.command,
            farewell: settings.timings.farewell,
            keep_alive: settings.timings.keep_alive,
            tell_frames: settings.frames,
        };
        Ok(Connection::open(settings.dialect, opening))
    }
}
