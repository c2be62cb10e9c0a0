//! What an application can ask for.

use machine_contract::Instant;

use super::{Client, Phase};
use crate::event::Refused;
use crate::history::HistoryMark;
use crate::id::{ContactId, ConversationId, MessageId, OperationId};
use crate::job::{ListChange, Request, Task, Words};
use crate::presence::Status;

/// One's own presence. While signed out, what is set is kept for the next sign-in.
impl Client {
    /// Available, busy, away …
    pub fn set_status(&mut self, status: Status, now: Instant) -> Result<OperationId, Refused> {
        self.check_room()?;
        self.profile.status = status;
        self.publish(now)
    }

    /// The line under one's name; empty for none.
    pub fn set_personal_message(
        &mut self,
        text: &str,
        now: Instant,
    ) -> Result<OperationId, Refused> {
        self.check_room()?;
        self.check_text(text)?;
        self.profile.personal_message = Some(text.to_owned());
        self.publish(now)
    }

    /// What one calls oneself.
    pub fn set_display_name(&mut self, name: &str, now: Instant) -> Result<OperationId, Refused> {
        self.check_room()?;
        self.check_text(name)?;
        self.profile.display_name = Some(name.to_owned());
        self.publish(now)
    }

    /// Whether nobody is at the keyboard of this endpoint.
    pub fn set_idle(&mut self, idle: bool, now: Instant) -> Result<OperationId, Refused> {
        self.check_room()?;
        self.profile.idle = idle;
        self.publish(now)
    }

    fn publish(&mut self, now: Instant) -> Result<OperationId, Refused> {
        if let Phase::Connected(connection) = &mut self.phase {
            connection.set_profile(self.profile.clone());
        }
        if self.is_out() {
            let id = self.next_operation();
            self.done(id, None);
            return Ok(id);
        }
        self.operate(Request::Publish, now)
    }
}

/// Conversations. What is said while the connection is being made is sent when it is.
impl Client {
    /// Says something. The id is told again with the message's fate.
    ///
    /// # Errors
    /// [`Refused`]: nothing has happened, and there will be no fate. So for all verbs.
    pub fn send_text(
        &mut self,
        conversation: &ConversationId,
        text: &str,
        now: Instant,
    ) -> Result<MessageId, Refused> {
        self.check_text(text)?;
        self.say(conversation, Words::Text(text.to_owned()), now)
    }

    /// Replaces the text of a message that one sent before; an empty text deletes it.
    pub fn edit_message(
        &mut self,
        conversation: &ConversationId,
        original: &MessageId,
        text: &str,
        now: Instant,
    ) -> Result<MessageId, Refused> {
        self.check_text(text)?;
        let words = Words::Edit {
            original: original.clone(),
            text: text.to_owned(),
        };
        self.say(conversation, words, now)
    }

    /// Shakes the other side's window.
    pub fn send_nudge(
        &mut self,
        conversation: &ConversationId,
        now: Instant,
    ) -> Result<MessageId, Refused> {
        self.say(conversation, Words::Nudge, now)
    }

    /// Tells the other side that one is typing, or has stopped. Nothing is told of its fate; while
    /// not signed in it is dropped.
    pub fn send_typing(
        &mut self,
        conversation: &ConversationId,
        typing: bool,
        now: Instant,
    ) -> Result<(), Refused> {
        self.check_room()?;
        if self.is_signed_in() {
            self.queue(Task::Typing {
                conversation: conversation.clone(),
                typing,
            });
            self.settle(now);
        }
        Ok(())
    }

    /// Asks for older messages: the newest page, or the one at a mark that came with a page before.
    /// They come as [`Event::History`](crate::Event::History), just before `Done`.
    pub fn request_history(
        &mut self,
        conversation: &ConversationId,
        mark: Option<&HistoryMark>,
        now: Instant,
    ) -> Result<OperationId, Refused> {
        let request = Request::History {
            conversation: conversation.clone(),
            mark: mark.cloned(),
        };
        self.operate(request, now)
    }

    fn say(
        &mut self,
        conversation: &ConversationId,
        words: Words,
        now: Instant,
    ) -> Result<MessageId, Refused> {
        self.check_online()?;
        self.check_room()?;
        let id = MessageId::from_number(self.prng.number());
        self.queue(Task::Message {
            id: id.clone(),
            conversation: conversation.clone(),
            words,
        });
        self.settle(now);
        Ok(id)
    }
}

/// Groups.
impl Client {
    /// Makes a group of oneself and these. `Done` tells its name. When only setting the topic fails,
    /// that is told as `NotDone`, and the group exists all the same.
    pub fn create_thread(
        &mut self,
        members: &[ContactId],
        topic: Option<&str>,
        now: Instant,
    ) -> Result<OperationId, Refused> {
        self.check_text(topic.unwrap_or_default())?;
        if members.len() >= self.config.limits.members {
            return Err(Refused::TooLong);
        }
        let request = Request::CreateGroup {
            members: members.to_vec(),
            topic: topic.map(str::to_owned),
        };
        self.operate(request, now)
    }

    /// Takes somebody into a group.
    pub fn add_member(
        &mut self,
        group: &ConversationId,
        member: &ContactId,
        now: Instant,
    ) -> Result<OperationId, Refused> {
        check_group(group)?;
        let request = Request::AddMember {
            group: group.clone(),
            member: member.clone(),
        };
        self.operate(request, now)
    }

    /// Puts somebody out of a group.
    pub fn remove_member(
        &mut self,
        group: &ConversationId,
        member: &ContactId,
        now: Instant,
    ) -> Result<OperationId, Refused> {
        check_group(group)?;
        let request = Request::RemoveMember {
            group: group.clone(),
            member: Some(member.clone()),
        };
        self.operate(request, now)
    }

    /// Leaves a group.
    pub fn leave(&mut self, group: &ConversationId, now: Instant) -> Result<OperationId, Refused> {
        check_group(group)?;
        let request = Request::RemoveMember {
            group: group.clone(),
            member: None,
        };
        self.operate(request, now)
    }

    /// Gives a group a topic; an empty one takes it away.
    pub fn set_topic(
        &mut self,
        group: &ConversationId,
        topic: &str,
        now: Instant,
    ) -> Result<OperationId, Refused> {
        check_group(group)?;
        self.check_text(topic)?;
        let request = Request::SetTopic {
            group: group.clone(),
            topic: topic.to_owned(),
            created: false,
        };
        self.operate(request, now)
    }
}

/// The contact list.
impl Client {
    /// Puts somebody on the list and lets him see one's presence, unless he is blocked.
    pub fn add_contact(&mut self, who: &ContactId, now: Instant) -> Result<OperationId, Refused> {
        self.change_list(who, ListChange::Add, now)
    }

    /// Takes somebody off the list. A block stays.
    pub fn remove_contact(
        &mut self,
        who: &ContactId,
        now: Instant,
    ) -> Result<OperationId, Refused> {
        self.change_list(who, ListChange::Remove, now)
    }

    /// Hides from somebody and takes no messages of his.
    pub fn block(&mut self, who: &ContactId, now: Instant) -> Result<OperationId, Refused> {
        self.change_list(who, ListChange::Block, now)
    }

    /// Lifts a block.
    pub fn unblock(&mut self, who: &ContactId, now: Instant) -> Result<OperationId, Refused> {
        self.change_list(who, ListChange::Unblock, now)
    }

    fn change_list(
        &mut self,
        who: &ContactId,
        change: ListChange,
        now: Instant,
    ) -> Result<OperationId, Refused> {
        if self.account.as_ref() == Some(who) {
            return Err(Refused::Oneself);
        }
        let request = Request::List {
            contact: who.clone(),
            change,
        };
        self.operate(request, now)
    }
}

impl Client {
    fn operate(&mut self, request: Request, now: Instant) -> Result<OperationId, Refused> {
        self.check_online()?;
        self.check_room()?;
        let id = self.next_operation();
        self.queue(Task::Operation { id, request });
        self.settle(now);
        Ok(id)
    }

    fn next_operation(&mut self) -> OperationId {
        self.last_operation += 1;
        OperationId(self.last_operation)
    }

    const fn check_online(&self) -> Result<(), Refused> {
        if self.is_out() {
            return Err(Refused::SignedOut);
        }
        Ok(())
    }

    /// Signed out, or on the way out.
    const fn is_out(&self) -> bool {
        match &self.phase {
            Phase::SignedOut => true,
            Phase::Connected(connection) => connection.is_leaving(),
            Phase::Admission(_) | Phase::Pausing { .. } => false,
        }
    }

    fn check_room(&self) -> Result<(), Refused> {
        let in_flight = match &self.phase {
            Phase::Connected(connection) => connection.jobs_in_flight(),
            _ => 0,
        };
        let limits = &self.config.limits;
        // Each of the application's wishes ends in an event: one that never takes any must not wish
        // for ever. Up to twice the limit it may speak, since it may be about to listen.
        let deaf = self.events.held() > limits.undrained.saturating_mul(2);
        if deaf || self.waiting.len() + in_flight >= limits.pending {
            return Err(Refused::Full);
        }
        Ok(())
    }

    const fn check_text(&self, text: &str) -> Result<(), Refused> {
        if text.len() > self.config.limits.text {
            return Err(Refused::TooLong);
        }
        Ok(())
    }
}

fn check_group(conversation: &ConversationId) -> Result<(), Refused> {
    if conversation.contact().is_some() {
        return Err(Refused::NotAGroup);
    }
    Ok(())
}
