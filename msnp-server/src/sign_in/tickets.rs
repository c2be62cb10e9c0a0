//! Sign-in tickets: what the cookies, the access token and the uic stand for.
//!
//! Kept in memory only: a restart signs everybody out, and clients then sign in afresh.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::HeaderValue;
use machine_contract::{Instant, Secret};

use crate::identity::Who;

/// How long a ticket lives: a day, as Microsoft's did (gateway.md 16.5).
pub(super) const LIFETIME: Duration = Duration::from_secs(86_400);

/// Tickets of one account that may be open at once; a further one ends the oldest.
const PER_ACCOUNT: usize = 32;

/// The length of a web client's uic, and the bytes it was seen to start with: `AAAAABnpOEW` shows
/// eight of them and two bits of the ninth (gateway.md 16.3).
const UIC_LENGTH: usize = 196;
const UIC_HEAD: [u8; 9] = [0x00, 0x00, 0x00, 0x00, 0x19, 0xe9, 0x38, 0x45, 0x80];

type Token = [u8; 32];

/// All tickets in force. They are not kept over a restart, so they run out by the clock that deadlines
/// are made of: no wall clock that is set ends or prolongs one.
#[derive(Debug, Default)]
pub(super) struct Tickets {
    by_token: BTreeMap<Token, Ticket>,
    /// Oldest first, never empty.
    by_account: BTreeMap<Who, VecDeque<Token>>,
    expiring: BTreeSet<(Instant, Token)>,
}

#[derive(Debug)]
struct Ticket {
    account: Who,
    expires: Instant,
    profile: Token,
    compact: Token,
}

/// What one sign-in grants.
pub(super) struct Granted {
    pub(super) auth: String,
    pub(super) profile: String,
    pub(super) compact: String,
}

impl Tickets {
    /// A ticket for `account`; `entropy` is 96 fresh random bytes.
    pub(super) fn grant(&mut self, account: &Who, entropy: [u8; 96], now: Instant) -> Granted {
        self.forget_expired(now);
        let [auth, profile, compact] = split(entropy);
        let expires = now + LIFETIME;
        let ticket = Ticket {
            account: account.clone(),
            expires,
            profile,
            compact,
        };
        self.by_token.insert(auth, ticket);
        self.expiring.insert((expires, auth));
        let tokens = self.by_account.entry(account.clone()).or_default();
        tokens.push_back(auth);
        if let Some(oldest) = tokens.front().copied()
            && tokens.len() > PER_ACCOUNT
        {
            self.forget(oldest);
        }
        Granted {
            auth: URL_SAFE_NO_PAD.encode(auth),
            profile: URL_SAFE_NO_PAD.encode(profile),
            compact: URL_SAFE_NO_PAD.encode(compact),
        }
    }

    /// Whose cookies these are: all three must be there and belong together.
    pub(super) fn bearer(&self, cookies: &[HeaderValue], now: Instant) -> Option<(Who, Instant)> {
        let (_, ticket) = self.ticket(cookies, now)?;
        Some((ticket.account.clone(), ticket.expires))
    }

    /// A uic for the bearer of these cookies. It is bound to the ticket: it says nothing once the
    /// ticket has ended.
    pub(super) fn uic(
        &self,
        cookies: &[HeaderValue],
        entropy: [u8; UIC_LENGTH],
        now: Instant,
    ) -> Option<Secret<String>> {
        let (token, _) = self.ticket(cookies, now)?;
        let mut uic = entropy;
        uic[..UIC_HEAD.len()].copy_from_slice(&UIC_HEAD);
        uic[UIC_HEAD.len()..][..token.len()].copy_from_slice(&token);
        Some(Secret::new(STANDARD.encode(uic)))
    }

    /// Whose uic this is.
    pub(super) fn account_of_uic(&self, uic: &str, now: Instant) -> Option<Who> {
        let bytes = STANDARD.decode(uic).ok()?;
        let token: Token = bytes.strip_prefix(&UIC_HEAD)?.get(..32)?.try_into().ok()?;
        let ticket = self.by_token.get(&token)?;
        (ticket.expires > now).then(|| ticket.account.clone())
    }

    fn ticket(&self, cookies: &[HeaderValue], now: Instant) -> Option<(Token, &Ticket)> {
        let named = |name: &str| cookies.iter().find_map(|header| token_in(header, name));
        let auth = named("MSPAuth")?;
        let ticket = self.by_token.get(&auth)?;
        let whole = named("MSPProf")? == ticket.profile && named("WLSSC")? == ticket.compact;
        (whole && ticket.expires > now).then_some((auth, ticket))
    }

    fn forget_expired(&mut self, now: Instant) {
        while let Some((expires, token)) = self.expiring.first().copied()
            && expires <= now
        {
            self.forget(token);
        }
    }

    fn forget(&mut self, token: Token) {
        let Some(ticket) = self.by_token.remove(&token) else {
            return;
        };
        self.expiring.remove(&(ticket.expires, token));
        if let Some(tokens) = self.by_account.get_mut(&ticket.account) {
            tokens.retain(|kept| *kept != token);
            if tokens.is_empty() {
                self.by_account.remove(&ticket.account);
            }
        }
    }
}

/// The value of one cookie among `name=value` pairs.
pub(super) fn cookie<'a>(header: &'a HeaderValue, name: &str) -> Option<&'a str> {
    let pairs = header.to_str().ok()?.split(';');
    pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value.trim()))
}

fn token_in(header: &HeaderValue, name: &str) -> Option<Token> {
    URL_SAFE_NO_PAD
        .decode(cookie(header, name)?)
        .ok()?
        .try_into()
        .ok()
}

fn split(entropy: [u8; 96]) -> [Token; 3] {
    let mut tokens = [Token::default(); 3];
    for (token, bytes) in tokens.iter_mut().zip(entropy.chunks_exact(32)) {
        token.copy_from_slice(bytes);
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::identity::{EmailAddress, HomeId, PersonId, SkypeId};

    fn somebody(number: u64) -> Who {
        let (name, email) = (format!("live:n{number}"), format!("n{number}@example.org"));
        Who::new(
            PersonId::new(number),
            HomeId::default(),
            SkypeId::parse(&name).unwrap(),
            EmailAddress::parse(&email).unwrap(),
        )
    }

    fn alice() -> Who {
        somebody(1)
    }

    fn header(granted: &Granted) -> [HeaderValue; 1] {
        let Granted {
            auth,
            profile,
            compact,
        } = granted;
        [HeaderValue::from_str(&format!(
            "MSPAuth={auth}; MSPProf={profile}; WLSSC={compact};"
        ))
        .unwrap()]
    }

    fn account(tickets: &Tickets, cookies: &[HeaderValue], now: Instant) -> Option<Who> {
        tickets.bearer(cookies, now).map(|(who, _)| who)
    }

    #[test]
    fn cookies_tell_the_account_for_a_day() {
        let (mut tickets, now) = (Tickets::default(), Instant::from_micros(1_000));
        let granted = tickets.grant(&alice(), [7; 96], now);
        assert_eq!(account(&tickets, &header(&granted), now), Some(alice()));
        assert_eq!(account(&tickets, &header(&granted), now + LIFETIME), None);
    }

    #[test]
    fn a_cookie_of_another_sign_in_spoils_the_three() {
        let (mut tickets, now) = (Tickets::default(), Instant::from_micros(1_000));
        let mut first = tickets.grant(&alice(), [7; 96], now);
        let second = tickets.grant(&alice(), [8; 96], now);
        first.compact = second.compact;
        assert_eq!(account(&tickets, &header(&first), now), None);
        assert_eq!(account(&tickets, &[], now), None);
    }

    #[test]
    fn a_uic_has_the_shape_of_the_original_and_names_its_account() {
        let (mut tickets, now) = (Tickets::default(), Instant::from_micros(1_000));
        let granted = tickets.grant(&alice(), [7; 96], now);
        let uic = tickets
            .uic(&header(&granted), [9; 196], now)
            .expect("cookies are good");
        assert!(uic.expose().starts_with("AAAAABnpOEW"));
        assert_eq!(uic.expose().len(), 264);
        assert_eq!(tickets.account_of_uic(uic.expose(), now), Some(alice()));
        assert_eq!(tickets.account_of_uic(uic.expose(), now + LIFETIME), None);
        assert_eq!(tickets.account_of_uic("AAAA", now), None);
    }

    #[test]
    fn an_account_cannot_hoard_tickets() {
        let (mut tickets, now) = (Tickets::default(), Instant::from_micros(1_000));
        let first = tickets.grant(&alice(), [0; 96], now);
        for number in 1..=PER_ACCOUNT {
            tickets.grant(&alice(), [u8::try_from(number).unwrap(); 96], now);
        }
        assert_eq!(account(&tickets, &header(&first), now), None);
        assert_eq!(tickets.by_token.len(), PER_ACCOUNT);
        tickets.grant(&somebody(2), [200; 96], now + LIFETIME);
        assert_eq!(tickets.by_token.len(), 1);
    }
}
