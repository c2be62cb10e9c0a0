//! `Connector`, what every connection of a client is made with.

use gateway_sm::Mode;
use msnp_proto::{Dialect, Guid, Secret};

use crate::access::Access;
use crate::config::Settings;
use crate::dialect::{Connection, Family};
use crate::event::Reason;
use crate::fact::Errand;
use crate::link::{GatewayLink, Link, Proof, StreamLink};
use crate::opening::{Opening, Passport};
use crate::place::Place;
use crate::request::Profile;
use crate::sign_in::AuthTokens;

/// The configuration, how one shows oneself now, and which endpoint this is.
#[derive(Debug)]
pub(crate) struct Connector {
    settings: Settings,
    profile: Profile,
    endpoint: Guid,
    /// Which of the dialects is offered.
    offered: usize,
}

impl Connector {
    pub(crate) fn new(settings: Settings, endpoint: Guid) -> Self {
        let profile = Profile {
            status: settings.status,
            display_name: settings.display_name.clone(),
            personal_message: settings.personal_message.clone(),
            endpoint_name: settings.endpoint_name.clone(),
            idle: false,
            picture: None,
        };
        Self {
            settings,
            profile,
            endpoint,
            offered: 0,
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

    /// The dialect that is spoken, or offered next.
    pub(crate) fn dialect(&self) -> Dialect {
        let dialects = &self.settings.dialects;
        dialects
            .get(self.offered)
            .copied()
            .unwrap_or(Dialect::MSNP24)
    }

    /// The folder in which that one is spoken.
    pub(crate) fn family(&self) -> Family {
        let family = self.settings.family;
        family.unwrap_or_else(|| Family::of(self.dialect()))
    }

    /// The one that was offered is not taken. False: that was the last, and the first is the next.
    pub(crate) fn offer_next(&mut self) -> bool {
        self.offered += 1;
        let is_there = self.offered < self.settings.dialects.len();
        if !is_there {
            self.offered = 0;
        }
        is_there
    }

    /// Begins a connection, for an errand, with `state` of whoever has led there, beside others of which `held` keep polls waiting.
    ///
    /// # Errors
    /// Why it cannot even be tried.
    pub(crate) fn connect(
        &self,
        tokens: &AuthTokens,
        place: &Place,
        (errand, state): (Errand, Option<Secret<String>>),
        entropy: [u8; 32],
        held: usize,
    ) -> Result<Connection, Reason> {
        let settings = &self.settings;
        let opening = Opening {
            link: self.link(tokens, place, held)?,
            tokens,
            errand,
            state,
            dialect: self.dialect(),
            passport: self.passport(),
            entropy,
            hosts: &settings.host_policy,
            account: settings.account.as_ref(),
            login: settings.access.login(),
            profile: self.profile.clone(),
            endpoint: self.endpoint,
            limits: settings.limits,
            request: settings.timings.request,
            command: settings.timings.command,
            farewell: settings.timings.farewell,
            keep_alive: settings.timings.keep_alive,
            tell_frames: settings.frames,
            hold_messages: settings.acknowledge_by_hand,
        };
        Ok(Connection::open(self.family(), opening))
    }

    fn link(&self, tokens: &AuthTokens, place: &Place, held: usize) -> Result<Link, Reason> {
        let settings = &self.settings;
        let (uri, open) = match place {
            Place::Stream(remote) => {
                let stream = StreamLink::new(remote.clone(), settings.timings.request);
                return Ok(Link::Stream(Box::new(stream)));
            }
            Place::Gateway { uri, open } => (uri, open.clone()),
        };
        let proof = match (&settings.access, &tokens.cookies) {
            (Access::Passport { .. }, _) => Proof::Nothing,
            (_, Some(cookies)) => Proof::Cookies(cookies),
            (_, None) => Proof::HostCookies,
        };
        // Where a stream leads to a gateway, that is where the policy starts from.
        let home = match settings.access.place() {
            Place::Gateway { uri, .. } => uri,
            Place::Stream(_) => uri.clone(),
        };
        let is_allowed = settings.access.plain_http();
        if is_allowed.is_some_and(|plain| !plain.allows(uri)) {
            return Err(Reason::PlainHttp);
        }
        let (mut options, hosts) = (settings.gateway, &settings.host_policy);
        if held >= options.most_held {
            options.mode = Mode::Serial;
        }
        let link = GatewayLink::open((uri, open), &home, proof, options, hosts)?;
        Ok(Link::Gateway(Box::new(link)))
    }

    fn passport(&self) -> Option<Passport<'_>> {
        match &self.settings.access {
            Access::Passport {
                network,
                login,
                password,
            } => Some(Passport {
                login,
                password,
                web: network.web(),
            }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::link::GatewayOptions;
    use crate::network::Network;

    #[test]
    fn of_many_sessions_only_as_many_as_may_keep_polls_waiting() {
        let network = Network::gateway("http://gw.example", "http://web.example");
        let access = Access::passport(network.expect("addresses"), "alice@example.com", "secret");
        let options = GatewayOptions {
            mode: Mode::Parallel,
            most_held: 2,
            ..GatewayOptions::default()
        };
        let config = Config::new(access, [7; 32]).gateway(options);
        let settings = config.expect("a session can be so").into_settings();
        let place = settings.access.place();
        let connector = Connector::new(settings, Guid::from_bytes([1; 16]));
        let tokens = AuthTokens {
            cookies: None,
            uic: None,
        };
        for held in 0..4 {
            let purpose = (Errand::SignIn, None);
            let connection = connector.connect(&tokens, &place, purpose, [1; 32], held);
            let connection = connection.expect("it can be tried");
            assert_eq!(connection.as_link().may_be_held(), held < 2, "{held}");
        }
    }
}
