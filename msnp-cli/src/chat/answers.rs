//! What becomes of what the person wanted: taken or refused, done or not, delivered or not.

use msnp_client::{ConversationId, Event, MessageId, OperationId, Refused};

use super::model::{Model, Moment, Request};
use super::room::{Fate, Kind, Line};
use super::text;

impl Model {
    /// An answer to something that the person wanted, or news of the connection.
    pub(super) fn answered(&mut self, event: Event, now: Moment) {
        let (conversation, message, fate) = match event {
            Event::MessageDelivered {
                conversation,
                message,
            } => (conversation, message, Fate::Delivered),
            Event::MessageFailed {
                conversation,
                message,
                reason,
            } => (conversation, message, Fate::Failed(reason.to_string())),
            Event::MessageUncertain {
                conversation,
                message,
                reason,
            } => (conversation, message, Fate::Uncertain(reason.to_string())),
            Event::OperationSucceeded {
                operation,
                conversation,
            } => return self.done(operation, conversation, now),
            Event::OperationFailed { operation, reason } => {
                if let Some(request) = self.asked.remove(&operation) {
                    let text = format!("{}: {reason}.", self.describe(&request));
                    self.alarm(self.current, text, now);
                }
                return;
            }
            other => return self.connection_changed(other, now),
        };
        self.ended(&conversation, &message, &fate, now);
    }

    /// A text of ours was taken, or refused.
    pub(super) fn said(
        &mut self,
        to: &ConversationId,
        text: &str,
        taken: Result<MessageId, Refused>,
        now: Moment,
    ) {
        let index = self.open(to);
        match (taken, self.me.clone()) {
            (Ok(id), Some(from)) => {
                let kind = Kind::Said {
                    id,
                    from,
                    name: None,
                    fate: Fate::Pending,
                    edited: false,
                };
                let text = text::clean(text);
                self.push(
                    index,
                    Line {
                        at: now.wall,
                        kind,
                        text,
                    },
                );
            }
            // Its fate will still be told.
            (Ok(_), None) => {}
            (Err(refused), _) => {
                self.alarm(
                    index,
                    format!("Not sent: {refused}. The text was: {}", text::clean(text)),
                    now,
                );
            }
        }
    }

    /// An edit of ours was taken, or refused.
    pub(super) fn edit_taken(
        &mut self,
        to: &ConversationId,
        original: &MessageId,
        text: &str,
        taken: Result<MessageId, Refused>,
        now: Moment,
    ) {
        match taken {
            Ok(id) => {
                let edit = (to.clone(), original.clone(), text.to_owned());
                self.edits.insert(id, edit);
            }
            Err(refused) => {
                let index = self.open(to);
                self.alarm(index, format!("Not edited: {refused}."), now);
            }
        }
    }

    /// A nudge of ours was taken, or refused.
    pub(super) fn nudged(
        &mut self,
        to: &ConversationId,
        taken: Result<MessageId, Refused>,
        now: Moment,
    ) {
        let index = self.open(to);
        match taken {
            Ok(id) => {
                self.nudges.insert(id);
                self.notice(index, "You nudge.".to_owned(), now);
            }
            Err(refused) => self.alarm(index, format!("No nudge: {refused}."), now),
        }
    }

    /// A request of ours was taken, or refused.
    pub(super) fn asked(
        &mut self,
        request: Request,
        taken: Result<OperationId, Refused>,
        now: Moment,
    ) {
        match taken {
            Ok(operation) => {
                self.asked.insert(operation, request);
            }
            Err(refused) => {
                let text = format!("{}: {refused}.", self.describe(&request));
                self.alarm(self.current, text, now);
            }
        }
    }

    /// A message of ours has come to its end.
    fn ended(&mut self, to: &ConversationId, message: &MessageId, end: &Fate, now: Moment) {
        if let Some((to, original, text)) = self.edits.remove(message) {
            let index = self.open(&to);
            match (end, self.me.clone()) {
                (Fate::Delivered, Some(me)) => {
                    self.replace(index, &original, &me, &text::clean(&text));
                }
                (Fate::Failed(reason) | Fate::Uncertain(reason), _) => {
                    self.alarm(index, format!("Maybe not edited: {reason}."), now);
                }
                _ => {}
            }
            return;
        }
        if self.nudges.remove(message) {
            if let Fate::Failed(reason) | Fate::Uncertain(reason) = end {
                let index = self.open(to);
                self.alarm(index, format!("Maybe not nudged: {reason}."), now);
            }
            return;
        }
        let Some(index) = self
            .rooms
            .iter()
            .position(|room| room.id.as_ref() == Some(to))
        else {
            return;
        };
        let Some(me) = self.me.clone() else {
            return;
        };
        let found = self.rooms[index].find(message, &me);
        if let Some(line) = found
            && let Kind::Said { fate, .. } = &mut line.kind
        {
            fate.clone_from(end);
            let line = line.clone();
            if self.journaling {
                self.journal.push_back((Some(to.clone()), line));
            }
        }
    }

    fn done(&mut self, operation: OperationId, conversation: Option<ConversationId>, now: Moment) {
        let Some(request) = self.asked.remove(&operation) else {
            return;
        };
        // Not every service tells one's own presence back.
        match &request {
            Request::Status(status) => self.own.status = *status,
            Request::Name(name) => self.own.name = Some(name.clone()),
            Request::PersonalMessage(text) => self.own.personal_message = Some(text.clone()),
            _ => {}
        }
        match (&request, conversation) {
            (Request::CreateThread { .. }, Some(group)) => {
                let index = self.open(&group);
                self.show(index);
            }
            // What these did is seen without words.
            (Request::History { .. } | Request::Topic { .. } | Request::Leave(_), _) => {}
            _ => {
                let text = format!("{}: done.", self.describe(&request));
                self.notice(self.current, text, now);
            }
        }
    }

    /// A request in words.
    fn describe(&self, request: &Request) -> String {
        match request {
            Request::Status(status) => format!("Status {status}"),
            Request::Name(name) => format!("Name {name}"),
            Request::PersonalMessage(_) => "Personal message".to_owned(),
            Request::Add(id) => format!("Adding {id}"),
            Request::Remove(id) => format!("Removing {id}"),
            Request::Block(id) => format!("Blocking {id}"),
            Request::Unblock(id) => format!("Unblocking {id}"),
            Request::CreateThread { .. } => "Making the group".to_owned(),
            Request::Topic { .. } => "Setting the topic".to_owned(),
            Request::Invite { member, .. } => format!("Inviting {}", self.name(member)),
            Request::Kick { member, .. } => format!("Putting out {}", self.name(member)),
            Request::Leave(_) => "Leaving the group".to_owned(),
            Request::History { .. } => "Older messages".to_owned(),
        }
    }
}
