//! What the main connection and that of a conversation say to each other, in the private room of both.
//!
//! Nobody else is ever in that room, so nothing of it comes from a client; what a client has said is carried behind the
//! attributes that are the server's.

use std::sync::Arc;

use bytes::Bytes;

use crate::identity::PersonId;
use crate::network::{Attributes, Number, Said};

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Handover {
    /// By the main one: somebody has said this to the person.
    Said {
        /// If it is kept until it is received.
        number: Option<Number>,
        /// Their account.
        author: Arc<str>,
        /// What.
        said: Said,
    },
    /// By the other: with whom alone the conversation is.
    With(Option<PersonId>),
    /// By the other: these were received.
    Received(Vec<Number>),
    /// By the other: these were [taken](crate::network::Evidence::Taken).
    Taken(Vec<Number>),
}

const SAID: &str = "Handover/Said";
const WITH: &str = "Handover/With";
const RECEIVED: &str = "Handover/Received";
const TAKEN: &str = "Handover/Taken";
const KIND: &str = "Handover-Kind";
const NUMBER: &str = "Handover-Number";
const AUTHOR: &str = "Handover-Author";

impl Handover {
    pub(super) fn to_said(&self) -> Said {
        let mut attributes = Attributes::new();
        let (kind, body) = match self {
            Self::Said {
                number,
                author,
                said,
            } => {
                // In front of all that a client has given: the first of a name counts.
                attributes.push(KIND, said.kind.clone());
                attributes.push(AUTHOR, author.clone());
                let number = number.map(|one| one.0.to_string());
                attributes.push(NUMBER, number.unwrap_or_default());
                for (name, value) in said.attributes.iter() {
                    attributes.push(name, value);
                }
                (SAID, said.body.clone())
            }
            Self::With(person) => {
                let person = person.map(|one| one.get().to_string());
                (WITH, Bytes::from(person.unwrap_or_default()))
            }
            Self::Received(numbers) => (RECEIVED, write(numbers)),
            Self::Taken(numbers) => (TAKEN, write(numbers)),
        };
        Said {
            kind: kind.into(),
            client_id: None,
            attributes,
            body,
        }
    }

    pub(super) fn read(said: &Said) -> Option<Self> {
        let body = || std::str::from_utf8(&said.body).ok();
        match &*said.kind {
            SAID => {
                let get = |name| said.attributes.get(name);
                let (kind, author) = (get(KIND)?.into(), get(AUTHOR)?.into());
                let number = get(NUMBER)?.parse().ok().map(Number);
                let mut attributes = Attributes::new();
                for (name, value) in said.attributes.iter().skip(3) {
                    attributes.push(name, value);
                }
                let said = Said {
                    kind,
                    client_id: None,
                    attributes,
                    body: said.body.clone(),
                };
                Some(Self::Said {
                    number,
                    author,
                    said,
                })
            }
            WITH => Some(Self::With(body()?.parse().ok().map(PersonId::new))),
            RECEIVED => Some(Self::Received(numbers(body()?))),
            TAKEN => Some(Self::Taken(numbers(body()?))),
            _ => None,
        }
    }
}

fn write(numbers: &[Number]) -> Bytes {
    let numbers: Vec<_> = numbers.iter().map(|one| one.0.to_string()).collect();
    Bytes::from(numbers.join(" "))
}

fn numbers(body: &str) -> Vec<Number> {
    let numbers = body.split(' ').filter_map(|one| one.parse().ok());
    numbers.map(Number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn stays(one: Handover) {
        assert_eq!(Handover::read(&one.to_said()), Some(one));
    }

    #[test]
    fn what_is_said_is_read_as_it_was() {
        let mut attributes = Attributes::new();
        // A client's own header of that name says nothing to the server.
        attributes.push(NUMBER, "9");
        let said = Said {
            kind: "Text".into(),
            client_id: None,
            attributes,
            body: "hi".into(),
        };
        for number in [None, Some(Number(7))] {
            stays(Handover::Said {
                number,
                author: "bob@example.org".into(),
                said: said.clone(),
            });
        }
        stays(Handover::With(None));
        stays(Handover::With(Some(PersonId::new(u64::MAX))));
        stays(Handover::Received(vec![Number(1), Number(u64::MAX)]));
        stays(Handover::Taken(vec![Number(1), Number(u64::MAX)]));
        assert_eq!(Handover::read(&said), None);
    }
}
