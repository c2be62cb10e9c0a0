//! The stored forms of what has no column of its own. Released forms never change.
//!
//! A *number* is 7 bits a byte, the lowest first, the top bit set in all but the last. A *text* is its
//! length in bytes as a number, then UTF-8.
//!
//! | what | form |
//! |---|---|
//! | attributes | name and value of each as texts, one after the other |
//! | activity | `1` added, `2` removed, `3` roles, `4` topic; when, in milliseconds, as a number; by whom as a number; then to the end: each person as a number (for roles, then `0` user or `1` admin), or the topic in UTF-8 |
//! | groups of a contact | 16 bytes each |

use std::sync::Arc;

use machine_contract::UnixTime;
use msnp_proto::Guid;
use msnp_server::identity::{PersonId, Who};
use msnp_server::network::{Activity, Attributes, Deed, GroupId, Role};

use super::error::Error;

const ADDED: u8 = 1;
const REMOVED: u8 = 2;
const ROLES: u8 = 3;
const TOPIC: u8 = 4;

const USER: u8 = 0;
const ADMIN: u8 = 1;

/// Attributes, to be stored.
pub(super) fn attributes(attributes: &Attributes) -> Vec<u8> {
    let mut form = Vec::with_capacity(attributes.size() + 8);
    for (name, value) in attributes.iter() {
        for text in [name, value] {
            put_number(&mut form, text.len() as u64);
            form.extend_from_slice(text.as_bytes());
        }
    }
    form
}

/// Attributes, as stored.
pub(super) fn read_attributes(form: &[u8]) -> Result<Attributes, Error> {
    let mut rest = Form {
        rest: form,
        what: "message's attributes",
    };
    let mut attributes = Attributes::new();
    while !rest.is_empty() {
        let name = rest.text()?;
        attributes.push(name, rest.text()?);
    }
    Ok(attributes)
}

/// What happened in a thread, to be stored.
pub(super) fn activity(activity: &Activity) -> Vec<u8> {
    let mut form = Vec::with_capacity(32);
    form.push(match activity.deed {
        Deed::Added(_) => ADDED,
        Deed::Removed(_) => REMOVED,
        Deed::Roles(_) => ROLES,
        Deed::Topic(_) => TOPIC,
    });
    put_number(&mut form, activity.at.as_millis());
    put_number(&mut form, activity.by.person().get());
    match &activity.deed {
        Deed::Added(people) | Deed::Removed(people) => {
            for who in people {
                put_number(&mut form, who.person().get());
            }
        }
        Deed::Roles(people) => {
            for (who, role) in people {
                put_number(&mut form, who.person().get());
                form.push(match role {
                    Role::Admin => ADMIN,
                    Role::User => USER,
                });
            }
        }
        Deed::Topic(topic) => form.extend_from_slice(topic.as_bytes()),
    }
    form
}

/// What happened in a thread, as stored; `who` knows the people.
pub(super) fn read_activity(
    form: &[u8],
    mut who: impl FnMut(PersonId) -> Result<Who, Error>,
) -> Result<Activity, Error> {
    let mut rest = Form {
        rest: form,
        what: "thread's activity",
    };
    let kind = rest.byte()?;
    let at = UnixTime::from_millis(rest.number()?);
    let by = who(PersonId::new(rest.number()?))?;
    let mut people = |rest: &mut Form<'_>| {
        let mut people = Vec::new();
        while !rest.is_empty() {
            people.push(who(PersonId::new(rest.number()?))?);
        }
        Ok::<_, Error>(people)
    };
    let deed = match kind {
        ADDED => Deed::Added(people(&mut rest)?),
        REMOVED => Deed::Removed(people(&mut rest)?),
        ROLES => {
            let mut people = Vec::new();
            while !rest.is_empty() {
                let person = who(PersonId::new(rest.number()?))?;
                let role = match rest.byte()? {
                    USER => Role::User,
                    ADMIN => Role::Admin,
                    _ => return Err(rest.damaged()),
                };
                people.push((person, role));
            }
            Deed::Roles(people)
        }
        TOPIC => Deed::Topic(rest.rest_as_text()?),
        _ => return Err(rest.damaged()),
    };
    Ok(Activity { at, by, deed })
}

/// The groups that a contact is in, to be stored.
pub(super) fn groups(groups: &[GroupId]) -> Vec<u8> {
    groups.iter().flat_map(Guid::as_bytes).copied().collect()
}

/// The groups that a contact is in, as stored.
pub(super) fn read_groups(form: &[u8]) -> Result<Vec<GroupId>, Error> {
    let (groups, rest) = form.as_chunks();
    if !rest.is_empty() {
        return Err(Error::Damaged {
            what: "contact's groups",
        });
    }
    Ok(groups.iter().copied().map(Guid::from_bytes).collect())
}

fn put_number(form: &mut Vec<u8>, mut number: u64) {
    loop {
        let low = number.to_le_bytes()[0] & 0x7F;
        number >>= 7;
        if number == 0 {
            form.push(low);
            return;
        }
        form.push(low | 0x80);
    }
}

/// What is left to read of a stored form.
struct Form<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl Form<'_> {
    const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    const fn damaged(&self) -> Error {
        Error::Damaged { what: self.what }
    }

    fn byte(&mut self) -> Result<u8, Error> {
        let (byte, rest) = self.rest.split_first().ok_or_else(|| self.damaged())?;
        self.rest = rest;
        Ok(*byte)
    }

    fn number(&mut self) -> Result<u64, Error> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let low = u64::from(byte & 0x7F);
            // The tenth byte has room for the highest bit alone.
            if shift == 63 && low > 1 {
                break;
            }
            number |= low << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(self.damaged())
    }

    fn text(&mut self) -> Result<Arc<str>, Error> {
        let length = usize::try_from(self.number()?).map_err(|_| self.damaged())?;
        let (text, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or_else(|| self.damaged())?;
        self.rest = rest;
        Form {
            rest: text,
            ..*self
        }
        .rest_as_text()
    }

    fn rest_as_text(&mut self) -> Result<Arc<str>, Error> {
        let text = std::str::from_utf8(self.rest).map_err(|_| self.damaged())?;
        Ok(text.into())
    }
}

#[cfg(test)]
mod tests {
    use msnp_server::identity::{EmailAddress, HomeId, SkypeId};
    use proptest::prelude::*;

    use super::*;

    fn person(id: u64) -> Who {
        let skype_id = SkypeId::parse(&format!("p{id}")).unwrap();
        let email = EmailAddress::parse(&format!("p{id}@example.org")).unwrap();
        Who::new(PersonId::new(id), HomeId::default(), skype_id, email)
    }

    fn whoever() -> impl Strategy<Value = Who> {
        any::<u64>().prop_map(person)
    }

    fn role() -> impl Strategy<Value = Role> {
        prop_oneof![Just(Role::Admin), Just(Role::User)]
    }

    fn deed() -> impl Strategy<Value = Deed> {
        let people = || proptest::collection::vec(whoever(), 0..4);
        prop_oneof![
            people().prop_map(Deed::Added),
            people().prop_map(Deed::Removed),
            proptest::collection::vec((whoever(), role()), 0..4).prop_map(Deed::Roles),
            any::<String>().prop_map(|topic| Deed::Topic(topic.into())),
        ]
    }

    proptest! {
        #[test]
        fn activities_come_back_as_they_were(at: u64, by in whoever(), deed in deed()) {
            let said = Activity { at: UnixTime::from_millis(at), by, deed };
            let form = activity(&said);
            let found = read_activity(&form, |who| Ok(person(who.get()))).unwrap();
            prop_assert_eq!(found, said);
        }

        #[test]
        fn attributes_come_back_as_they_were(
            all in proptest::collection::vec(any::<(String, String)>(), 0..6)
        ) {
            let mut given = Attributes::new();
            for (name, value) in all {
                given.push(name, value);
            }
            prop_assert_eq!(read_attributes(&attributes(&given)).unwrap(), given);
        }

        #[test]
        fn groups_come_back_as_they_were(all: Vec<[u8; 16]>) {
            let all: Vec<GroupId> = all.into_iter().map(Guid::from_bytes).collect();
            prop_assert_eq!(read_groups(&groups(&all)).unwrap(), all);
        }

        #[test]
        fn any_bytes_are_read_without_panic(form: Vec<u8>) {
            let _ = read_activity(&form, |who| Ok(person(who.get())));
            let _ = read_attributes(&form);
            let _ = read_groups(&form);
        }
    }

    #[test]
    fn the_forms_of_released_versions_are_read_for_ever() {
        let said = Activity {
            at: UnixTime::from_millis(1_431_882_693_260),
            by: person(1),
            deed: Deed::Roles(vec![(person(2), Role::Admin), (person(300), Role::User)]),
        };
        let form = b"\x03\x8c\xf5\xef\x96\xd6\x29\x01\x02\x01\xac\x02\x00";
        assert_eq!(activity(&said), form);
        let mut given = Attributes::new();
        given.push("Content-Type", "Text/plain");
        assert_eq!(attributes(&given), b"\x0cContent-Type\x0aText/plain");
    }
}
