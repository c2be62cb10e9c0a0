//! `Repeats`: which posts of a session came before, and were not answered as far as is known.
//!
//! A proxy whose connection breaks before the reply makes the same request again. Nobody can tell that from a client that
//! says the same twice, but by the reply: a client that has none of the first has not seen what came of it, and must not
//! be told of something else.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use machine_contract::Instant;

use super::arrival::Arrival;
use super::event::{Claims, ExchangeId};
use crate::wire::{Action, SessionId};

/// Posts that are remembered: a client has few at a time.
const REMEMBERED: usize = 16;

/// A post whose own reply was not written, though another reply brought all that was said to it, is repeated within this time
/// or not at all: proxies repeat as soon as they see the break, and so does MSNPSharp (gateway.md 8). The pings of the dialects
/// before MSNP24 are all alike, and come every 45 to 60 seconds.
const REPEATED_WITHIN: Duration = Duration::from_secs(20);

/// What stands for the bytes that a request brings and for what it says of itself, which a repetition has alike; `None` for
/// no bytes. Who makes two of their own alike loses the second, and harms nobody else.
pub(super) fn digest(action: &Action, claims: &Claims, bytes: &Bytes) -> Option<u64> {
    let session = action.session().map_or("", SessionId::as_str);
    let claims = claims.auth.iter().chain(&claims.cookies);
    let parts = claims.map(HeaderValue::as_bytes);
    let parts = [session.as_bytes(), bytes].into_iter().chain(parts);
    // FNV-1a, 64 bits; each part ends with a byte that is in none of them but, perhaps, the bytes.
    let bytes_of_all = parts.flat_map(|part| part.iter().chain(&[0]));
    let step =
        |digest: u64, byte: &u8| (digest ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    (!bytes.is_empty()).then(|| bytes_of_all.fold(0xcbf2_9ce4_8422_2325, step))
}

/// The same of the request that opens a session. It is repeated in another session, if at all.
pub(super) fn digest_of_open(bytes: &Bytes) -> Option<u64> {
    (!bytes.is_empty()).then_some(0)
}

/// The posts of a session of which it is not known that their reply was written.
#[derive(Default)]
pub(super) struct Repeats {
    posts: VecDeque<Post>,
}

struct Post {
    digest: u64,
    /// The request that the application has seen.
    first: ExchangeId,
    /// The last with the same bytes.
    last: ExchangeId,
    answered: bool,
    /// Since when it is only remembered for a repetition: another reply has brought what was said to it.
    over: Option<Instant>,
}

impl Repeats {
    /// The bytes of a request; nothing, if another has brought the same that is not known to be answered.
    pub(super) fn filter(&mut self, arrival: &Arrival, bytes: Bytes, now: Instant) -> Bytes {
        self.posts.retain(|post| {
            let over = post.over.unwrap_or(now);
            now.saturating_duration_since(over) < REPEATED_WITHIN
        });
        let mut posts = self.posts.iter();
        if posts.any(|post| Some(post.digest) == arrival.brings) {
            Bytes::new()
        } else {
            bytes
        }
    }

    /// A request has come. Whether the application has said already all that it has to say to it: there is nothing to
    /// answer, or it was answered before.
    pub(super) fn note(&mut self, arrival: &Arrival) -> bool {
        let Some(digest) = arrival.brings else {
            return true;
        };
        if let Some(post) = self.posts.iter_mut().find(|post| post.digest == digest) {
            post.last = arrival.exchange;
            return post.answered;
        }
        if self.posts.len() >= REMEMBERED {
            self.posts.pop_front();
        }
        self.posts.push_back(Post {
            digest,
            first: arrival.exchange,
            last: arrival.exchange,
            answered: false,
            over: None,
        });
        false
    }

    /// The application has answered a request. Which other request is answered with it: the last with the same bytes.
    pub(super) fn answered(&mut self, exchange: ExchangeId) -> ExchangeId {
        let post = self.posts.iter_mut().find(|post| post.first == exchange);
        post.map_or(exchange, |post| {
            post.answered = true;
            post.last
        })
    }

    /// The reply to a request was written, and from now on the same bytes are said anew; `all`: with it all that the
    /// application has said, to the others too.
    pub(super) fn sent(&mut self, exchange: ExchangeId, all: bool, now: Instant) {
        self.posts.retain(|post| !post.is_of(exchange));
        for post in self.posts.iter_mut().filter(|post| all && post.answered) {
            post.over.get_or_insert(now);
        }
    }

    /// The client of a request went away without its reply: if it repeats, it does so from now on.
    pub(super) fn lost(&mut self, exchange: ExchangeId, now: Instant) {
        let mut posts = self.posts.iter_mut();
        if let Some(post) = posts.find(|post| post.is_of(exchange)) {
            post.over = post.over.map(|_| now);
        }
    }
}

impl Post {
    fn is_of(&self, exchange: ExchangeId) -> bool {
        self.first == exchange || self.last == exchange
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(number: u64, bytes: &'static [u8]) -> Arrival {
        Arrival {
            exchange: ExchangeId::new(number),
            by: None,
            minor: 0,
            poll: None,
            brings: digest_of(&Bytes::from_static(bytes)),
        }
    }

    fn digest_of(bytes: &Bytes) -> Option<u64> {
        let session = "1.2".parse().expect("an id");
        digest(&Action::Post { session }, &Claims::default(), bytes)
    }

    const NOW: Instant = Instant::ORIGIN;

    fn is_repeated(repeats: &mut Repeats, bytes: &'static [u8]) -> bool {
        is_repeated_at(NOW, repeats, bytes)
    }

    fn is_repeated_at(now: Instant, repeats: &mut Repeats, bytes: &'static [u8]) -> bool {
        let seen = repeats.filter(&arrival(99, bytes), Bytes::from_static(bytes), now);
        seen.is_empty()
    }

    #[test]
    fn what_came_before_is_known_until_its_reply_was_written() {
        let mut repeats = Repeats::default();
        assert!(repeats.note(&arrival(1, b"")), "there is nothing to answer");
        assert!(!repeats.note(&arrival(2, b"one")));
        assert!(is_repeated(&mut repeats, b"one") && !is_repeated(&mut repeats, b"two"));
        assert!(!repeats.note(&arrival(3, b"one")), "not answered yet");
        assert_eq!(repeats.answered(ExchangeId::new(2)), ExchangeId::new(3));
        assert!(repeats.note(&arrival(4, b"one")));
        repeats.sent(ExchangeId::new(3), false, NOW);
        assert!(is_repeated(&mut repeats, b"one"));
        repeats.sent(ExchangeId::new(4), false, NOW);
        assert!(!is_repeated(&mut repeats, b"one"));
    }

    #[test]
    fn what_was_answered_by_another_reply_is_said_anew_after_a_while() {
        let mut repeats = Repeats::default();
        repeats.note(&arrival(1, b"one"));
        repeats.sent(ExchangeId::new(7), true, NOW);
        let later = NOW + REPEATED_WITHIN;
        let is_open = is_repeated_at(later, &mut repeats, b"one");
        assert!(is_open, "nobody has answered it");
        repeats.answered(ExchangeId::new(1));
        repeats.sent(ExchangeId::new(8), true, NOW);
        repeats.lost(ExchangeId::new(1), later);
        assert!(is_repeated_at(later, &mut repeats, b"one"));
        let later = later + REPEATED_WITHIN;
        assert!(!is_repeated_at(later, &mut repeats, b"one"));
    }

    #[test]
    fn only_the_last_are_remembered() {
        let mut repeats = Repeats::default();
        for (number, byte) in (0..).zip(b'a'..=b'z') {
            let bytes = Bytes::copy_from_slice(&[byte]);
            let one = Arrival {
                brings: digest_of(&bytes),
                ..arrival(number, b"")
            };
            repeats.note(&one);
        }
        assert_eq!(repeats.posts.len(), REMEMBERED);
        assert!(!is_repeated(&mut repeats, b"a"));
    }
}
