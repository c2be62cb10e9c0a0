//! `Passes`: how a further connection of somebody shows whose it is, and what it is for.
//!
//! The older dialects give each conversation a connection of its own. The main one hands out a word, with which the
//! other begins (msnp8-18.md 9.1): hard to guess, good once, and not for long.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng as _, SeedableRng as _};
use machine_contract::{Instant, Secret};

use crate::identity::{PersonId, Who};
use crate::network::{EndpointId, RoomId};

/// How long one is good (msnp8-18.md 9.1).
pub(crate) const LIFETIME: Duration = Duration::from_secs(120);

/// Passes of one person that may be open; a further one ends the oldest. As many conversations may be.
const PER_PERSON: usize = 64;

/// 20 hexadecimal digits, as on the server of today (msnp8-18.md 2.3).
type Token = [u8; 10];

/// What a connection is for, and whose it is.
#[derive(Clone, Debug)]
pub(crate) struct Pass {
    /// Whose.
    pub(crate) who: Who,
    /// What the person is called.
    pub(crate) name: Arc<str>,
    /// The place that the main connection is.
    pub(crate) place: EndpointId,
    /// The number of the dialect that the main connection speaks.
    pub(crate) dialect: u8,
    /// Whether its client puts parts of a long message together.
    pub(crate) joins_parts: bool,
    /// The room in which the main connection hands over what it is told.
    pub(crate) home: RoomId,
    /// Who has called; `None`: the person is about to call somebody.
    pub(crate) call: Option<Call>,
}

/// A conversation that the person was called to.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// What it is called in the call.
    pub(crate) session: Arc<str>,
    /// The room to come into; `None` if what was said is kept and waits.
    pub(crate) room: Option<RoomId>,
    /// Who has called.
    pub(crate) by: Who,
    /// What they are called.
    pub(crate) name: Arc<str>,
}

/// All passes that are good. They live in memory alone.
pub(crate) struct Passes {
    source: ChaCha20Rng,
    open: BTreeMap<Token, (Instant, Pass)>,
    /// Oldest first, never empty.
    of: BTreeMap<PersonId, VecDeque<Token>>,
    ending: BTreeSet<(Instant, Token)>,
}

impl Passes {
    /// None yet. What the passes are made of cannot be told from anything else that follows from the seed, so nobody who is
    /// told much of that can guess one; what else may follow from it is given back.
    pub(crate) fn new(seed: [u8; 32]) -> (Self, [u8; 32]) {
        let mut source = ChaCha20Rng::from_seed(seed);
        let mut other = [0; 32];
        source.fill_bytes(&mut other);
        let passes = Self {
            source,
            open: BTreeMap::new(),
            of: BTreeMap::new(),
            ending: BTreeSet::new(),
        };
        (passes, other)
    }

    /// A pass, as the word that its bearer says.
    pub(crate) fn grant(&mut self, pass: Pass, now: Instant) -> Secret<String> {
        self.forget_ended(now);
        let mut token = Token::default();
        self.source.fill_bytes(&mut token);
        let (ends, person) = (now + LIFETIME, pass.who.person());
        self.open.insert(token, (ends, pass));
        self.ending.insert((ends, token));
        let tokens = self.of.entry(person).or_default();
        tokens.push_back(token);
        if let Some(oldest) = tokens.front().copied()
            && tokens.len() > PER_PERSON
        {
            self.forget(oldest);
        }
        let mut word = String::with_capacity(2 * token.len());
        for byte in token {
            let digits = [byte >> 4, byte & 15].map(u32::from);
            word.extend(
                digits
                    .iter()
                    .filter_map(|digit| char::from_digit(*digit, 16)),
            );
        }
        Secret::new(word)
    }

    /// What the word is good for, once.
    pub(crate) fn take(&mut self, word: &[u8], now: Instant) -> Option<Pass> {
        self.forget_ended(now);
        self.forget(read(word)?)
    }

    fn forget_ended(&mut self, now: Instant) {
        while let Some((ends, token)) = self.ending.first().copied()
            && ends <= now
        {
            self.forget(token);
        }
    }

    fn forget(&mut self, token: Token) -> Option<Pass> {
        let (ends, pass) = self.open.remove(&token)?;
        self.ending.remove(&(ends, token));
        let person = pass.who.person();
        if let Some(tokens) = self.of.get_mut(&person) {
            tokens.retain(|one| *one != token);
            if tokens.is_empty() {
                self.of.remove(&person);
            }
        }
        Some(pass)
    }
}

fn read(word: &[u8]) -> Option<Token> {
    let mut token = Token::default();
    let text = std::str::from_utf8(word).ok()?;
    let is_one = text.len() == 2 * token.len() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_one {
        return None;
    }
    for (byte, digits) in token.iter_mut().zip(text.as_bytes().chunks(2)) {
        let digits = std::str::from_utf8(digits).ok()?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(token)
}

impl fmt::Debug for Passes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Passes({})", self.open.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{EmailAddress, HomeId, SkypeId};

    const NOW: Instant = Instant::ORIGIN;

    fn pass(number: u64) -> Pass {
        let who = Who::new(
            PersonId::new(number),
            HomeId(0),
            SkypeId::parse("alice").unwrap(),
            EmailAddress::parse("alice@example.org").unwrap(),
        );
        Pass {
            who,
            name: "Alice".into(),
            place: EndpointId::NIL,
            dialect: 18,
            joins_parts: false,
            home: RoomId(7),
            call: None,
        }
    }

    fn passes() -> Passes {
        Passes::new([1; 32]).0
    }

    #[test]
    fn one_is_good_once_and_for_two_minutes() {
        let mut passes = passes();
        let word = passes.grant(pass(1), NOW);
        let other = passes.grant(pass(2), NOW);
        assert_ne!(word.expose(), other.expose());
        assert_eq!(word.expose().len(), 20);
        let taken = passes.take(word.expose().as_bytes(), NOW).unwrap();
        assert_eq!(taken.home, RoomId(7));
        assert!(passes.take(word.expose().as_bytes(), NOW).is_none());
        let last = (NOW + LIFETIME)
            .checked_sub(Duration::from_micros(1))
            .unwrap();
        assert!(
            passes
                .take(other.expose().as_bytes(), NOW + LIFETIME)
                .is_none()
        );
        let third = passes.grant(pass(2), NOW);
        assert!(passes.take(third.expose().as_bytes(), last).is_some());
        assert_eq!(format!("{passes:?}"), "Passes(0)");
    }

    #[test]
    fn nobody_has_more_than_a_few_open() {
        let mut passes = passes();
        let of_another = passes.grant(pass(2), NOW);
        let words: Vec<_> = (0..=PER_PERSON)
            .map(|_| passes.grant(pass(1), NOW))
            .collect();
        assert!(passes.take(words[0].expose().as_bytes(), NOW).is_none());
        for word in &words[1..] {
            assert!(passes.take(word.expose().as_bytes(), NOW).is_some());
        }
        assert!(passes.take(of_another.expose().as_bytes(), NOW).is_some());
    }

    #[test]
    fn what_is_no_pass_opens_nothing() {
        let mut passes = passes();
        passes.grant(pass(1), NOW);
        for word in [
            &b""[..],
            b"0",
            b"+1+1+1+1+1+1+1+1+1+1",
            b"00000000000000000000",
            &[0xff; 20],
        ] {
            assert!(passes.take(word, NOW).is_none());
        }
    }
}
