//! How people, conversations and the words of the client are written in JSON: all as strings.

use std::fmt;

use msnp_client::{ContactId, ConversationId, InvalidId, Lists, Status};

/// Stands before the name of a group: without it, `19:abc` could be a person of network 19.
const GROUP: &str = "group:";

/// A conversation: the person, or `group:` and the group's name.
pub(crate) fn conversation(id: &ConversationId) -> String {
    match (id.group_name(), id.contact()) {
        (Some(name), _) => format!("{GROUP}{name}"),
        // A name that would be read as a group's.
        (None, Some(who)) if who.to_string().starts_with(GROUP) => {
            format!("{}:{}", who.network(), who.name())
        }
        (None, _) => id.to_string(),
    }
}

/// Reads what [`conversation`] writes.
pub(crate) fn read_conversation(text: &str) -> Result<ConversationId, InvalidId> {
    match text.strip_prefix(GROUP) {
        Some(name) => ConversationId::group(name),
        None => read_contact(text).map(ConversationId::from),
    }
}

/// A person: an e-mail address, or `network:name`.
pub(crate) fn read_contact(text: &str) -> Result<ContactId, InvalidId> {
    text.parse()
}

/// Every status that has a name in words.
const STATUSES: [Status; 9] = [
    Status::ONLINE,
    Status::BUSY,
    Status::AWAY,
    Status::BE_RIGHT_BACK,
    Status::IDLE,
    Status::ON_THE_PHONE,
    Status::OUT_TO_LUNCH,
    Status::HIDDEN,
    Status::OFFLINE,
];

/// A text is no status.
#[derive(Debug)]
pub(crate) struct NoStatus;

impl fmt::Display for NoStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is neither a status in words nor a code of three capital letters")
    }
}

/// Reads a status: in words as it is shown, or its code (msnp24.md 8).
pub(crate) fn read_status(text: &str) -> Result<Status, NoStatus> {
    let in_words = STATUSES.into_iter().find(|it| it.to_string() == text);
    let code = || Status::from_code(text.as_bytes().try_into().ok()?);
    in_words.or_else(code).ok_or(NoStatus)
}

/// The lists that somebody is on, in words.
pub(crate) fn lists(lists: Lists) -> Vec<&'static str> {
    let words = [
        (Lists::FORWARD, "forward"),
        (Lists::ALLOW, "allow"),
        (Lists::BLOCK, "block"),
        (Lists::REVERSE, "reverse"),
        (Lists::PENDING, "pending"),
    ];
    let on = words.into_iter().filter(|(list, _)| lists.contains(*list));
    on.map(|(_, word)| word).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_group_whose_name_looks_like_a_person_s_stays_a_group() {
        let group = ConversationId::group("19:abc@thread.skype").expect("a name");
        assert_eq!(conversation(&group), "group:19:abc@thread.skype");
        assert_eq!(read_conversation("group:19:abc@thread.skype"), Ok(group));
        let person = read_conversation("19:abc@thread.skype").expect("a name");
        assert!(person.contact().is_some());
    }

    #[test]
    fn statuses_are_read_as_they_are_shown_and_by_code() {
        for status in STATUSES {
            assert_eq!(read_status(&status.to_string()).ok(), Some(status));
            assert_eq!(read_status(status.code()).ok(), Some(status));
        }
        assert!(read_status("XYZ").is_ok());
        assert!(read_status("xyz").is_err() && read_status("ONLINE").is_err());
    }

    #[test]
    fn a_person_whose_name_looks_like_a_group_s_stays_a_person() {
        let person = ContactId::messenger("group:a@b").expect("a name");
        let person = ConversationId::from(person);
        assert_eq!(conversation(&person), "1:group:a@b");
        assert_eq!(read_conversation("1:group:a@b"), Ok(person));
    }

    proptest! {
        #[test]
        fn conversations_come_back(name in "\\PC{1,40}") {
            if let Ok(read) = read_conversation(&name) {
                let written = conversation(&read);
                prop_assert_eq!(read_conversation(&written), Ok(read));
            }
            if let Ok(person) = ContactId::on_network(1, &name) {
                let person = ConversationId::from(person);
                let written = conversation(&person);
                prop_assert_eq!(read_conversation(&written), Ok(person));
            }
            if let Ok(group) = ConversationId::group(&name) {
                let written = conversation(&group);
                prop_assert_eq!(read_conversation(&written), Ok(group));
            }
        }
    }
}
