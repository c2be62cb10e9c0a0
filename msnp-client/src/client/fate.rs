//! What becomes of what the application asked for: each ends in one event.

use gateway_sm::SendError;
use msnp_proto::msnp24::{GetReply, PutReply, ServerBody, ServerCommand};

use super::{Client, Phase};
use crate::address::conversation_at;
use crate::contacts::Change;
use crate::event::{Event, Reason};
use crate::history::History;
use crate::id::{ConversationId, OperationId};
use crate::job::{Job, Request, Task};

impl Client {
    /// Sends the first job that waits. True: one was taken.
    pub(super) fn send_waiting(&mut self) -> bool {
        let Phase::Connected(connection) = &mut self.phase else {
            return false;
        };
        if !connection.is_ready() {
            return false;
        }
        let Some(job) = self.waiting.take_first() else {
            return false;
        };
        match connection.send(job, &self.contacts) {
            Ok(()) => true,
            Err((job, SendError::TooLarge)) => {
                self.failed(job, Reason::TooLarge);
                true
            }
            Err((job, SendError::Full | SendError::Closed)) => {
                self.waiting.put(job);
                false
            }
        }
    }

    pub(super) fn fail_waiting(&mut self, reason: Reason) {
        while let Some(job) = self.waiting.take_first() {
            self.failed(job, reason);
        }
    }

    pub(super) fn failed(&mut self, job: Job, reason: Reason) {
        match job.task {
            Task::Message {
                id, conversation, ..
            } => self.events.push_back(Event::MessageFailed {
                conversation,
                message: id,
                reason,
            }),
            Task::Typing { .. } => {}
            Task::Operation { id, .. } => self.not_done(id, reason),
        }
    }

    pub(super) fn uncertain(&mut self, job: Job, reason: Reason) {
        match job.task {
            Task::Message {
                id, conversation, ..
            } => self.events.push_back(Event::MessageUncertain {
                conversation,
                message: id,
                reason,
            }),
            Task::Typing { .. } => {}
            Task::Operation { id, .. } => self.not_done(id, reason),
        }
    }

    pub(super) fn answered(&mut self, job: Job, answer: Result<Box<ServerCommand>, Reason>) {
        let command = match answer {
            Ok(command) => command,
            Err(reason) => return self.failed(job, reason),
        };
        match job.task {
            Task::Message {
                id, conversation, ..
            } => self.events.push_back(Event::MessageDelivered {
                conversation,
                message: id,
            }),
            Task::Typing { .. } => {}
            Task::Operation { id, request } => self.did(id, request, command.body),
        }
    }

    fn did(&mut self, id: OperationId, request: Request, reply: ServerBody) {
        match request {
            Request::Publish | Request::AddMember { .. } => self.done(id, None),
            Request::List { contact, change } => {
                let lists = change.apply(self.contacts.lists(&contact));
                let limit = self.config.limits.contacts;
                let told = self.contacts.put(contact, lists, None, limit);
                self.tell_contact(told);
                self.done(id, None);
            }
            Request::CreateGroup { topic, .. } => {
                let ServerBody::Put(PutReply::Thread(thread)) = reply else {
                    return self.not_done(id, Reason::ProtocolError);
                };
                let group = thread.id.as_ref().and_then(conversation_at);
                match (group, topic) {
                    (None, _) => self.not_done(id, Reason::ProtocolError),
                    (group, None) => self.done(id, group),
                    (Some(group), Some(topic)) => {
                        let created = true;
                        self.queue(Task::Operation {
                            id,
                            request: Request::SetTopic {
                                group,
                                topic,
                                created,
                            },
                        });
                    }
                }
            }
            Request::SetTopic { group, created, .. } => self.done(id, created.then_some(group)),
            Request::RemoveMember { group, member } => {
                if member.is_none()
                    && let Some(left) = self.groups.leave(&group)
                {
                    self.events.push_back(Event::ConversationLeft(left));
                }
                self.done(id, None);
            }
            Request::History { .. } => {
                let ServerBody::Get(GetReply::MessagesByConversation(page)) = reply else {
                    return self.not_done(id, Reason::ProtocolError);
                };
                match History::of_response(id, &page, &self.config.limits) {
                    Some(history) => {
                        self.events.push_back(Event::History(history));
                        self.done(id, None);
                    }
                    None => self.not_done(id, Reason::ProtocolError),
                }
            }
        }
    }

    pub(super) fn tell_contact(&mut self, change: Option<Change>) {
        match change {
            Some(Change::Changed(contact)) => self.events.push_back(Event::ContactChanged(contact)),
            Some(Change::Removed(contact)) => {
                self.people.remove(&contact);
                self.events.push_back(Event::ContactRemoved(contact));
            }
            None => {}
        }
    }

    /// Puts a task in line behind all others.
    pub(super) fn queue(&mut self, task: Task) {
        self.last_job += 1;
        let number = self.last_job;
        self.waiting.put(Job { number, task });
    }

    pub(super) fn done(&mut self, operation: OperationId, conversation: Option<ConversationId>) {
        self.events.push_back(Event::Done {
            operation,
            conversation,
        });
    }

    fn not_done(&mut self, operation: OperationId, reason: Reason) {
        self.events.push_back(Event::NotDone { operation, reason });
    }
}
