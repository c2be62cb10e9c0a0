//! `AllowList`: which servers a client may ask for, because its own server has sent it there.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::Server;
use machine_contract::{Instant, Remote, Secret};

use crate::name::{key, same_name};
use crate::referral::Referral;

/// Referrals that have passed, bounded, the oldest first to be forgotten.
///
/// To whom a referral was shown is known by two marks: the peer that it went to, and the token in it, which the client shows in its
/// first words at a switchboard. One of them is enough: a client may come back by another address, or without a token.
#[derive(Debug)]
pub(crate) struct AllowList {
    life: Duration,
    most: usize,
    most_of_peer: usize,
    /// In the order in which they came, and so in that in which they run out.
    entries: BTreeMap<u64, Entry>,
    next: u64,
    by_peer: BTreeMap<Option<IpAddr>, VecDeque<u64>>,
    by_token: BTreeMap<Secret<Bytes>, u64>,
}

#[derive(Debug)]
struct Entry {
    server: Server,
    /// As it is compared.
    host: String,
    remote: Remote,
    peer: Option<IpAddr>,
    token: Option<Secret<Bytes>>,
    until: Instant,
}

/// A client, as far as a request shows who it is.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    pub(crate) peer: Option<IpAddr>,
    pub(crate) token: Option<Secret<Bytes>>,
}

impl AllowList {
    pub(crate) fn new(life: Duration, most: usize, most_of_peer: usize) -> Self {
        Self {
            life,
            most,
            most_of_peer,
            entries: BTreeMap::new(),
            next: 0,
            by_peer: BTreeMap::new(),
            by_token: BTreeMap::new(),
        }
    }

    /// A referral goes to this peer.
    pub(crate) fn remember(
        &mut self,
        referral: &Referral,
        tls: bool,
        peer: Option<IpAddr>,
        now: Instant,
    ) {
        self.forget_old(now);
        let make = if tls { Remote::tls } else { Remote::tcp };
        let Ok(remote) = make(referral.host(), referral.port()) else {
            return;
        };
        if self.entries.len() >= self.most {
            self.forget_first();
        }
        let of_peer = self.by_peer.get(&peer);
        let crowded = of_peer.filter(|ids| ids.len() >= self.most_of_peer);
        if let Some(first) = crowded.and_then(|ids| ids.front().copied()) {
            self.forget(first);
        }
        let id = self.next;
        self.next += 1;
        let entry = Entry {
            server: referral.server(),
            host: key(referral.host()),
            remote,
            peer,
            token: referral.token().cloned(),
            until: now.saturating_add(self.life),
        };
        if let Some(token) = &entry.token {
            self.by_token.insert(token.clone(), id);
        }
        self.by_peer.entry(peer).or_default().push_back(id);
        self.entries.insert(id, entry);
    }

    /// Where a client may go that asks for a server of this kind: at this host, or, without one, wherever it was sent last.
    pub(crate) fn find(
        &mut self,
        server: Server,
        host: Option<&str>,
        asker: &Asker,
        now: Instant,
    ) -> Option<Remote> {
        self.forget_old(now);
        let fits = |entry: &&Entry| {
            let at_host = host.is_none_or(|host| same_name(host, &entry.host));
            entry.server == server && at_host
        };
        let shown = asker.token.as_ref();
        let by_token = shown.and_then(|token| self.entries.get(self.by_token.get(token)?));
        let found = by_token.filter(fits).or_else(|| {
            let ids = self.by_peer.get(&asker.peer)?.iter().rev();
            ids.filter_map(|id| self.entries.get(id)).find(fits)
        });
        found.map(|entry| entry.remote.clone())
    }

    /// How many are remembered.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    fn forget_old(&mut self, now: Instant) {
        let is_over = |(_, entry): (&u64, &Entry)| entry.until <= now;
        while self.entries.first_key_value().is_some_and(is_over) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some((&first, _)) = self.entries.first_key_value() {
            self.forget(first);
        }
    }

    fn forget(&mut self, id: u64) {
        let Some(entry) = self.entries.remove(&id) else {
            return;
        };
        if let Some(token) = &entry.token
            && self.by_token.get(token) == Some(&id)
        {
            self.by_token.remove(token);
        }
        if let Some(ids) = self.by_peer.get_mut(&entry.peer) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.by_peer.remove(&entry.peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use msnp_proto::{FrameDecoder, PayloadTable, Side};

    use super::*;

    fn referral(line: &str) -> Referral {
        let mut decoder = FrameDecoder::new(PayloadTable::sent_by(Side::Server));
        decoder.push(Bytes::copy_from_slice(line.as_bytes()));
        let frame = decoder.next_frame().unwrap().expect("a whole frame");
        Referral::read(&frame).expect("a referral")
    }

    fn peer(last: u8) -> IpAddr {
        Ipv4Addr::new(192, 0, 2, last).into()
    }

    fn asker(last: u8, token: Option<&'static str>) -> Asker {
        let token = token.map(|token| Secret::new(Bytes::from_static(token.as_bytes())));
        let peer = Some(peer(last));
        Asker { peer, token }
    }

    const SB: Server = Server::Switchboard;
    const NOW: Instant = Instant::ORIGIN;

    fn list() -> AllowList {
        let mut list = AllowList::new(Duration::from_secs(600), 4, 3);
        let to = referral("XFR 7 SB 10.0.0.2:1864 CKI one\r\n");
        list.remember(&to, false, Some(peer(1)), NOW);
        list
    }

    #[track_caller]
    fn check(list: &mut AllowList, host: Option<&str>, asker: &Asker, now: u64, port: Option<u16>) {
        let now = NOW.saturating_add(Duration::from_secs(now));
        let found = list.find(SB, host, asker, now);
        assert_eq!(found.map(|remote| remote.port()), port);
    }

    #[test]
    fn a_referral_is_good_for_its_client_alone() {
        let mut list = list();
        check(&mut list, Some("10.0.0.2"), &asker(1, None), 0, Some(1864));
        check(&mut list, Some("10.0.0.2"), &asker(2, None), 0, None);
        check(&mut list, Some("10.0.0.3"), &asker(1, None), 0, None);
        let other = list.find(Server::Notification, Some("10.0.0.2"), &asker(1, None), NOW);
        assert_eq!(other, None);
    }

    #[test]
    fn who_comes_by_another_address_is_known_by_the_token() {
        let mut list = list();
        let token = asker(2, Some("one"));
        check(&mut list, Some("10.0.0.2"), &token, 0, Some(1864));
        check(&mut list, None, &token, 0, Some(1864));
        check(&mut list, Some("10.0.0.2"), &asker(2, Some("two")), 0, None);
    }

    #[test]
    fn of_two_servers_at_one_host_the_token_tells_which() {
        let mut list = list();
        let to = referral("RNG 9 10.0.0.2:1865 CKI two a@b A\r\n");
        list.remember(&to, false, Some(peer(1)), NOW);
        check(&mut list, None, &asker(1, Some("one")), 0, Some(1864));
        check(&mut list, None, &asker(1, Some("two")), 0, Some(1865));
        check(&mut list, None, &asker(1, None), 0, Some(1865));
    }

    #[test]
    fn a_referral_runs_out() {
        let mut list = list();
        check(&mut list, None, &asker(1, None), 599, Some(1864));
        check(&mut list, None, &asker(1, None), 600, None);
        assert_eq!(list.len(), 0);
        assert!(list.by_peer.is_empty() && list.by_token.is_empty());
    }

    #[test]
    fn there_are_never_more_than_the_bounds_say() {
        let mut list = list();
        for port in 1..=100 {
            let line = format!("XFR 7 SB 10.0.0.2:{port} CKI t{port}\r\n");
            list.remember(&referral(&line), false, Some(peer(1)), NOW);
            assert!(list.len() <= 3);
        }
        for last in 2..=200 {
            let line = format!("XFR 7 SB 10.0.0.2:1864 CKI u{last}\r\n");
            list.remember(&referral(&line), false, Some(peer(last)), NOW);
            assert!(list.len() <= 4);
        }
        assert_eq!((list.by_peer.len(), list.by_token.len()), (4, 4));
    }
}
