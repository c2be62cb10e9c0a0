//! Requests that wait for their replies: how they go out, and what becomes of them without one.

use bytes::BytesMut;
use gateway_sm::{SendError, SendId};
use machine_contract::{Failure, Instant};
use msnp_proto::msnp24::{ClientBody, ClientCommand};
use msnp_proto::{Side, TrId};

use super::{Connection, Stage, Told};
use crate::event::Reason;
use crate::job::Job;

/// A request that waits for its reply.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) purpose: Purpose,
    pub(super) send: SendId,
    /// Counts from when the service has it.
    pub(super) deadline: Option<Instant>,
}

#[derive(Debug)]
pub(super) enum Purpose {
    Connect,
    Authenticate,
    Bind,
    Challenge,
    Subscribe,
    /// The first presence of the connection.
    Appear,
    Conversations,
    /// The documents of the groups among them.
    Groups,
    /// Subscribing once more, after a lost reply.
    Refresh,
    Ping,
    Renew,
    Job(Job),
}

impl Connection {
    pub(super) fn next_command(&mut self, body: ClientBody) -> ClientCommand {
        self.last_trid = self.last_trid.wrapping_add(1).max(1);
        let mut command = ClientCommand::new(TrId(self.last_trid), body);
        if let Some(token) = &self.registration {
            command.headers.set_registration(token);
        }
        command
    }

    /// Sends requests together and waits for their replies.
    pub(super) fn post(
        &mut self,
        requests: Vec<(ClientBody, Purpose)>,
    ) -> Result<(), (Vec<Purpose>, SendError)> {
        let before = self.last_trid;
        let mut bytes = BytesMut::new();
        let mut posted = Vec::with_capacity(requests.len());
        for (body, purpose) in requests {
            let command = self.next_command(body);
            let frame = command.to_frame();
            frame.encode(&mut bytes);
            posted.push((command.trid, purpose, frame));
        }
        match self.session.send(bytes.freeze()) {
            Ok(send) => {
                for (trid, purpose, frame) in posted {
                    if self.tell_frames {
                        self.told.push_back(Told::Frame(Side::Client, frame));
                    }
                    let pending = Pending {
                        purpose,
                        send,
                        deadline: None,
                    };
                    self.pending.insert(trid, pending);
                }
                Ok(())
            }
            Err(error) => {
                self.last_trid = before;
                let purposes = posted.into_iter().map(|(_, purpose, _)| purpose);
                Err((purposes.collect(), error))
            }
        }
    }

    pub(super) fn unsent(&mut self, id: SendId, fate: Failure) {
        let of_send: Vec<TrId> = self
            .pending
            .iter()
            .filter(|(_, pending)| pending.send == id)
            .map(|(trid, _)| *trid)
            .collect();
        for trid in of_send {
            let Some(pending) = self.pending.remove(&trid) else {
                continue;
            };
            match (pending.purpose, fate) {
                (Purpose::Job(job), Failure::NotSent) => self.told.push_back(Told::Unsent(job)),
                (Purpose::Job(job), Failure::Unknown) => {
                    let reason = self.loss();
                    self.told.push_back(Told::Uncertain(job, reason));
                }
                (
                    Purpose::Challenge
                    | Purpose::Conversations
                    | Purpose::Groups
                    | Purpose::Refresh
                    | Purpose::Ping,
                    _,
                ) => {}
                (Purpose::Renew, _) => {
                    let lost = Err(Reason::ConnectionLost);
                    self.told.push_back(Told::Renewed(lost));
                }
                _ => self.crippled = self.stage != Stage::Leaving,
            }
        }
    }

    /// Gives up requests whose time is over. None is while nothing is read for want of room: the answer
    /// may lie in the session, or could not come because nobody polls.
    pub(super) fn expire(&mut self, now: Instant) {
        if self.is_paused() {
            return;
        }
        let overdue: Vec<TrId> = self
            .pending
            .iter()
            .filter(|(_, pending)| pending.deadline.is_some_and(|at| at <= now))
            .map(|(trid, _)| *trid)
            .collect();
        for trid in overdue {
            let Some(pending) = self.pending.remove(&trid) else {
                continue;
            };
            match pending.purpose {
                Purpose::Job(job) => {
                    self.told.push_back(Told::Uncertain(job, Reason::TimedOut));
                }
                Purpose::Challenge
                | Purpose::Conversations
                | Purpose::Groups
                | Purpose::Refresh => {}
                Purpose::Renew => self.told.push_back(Told::Renewed(Err(Reason::TimedOut))),
                _ if self.stage != Stage::Leaving => self.end(Reason::TimedOut),
                _ => {}
            }
        }
    }

    pub(super) fn give_up_pending(&mut self, reason: Reason) {
        let reason = match reason {
            Reason::Requested => reason,
            _ => Reason::ConnectionLost,
        };
        for (_, pending) in std::mem::take(&mut self.pending) {
            if let Purpose::Job(job) = pending.purpose {
                self.told.push_back(Told::Uncertain(job, reason));
            }
        }
    }

    fn loss(&self) -> Reason {
        if self.stage == Stage::Leaving {
            Reason::Requested
        } else {
            Reason::ConnectionLost
        }
    }
}
