//! What an application can ask for.

use machine_contract::Instant;
use msnp_proto::MsnObject;

use crate::client::Client;
use crate::event::Refused;
use crate::history::HistoryMark;
use crate::id::{ContactId, ConversationId, MessageId, OperationId};
use crate::looks::Looks;
use crate::presence::{EndpointId, Status};
use crate::request::{Content, Operation, Profile};

/// One's own presence. While signed out, what is set is kept for the next sign-in.
impl Client {
    /// Available, busy, away …
    pub fn set_status(&mut self, status: Status, now: Instant) -> Result<OperationId, Refused> {
        self.publish(|profile| profile.status = status, now)
    }

    /// The line under one's name; empty for none.
    pub fn set_personal_message(
        &mut self,
        text: &str,
        now: Instant,
    ) -> Result<OperationId, Refused> {
        possible(self.abilities().personal_message)?;
        self.check_text(text)?;
        let text = Some(text.to_owned());
        self.publish(|profile| profile.personal_message = text, now)
    }

    /// What one calls oneself.
    pub fn set_display_name(&mut self, name: &str, now: Instant) -> Result<OperationId, Refused> {
        self.check_text(name)?;
        let name = Some(name.to_owned());
        self.publish(|profile| profile.display_name = name, now)
    }

    /// Whether nobody is at the keyboard of this endpoint. Others see [`Status::IDLE`] in place of [`Status::ONLINE`].
    pub fn set_idle(&mut self, idle: bool, now: Instant) -> Result<OperationId, Refused> {
        self.publish(|profile| profile.idle = idle, now)
    }

    /// Which display picture one has, by the object that names it (msnp8-18.md 8.5); `None`: none. Others may ask for the picture
    /// itself, which goes from client to client and is no business of this one.
    pub fn set_picture(
        &mut self,
        picture: Option<&MsnObject>,
        now: Instant,
    ) -> Result<OperationId, Refused> {
        possible(self.abilities().picture)?;
        if let Some(picture) = picture {
            self.check_text(&picture.to_string())?;
        }
        let picture = picture.cloned();
        self.publish(|profile| profile.picture = picture, now)
    }

    fn publish(
        &mut self,
        change: impl FnOnce(&mut Profile),
        now: Instant,
    ) -> Result<OperationId, Refused> {
        self.wish()?;
        self.change_profile(change);
        if self.is_out() {
            return Ok(self.wish()?.done_at_once());
        }
        self.operate(Operation::Publish, now)
    }
}

/// Places of one's own.
impl Client {
    /// Signs another of one's own places out, one of those that [`OwnPresence`](crate::OwnPresence) tells of.
    pub fn sign_out_endpoint(
        &mut self,
        endpoint: EndpointId,
        now: Instant,
    ) -> Result<OperationId, Refused> {
        possible(self.abilities().endpoint_sign_out)?;
        self.operate(Operation::SignOutEndpoint(endpoint), now)
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
        self.send_text_with(conversation, text, &Looks::default(), now)
    }

    /// The same, saying how it is to look. The other side may show it so or not.
    pub fn send_text_with(
        &mut self,
        conversation: &ConversationId,
        text: &str,
        looks: &Looks,
        now: Instant,
    ) -> Result<MessageId, Refused> {
        self.check_text(text)?;
        let (text, looks) = (text.to_owned(), looks.clone());
        self.say(conversation, Content::Text { text, looks }, now)
    }

    /// Replaces the text of a message that one sent before; an empty text deletes it.
    pub fn edit_message(
        &mut self,
        conversation: &ConversationId,
        original: &MessageId,
        text: &str,
        now: Instant,
    ) -> Result<MessageId, Refused> {
        possible(self.abilities().edits)?;
        self.check_text(text)?;
        let edit = Content::Edit {
            original: original.clone(),
            text: text.to_owned(),
        };
        self.say(conversation, edit, now)
    }

    /// Shakes the other side's window.
    pub fn send_nudge(
        &mut self,
        conversation: &ConversationId,
        now: Instant,
    ) -> Result<MessageId, Refused> {
        possible(self.abilities().nudges)?;
        self.say(conversation, Content::Nudge, now)
    }

    /// Tells the other side that one is typing, or has stopped. Nothing is told of its fate; while
    /// not signed in it is dropped.
    pub fn send_typing(
        &mut self,
        conversation: &ConversationId,
        typing: bool,
        now: Instant,
    ) -> Result<(), Refused> {
        let is_signed_in = self.is_signed_in();
        let state = self.wish()?;
        if is_signed_in {
            state.type_in(conversation, typing);
            self.drive(now);
        }
        Ok(())
    }

    /// Asks for older messages: the newest page, or the one at a mark that came with a page before.
    /// They come as [`Event::History`](crate::Event::History), just before
    /// [`OperationSucceeded`](crate::Event::OperationSucceeded).
    pub fn request_history(
        &mut self,
        conversation: &ConversationId,
        mark: Option<&HistoryMark>,
        now: Instant,
    ) -> Result<OperationId, Refused> {
        possible(self.abilities().history)?;
        self.check_text(mark.map_or("", HistoryMark::as_str))?;
        let what = Operation::History {
            conversation: conversation.clone(),
            mark: mark.cloned(),
        };
        self.operate(what, now)
    }

    fn say(
        &mut self,
        conversation: &ConversationId,
        content: Content,
        now: Instant,
    ) -> Result<MessageId, Refused> {
        self.wish_online()?;
        let id = self.new_message_id();
        self.wish()?.say(id.clone(), conversation, content);
        self.drive(now);
        Ok(id)
    }
}

/// Groups.
impl Client {
    /// Makes a group of oneself and these. `OperationSucceeded` tells its name. When only setting the topic
    /// fails, that is told as `OperationFailed`, and the group exists all the same.
    pub fn create_group(
        &mut self,
        members: &[ContactId],
        topic: Option<&str>,
        now: Instant,
    ) -> Result<OperationId, Refused> {
        let abilities = self.abilities();
        possible(abilities.groups && (topic.is_none() || abilities.group_administration))?;
        self.check_text(topic.unwrap_or_default())?;
        if members.len() >= self.settings().limits.members {
            return Err(Refused::TooLong);
        }
        let what = Operation::CreateGroup {
            members: members.to_vec(),
            topic: topic.map(str::to_owned),
        };
        self.operate(what, now)
    }

    /// Takes somebody into a group.
    pub fn add_member(
        &mut self,
        group: &ConversationId,
        member: &ContactId,
        now: Instant,
    ) -> Result<OperationId, Refused> {
        check_group(group)?;
        let what = Operation::AddMember {
            group: group.clone(),
            member: member.clone(),
        };
        self.operate(what, now)
    }

    /// Puts somebody out of a group.
    pub fn remove_member(
        &mut self,
        group: &ConversationId,
        member: &ContactId,
        now: Instant,
    ) -> Result<OperationId, Refused> {
        check_group(group)?;
        possible(self.abilities().group_administration)?;
        let what = Operation::RemoveMember {
            group: group.clone(),
            member: Some(member.clone()),
        };
        self.operate(what, now)
    }

    /// Leaves a group.
    pub fn leave(&mut self, group: &ConversationId, now: Instant) -> Result<OperationId, Refused> {
        check_group(group)?;
        let what = Operation::RemoveMember {
            group: group.clone(),
            member: None,
        };
        self.operate(what, now)
    }

    /// Gives a group a topic; an empty one takes it away.
    pub fn set_topic(
        &mut self,
        group: &ConversationId,
        topic: &str,
        now: Instant,
    ) -> Result<OperationId, Refused> {
        check_group(group)?;
        possible(self.abilities().group_administration)?;
        self.check_text(topic)?;
        let what = Operation::SetTopic {
            group: group.clone(),
            topic: topic.to_owned(),
            created: false,
        };
        self.operate(what, now)
    }
}

impl Client {
    /// Asks the service for something that it answers.
    pub(crate) fn operate(
        &mut self,
        what: Operation,
        now: Instant,
    ) -> Result<OperationId, Refused> {
        let id = self.wish_online()?.operate(what);
        self.drive(now);
        Ok(id)
    }

    /// Whether a text is not too long.
    pub(crate) const fn check_text(&self, text: &str) -> Result<(), Refused> {
        if text.len() > self.settings().limits.text {
            return Err(Refused::TooLong);
        }
        Ok(())
    }
}

/// A refusal that nobody has to wait for.
pub(crate) const fn possible(is_possible: bool) -> Result<(), Refused> {
    if is_possible {
        Ok(())
    } else {
        Err(Refused::NotPossible)
    }
}

fn check_group(conversation: &ConversationId) -> Result<(), Refused> {
    if conversation.contact().is_some() {
        return Err(Refused::NotAGroup);
    }
    Ok(())
}
