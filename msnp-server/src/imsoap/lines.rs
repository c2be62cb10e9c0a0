//! `Lines`: the streams that the clients of IM accounts speak by, where a network elsewhere is reached so.

use std::collections::BTreeMap;

use bytes::Bytes;
use machine_contract::{Failure, Instant, Mux, Remote, StreamAsk, StreamId, StreamMachine as _};
use msnp_client::Client;

use super::upstream::AccountKey;

/// What is to be done with a stream to another server. In turn, so that nothing but one piece in each direction is
/// ever between a client and the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamOrder {
    /// Make it; then [`StreamNews::Connected`], or [`StreamNews::Closed`] by the deadline.
    Connect {
        /// Its name from now on.
        id: StreamId,
        /// Where to.
        to: Remote,
        /// When to give up.
        deadline: Instant,
    },
    /// Say this, then [`StreamNews::Taken`]. Not empty.
    Send(StreamId, Bytes),
    /// Read once; then [`StreamNews::Received`].
    Read(StreamId),
    /// Say nothing more on it; reading goes on.
    Finish(StreamId),
    /// Drop it, with all that is under way; nothing more is told of it.
    Drop(StreamId),
}

/// What has happened to such a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamNews {
    /// It is there.
    Connected,
    /// The network has taken what was to be said.
    Taken,
    /// The peer said this: as much as was read at once.
    Received(Bytes),
    /// The peer will say nothing more.
    Finished,
    /// It is over, once and last: in order (`None`), or by a failure, of which [`Failure::NotSent`] is said of one
    /// that did not come about.
    Closed {
        /// Why.
        failure: Option<Failure>,
        /// Bytes of all that was to be said that may have left, since it was made.
        left: u64,
    },
}

/// The streams of one account.
#[derive(Debug, Default)]
pub(super) struct Lines(BTreeMap<StreamId, Line>);

#[derive(Debug, Default)]
struct Line {
    is_connected: bool,
    /// Bytes that were to be said.
    given: u64,
    /// Some of them are not taken yet.
    is_saying: bool,
    /// One piece is to be read.
    is_reading: bool,
    end: End,
}

/// Whether anything more is to be said.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
enum End {
    #[default]
    Open,
    /// Nothing after what the client still holds.
    Near,
    /// That was said too.
    Told,
}

impl Lines {
    /// What the client wants done with its streams.
    pub(super) fn collect(
        &mut self,
        account: AccountKey,
        client: &mut Client,
        mux: &mut Mux<AccountKey>,
        now: Instant,
    ) -> Vec<StreamOrder> {
        let mut orders = Vec::new();
        while let Some(ask) = mux.poll_stream(account, client, now) {
            match ask {
                StreamAsk::Connect { id, to, deadline } => {
                    self.0.insert(id, Line::default());
                    orders.push(StreamOrder::Connect { id, to, deadline });
                }
                StreamAsk::Finish(id) => {
                    if let Some(line) = self.0.get_mut(&id).filter(|it| it.end == End::Open) {
                        line.end = End::Near;
                    }
                }
                StreamAsk::Drop(id) => {
                    self.0.remove(&id);
                    orders.push(StreamOrder::Drop(id));
                }
            }
        }
        for (id, line) in self.0.iter_mut().filter(|(_, line)| line.is_connected) {
            if let Some((_, inner)) = mux.stream(*id) {
                line.collect((*id, inner), client, now, &mut orders);
            }
        }
        orders
    }

    /// Something has happened to one of them. What to tell the client of it.
    pub(super) fn hear(
        &mut self,
        (id, inner): (StreamId, StreamId),
        news: StreamNews,
        client: &mut Client,
        now: Instant,
    ) {
        let Some(line) = self.0.get_mut(&id) else {
            return;
        };
        match news {
            StreamNews::Connected => {
                line.is_connected = true;
                client.handle_connected(inner, now);
            }
            StreamNews::Taken => line.is_saying = false,
            StreamNews::Received(bytes) => {
                line.is_reading = false;
                client.handle_received(inner, bytes, now);
            }
            StreamNews::Finished => client.handle_finished(inner, now),
            StreamNews::Closed { failure, left } => {
                let unwritten = line.given.saturating_sub(left);
                let unwritten = usize::try_from(unwritten).unwrap_or(usize::MAX);
                self.0.remove(&id);
                client.handle_closed(inner, failure, unwritten, now);
            }
        }
    }
}

impl Line {
    fn collect(
        &mut self,
        (id, inner): (StreamId, StreamId),
        client: &mut Client,
        now: Instant,
        orders: &mut Vec<StreamOrder>,
    ) {
        if !self.is_saying {
            if let Some(bytes) = client.poll_send(inner, now) {
                self.is_saying = true;
                self.given += bytes.len() as u64;
                orders.push(StreamOrder::Send(id, bytes));
            } else if self.end == End::Near {
                self.end = End::Told;
                orders.push(StreamOrder::Finish(id));
            }
        }
        if !self.is_reading && client.wants_read(inner) {
            self.is_reading = true;
            orders.push(StreamOrder::Read(id));
        }
    }
}
