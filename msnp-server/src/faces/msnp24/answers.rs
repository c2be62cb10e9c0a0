//! What the network answers a question, as the rest of the reply.

use msnp_proto::msnp24::Envelope;
use msnp_proto::payload::thread as wire;

use super::endpoint::Endpoint;
use super::forms::Forms;
use super::history;
use super::requests::Then;
use crate::faces::layered::address;
use crate::faces::turn::Turn;
use crate::network::Answer;

/// Writes headers and body of the reply to what was carried out.
pub(super) fn write(
    reply: &mut Envelope,
    then: Then,
    answer: Answer,
    endpoint: &Endpoint,
    forms: &Forms,
    turn: &Turn<'_>,
) {
    let (now, config) = (turn.now().wall, turn.config());
    if matches!(then, Then::Clock | Then::Thread | Then::Members) {
        reply.headers.set_utc_time(now);
        // `PUT MSGR\THREAD` was answered with all that `BND` is answered with (msnp24.md 16.3).
        if !matches!(then, Then::Clock) {
            let expiry = now.saturating_add(config.authentication);
            endpoint.put_registration(reply, expiry);
        }
        endpoint.put_context(reply);
    }
    match (then, answer) {
        (Then::Thread, Answer::Thread(id)) => {
            let named = wire::Thread::named(address::of_thread(id));
            reply.body = named.encode().into();
        }
        (Then::Conversations, Answer::Conversations(found)) => {
            reply.body = history::conversations(&found, forms, config);
        }
        (Then::Page(page), Answer::Messages(found)) => {
            reply.body = history::messages(page, &found, forms, config);
        }
        (Then::Threads, Answer::Threads(found)) => {
            reply.body = history::threads(&found, forms, config);
        }
        // That it was carried out is all there is to say.
        _ => {}
    }
}
