//! Tokens: what the SOAP and Passport sign-ins give, for web services and for lines of MSNP.
//!
//! Kept in memory only, as the other tickets are.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use machine_contract::{Instant, Secret};
use msnp_proto::auth::Ticket;
use msnp_proto::auth::mbi_key::{BinarySecret, Blob};

use super::grants::{Grants, Key};
use crate::entropy::Entropy;
use crate::faces::{self, TicketRefused};
use crate::identity::Who;

/// What a token is good for.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Signing in to a connection, and whatever a web service is good for.
    Connection,
    /// The same, but only with the proof that its bearer has the secret that came with it.
    Proof,
    /// Web services alone. Such tokens go over plain HTTP, call after call.
    Service,
    /// Further tokens, and nothing else.
    Refresh,
}

/// Tokens that one sign-in may ask for.
pub(super) const AT_ONCE: usize = 16;

/// All tokens in force: those of one sign-in are one grant, and end together.
#[derive(Debug, Default)]
pub(super) struct Tokens(Grants<Vec<Issued>>);

/// What of a token is remembered.
#[derive(Debug)]
struct Issued {
    mark: Mark,
    purpose: Purpose,
    secret: Option<BinarySecret>,
}

/// What tells the tokens of one grant apart.
type Mark = [u8; 16];

/// A new token.
pub(super) struct Token {
    /// `t=…&p=`.
    pub(super) text: Secret<String>,
    /// What a proof of it is made with, where its purpose needs one.
    pub(super) secret: Option<BinarySecret>,
}

impl Tokens {
    /// Tokens for these purposes, [at most so many](AT_ONCE), each for itself.
    pub(super) fn grant(
        &mut self,
        account: &Who,
        purposes: &[Purpose],
        entropy: &Entropy,
        now: Instant,
    ) -> Vec<Token> {
        let mut spring = entropy.spring();
        let key: Key = spring.draw().take();
        let (mut tokens, mut all) = (Vec::new(), Vec::new());
        for purpose in purposes.iter().copied().take(AT_ONCE) {
            let mark: Mark = spring.draw().take();
            let secret = (purpose == Purpose::Proof).then(|| spring.draw().take::<24>());
            let secret = secret.and_then(|bytes| BinarySecret::from_bytes(bytes).ok());
            tokens.push(Token {
                text: text(&key, &mark),
                secret: secret.clone(),
            });
            all.push(Issued {
                mark,
                purpose,
                secret,
            });
        }
        self.0.grant(account, key, all, now);
        tokens
    }

    /// A further token of the same sign-in for whoever has the one [for that](Purpose::Refresh), and when both end: with
    /// the sign-in, so nobody stays signed in by that whose account is no more.
    pub(super) fn more(
        &mut self,
        refresh: &str,
        purpose: Purpose,
        entropy: &Entropy,
        now: Instant,
    ) -> Result<(Token, Instant), TicketRefused> {
        let (issued, ticket) = self.find(refresh, now)?;
        if issued.purpose != Purpose::Refresh {
            return Err(TicketRefused::OtherPurpose);
        }
        let (key, _) = parts(refresh).ok_or(TicketRefused::Unknown)?;
        let all = self.0.get_mut(&key, now).ok_or(TicketRefused::Unknown)?;
        let oldest = all.iter().position(|it| it.purpose != Purpose::Refresh);
        if let Some(oldest) = oldest
            && all.len() >= AT_ONCE
        {
            all.remove(oldest);
        }
        let mark: Mark = entropy.spring().draw().take();
        all.push(Issued {
            mark,
            purpose,
            secret: None,
        });
        let token = Token {
            text: text(&key, &mark),
            secret: None,
        };
        Ok((token, ticket.valid_until))
    }

    /// Whose a token is, for a web service.
    pub(super) fn bearer(&self, token: &str, now: Instant) -> Result<Who, TicketRefused> {
        match self.find(token, now)? {
            (issued, _) if issued.purpose == Purpose::Refresh => Err(TicketRefused::OtherPurpose),
            (_, ticket) => Ok(ticket.who),
        }
    }

    /// Whose a token is that stands for itself in a line.
    pub(super) fn owner(&self, token: &str, now: Instant) -> Result<faces::Ticket, TicketRefused> {
        match self.find(token, now)? {
            (issued, ticket) if issued.purpose == Purpose::Connection => Ok(ticket),
            (issued, _) if issued.purpose == Purpose::Proof => Err(TicketRefused::Proof),
            _ => Err(TicketRefused::OtherPurpose),
        }
    }

    /// Whose a token is that comes with a proof over `nonce`.
    pub(super) fn owner_by_proof(
        &self,
        token: &str,
        blob: &str,
        nonce: &str,
        now: Instant,
    ) -> Result<faces::Ticket, TicketRefused> {
        let (issued, ticket) = self.find(token, now)?;
        let secret = issued.secret.as_ref().ok_or(TicketRefused::OtherPurpose)?;
        let blob = Blob::from_base64(blob).map_err(|_| TicketRefused::Proof)?;
        blob.verify(secret, nonce)
            .map_err(|_| TicketRefused::Proof)?;
        Ok(ticket)
    }

    fn find(&self, token: &str, now: Instant) -> Result<(&Issued, faces::Ticket), TicketRefused> {
        let (key, mark) = parts(token).ok_or(TicketRefused::Unknown)?;
        let granted = self.0.get(&key, now).ok_or(TicketRefused::Unknown)?;
        let (all, who, valid_until) = granted;
        let issued = all.iter().find(|issued| issued.mark == mark);
        let ticket = faces::Ticket {
            who: who.clone(),
            valid_until,
        };
        Ok((issued.ok_or(TicketRefused::Unknown)?, ticket))
    }
}

/// A token without the `t=` and `&p=` around it.
pub(super) fn bare(token: &Token) -> &str {
    let text = token.text.expose();
    let text = text.strip_prefix("t=").unwrap_or(text);
    text.strip_suffix("&p=").unwrap_or(text)
}

fn text(key: &Key, mark: &Mark) -> Secret<String> {
    let text = URL_SAFE_NO_PAD.encode([&key[..], mark].concat());
    Secret::new(format!("t={text}&p="))
}

/// What a token consists of: what its grant is found by, and what tells it from the others of that.
fn parts(token: &str) -> Option<(Key, Mark)> {
    let ticket = Ticket::parse(token).ok()?;
    let bytes = URL_SAFE_NO_PAD.decode(ticket.t().expose()).ok()?;
    let (key, mark) = bytes.split_first_chunk()?;
    Some((*key, mark.try_into().ok()?))
}

/// What it is good for is not said.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

#[cfg(test)]
mod tests {
    use super::super::grants::LIFETIME;
    use super::*;

    use crate::identity::{EmailAddress, HomeId, PersonId, SkypeId};

    const NOW: Instant = Instant::ORIGIN;

    fn alice() -> Who {
        let email = EmailAddress::parse("alice@example.org").unwrap();
        let skype_id = SkypeId::parse("live:alice").unwrap();
        Who::new(PersonId::new(1), HomeId::default(), skype_id, email)
    }

    fn granted<const N: usize>(purposes: [Purpose; N]) -> (Tokens, [Token; N]) {
        let mut tokens = Tokens::default();
        let entropy = Entropy::new([7; Entropy::BYTES]);
        let all = tokens.grant(&alice(), &purposes, &entropy, NOW);
        (tokens, all.try_into().ok().unwrap())
    }

    #[test]
    fn each_token_is_good_for_its_purpose_alone() {
        use Purpose::{Connection, Proof, Service};
        use TicketRefused::{OtherPurpose, Proof as NoProof, Unknown};
        let (tokens, all) = granted([Connection, Proof, Service]);
        let expected = [None, Some(NoProof), Some(OtherPurpose)];
        for (token, refused) in all.iter().zip(expected) {
            let text = token.text.expose();
            assert_eq!(tokens.bearer(text, NOW), Ok(alice()));
            assert_eq!(tokens.owner(text, NOW).err(), refused);
            let bare = text.trim_start_matches("t=").trim_end_matches("&p=");
            assert_eq!(tokens.bearer(bare, NOW), Ok(alice()), "the bare token too");
            assert_eq!(tokens.bearer(text, NOW + LIFETIME), Err(Unknown));
        }
        let ticket = tokens.owner(all[0].text.expose(), NOW).unwrap();
        assert_eq!(ticket.valid_until, NOW + LIFETIME);
    }

    #[test]
    fn a_proof_is_made_with_the_secret_of_its_own_token_over_its_own_nonce() {
        let (tokens, [first, second]) = granted([Purpose::Proof, Purpose::Proof]);
        let [secret, other] = [&first, &second].map(|token| token.secret.clone().unwrap());
        let check =
            |blob: &str, nonce: &str| tokens.owner_by_proof(first.text.expose(), blob, nonce, NOW);
        let blob = Blob::new(&secret, "nonce", [1; 8]).to_base64();
        assert_eq!(check(blob.expose(), "nonce").unwrap().who, alice());
        let refused = Err(TicketRefused::Proof);
        assert_eq!(check(blob.expose(), "another"), refused);
        assert_eq!(check("", "nonce"), refused);
        let blob = Blob::new(&other, "nonce", [1; 8]).to_base64();
        assert_eq!(check(blob.expose(), "nonce"), refused);
    }

    #[test]
    fn no_token_is_another_cut_or_turned() {
        let (tokens, [token, other]) = granted([Purpose::Connection, Purpose::Connection]);
        let text = token.text.expose();
        assert_ne!(text, other.text.expose());
        assert!(text.bytes().all(|byte| byte.is_ascii_graphic()) && text.len() == 69);
        for cut in 0..text.len() - "&p=".len() {
            assert!(tokens.bearer(&text[..cut], NOW).is_err(), "{cut}");
        }
        for at in 2..text.len() - "&p=".len() {
            let mut turned = text.clone().into_bytes();
            turned[at] = if turned[at] == b'A' { b'B' } else { b'A' };
            let turned = String::from_utf8(turned).unwrap();
            assert!(tokens.bearer(&turned, NOW).is_err(), "{at}");
        }
        for odd in ["", "t=&p=", "t=\u{e9}&p=", "t=AAAA&p=BBBB"] {
            assert_eq!(tokens.bearer(odd, NOW), Err(TicketRefused::Unknown));
        }
    }

    #[test]
    fn one_sign_in_gets_so_many_tokens_and_no_more() {
        let mut tokens = Tokens::default();
        let entropy = Entropy::new([7; Entropy::BYTES]);
        let all = tokens.grant(&alice(), &[Purpose::Service; 40], &entropy, NOW);
        assert_eq!(all.len(), AT_ONCE);
    }

    #[test]
    fn a_refresh_token_gives_others_and_is_good_for_nothing_else() {
        use TicketRefused::{OtherPurpose, Unknown};
        let (mut tokens, [access, refresh]) = granted([Purpose::Connection, Purpose::Refresh]);
        let text = refresh.text.expose();
        assert_eq!(tokens.bearer(text, NOW), Err(OtherPurpose));
        assert_eq!(tokens.owner(text, NOW).err(), Some(OtherPurpose));
        let later = NOW + LIFETIME / 2;
        let mut last = None;
        for number in 1..40 {
            let entropy = Entropy::new([number; Entropy::BYTES]);
            let more = tokens.more(bare(&refresh), Purpose::Connection, &entropy, later);
            let (token, ends) = more.unwrap();
            assert_eq!(ends, NOW + LIFETIME, "it ends with the sign-in");
            last = Some(token);
        }
        let last = last.unwrap();
        assert_eq!(tokens.owner(bare(&last), later).unwrap().who, alice());
        // The number is bounded: the oldest gave way.
        assert_eq!(tokens.owner(bare(&access), later).err(), Some(Unknown));
        let entropy = Entropy::new([1; Entropy::BYTES]);
        let mut more = |token: &str, at| {
            let more = tokens.more(token, Purpose::Service, &entropy, at);
            more.err()
        };
        assert_eq!(more(bare(&last), later), Some(OtherPurpose));
        assert_eq!(more(bare(&refresh), NOW + LIFETIME), Some(Unknown));
        assert_eq!(more("", later), Some(Unknown));
    }

    #[test]
    fn tokens_do_not_show() {
        let (tokens, [token]) = granted([Purpose::Proof]);
        assert_eq!(format!("{token:?}"), "Token");
        let shown = format!("{tokens:?}");
        let secret = token.secret.unwrap().to_base64();
        assert!(!shown.contains(secret.expose()) && shown == "Tokens(Grants(1))");
    }
}
