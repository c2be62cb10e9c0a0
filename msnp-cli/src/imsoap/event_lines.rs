//! Events as lines, in the service's words, one line for each thing that happened.

use msnp_client::bsim::{Event, Problem, Reason};
use soap_codec::bsim::{Buddy, Event as On};

use crate::network::remedy;
use crate::shown;

/// What a client's event says, and whether something of it went wrong. The fates of messages are told
/// by whoever knows their texts.
pub(super) fn lines(event: &Event, log: bool) -> (Vec<String>, bool) {
    // The account stands in front wherever several may be meant: a session has many.
    match event {
        Event::On {
            event: On::OnLog(items),
            account,
            ..
        } if items.iter().any(|item| is_refusal(item)) => {
            let told = items.iter().filter(|item| log || is_refusal(item));
            let told = told.map(|item| {
                shown::line(&if is_refusal(item) {
                    format!("! {account}: {item}")
                } else {
                    format!("{account} OnLog {item}")
                })
            });
            (told.collect(), true)
        }
        // Notes of the service for whoever looks into a sign-in, a dozen each time.
        Event::On {
            event: On::OnLog(_),
            ..
        } if !log => (Vec::new(), false),
        Event::SignedIn {
            login_time,
            client_ip,
        } => {
            let (time, from) = (login_time.as_deref(), client_ip.as_deref());
            let (time, from) = (time.unwrap_or("?"), from.unwrap_or("?"));
            let text = format!("* signed in at {time} from {from}");
            (vec![shown::line(&text)], false)
        }
        Event::On { account, event, .. } => {
            let told = |text: String| format!("{} {text}", shown::line(account));
            (happened(event).into_iter().map(told).collect(), false)
        }
        Event::LoginImFailed { account, reason } => {
            let text = format!("! {account} is not signed in: {reason}");
            (vec![shown::line(&text)], true)
        }
        Event::ChangeStatusFailed {
            account,
            status,
            problem,
        } => {
            let text = format!("! {account} does not become {status}: {problem}");
            (vec![shown::line(&text)], true)
        }
        Event::Retrying {
            operation, problem, ..
        } => {
            let text = format!("* {operation} is tried again: {problem}");
            (vec![shown::line(&text)], false)
        }
        Event::SessionLost { problem, .. } => {
            let text = format!("* signing in again: {problem}");
            (vec![shown::line(&text)], false)
        }
        Event::SignedOut(Reason::Requested) => {
            let text = "* leaving; the accounts stay signed in until the service hears nothing for a while";
            (vec![text.to_owned()], false)
        }
        Event::SignedOut(reason) => {
            let mut lines = vec![shown::line(&format!("* {reason}"))];
            if let Reason::Refused(Problem::Certificate(fault)) = reason {
                lines.push(format!("* {}", remedy(*fault)));
            }
            (lines, false)
        }
        _ => (Vec::new(), false),
    }
}

/// Whether a note of `msnp-service` says that something was not done that it had accepted: the protocol has no other word for it
/// (soap.md 6).
fn is_refusal(note: &str) -> bool {
    note.starts_with("A message to ") && note.contains(" was not sent: ")
        || note.starts_with("The status ") && note.contains(" was not set: ")
}

/// One of the service's elements: its name and what is in it.
pub(crate) fn happened(event: &On) -> Vec<String> {
    let each = |name: &str, texts: Vec<String>| -> Vec<String> {
        let line = |text: String| shown::line(&format!("{name} {text}"));
        texts.into_iter().map(line).collect()
    };
    match event {
        On::OnLog(items) => each("OnLog", items.clone()),
        On::OnLogin(datetime) => each("OnLogin", vec![datetime.clone()]),
        On::OnNicknameChanged(name) => each("OnNicknameChanged", vec![name.clone()]),
        On::OnReceiveGroups(groups) => {
            let group = |it: &soap_codec::bsim::Group| format!("{} {}", it.id, it.name);
            each("OnReceiveGroups", groups.iter().map(group).collect())
        }
        On::OnReceiveBuddies(buddies) => {
            each("OnReceiveBuddies", buddies.iter().map(buddy).collect())
        }
        On::OnStatusChanged(status) => each("OnStatusChanged", vec![status.clone()]),
        On::OnBuddyStatusChanged(buddies) => {
            each("OnBuddyStatusChanged", buddies.iter().map(buddy).collect())
        }
        On::OnMessage(messages) => {
            let said = |it: &soap_codec::bsim::Message| format!("{}: {}", it.from, it.text);
            each("OnMessage", messages.iter().map(said).collect())
        }
        On::Other(element) => each(element.local(), vec![element.text().into_owned()]),
    }
}

fn buddy(buddy: &Buddy) -> String {
    let message = match buddy.personal_message.as_str() {
        "" => String::new(),
        text => format!(" – {text}"),
    };
    let blocked = if buddy.blocked { " (blocked)" } else { "" };
    let (account, status) = (&buddy.account, &buddy.status);
    // Marked so that no name ends before its mark; the line is escaped as a whole.
    let name = buddy.nickname.replace('”', "'");
    format!("{account} {status} “{name}”{message}{blocked}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use soap_codec::bsim::Message;

    #[track_caller]
    fn check(event: &On, expected: &[&str]) {
        assert_eq!(happened(event), expected);
    }

    #[test]
    fn every_entry_is_a_line() {
        let log = ["Connecting NS...", "Login OK."].map(str::to_owned);
        check(
            &On::OnLog(log.to_vec()),
            &["OnLog Connecting NS...", "OnLog Login OK."],
        );
        check(
            &On::OnStatusChanged("NLN".to_owned()),
            &["OnStatusChanged NLN"],
        );
        let message = |text: &str| Message {
            from: "bob@live.com".to_owned(),
            text: text.to_owned(),
        };
        check(
            &On::OnMessage(vec![message("小美"), message("a\nb\\\u{1b}[2J")]),
            &[
                "OnMessage bob@live.com: 小美",
                "OnMessage bob@live.com: a\\nb\\\\\\u{1b}[2J",
            ],
        );
        let wink = soap_codec::Element::new("", "OnWink").with_text("x");
        check(&On::Other(wink.into()), &["OnWink x"]);
    }

    #[test]
    fn buddies_say_all_that_is_known() {
        let bob = Buddy {
            account: "bob@live.com".to_owned(),
            nickname: "Bob".to_owned(),
            status: "NLN".to_owned(),
            blocked: true,
            personal_message: "hi".to_owned(),
            ..Buddy::default()
        };
        let expected = ["OnReceiveBuddies bob@live.com NLN “Bob” – hi (blocked)"];
        check(&On::OnReceiveBuddies(vec![bob]), &expected);
    }
}
