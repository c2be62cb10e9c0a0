//! Somebody who never acknowledges: a caller of the IM web service, or a client of the gateway that just polls.

use std::net::Ipv4Addr;
use std::time::Duration;

use crate::caller::{Caller, as_text};
use crate::failure::Failure;
use crate::line::Line;
use crate::person::{Person, Who};
use crate::process::Doors;

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Soap,
    Gateway,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Soap, Self::Gateway];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Soap => "SOAP",
            Self::Gateway => "gateway, never acknowledging",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Receiver {
    Soap(Caller),
    Gateway(Person),
}

impl Receiver {
    /// Signs in, and what was told by that.
    pub(crate) async fn sign_in(
        kind: Kind,
        doors: Doors,
        number: usize,
    ) -> Result<(Self, String), Failure> {
        // A network each: of one, only so many passwords may wait to be checked.
        let peer = Ipv4Addr::new(203, 0, 113, 150 + u8::try_from(number)?);
        match kind {
            Kind::Soap => {
                let (caller, told) = Caller::sign_in(doors, number, peer).await?;
                Ok((Self::Soap(caller), as_text(&told)))
            }
            Kind::Gateway => {
                let place = 1;
                let who = Who::new(number, place, peer);
                let (person, told) = Person::sign_in(doors, who).await?;
                Ok((Self::Gateway(person), told))
            }
        }
    }

    pub(crate) async fn line(&self) -> Result<Line, Failure> {
        match self {
            Self::Soap(caller) => caller.line().await,
            Self::Gateway(person) => person.line().await,
        }
    }

    pub(crate) async fn narrow(&self) -> Result<Line, Failure> {
        match self {
            Self::Soap(caller) => caller.narrow().await,
            Self::Gateway(person) => Line::narrow(person.doors().http, person.who().peer()).await,
        }
    }

    /// Asks, and reads nothing.
    pub(crate) async fn ask(&self, line: &mut Line) -> Result<(), Failure> {
        match self {
            Self::Soap(caller) => caller.ask(line).await,
            Self::Gateway(person) => person.ask(line, 0).await,
        }
    }

    pub(crate) async fn fetch(&self, line: &mut Line) -> Result<String, Failure> {
        match self {
            Self::Soap(caller) => caller.fetch(line).await,
            Self::Gateway(person) => person.poll(line, 0).await,
        }
    }

    /// Fetches until this is told, and once more so that it is seen to have been; all that was told.
    pub(crate) async fn until(&self, text: &str) -> Result<String, Failure> {
        let mut line = self.line().await?;
        let mut told = String::new();
        for _ in 0..2000 {
            told.push_str(&self.fetch(&mut line).await?);
            if told.contains(text) {
                told.push_str(&self.fetch(&mut line).await?);
                return Ok(told);
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        Err(format!("nobody is told {text}").into())
    }

    /// Leaves, as far as there is a word for it.
    pub(crate) async fn leave(&self) -> Result<(), Failure> {
        if let Self::Gateway(person) = self {
            let mut line = person.line().await?;
            person.post(&mut line, "OUT 9 CON 2\r\n\r\n").await?;
        }
        Ok(())
    }
}
