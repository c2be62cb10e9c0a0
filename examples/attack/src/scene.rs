//! What an attack has to work with, and what it tells afterwards.

use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv4Addr;
use std::pin::Pin;

use crate::failure::Failure;
use crate::person::{Person, Who};
use crate::process::Doors;
use crate::shape::Shape;

/// One way to attack.
#[derive(Clone, Debug)]
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) shape: Shape,
    pub(crate) run: Run,
    /// The most that the service may weigh afterwards, in MiB.
    pub(crate) weight: Option<f64>,
}

pub(crate) type Run = fn(Scene) -> Pin<Box<dyn Future<Output = Result<Told, Failure>> + Send>>;

#[derive(Copy, Clone, Debug)]
pub(crate) struct Scene {
    doors: Doors,
    /// A tenth of everything.
    is_small: bool,
    /// The first of ten accounts that nobody else uses.
    first: usize,
    /// Which networks are this attack's.
    block: u16,
}

impl Scene {
    pub(crate) const fn new(doors: Doors, is_small: bool, first: usize, block: u16) -> Self {
        Self {
            doors,
            is_small,
            first,
            block,
        }
    }

    pub(crate) const fn doors(&self) -> Doors {
        self.doors
    }

    pub(crate) const fn is_small(&self) -> bool {
        self.is_small
    }

    pub(crate) const fn first(&self) -> usize {
        self.first
    }

    pub(crate) const fn count(&self, full: usize) -> usize {
        if self.is_small { full / 10 } else { full }
    }

    /// One of two thousand networks of its own, of those that are kept for measurements.
    pub(crate) fn network(&self, number: usize) -> Ipv4Addr {
        let own = u32::try_from(number % 2048).unwrap_or(0);
        let first = u32::from(Ipv4Addr::new(198, 18, 0, 0));
        Ipv4Addr::from(first + u32::from(self.block % 64) * 2048 + own)
    }

    pub(crate) fn who(&self, own: usize, place: u32) -> Who {
        Who::new(self.first + own, place, self.network(2000 + own))
    }

    pub(crate) async fn sign_in(&self, own: usize) -> Result<Person, Failure> {
        let (person, _) = Person::sign_in(self.doors, self.who(own, 1)).await?;
        Ok(person)
    }
}

/// What the attacker got, and what should not have been.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    got: BTreeMap<String, usize>,
    notes: Vec<String>,
    broken: Vec<String>,
}

impl Told {
    pub(crate) fn got(&mut self, what: impl Into<String>) {
        self.got_many(what, 1);
    }

    pub(crate) fn got_many(&mut self, what: impl Into<String>, count: usize) {
        if count > 0 {
            *self.got.entry(what.into()).or_default() += count;
        }
    }

    pub(crate) fn count(&self, what: &str) -> usize {
        self.got.get(what).copied().unwrap_or(0)
    }

    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// What is to hold, and what is said if it does not.
    pub(crate) fn must(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.broken.push(otherwise());
        }
    }

    pub(crate) fn broken(&self) -> &[String] {
        &self.broken
    }

    pub(crate) fn add(&mut self, other: Self) {
        for (what, count) in other.got {
            self.got_many(what, count);
        }
        self.notes = other.notes;
        self.broken.extend(other.broken);
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let got = self
            .got
            .iter()
            .map(|(what, count)| format!("{count} × {what}"));
        let all: Vec<String> = got.chain(self.notes.iter().cloned()).collect();
        f.write_str(&all.join(", "))
    }
}

/// Runs many at a time, no more than so many; what each came to is told of.
pub(crate) async fn crowd<F>(
    count: usize,
    at_once: usize,
    one: impl Fn(usize) -> F + Clone + Send + 'static,
) -> Vec<Result<String, Failure>>
where
    F: Future<Output = Result<String, Failure>> + Send,
{
    let mut tasks = tokio::task::JoinSet::new();
    for first in 0..at_once.min(count) {
        let one = one.clone();
        tasks.spawn(async move {
            let mut came_to = Vec::new();
            for number in (first..count).step_by(at_once) {
                came_to.push(one(number).await);
            }
            came_to
        });
    }
    tasks.join_all().await.into_iter().flatten().collect()
}

impl Told {
    /// Counts what a crowd came to. Being refused and let go is what attackers get, and no failure.
    pub(crate) fn crowd(&mut self, all: Vec<Result<String, Failure>>) {
        for one in all {
            self.got(one.unwrap_or_else(|_| "let go".to_owned()));
        }
    }
}
