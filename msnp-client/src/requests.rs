//! What the application has asked for, from its taking to its end: it waits, is sent, and has one of three
//! fates.

use machine_contract::SortedMap;

use crate::event::{Event, Reason};
use crate::id::{ConversationId, OperationId};
use crate::request::{Request, RequestNumber};

/// Everything whose fate is open.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    /// In the order in which they were asked for.
    waiting: SortedMap<RequestNumber, Request>,
    /// On their way, or with the service.
    sent: SortedMap<RequestNumber, Request>,
    last_number: u64,
    last_operation: u64,
}

impl Requests {
    /// Puts a request in line behind all others. What one says of typing takes the place of what was said of it before and
    /// has not gone out.
    pub(crate) fn queue(&mut self, request: Request) {
        if let Request::Typing { conversation, .. } = &request {
            self.waiting.retain(|_, other| {
                !matches!(other, Request::Typing { conversation: there, .. } if there == conversation)
            });
        }
        self.last_number += 1;
        self.waiting
            .insert(RequestNumber(self.last_number), request);
    }

    /// Names the next operation.
    pub(crate) const fn next_operation(&mut self) -> OperationId {
        self.last_operation += 1;
        OperationId::new(self.last_operation)
    }

    /// How many have no fate yet.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len() + self.sent.len()
    }

    /// The first one behind `number` that waits; the first of all without.
    pub(crate) fn waiting_after(
        &self,
        number: Option<RequestNumber>,
    ) -> Option<(RequestNumber, &Request)> {
        let from = number.map_or(0, |number| number.0 + 1);
        let (number, request) = self.waiting.first_from(&RequestNumber(from))?;
        Some((*number, request))
    }

    /// Those that wait to be said in such a conversation.
    pub(crate) fn waiting_in(
        &self,
        is_there: impl Fn(&ConversationId) -> bool,
    ) -> Vec<RequestNumber> {
        let waiting = self.waiting.iter();
        waiting
            .filter(|(_, request)| request.conversation().is_some_and(&is_there))
            .map(|(number, _)| *number)
            .collect()
    }

    /// It is on its way.
    pub(crate) fn sent(&mut self, number: RequestNumber) {
        if let Some(request) = self.waiting.remove(&number) {
            self.sent.insert(number, request);
        }
    }

    /// It certainly never left: it takes its old place in line.
    pub(crate) fn unsent(&mut self, number: RequestNumber) {
        match self.sent.remove(&number) {
            // Yesterday's typing interests nobody.
            Some(Request::Typing { .. }) | None => {}
            Some(request) => {
                self.waiting.insert(number, request);
            }
        }
    }

    /// It has its fate.
    pub(crate) fn take(&mut self, number: RequestNumber) -> Option<Request> {
        self.sent
            .remove(&number)
            .or_else(|| self.waiting.remove(&number))
    }

    /// The first of those that wait, which has its fate: it will not be sent.
    pub(crate) fn take_waiting(&mut self) -> Option<Request> {
        self.waiting.pop_first().map(|(_, request)| request)
    }
}

/// How a request is told that will certainly not be carried out.
pub(crate) fn failed(request: Request, reason: Reason) -> Option<Event> {
    match request {
        Request::Message {
            id, conversation, ..
        } => Some(Event::MessageFailed {
            conversation,
            message: id,
            reason,
        }),
        Request::Typing { .. } => None,
        Request::Operation { id, .. } => Some(Event::OperationFailed {
            operation: id,
            reason,
        }),
    }
}

/// How a request is told of which nobody knows whether it was carried out.
pub(crate) fn uncertain(request: Request, reason: Reason) -> Option<Event> {
    match request {
        Request::Message {
            id, conversation, ..
        } => Some(Event::MessageUncertain {
            conversation,
            message: id,
            reason,
        }),
        request => failed(request, reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::MessageId;
    use crate::request::Content;

    fn said(number: u64) -> Request {
        Request::Message {
            id: MessageId::new(&number.to_string()).expect("an id"),
            conversation: ConversationId::group("19:a").expect("a name"),
            content: Content::Nudge,
        }
    }

    #[test]
    fn what_comes_back_unsent_takes_its_old_place() {
        let mut requests = Requests::default();
        for number in [1, 2, 3] {
            requests.queue(said(number));
        }
        for number in [1, 2] {
            requests.sent(RequestNumber(number));
        }
        requests.unsent(RequestNumber(2));
        let order: Vec<u64> = {
            let next =
                |after: &Option<RequestNumber>| requests.waiting_after(*after).map(|it| it.0);
            std::iter::successors(next(&None), |number| next(&Some(*number)))
                .map(|number| number.0)
                .collect()
        };
        assert_eq!(order, [2, 3]);
        assert_eq!(requests.len(), 3);
        assert!(
            requests.take(RequestNumber(1)).is_some() && requests.take(RequestNumber(1)).is_none()
        );
    }

    #[test]
    fn typing_waits_once_for_each_conversation() {
        let mut requests = Requests::default();
        for name in ["19:a", "19:b", "19:a"] {
            requests.queue(Request::Typing {
                conversation: ConversationId::group(name).expect("a name"),
                typing: true,
            });
        }
        requests.queue(said(1));
        assert_eq!(requests.len(), 3);
        let first = requests.waiting_after(None).expect("one").1.conversation();
        let there = ConversationId::group("19:b").expect("a name");
        assert_eq!(first, Some(&there));
    }

    #[test]
    fn typing_that_was_not_sent_is_forgotten() {
        let mut requests = Requests::default();
        requests.queue(Request::Typing {
            conversation: ConversationId::group("19:a").expect("a name"),
            typing: true,
        });
        requests.sent(RequestNumber(1));
        requests.unsent(RequestNumber(1));
        assert_eq!(requests.len(), 0);
    }
}
