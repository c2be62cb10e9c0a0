//! Sign-in tickets: what the cookies, the access token and the uic stand for.
//!
//! Kept in memory only: a restart signs everybody out, and clients then sign in afresh.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::HeaderValue;
use machine_contract::{Instant, Secret};

use super::grants::{Grants, Key};
use crate::identity::Who;

/// The length of a web client's uic, and the bytes it was seen to start with: `AAAAABnpOEW` shows
/// eight of them and two bits of the ninth (gateway.md 16.3).
const UIC_LENGTH: usize = 196;
const UIC_HEAD: [u8; 9] = [0x00, 0x00, 0x00, 0x00, 0x19, 0xe9, 0x38, 0x45, 0x80];

/// All tickets in force.
#[derive(Debug, Default)]
pub(super) struct Tickets(Grants<Ticket>);

/// What has to be shown beside the key.
#[derive(Debug)]
struct Ticket {
    profile: Key,
    compact: Key,
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
        let [auth, profile, compact] = split(entropy);
        self.0
            .grant(account, auth, Ticket { profile, compact }, now);
        Granted {
            auth: URL_SAFE_NO_PAD.encode(auth),
            profile: URL_SAFE_NO_PAD.encode(profile),
            compact: URL_SAFE_NO_PAD.encode(compact),
        }
    }

    /// Whose cookies these are: all three must be there and belong together.
    pub(super) fn bearer(&self, cookies: &[HeaderValue], now: Instant) -> Option<(Who, Instant)> {
        let (_, who, expires) = self.ticket(cookies, now)?;
        Some((who.clone(), expires))
    }

    /// The ticket of these cookies is over, and every uic with it.
    pub(super) fn end(&mut self, cookies: &[HeaderValue], now: Instant) {
        if let Some((auth, _, _)) = self.ticket(cookies, now) {
            self.0.forget(auth);
        }
    }

    /// A uic for the bearer of these cookies. It is bound to the ticket: it says nothing once the
    /// ticket has ended.
    pub(super) fn uic(
        &self,
        cookies: &[HeaderValue],
        entropy: [u8; UIC_LENGTH],
        now: Instant,
    ) -> Option<Secret<String>> {
        let (token, _, _) = self.ticket(cookies, now)?;
        let mut uic = entropy;
        uic[..UIC_HEAD.len()].copy_from_slice(&UIC_HEAD);
        uic[UIC_HEAD.len()..][..token.len()].copy_from_slice(&token);
        Some(Secret::new(STANDARD.encode(uic)))
    }

    /// Whose uic this is: the value as it was given, as the document has it (web-client.md 2), or percent-decoded, as
    /// clients do it (gateway.md 16.3). Base64 has no `%`, so none is the other.
    pub(super) fn account_of_uic(&self, uic: &str, now: Instant) -> Option<Who> {
        let plain = percent_encoding::percent_decode_str(uic)
            .decode_utf8()
            .ok()?;
        let bytes = STANDARD.decode(plain.as_bytes()).ok()?;
        let key: Key = bytes.strip_prefix(&UIC_HEAD)?.get(..32)?.try_into().ok()?;
        let (_, who, _) = self.0.get(&key, now)?;
        Some(who.clone())
    }

    fn ticket(&self, cookies: &[HeaderValue], now: Instant) -> Option<(Key, &Who, Instant)> {
        let named = |name: &str| cookies.iter().find_map(|header| key_in(header, name));
        let auth = named("MSPAuth")?;
        let (ticket, who, expires) = self.0.get(&auth, now)?;
        let whole = named("MSPProf")? == ticket.profile && named("WLSSC")? == ticket.compact;
        whole.then_some((auth, who, expires))
    }
}

/// The value of one cookie among `name=value` pairs.
pub(super) fn cookie<'a>(header: &'a HeaderValue, name: &str) -> Option<&'a str> {
    let pairs = header.to_str().ok()?.split(';');
    pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value.trim()))
}

fn key_in(header: &HeaderValue, name: &str) -> Option<Key> {
    URL_SAFE_NO_PAD
        .decode(cookie(header, name)?)
        .ok()?
        .try_into()
        .ok()
}

fn split(entropy: [u8; 96]) -> [Key; 3] {
    let mut keys = [Key::default(); 3];
    for (key, bytes) in keys.iter_mut().zip(entropy.chunks_exact(32)) {
        key.copy_from_slice(bytes);
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    use super::super::grants::LIFETIME;
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

    /// Case F1: a client that shows the value as it was given got 911.
    #[test]
    fn a_uic_is_taken_as_it_is_given_and_decoded() {
        let (mut tickets, now) = (Tickets::default(), Instant::from_micros(1_000));
        let granted = tickets.grant(&alice(), [7; 96], now);
        // 0xfb and 0xff give both signs that are escaped.
        let uic = tickets.uic(&header(&granted), [0xfb; 196], now).unwrap();
        let given: String = form_urlencoded::byte_serialize(uic.expose().as_bytes()).collect();
        assert!(given.contains("%2B") && given != *uic.expose());
        for shown in [&given, uic.expose()] {
            assert_eq!(tickets.account_of_uic(shown, now), Some(alice()));
        }
        assert_eq!(tickets.account_of_uic("%", now), None);
        assert_eq!(tickets.account_of_uic("%FF%FE", now), None);
    }
}
