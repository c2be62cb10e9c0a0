//! `SlashCommand`: what a person types behind a slash.

use msnp_client::{ContactId, Status};

/// One command, understood as far as the words go; names are looked up by the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SlashCommand {
    /// Open the conversation with somebody, and say something if there is something to say.
    Message {
        name: String,
        text: String,
    },
    Add(String),
    Remove(String),
    Block(String),
    Unblock(String),
    /// Whether whoever is on no list is let in.
    AllowOthers(bool),
    Status(Status),
    Name(String),
    PersonalMessage(String),
    Nudge,
    Thread {
        names: Vec<String>,
        topic: Option<String>,
    },
    Topic(String),
    Invite(String),
    Kick(String),
    Leave,
    History,
    Find(String),
    Who,
    Resend,
    Edit(String),
    Close,
    SignIn,
    Help,
    Quit,
}

/// Why a line is no command.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum SlashError {
    #[error("there is no such command; /help lists them")]
    Unknown,
    #[error("usage: {0}")]
    Usage(&'static str),
    #[error("a status is one of online, busy, away, brb, idle, phone, lunch, hidden")]
    Status,
}

/// How a command is used, and what it does.
pub(super) struct Help {
    pub(super) usage: &'static str,
    pub(super) what: &'static str,
}

/// Every command, in the order in which they are listed.
pub(super) const COMMANDS: [Help; 24] = [
    help("/msg NAME [TEXT]", "open a conversation"),
    help("/add ADDRESS", "put somebody on your list"),
    help("/remove NAME", "take somebody off your list"),
    help("/block NAME", "hide from somebody"),
    help("/unblock NAME", "stop hiding"),
    help(
        "/privacy open|closed",
        "whether people on none of your lists see you and write",
    ),
    help(
        "/status online|busy|away|brb|idle|phone|lunch|hidden",
        "say how you are",
    ),
    help("/name TEXT", "what you call yourself"),
    help("/psm [TEXT]", "the line under your name"),
    help("/nudge", "shake the other side's window"),
    help("/thread NAME... [: TOPIC]", "make a group"),
    help("/topic [TEXT]", "name the group"),
    help("/invite NAME", "take somebody into the group"),
    help("/kick NAME", "put somebody out of the group"),
    help("/leave", "leave the group"),
    help("/history", "show older messages"),
    help("/find TEXT", "list what was said with this in it"),
    help("/who", "list who is in the group, or on your list"),
    help("/resend", "send again what was not delivered here"),
    help(
        "/edit [TEXT]",
        "replace your last message; without text, delete it",
    ),
    help("/close", "close this conversation"),
    help("/signin", "sign in again"),
    help("/help", "show this list"),
    help("/quit", "sign out and end"),
];

const fn help(usage: &'static str, what: &'static str) -> Help {
    Help { usage, what }
}

/// The command alone, as `/msg`.
pub(super) fn name(help: &Help) -> &'static str {
    help.usage.split(' ').next().unwrap_or(help.usage)
}

/// The words for a status.
pub(super) const STATUSES: [(&str, Status); 8] = [
    ("online", Status::ONLINE),
    ("busy", Status::BUSY),
    ("away", Status::AWAY),
    ("brb", Status::BE_RIGHT_BACK),
    ("idle", Status::IDLE),
    ("phone", Status::ON_THE_PHONE),
    ("lunch", Status::OUT_TO_LUNCH),
    ("hidden", Status::HIDDEN),
];

/// Reads a line that starts with a slash.
pub(super) fn parse(line: &str) -> Result<SlashCommand, SlashError> {
    let (typed, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    let Some(help) = COMMANDS.iter().find(|help| name(help) == typed) else {
        return Err(SlashError::Unknown);
    };
    let usage = SlashError::Usage(help.usage);
    let wanted = || match rest {
        "" => Err(usage),
        rest => Ok(rest.to_owned()),
    };
    Ok(match typed {
        "/msg" => {
            let (name, text) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            if name.is_empty() {
                return Err(usage);
            }
            SlashCommand::Message {
                name: name.to_owned(),
                text: text.trim().to_owned(),
            }
        }
        "/add" => SlashCommand::Add(wanted()?),
        "/remove" => SlashCommand::Remove(wanted()?),
        "/block" => SlashCommand::Block(wanted()?),
        "/unblock" => SlashCommand::Unblock(wanted()?),
        "/privacy" => SlashCommand::AllowOthers(match &*wanted()? {
            "open" => true,
            "closed" => false,
            _ => return Err(usage),
        }),
        "/status" => SlashCommand::Status(status(&wanted()?)?),
        "/name" => SlashCommand::Name(wanted()?),
        "/psm" => SlashCommand::PersonalMessage(rest.to_owned()),
        "/nudge" => SlashCommand::Nudge,
        "/thread" => {
            // "8:live:bob" is a name, so a topic's colon has a space before it.
            let (names, topic) = match rest.split_once(" :") {
                Some((names, topic)) => (names, Some(topic.trim().to_owned())),
                None => (rest, None),
            };
            let names: Vec<String> = names.split_whitespace().map(str::to_owned).collect();
            if names.is_empty() {
                return Err(usage);
            }
            SlashCommand::Thread { names, topic }
        }
        "/topic" => SlashCommand::Topic(rest.to_owned()),
        "/invite" => SlashCommand::Invite(wanted()?),
        "/kick" => SlashCommand::Kick(wanted()?),
        "/leave" => SlashCommand::Leave,
        "/history" => SlashCommand::History,
        "/find" => SlashCommand::Find(wanted()?),
        "/who" => SlashCommand::Who,
        "/resend" => SlashCommand::Resend,
        "/edit" => SlashCommand::Edit(rest.to_owned()),
        "/close" => SlashCommand::Close,
        "/signin" => SlashCommand::SignIn,
        "/help" => SlashCommand::Help,
        "/quit" => SlashCommand::Quit,
        _ => return Err(SlashError::Unknown),
    })
}

/// A status by one of our words, the protocol's code, or what it is called in full.
fn status(word: &str) -> Result<Status, SlashError> {
    let word = word.to_lowercase();
    STATUSES
        .iter()
        .find(|(name, status)| {
            *name == word || status.code().eq_ignore_ascii_case(&word) || status.to_string() == word
        })
        .map(|(_, status)| *status)
        .ok_or(SlashError::Status)
}

/// The person that `name` means: an address, or a name or part before the `@` that only one of
/// `people` has. `people` gives each id with what it is called.
pub(super) fn find<'a>(
    name: &str,
    people: impl Iterator<Item = (&'a ContactId, &'a str)> + Clone,
) -> Result<ContactId, FindError> {
    let wanted = name.to_lowercase();
    let is = |id: &ContactId, called: &str| {
        id.name() == wanted
            || called.to_lowercase() == wanted
            || id.name().split('@').next() == Some(&*wanted)
            || id.name().rsplit(':').next() == Some(&*wanted)
    };
    let mut found = people.filter(|(id, called)| is(id, called));
    match (found.next(), found.next()) {
        (Some((id, _)), None) => Ok(id.clone()),
        (Some(_), Some(_)) => address(name).ok_or_else(|| FindError::Several(name.to_owned())),
        _ => address(name).ok_or_else(|| FindError::Nobody(name.to_owned())),
    }
}

/// An address as one would type it: a Skype name of a Microsoft account needs no `8:`.
fn address(name: &str) -> Option<ContactId> {
    match name.parse() {
        Ok(id) => Some(id),
        Err(_) if name.starts_with("live:") => ContactId::skype(name).ok(),
        Err(_) => None,
    }
}

/// Why a name means nobody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum FindError {
    #[error("nobody on your list is called “{0}”, and it is no address")]
    Nobody(String),
    #[error("more than one person is called “{0}”; give the address")]
    Several(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: SlashCommand) {
        assert_eq!(parse(line), Ok(expected));
    }

    #[track_caller]
    fn check_error(line: &str, text: &str) {
        let error = parse(line).expect_err("no command").to_string();
        assert!(error.contains(text), "{error}");
    }

    #[test]
    fn commands_are_understood() {
        let (name, text) = ("bob".to_owned(), "hi  there".to_owned());
        check("/msg bob hi  there", SlashCommand::Message { name, text });
        check("/status BRB", SlashCommand::Status(Status::BE_RIGHT_BACK));
        check(
            "/status out to lunch",
            SlashCommand::Status(Status::OUT_TO_LUNCH),
        );
        check("/privacy closed", SlashCommand::AllowOthers(false));
        check("/psm", SlashCommand::PersonalMessage(String::new()));
        check("/edit new text", SlashCommand::Edit("new text".into()));
    }

    #[test]
    fn what_is_no_command_is_told_how_it_would_be_one() {
        check_error("/add", "usage: /add ADDRESS");
        check_error("/status gone", "one of online");
        check_error("/privacy ajar", "usage: /privacy open|closed");
        check_error("/dance", "no such command");
        check_error("/", "no such command");
    }

    #[test]
    fn groups_have_names_and_maybe_a_topic() {
        let thread = |names: &[&str], topic: Option<&str>| SlashCommand::Thread {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            topic: topic.map(str::to_owned),
        };
        check(
            "/thread bob 8:live:eve",
            thread(&["bob", "8:live:eve"], None),
        );
        check(
            "/thread bob 8:live:eve : Lunch: where",
            thread(&["bob", "8:live:eve"], Some("Lunch: where")),
        );
        check("/thread bob :Lunch", thread(&["bob"], Some("Lunch")));
    }

    #[test]
    fn every_listed_command_is_understood_or_asks_for_its_words() {
        for help in COMMANDS {
            assert_ne!(
                parse(name(&help)),
                Err(SlashError::Unknown),
                "{}",
                name(&help)
            );
        }
    }

    #[test]
    fn people_are_found_by_what_one_would_type() {
        let bob: ContactId = "bob@example.com".parse().expect("an address");
        let eve: ContactId = "8:live:eve".parse().expect("an address");
        let other: ContactId = "bob@example.org".parse().expect("an address");
        let two = [(&bob, "Bobby"), (&eve, "Eve")];
        for name in ["bob", "Bobby", "bob@example.com", "BOB"] {
            assert_eq!(find(name, two.into_iter()), Ok(bob.clone()), "{name}");
        }
        assert_eq!(find("eve", two.into_iter()), Ok(eve.clone()));
        assert_eq!(find("live:eve", two.into_iter()), Ok(eve.clone()));
        let new = ContactId::skype("live:dave").expect("a name");
        assert_eq!(find("live:dave", two.into_iter()), Ok(new));
        assert_eq!(
            find("nobody", two.into_iter()),
            Err(FindError::Nobody("nobody".into()))
        );
        let three = [(&bob, "Bobby"), (&other, "Bob 2")];
        assert_eq!(
            find("bob", three.into_iter()),
            Err(FindError::Several("bob".into()))
        );
        assert_eq!(
            find("bob@example.org", three.into_iter()),
            Ok(other.clone())
        );
    }
}
