//! Which request goes out next, and on which connection.

use crate::connections::Connections;
use crate::event::Reason;
use crate::id::ConversationId;
use crate::request::NotTaken;
use crate::state::State;

/// Sends the first request that waits and can be sent. True: one has gone, or has come to its end.
pub(crate) fn send_waiting(state: &mut State, connections: &mut Connections) -> bool {
    if !connections.is_ready() {
        return false;
    }
    // Conversations whose connection is not there yet: what is said in them stays in order.
    let mut passed: Vec<ConversationId> = Vec::new();
    let mut after = None;
    while let Some(outgoing) = state.waiting_after(after) {
        let number = outgoing.number;
        after = Some(number);
        let conversation = outgoing.request.conversation();
        if conversation.is_some_and(|it| passed.contains(it)) {
            continue;
        }
        match connections.send(&outgoing) {
            Ok(()) => state.sent(number),
            Err(NotTaken::TooLarge) => state.failed(number, Reason::TooLarge),
            Err(NotTaken::Later) => {
                passed.extend(conversation.cloned());
                continue;
            }
            Err(NotTaken::Full | NotTaken::Elsewhere) => return false,
        }
        return true;
    }
    false
}
