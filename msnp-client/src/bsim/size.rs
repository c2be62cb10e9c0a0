//! How many bytes an event holds beside itself: what the bound of untaken events is counted in.

use soap_codec::bsim::{Buddy, Event as On, Group, Message};
use soap_codec::{Attribute, Element, Node};

use super::event::{Event, LoginImFailure, NotSent, Reason};
use super::problem::Problem;

impl Event {
    /// An estimate that forgets no text and no list: what the allocator adds, nobody knows.
    pub(super) fn heap(&self) -> usize {
        match self {
            Self::SignedIn {
                login_time,
                client_ip,
            } => text(login_time.as_ref()) + text(client_ip.as_ref()),
            Self::On {
                im_type,
                account,
                event,
            } => im_type.len() + account.len() + of_on(event),
            Self::LoginImFailed { account, reason } => {
                account.len()
                    + match reason {
                        LoginImFailure::Call(problem) => of_problem(problem),
                        LoginImFailure::Told(line) => line.len(),
                        LoginImFailure::TimedOut => 0,
                    }
            }
            Self::ChangeStatusFailed {
                account,
                status,
                problem,
            } => account.len() + status.len() + of_problem(problem),
            Self::MessageNotSent {
                reason: NotSent::Call(problem),
                ..
            }
            | Self::MessageUncertain { problem, .. }
            | Self::Retrying { problem, .. }
            | Self::SessionLost { problem, .. }
            | Self::SignedOut(Reason::Refused(problem) | Reason::GaveUp(problem)) => {
                of_problem(problem)
            }
            Self::MessageSent(_) | Self::MessageNotSent { .. } | Self::SignedOut(_) => 0,
        }
    }
}

fn text(text: Option<&String>) -> usize {
    text.map_or(0, String::len)
}

fn of_on(event: &On) -> usize {
    match event {
        On::OnLog(lines) => of_all(lines, String::len),
        On::OnLogin(text) | On::OnNicknameChanged(text) | On::OnStatusChanged(text) => text.len(),
        On::OnReceiveGroups(groups) => of_all(groups, |it: &Group| it.id.len() + it.name.len()),
        On::OnReceiveBuddies(buddies) | On::OnBuddyStatusChanged(buddies) => {
            of_all(buddies, |it: &Buddy| {
                let names = it.account.len() + it.nickname.len() + it.personal_message.len();
                names + it.group_id.len() + it.status.len() + it.id.len()
            })
        }
        On::OnMessage(messages) => of_all(messages, |it: &Message| it.from.len() + it.text.len()),
        On::Other(element) => size_of::<Element>() + of_element(element),
    }
}

fn of_all<T>(all: &[T], heap: impl Fn(&T) -> usize) -> usize {
    all.iter().map(|one| size_of::<T>() + heap(one)).sum()
}

/// As deep as the reading of a response allows it to be.
fn of_element(element: &Element) -> usize {
    let attributes = of_all(element.attributes(), |it: &Attribute| it.value.len());
    attributes + of_all(element.children(), of_node)
}

fn of_node(node: &Node) -> usize {
    match node {
        Node::Element(element) => of_element(element),
        Node::Text(text) | Node::CData(text) => text.len(),
    }
}

fn of_problem(problem: &Problem) -> usize {
    problem.fault().map_or(0, |fault| {
        let detail = fault.detail.as_deref().unwrap_or_default();
        fault.reason.len() + text(fault.actor.as_ref()) + of_all(detail, of_node)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_and_list_counts() {
        let on = |event| Event::On {
            im_type: "msn".to_owned(),
            account: "a@b.example".to_owned(),
            event,
        };
        let message = Message {
            from: "c@d.example".to_owned(),
            text: "x".repeat(1000),
        };
        let told = on(On::OnMessage(vec![message.clone(), message])).heap();
        assert_eq!(told, 3 + 11 + 2 * (size_of::<Message>() + 11 + 1000));
        let inner = Element::new("", "b").with_text(&"x".repeat(500));
        let element = Element::new("", "a").with_child(inner);
        assert!(on(On::Other(Box::new(element))).heap() > 500 + 2 * size_of::<Element>());
    }
}
