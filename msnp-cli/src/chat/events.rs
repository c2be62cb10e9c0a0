//! What becomes of the model when something happens at the client.

use msnp_client::{
    Contact, ContactId, ConversationId, Event, Group, History, Lists, Message, MessageId, Presence,
    Status,
};

use super::model::{Intent, Link, Model, Moment};
use super::room::{Fate, Kind, Line};
use super::text;

impl Model {
    /// Something happened at the client.
    pub(super) fn apply(&mut self, event: Event, now: Moment) -> Vec<Intent> {
        match event {
            Event::MessageReceived(message) => return self.received(&message, now),
            Event::Nudge { conversation, from } => {
                let index = self.open(&conversation);
                let text = format!("{} nudges you!", self.name(&from));
                self.notice(index, text, now);
                self.mark_unread(index);
                return vec![Intent::Bell];
            }
            Event::MessageEdited { original, edit } => self.edited(&original, &edit, now),
            Event::Typing {
                conversation,
                from,
                typing,
            } => self.typing_changed(&conversation, &from, typing, now),
            Event::ContactChanged(contact) => self.contact_changed(contact, now),
            Event::ContactRemoved(id) => {
                if let Some(person) = self.people.get_mut(&id) {
                    person.contact = None;
                }
            }
            Event::ContactRenamed { before, now } => self.renamed(&before, &now),
            Event::PresenceChanged { contact, presence } => {
                self.presence_changed(&contact, presence, now);
            }
            Event::OwnPresence(own) => self.own = own.presence,
            Event::GroupChanged(group) => self.group_changed(group, now),
            Event::GroupLeft(id) => self.group_left(&id, now),
            Event::History(history) => self.history_came(history, now),
            other => self.answered(other, now),
        }
        Vec::new()
    }

    /// The connection's state has changed.
    pub(super) fn connection_changed(&mut self, event: Event, now: Moment) {
        match event {
            Event::SignInProgress(step) => self.link = Link::SigningIn(Some(step)),
            Event::SignedIn(me) => {
                self.link = Link::Online;
                self.notice(0, format!("Signed in as {me}."), now);
                // What was said before goes under the name that the service knows.
                if let Some(before) = self.me.replace(me.clone())
                    && before != me
                {
                    for room in &mut self.rooms {
                        room.rename(&before, &me);
                    }
                }
            }
            Event::Reconnecting {
                attempt,
                wait,
                reason,
            } => {
                let seconds = wait.as_secs_f32().ceil();
                let text = format!("Reconnecting: {reason}; attempt {attempt} in {seconds} s.");
                self.alarm(0, text, now);
                self.link = Link::Reconnecting(reason);
            }
            Event::SignedOut(reason) => {
                if !self.leaving {
                    let text = format!("Signed out: {reason}. /signin tries again.");
                    self.alarm(0, text, now);
                    self.show(0);
                }
                self.link = Link::SignedOut(reason);
            }
            _ => {}
        }
    }

    fn mark_unread(&mut self, index: usize) {
        let is_shown = index == self.current;
        if let Some(room) = self.rooms.get_mut(index)
            && (!is_shown || room.scroll > 0)
        {
            room.unread += 1;
        }
    }

    /// The room of a conversation, if it is open or may be opened without more cause than that
    /// somebody types: a group's is, a person's if that person is on the list.
    fn open_quietly(&mut self, id: &ConversationId) -> Option<usize> {
        let is_open = self.rooms.iter().any(|room| room.id.as_ref() == Some(id));
        let is_friend = id.contact().is_some_and(|contact| {
            let person = self.people.get(contact);
            person.is_some_and(|person| person.is_on(Lists::FORWARD))
        });
        (is_open || is_friend).then(|| self.open(id))
    }

    fn contact_changed(&mut self, contact: Contact, now: Moment) {
        let id = contact.id.clone();
        let was_pending = self
            .people
            .get(&id)
            .is_some_and(|person| person.is_on(Lists::PENDING));
        let is_pending = contact.lists.contains(Lists::PENDING);
        self.people.entry(id.clone()).or_default().contact = Some(contact);
        if is_pending && !was_pending {
            let text = format!(
                "{} ({id}) has put you on a list. /add {id} or /block {id}.",
                self.name(&id)
            );
            self.notice(0, text, now);
            self.mark_unread(0);
        }
    }

    fn presence_changed(&mut self, id: &ContactId, presence: Presence, now: Moment) {
        let before = self.people.get(id).map(|person| person.presence.status);
        let status = presence.status;
        self.people.entry(id.clone()).or_default().presence = presence;
        if before.unwrap_or(Status::OFFLINE) != status && self.link == Link::Online {
            let text = format!("{} is {status}.", self.name(id));
            self.notice(0, text.clone(), now);
            let conversation = ConversationId::from(id);
            if let Some(index) = self
                .rooms
                .iter()
                .position(|room| room.id.as_ref() == Some(&conversation))
            {
                self.notice(index, text, now);
            }
        }
    }

    fn typing_changed(
        &mut self,
        conversation: &ConversationId,
        from: &ContactId,
        typing: bool,
        now: Moment,
    ) {
        if Some(from) == self.me.as_ref() {
            return;
        }
        let index = self.open_quietly(conversation);
        if let Some(room) = index.and_then(|index| self.rooms.get_mut(index)) {
            room.set_typing(from, typing, now);
        }
    }

    fn received(&mut self, message: &Message, now: Moment) -> Vec<Intent> {
        let index = self.open(&message.conversation);
        let mut line = said(message);
        if message.sent_at.is_none() {
            line.at = now.wall;
        }
        if let Some(room) = self.rooms.get_mut(index) {
            room.set_typing(&message.from, false, now);
        }
        self.push(index, line);
        if Some(&message.from) == self.me.as_ref() {
            return Vec::new();
        }
        self.mark_unread(index);
        if index == self.current {
            Vec::new()
        } else {
            vec![Intent::Bell]
        }
    }

    fn edited(&mut self, original: &MessageId, edit: &Message, now: Moment) {
        let text = text::plain(&edit.text, &edit.format);
        let index = self.open(&edit.conversation);
        let name = self.name(&edit.from);
        if !self.replace(index, original, &edit.from, &text) {
            let text = format!("{name} has edited an older message: {text}");
            self.notice(index, text, now);
        } else if self.journaling {
            let line = Line {
                at: now.wall,
                kind: Kind::Notice,
                text: format!("{name} has edited: {text}"),
            };
            self.journal
                .push_back((Some(edit.conversation.clone()), line));
        }
    }

    /// Replaces the text of a message; whether it is there.
    pub(super) fn replace(
        &mut self,
        index: usize,
        id: &MessageId,
        from: &ContactId,
        new: &str,
    ) -> bool {
        let line = self
            .rooms
            .get_mut(index)
            .and_then(|room| room.find(id, from));
        let Some(line) = line else {
            return false;
        };
        line.text = if new.is_empty() {
            "(deleted)".to_owned()
        } else {
            new.to_owned()
        };
        if let Kind::Said { edited, .. } = &mut line.kind {
            *edited = true;
        }
        true
    }

    fn history_came(&mut self, history: History, now: Moment) {
        let index = self.open(&history.conversation);
        let lines = history.messages.iter().map(said).collect();
        let Some(room) = self.rooms.get_mut(index) else {
            return;
        };
        let count = room.push_older(lines);
        room.older = history.more;
        if history.operation.is_some() && count == 0 && room.older.is_none() {
            self.notice(index, "There is nothing older.".to_owned(), now);
        }
    }

    fn group_left(&mut self, id: &ConversationId, now: Moment) {
        let found = self
            .rooms
            .iter()
            .position(|room| room.id.as_ref() == Some(id));
        if let Some(index) = found {
            let text = format!("You are no longer in {}.", self.title(&self.rooms[index]));
            self.close(index);
            self.notice(0, text, now);
        }
    }

    fn group_changed(&mut self, group: Group, now: Moment) {
        let index = self.open(&group.id);
        let Some(room) = self.rooms.get_mut(index) else {
            return;
        };
        let is_new = room.members.is_empty();
        let topic_changed = room.topic != group.topic;
        let before = std::mem::replace(&mut room.members, group.members);
        room.topic.clone_from(&group.topic);
        let after = room.members.clone();
        if is_new {
            let names: Vec<String> = after
                .iter()
                .map(|member| self.name(&member.contact))
                .collect();
            self.notice(index, format!("In this group: {}.", names.join(", ")), now);
            return;
        }
        let is_in =
            |list: &[msnp_client::Member], id: &ContactId| list.iter().any(|m| m.contact == *id);
        for member in after
            .iter()
            .filter(|member| !is_in(&before, &member.contact))
        {
            let text = format!("{} has joined.", self.name(&member.contact));
            self.notice(index, text, now);
        }
        for member in before
            .iter()
            .filter(|member| !is_in(&after, &member.contact))
        {
            let text = format!("{} has left.", self.name(&member.contact));
            self.notice(index, text, now);
        }
        if topic_changed {
            let text = match &group.topic {
                Some(topic) => format!("The topic is now: {}", text::clean_line(topic)),
                None => "There is no topic any more.".to_owned(),
            };
            self.notice(index, text, now);
        }
    }
}

/// A message of others, or an older one, as a line.
fn said(message: &Message) -> Line {
    Line {
        at: message.sent_at.unwrap_or_default(),
        kind: Kind::Said {
            id: message.id.clone(),
            from: message.from.clone(),
            name: message.from_name.as_deref().map(text::clean_line),
            fate: Fate::Theirs,
            edited: false,
        },
        text: text::plain(&message.text, &message.format),
    }
}
