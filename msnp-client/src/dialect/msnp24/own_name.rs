//! Under which name the service knows oneself (msnp24.md 4, 6.3). It says so in `X-MSN-SkypeId`, but not
//! every service does, and one that does not may refuse the login name. Then the first frame that is addressed
//! to oneself says it.

use machine_contract::Instant;
use msnp_proto::{Address, Guid, Network};

use crate::dialect::layered::address::address_of;
use crate::id::ContactId;

/// How many names are tried before giving up: the login name, and what frames have shown.
const MOST_TRIED: usize = 5;

/// Oneself on one connection.
#[derive(Debug)]
pub(super) struct OwnName {
    /// What the configuration says.
    configured: Option<Address>,
    /// The login name, if it is an address. It is one of one's names, but not every service takes it.
    login: Option<Address>,
    endpoint: Guid,
    /// With the endpoint: what stands in `From`.
    used: Option<Address>,
    standing: Standing,
    /// Names that frames have shown.
    heard: Vec<Heard>,
    tried: Vec<Address>,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Standing {
    /// Somebody who knows has said it.
    Certain,
    /// It is tried whether the service takes it.
    Tried,
    /// The service takes it, and may call oneself otherwise all the same.
    Accepted,
    /// Another one is needed, and may be shown by a frame until then.
    Wanted(Instant),
}

#[derive(Clone, Debug)]
struct Heard {
    name: Address,
    /// The frame says plainly that it is for this name. A message may as well be a copy of one that another
    /// endpoint of one's own has sent, and then it is the sender who is meant.
    is_sure: bool,
}

impl OwnName {
    pub(super) fn new(configured: Option<&ContactId>, login: Option<&str>, endpoint: Guid) -> Self {
        let login = login.filter(|login| login.contains('@'));
        Self {
            configured: configured.and_then(address_of),
            login: login.and_then(|login| Address::new(Network::PASSPORT, login).ok()),
            endpoint,
            used: None,
            standing: Standing::Tried,
            heard: Vec::new(),
            tried: Vec::new(),
        }
    }

    /// Oneself with this endpoint, as far as that is known.
    pub(super) const fn used(&self) -> Option<&Address> {
        self.used.as_ref()
    }

    /// Until when a frame may show the name; `None` while none is missing.
    pub(super) const fn wanted_until(&self) -> Option<Instant> {
        match self.standing {
            Standing::Wanted(until) => Some(until),
            Standing::Certain | Standing::Tried | Standing::Accepted => None,
        }
    }

    pub(super) const fn endpoint(&self) -> Guid {
        self.endpoint
    }

    /// Whether this is oneself, by whichever name.
    pub(super) fn is(&self, address: &Address) -> bool {
        let is_own = |own: &Address| own.same_account(address);
        self.used.as_ref().is_some_and(is_own)
            || self.login.as_ref().is_some_and(is_own)
            || self.also().is_some_and(is_own)
    }

    /// How the service calls oneself, if that is not the name that it has accepted.
    pub(super) fn also(&self) -> Option<&Address> {
        let sure = self.heard.iter().find(|heard| heard.is_sure);
        sure.filter(|_| self.standing == Standing::Accepted)
            .map(|heard| &heard.name)
    }

    /// The service has accepted the sign-in, and `told` is under which name, if it says so. The name to use,
    /// if there is one.
    pub(super) fn choose(&mut self, told: Option<&str>) -> Option<Address> {
        let told = told.and_then(|name| Address::new(Network::SKYPE, name).ok());
        let certain = self.configured.clone().or(told);
        if certain.is_some() {
            self.standing = Standing::Certain;
        }
        let name = certain.or_else(|| self.login.clone())?;
        Some(self.adopt(&name))
    }

    /// A frame says that it is for `name`.
    pub(super) fn hear(&mut self, name: &Address, is_sure: bool) {
        let name = name.account();
        let is_known =
            self.tried.contains(&name) || self.heard.iter().any(|heard| heard.name == name);
        if self.standing != Standing::Certain
            && !name.is_thread()
            && !self.is(&name)
            && !is_known
            && self.tried.len() + self.heard.len() < MOST_TRIED
        {
            self.heard.push(Heard { name, is_sure });
        }
    }

    /// Whether the service may refuse the name that is used because it is not the right one.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.standing == Standing::Tried
    }

    /// There is no name, or the service does not take the one that was used: another one is waited for.
    pub(super) const fn want(&mut self, until: Instant) {
        self.standing = Standing::Wanted(until);
    }

    /// Another name to try, if one is wanted and was heard.
    pub(super) fn next(&mut self) -> Option<Address> {
        if !matches!(self.standing, Standing::Wanted(_)) || self.heard.is_empty() {
            return None;
        }
        let heard = self.heard.remove(0);
        self.standing = Standing::Tried;
        Some(self.adopt(&heard.name))
    }

    /// The service has taken the name.
    pub(super) fn accept(&mut self) {
        if self.standing == Standing::Tried {
            self.standing = Standing::Accepted;
        }
    }

    fn adopt(&mut self, name: &Address) -> Address {
        self.tried.push(name.account());
        let used = name.with_epid(self.endpoint);
        self.used = Some(used.clone());
        used
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        text.parse().expect("an address")
    }

    fn own(login: Option<&str>) -> OwnName {
        OwnName::new(None, login, Guid::from_bytes([1; 16]))
    }

    #[test]
    fn what_the_service_says_is_certain_and_the_login_name_is_oneself_too() {
        let mut own = own(Some("alice@x.org"));
        assert_eq!(
            own.choose(Some("live:alice"))
                .expect("told")
                .account()
                .as_str(),
            "8:live:alice"
        );
        own.hear(&address("8:bob"), true);
        assert!(!own.is_in_doubt() && own.next().is_none() && own.also().is_none());
        assert!(own.is(&address(
            "1:alice@x.org;epid={00155193-decb-dc89-95e0-43bd987ed463}"
        )));
        assert!(!own.is(&address("8:bob")));
    }

    #[test]
    fn names_that_were_refused_are_not_tried_again_and_there_are_few() {
        let mut own = own(Some("alice@x.org"));
        assert!(own.choose(None).is_some() && own.is_in_doubt());
        own.hear(&address("1:alice@x.org"), true);
        for number in 0..100 {
            own.hear(&address(&format!("8:n{number}")), false);
            own.hear(&address("8:n0"), false);
        }
        let mut tried = 0;
        loop {
            own.want(Instant::ORIGIN);
            match own.next() {
                Some(_) => tried += 1,
                None => break,
            }
            own.hear(&address("8:n0"), false);
        }
        assert_eq!(tried, MOST_TRIED - 1);
    }

    #[test]
    fn a_service_that_takes_the_login_name_may_have_another_one() {
        let mut own = own(Some("alice@x.org"));
        own.choose(None);
        own.hear(&address("8:bob"), false);
        own.hear(&address("8:live:alice"), true);
        assert_eq!(own.also(), None, "not accepted yet");
        own.accept();
        assert_eq!(own.also(), Some(&address("8:live:alice")));
        assert!(own.is(&address("8:live:alice")) && !own.is(&address("8:bob")));
    }
}
