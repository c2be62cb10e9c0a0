//! Threads: `MSGR\THREAD` documents and activity messages, between the wire and the network's values.

use bytes::Bytes;
use msnp_proto::payload::thread as wire;
use msnp_proto::payload::thread::{RoleChange, ThreadActivity};

use super::forms::Forms;
use super::refusal::ErrorReply;
use crate::faces::layered::address;
use crate::identity::{Address, Who};
use crate::network::{Activity, Command, Deed, Role, Thread};

/// `PUT MSGR\THREAD`: makes a thread, or adds members, changes roles, sets the topic.
pub(super) fn put(wanted: &wire::Thread) -> Result<Command, ErrorReply> {
    let members = wanted.members.iter().map(|member| {
        // Any word but `admin` is a user.
        let admin = member.role.as_ref() == Some(&wire::Role::ADMIN);
        let role = if admin { Role::Admin } else { Role::User };
        Ok((person(member)?, role))
    });
    let members = members.collect::<Result<_, ErrorReply>>()?;
    let topic = wanted.topic.as_ref().map(|topic| topic.trim().into());
    let Some(id) = &wanted.id else {
        return Ok(Command::MakeThread { members, topic });
    };
    let thread = address::thread(id).ok_or(ErrorReply::NO_SUCH_USER)?;
    Ok(Command::ChangeThread {
        thread,
        members,
        topic,
    })
}

/// `DEL MSGR\THREAD`: removes members; who names oneself leaves.
pub(super) fn remove(wanted: &wire::Thread) -> Result<Command, ErrorReply> {
    let thread = wanted.id.as_ref().and_then(address::thread);
    let thread = thread.ok_or(ErrorReply::NO_SUCH_USER)?;
    let members = wanted.members.iter().map(person);
    let members = members.collect::<Result<_, ErrorReply>>()?;
    Ok(Command::LeaveThread { thread, members })
}

/// The people whom a document names.
pub(super) fn named(wanted: &wire::Thread) -> impl Iterator<Item = Address> {
    let members = wanted.members.iter();
    members.filter_map(|member| address::person(&member.mri))
}

fn person(member: &wire::Member) -> Result<Address, ErrorReply> {
    address::person(&member.mri).ok_or(ErrorReply::NO_SUCH_USER)
}

/// The `<thread>` that members are shown.
pub(super) fn document(thread: &Thread, forms: &Forms) -> wire::Thread {
    let members = thread
        .present()
        .map(|member| wire::Member::new(forms.muri(&member.who), word(member.role)));
    wire::Thread {
        id: Some(address::of_thread(thread.id)),
        version: Some(thread.version),
        // As in every sample (msnp24.md 20, question 12).
        capabilities: Some(2047),
        topic: Some(thread.topic.to_string()),
        creator: Some(forms.muri(&thread.creator)),
        members: members.collect(),
        ..wire::Thread::default()
    }
}

/// The type and the body of the message that says what happened.
pub(super) fn activity(activity: &Activity, forms: &Forms) -> (&'static str, Bytes) {
    let (event_time, initiator) = (activity.at.as_millis(), forms.muri(&activity.by));
    let addresses = |people: &[Who]| people.iter().map(|who| forms.muri(who)).collect();
    // The type stands beside the document, which does not name itself (msnp24.md 11).
    let (kind, body) = match &activity.deed {
        Deed::Added(people) => {
            let targets = addresses(people);
            let body = ThreadActivity::AddMember {
                event_time,
                initiator,
                targets,
            };
            ("ThreadActivity/AddMember", body)
        }
        Deed::Removed(people) => {
            let targets = addresses(people);
            let body = ThreadActivity::DeleteMember {
                event_time,
                initiator,
                targets,
            };
            ("ThreadActivity/DeleteMember", body)
        }
        Deed::Roles(people) => {
            let change = |(who, role): &(Who, Role)| RoleChange {
                id: forms.muri(who),
                role: word(*role),
            };
            let body = ThreadActivity::RoleUpdate {
                event_time,
                initiator,
                targets: people.iter().map(change).collect(),
            };
            ("ThreadActivity/RoleUpdate", body)
        }
        Deed::Topic(topic) => {
            let body = ThreadActivity::TopicUpdate {
                event_time,
                initiator,
                topic: topic.to_string(),
            };
            ("ThreadActivity/TopicUpdate", body)
        }
    };
    (kind, body.encode().into())
}

const fn word(role: Role) -> wire::Role {
    match role {
        Role::Admin => wire::Role::ADMIN,
        Role::User => wire::Role::USER,
    }
}

#[cfg(test)]
mod tests {
    use machine_contract::UnixTime;

    use super::*;
    use crate::identity::{EmailAddress, HomeId, PersonId, SkypeId};
    use crate::network::{Member, ThreadId};

    const ID: &str = "19:00000000000000000000000000000007@thread.skype";

    fn who(name: &str) -> Who {
        Who::new(
            PersonId::new(u64::from(name.as_bytes()[0])),
            HomeId(0),
            SkypeId::parse(name).unwrap(),
            EmailAddress::parse(&format!("{name}@example.org")).unwrap(),
        )
    }

    fn thread() -> Thread {
        let member = |name: &str, role, left| Member {
            who: who(name),
            role,
            left,
        };
        Thread {
            id: ThreadId(7u128.to_be_bytes()),
            version: 5,
            topic: "tea & cake".into(),
            creator: who("alice"),
            members: vec![
                member("alice", Role::Admin, None),
                member("bob", Role::User, None),
                member("carol", Role::User, Some(UnixTime::from_millis(1))),
            ],
        }
    }

    fn forms() -> Forms {
        let mut forms = Forms::default();
        forms.note(&Address::Email(who("bob").email().clone()));
        forms
    }

    #[test]
    fn a_document_shows_who_is_there_by_the_names_that_the_client_uses() {
        let document = document(&thread(), &forms()).encode();
        let expected = format!(
            "<thread><id>{ID}</id><version>5</version><capabilities>2047</capabilities><properties><topic>tea &amp; cake</topic><creator>8:alice</creator></properties><members><member><mri>8:alice</mri><role>admin</role></member><member><mri>1:bob@example.org</mri><role>user</role></member></members></thread>"
        );
        assert_eq!(String::from_utf8(document).unwrap(), expected);
    }

    #[test]
    fn a_document_that_was_shown_asks_for_what_is_there() {
        let shown = document(&thread(), &forms());
        let Ok(Command::ChangeThread {
            thread,
            members,
            topic,
        }) = put(&shown)
        else {
            panic!("a change")
        };
        assert_eq!(thread, ThreadId(7u128.to_be_bytes()));
        let (alice, bob) = (who("alice"), who("bob"));
        let expected = [
            (Address::Skype(alice.skype_id().clone()), Role::Admin),
            (Address::Email(bob.email().clone()), Role::User),
        ];
        assert_eq!(members, expected);
        assert_eq!(topic.as_deref(), Some("tea & cake"));
        let Ok(Command::LeaveThread { members, .. }) = remove(&shown) else {
            panic!("a removal")
        };
        assert_eq!(members, expected.map(|(address, _)| address));
        assert_eq!(named(&shown).count(), 2);
    }

    #[test]
    fn people_of_other_networks_and_other_threads_are_not_there() {
        let named = |id: &str, mri: &str| wire::Thread {
            id: Some(id.parse().unwrap()),
            members: vec![wire::Member::removed(mri.parse().unwrap())],
            ..wire::Thread::default()
        };
        for wanted in [named(ID, "32:a@yahoo.com"), named("19:x", "8:bob")] {
            assert_eq!(put(&wanted), Err(ErrorReply::NO_SUCH_USER));
            assert_eq!(remove(&wanted), Err(ErrorReply::NO_SUCH_USER));
        }
        let nameless = wire::Thread::default();
        assert_eq!(remove(&nameless), Err(ErrorReply::NO_SUCH_USER));
        assert!(matches!(put(&nameless), Ok(Command::MakeThread { .. })));
    }

    #[test]
    fn every_deed_is_a_message_of_its_type() {
        let people = vec![who("bob"), who("carol")];
        let head = "<eventtime>9</eventtime><initiator>8:alice</initiator>";
        let targets = "<target>1:bob@example.org</target><target>8:carol</target>";
        for (deed, expected) in [
            (
                Deed::Added(people.clone()),
                format!("<addmember>{head}{targets}</addmember>"),
            ),
            (
                Deed::Removed(people),
                format!("<deletemember>{head}{targets}</deletemember>"),
            ),
            (
                Deed::Roles(vec![(who("carol"), Role::Admin)]),
                format!(
                    "<roleupdate>{head}<target><id>8:carol</id><role>admin</role></target></roleupdate>"
                ),
            ),
            (
                Deed::Topic("tea & cake".into()),
                format!("<topicupdate>{head}<value>tea &amp; cake</value></topicupdate>"),
            ),
        ] {
            let said = Activity {
                at: UnixTime::from_millis(9),
                by: who("alice"),
                deed,
            };
            let (kind, body) = activity(&said, &forms());
            assert_eq!(body, expected);
            let read = ThreadActivity::parse(&body).unwrap();
            let own = read.message_type().unwrap();
            assert_eq!(own.as_str(), kind);
        }
    }
}
