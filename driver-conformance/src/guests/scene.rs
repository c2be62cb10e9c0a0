//! `Scene`: where one duty of a guest is judged.

use std::thread;
use std::time::{Duration, Instant};

use super::gateway::{Gateway, Kind, Visit, say};
use super::guest::{Arguments, Claims, Guest, Launch};
use crate::server::Fault;
use crate::wire::Wire;
use crate::{Breach, Verdict};

/// Where one duty is judged.
pub(super) struct Scene<'a> {
    guests: &'a dyn Launch,
    claims: &'a Claims,
    expects_a_breach: bool,
}

impl<'a> Scene<'a> {
    pub(super) const fn new(
        guests: &'a dyn Launch,
        claims: &'a Claims,
        expects_a_breach: bool,
    ) -> Self {
        Self {
            guests,
            claims,
            expects_a_breach,
        }
    }

    pub(super) const fn claims(&self) -> &Claims {
        self.claims
    }

    pub(super) const fn expects_a_breach(&self) -> bool {
        self.expects_a_breach
    }

    /// A guest at this gateway, which gives up no reply.
    pub(super) fn start(&self, gateway: &Gateway) -> Verdict<AtWork> {
        self.start_at(gateway.url(), CALM)
    }

    /// A guest at this address.
    pub(super) fn start_at(&self, gateway: String, patience: Duration) -> Verdict<AtWork> {
        let arguments = Arguments::new(gateway, patience);
        let launched = self.guests.launch(&arguments);
        let guest = launched.map_err(|error| Breach::Panicked(format!("no guest: {error}")))?;
        Ok(AtWork { guest })
    }

    /// Waits until this is so. A guest that ends before has ended too early.
    pub(super) fn until(
        &self,
        guest: &mut AtWork,
        what: &str,
        mut done: impl FnMut() -> bool,
    ) -> Verdict {
        let started = Instant::now();
        while !done() {
            // What it said last may not have been looked at.
            if guest.is_over() && !done() {
                return Err(Breach::InVain {
                    what: format!("{what}, and then the guest ended"),
                    patience: started.elapsed(),
                });
            }
            if started.elapsed() > self.patience() {
                return Err(self.in_vain(what));
            }
            thread::sleep(BEAT);
        }
        Ok(())
    }

    /// Waits until the guest has come to its end.
    pub(super) fn until_over(&self, guest: &mut AtWork, what: &str) -> Verdict {
        self.until_over_or(guest, || false, what)
    }

    /// Waits until the guest has come to its end, or this is so.
    pub(super) fn until_over_or(
        &self,
        guest: &mut AtWork,
        or: impl Fn() -> bool,
        what: &str,
    ) -> Verdict {
        let started = Instant::now();
        while !guest.is_over() && !or() {
            if started.elapsed() > self.patience() {
                return Err(self.in_vain(what));
            }
            thread::sleep(BEAT);
        }
        Ok(())
    }

    fn in_vain(&self, what: &str) -> Breach {
        Breach::InVain {
            what: what.to_owned(),
            patience: self.patience(),
        }
    }

    const fn patience(&self) -> Duration {
        if self.expects_a_breach {
            LACKING
        } else {
            PATIENCE
        }
    }

    /// The guest says `PING 1`, which is answered so, and then waits; when it has said something more, this gives the post.
    pub(super) fn answered_so(
        &self,
        answer: impl Fn() -> Fault + Send + Sync + 'static,
    ) -> Verdict<(Gateway, Vec<u8>)> {
        let gateway = Gateway::new(pings(answer));
        let mut guest = self.start(&gateway)?;
        self.until(&mut guest, "a post after the first", || {
            gateway.count(Kind::Post) >= 2
        })?;
        let next = gateway.posts().swap_remove(1);
        Ok((gateway, next))
    }
}

/// The guest is told to say `PING 1`, which is answered so; all later posts are with nothing. Polls are held.
pub(super) fn pings(
    answer: impl Fn() -> Fault + Send + Sync + 'static,
) -> impl Fn(&Visit) -> Fault + Send + Sync + 'static {
    move |visit| match (visit.kind, visit.number) {
        (Kind::Open, 0) => say("PING 1\r\n"),
        (Kind::Post, 0) => answer(),
        (Kind::Poll, _) => Fault::hang(),
        _ => say(""),
    }
}

/// A guest at work.
pub(super) struct AtWork {
    guest: Box<dyn Guest>,
}

impl AtWork {
    pub(super) fn is_over(&mut self) -> bool {
        self.guest.is_over()
    }

    pub(super) fn processor_time(&self) -> Option<Duration> {
        self.guest.processor_time()
    }
}

/// The post should have been this.
pub(super) fn same(what: &str, seen: &[u8], expected: &[u8]) -> Verdict {
    if seen == expected {
        return Ok(());
    }
    let expected = match str::from_utf8(expected) {
        Ok(text) if text.len() < 200 => format!("{what}: {text:?}"),
        _ => format!("{what}: {} bytes", expected.len()),
    };
    Err(Breach::Wire {
        expected,
        seen: Wire(seen.to_vec()),
    })
}

/// The gateway should have read something else.
pub(super) fn wrong(expected: &str, gateway: &Gateway) -> Breach {
    Breach::Wire {
        expected: expected.to_owned(),
        seen: gateway.transcript(),
    }
}

/// For replies that come.
pub(super) const CALM: Duration = Duration::from_secs(40);

/// For replies that do not come: what does come is there in time on a machine with other work, too.
pub(super) const IMPATIENT: Duration = Duration::from_secs(5);

/// How long a guest has for a duty: longer than a session that nobody answers waits by itself.
const PATIENCE: Duration = Duration::from_secs(90);

/// How long it has for what it has declared a lack: programs need some time to begin.
const LACKING: Duration = Duration::from_secs(12);

/// How often it is looked whether something has come about.
const BEAT: Duration = Duration::from_millis(3);
