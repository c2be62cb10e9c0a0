//! Every two of the families talk to each other, in both directions.

use msnp_client::{ConversationId, Dialect, Reason};

use crate::carrier::{Carrier, Home, PASSWORD};
use crate::person::{Person, Step};
use crate::soap_caller::SoapCaller;

/// Somebody of a family.
pub(crate) enum Someone {
    Client(Person),
    Caller(SoapCaller),
}

impl Someone {
    /// One of this dialect, or of none: who speaks SOAP.
    pub(crate) async fn signed_in(home: &Home, dialect: Option<Dialect>, name: &str) -> Step<Self> {
        Ok(match dialect {
            Some(dialect) => Self::Client(Person::signed_in(home, dialect, name).await?),
            None => Self::Caller(SoapCaller::signed_in(home, name).await?),
        })
    }

    pub(crate) async fn says(&mut self, to: &str, text: &str) -> Step<()> {
        match self {
            Self::Client(person) => person.says(to, text).await,
            Self::Caller(caller) => caller.says(to, text).await,
        }
    }

    /// Leaves a message for somebody who is away.
    pub(crate) async fn leaves(&mut self, to: &str, text: &str) -> Step<()> {
        match self {
            // Nobody answers what is left in this dialect (msnp8-18.md 10): its fate is not known.
            Self::Client(person) if person.dialect() == Dialect::MSNP18 => {
                let to = ConversationId::from(person.id(to));
                match person.tries_to_say(&to, text).await? {
                    Err(Reason::TimedOut) => Ok(()),
                    fate => Err(format!("{fate:?}, which nobody has said")),
                }
            }
            _ => self.says(to, text).await,
        }
    }

    pub(crate) async fn hears(&mut self, from: &str, text: &str) -> Step<()> {
        match self {
            Self::Client(person) => person.hears(from, text).await,
            Self::Caller(caller) => caller.hears(from, text).await,
        }
    }
}

/// One of each family, by the name of the person.
pub(crate) const FAMILIES: [(&str, Option<Dialect>); 7] = [
    ("ada", Some(Dialect::MSNP8)),
    ("ben", Some(Dialect::MSNP12)),
    ("cleo", Some(Dialect::MSNP15)),
    ("dan", Some(Dialect::MSNP18)),
    ("eve", Some(Dialect::MSNP24)),
    ("gil", Some(Dialect::MSNP21)),
    ("fay", None),
];

async fn everybody_talks_to_everybody(carrier: Carrier) -> Step<()> {
    let home = Home::open(carrier, &FAMILIES.map(|(name, _)| name)).await;
    let added = home
        .service()
        .add_service_account("testing", PASSWORD)
        .await;
    added.map_err(|error| error.to_string())?;
    let mut people = Vec::new();
    for (name, dialect) in FAMILIES {
        people.push((name, Someone::signed_in(&home, dialect, name).await?));
    }
    for at in 0..people.len() {
        let (before, rest) = people.split_at_mut(at);
        let Some(((one, first), others)) = rest.split_first_mut() else {
            continue;
        };
        for (other, second) in before.iter_mut().chain(others) {
            let text = format!("{one} to {other}: gr\u{fc}\u{df}e \u{1f642} <&>");
            first.says(other, &text).await?;
            second.hears(one, &text).await?;
            let text = format!("{other} answers {one}");
            second.says(one, &text).await?;
            first.hears(other, &text).await?;
        }
    }
    home.stop().await;
    Ok(())
}

#[tokio::test]
async fn every_two_families_talk_by_tcp() {
    assert_eq!(everybody_talks_to_everybody(Carrier::Tcp).await, Ok(()));
}

#[tokio::test]
async fn every_two_families_talk_through_the_gateway() {
    assert_eq!(everybody_talks_to_everybody(Carrier::Gateway).await, Ok(()));
}
