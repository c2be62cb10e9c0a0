//! `Model`: everything that the terminal client knows, and what becomes of it when something
//! happens. Knows neither terminal nor network: events and keys go in, intents come out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use machine_contract::{Instant, UnixTime};
use msnp_client::{
    Contact, ContactId, ConversationId, HistoryMark, Lists, MessageId, OperationId, Presence,
    Reason, Status, Step,
};

use super::room::{Fate, Kind, Line, Room};
use super::text;

/// How often the other side is told that one is still typing.
pub(super) const TYPING_EVERY: Duration = Duration::from_secs(5);
/// The most conversations that are open at a time.
const ROOMS: usize = 500;

/// When something happens: for measuring and for showing.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) at: Instant,
    pub(super) wall: UnixTime,
}

impl Moment {
    /// Some time after this.
    pub(super) fn after(self, time: Duration) -> Self {
        Self {
            at: self.at + time,
            wall: self.wall.saturating_add(time),
        }
    }
}

/// What the person wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Intent {
    Say {
        to: ConversationId,
        text: String,
    },
    Edit {
        to: ConversationId,
        original: MessageId,
        text: String,
    },
    Typing {
        to: ConversationId,
        typing: bool,
    },
    Nudge(ConversationId),
    Ask(Request),
    SignIn,
    /// Sign out, and end when that is done.
    Quit,
    /// End at once.
    Abort,
    Redraw,
    Bell,
}

/// What is answered with done or not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Status(Status),
    Name(String),
    PersonalMessage(String),
    Add(ContactId),
    Remove(ContactId),
    Block(ContactId),
    Unblock(ContactId),
    CreateThread {
        members: Vec<ContactId>,
        topic: Option<String>,
    },
    Topic {
        group: ConversationId,
        topic: String,
    },
    Invite {
        group: ConversationId,
        member: ContactId,
    },
    Kick {
        group: ConversationId,
        member: ContactId,
    },
    Leave(ConversationId),
    History {
        of: ConversationId,
        from: Option<HistoryMark>,
    },
}

/// How the connection is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Link {
    SigningIn(Option<Step>),
    Online,
    Reconnecting(Reason),
    SignedOut(Reason),
}

/// Somebody, as far as anything is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Person {
    pub(super) contact: Option<Contact>,
    pub(super) presence: Presence,
}

impl Person {
    /// Whether this person is on the given list.
    pub(super) fn is_on(&self, list: Lists) -> bool {
        self.contact
            .as_ref()
            .is_some_and(|contact| contact.lists.contains(list))
    }
}

/// Which part of the screen the keys go to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Focus {
    Input,
    /// The list of people, with this one chosen.
    People(usize),
}

/// All there is.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) me: Option<ContactId>,
    pub(super) own: Presence,
    pub(super) link: Link,
    pub(super) people: BTreeMap<ContactId, Person>,
    /// Names by which people were known once, each with the one that stays.
    pub(super) other_names: BTreeMap<ContactId, ContactId>,
    /// The first is the page of notices.
    pub(super) rooms: Vec<Room>,
    /// The room that is shown.
    pub(super) current: usize,
    pub(super) focus: Focus,
    pub(super) past: super::editor::Past,
    pub(super) completion: Option<super::completion::Completion>,
    pub(super) leaving: bool,
    /// What is asked for and not answered yet.
    pub(super) asked: BTreeMap<OperationId, Request>,
    /// Messages that replace others: which, and what they say.
    pub(super) edits: BTreeMap<MessageId, (ConversationId, MessageId, String)>,
    /// Nudges of ours whose fate is not known yet.
    pub(super) nudges: BTreeSet<MessageId>,
    /// What a program that reads along is to be told; filled only if `journaling`.
    pub(super) journal: VecDeque<(Option<ConversationId>, Line)>,
    pub(super) journaling: bool,
}

impl Model {
    /// Nothing known yet, signing in, as `me` as far as one can tell.
    pub(super) fn new(me: Option<ContactId>) -> Self {
        Self {
            me,
            own: Presence::default(),
            link: Link::SigningIn(None),
            people: BTreeMap::new(),
            other_names: BTreeMap::new(),
            rooms: vec![Room::new(None)],
            current: 0,
            focus: Focus::Input,
            past: super::editor::Past::default(),
            completion: None,
            leaving: false,
            asked: BTreeMap::new(),
            edits: BTreeMap::new(),
            nudges: BTreeSet::new(),
            journal: VecDeque::new(),
            journaling: false,
        }
    }

    /// The room that is shown.
    pub(super) fn room(&self) -> &Room {
        &self.rooms[self.current]
    }

    /// The room that is shown.
    pub(super) fn room_mut(&mut self) -> &mut Room {
        &mut self.rooms[self.current]
    }

    /// Shows a room.
    pub(super) fn show(&mut self, index: usize) {
        if index < self.rooms.len() {
            self.current = index;
            self.focus = Focus::Input;
            let room = self.room_mut();
            room.unread = 0;
        }
    }

    /// The room of a conversation, opened if need be; gives its index.
    pub(super) fn open(&mut self, id: &ConversationId) -> usize {
        let stays = id.contact().and_then(|name| self.other_names.get(name));
        let id = &stays.map_or_else(|| id.clone(), ConversationId::from);
        let found = self
            .rooms
            .iter()
            .position(|room| room.id.as_ref() == Some(id));
        found.unwrap_or_else(|| {
            if self.rooms.len() > ROOMS {
                // The one that was opened first and is not shown.
                let oldest = if self.current == 1 { 2 } else { 1 };
                self.close(oldest);
            }
            self.rooms.push(Room::new(Some(id.clone())));
            self.rooms.len() - 1
        })
    }

    /// Closes a room; the page of notices stays.
    pub(super) fn close(&mut self, index: usize) {
        if index > 0 && index < self.rooms.len() {
            self.rooms.remove(index);
            if self.current >= index {
                self.show(self.current - 1);
            }
        }
    }

    /// What somebody is called: by himself, by the list, or by address without its network.
    pub(super) fn name(&self, id: &ContactId) -> String {
        let own = (self.me.as_ref() == Some(id)).then_some(&self.own.name);
        let person = self.people.get(id);
        let listed = person.and_then(|person| person.contact.as_ref()?.name.as_ref());
        let called = person.and_then(|person| person.presence.name.as_ref());
        let name = own.and_then(|own| own.as_ref()).or(called).or(listed);
        match name.map(|name| text::clean_line(name)) {
            Some(name) if !name.trim().is_empty() => name,
            _ => text::clean_line(id.name()),
        }
    }

    /// What a room is called.
    pub(super) fn title(&self, room: &Room) -> String {
        let Some(id) = &room.id else {
            return "Notices".to_owned();
        };
        if let Some(contact) = id.contact() {
            return self.name(contact);
        }
        match &room.topic {
            Some(topic) if !topic.trim().is_empty() => text::clean_line(topic),
            _ => {
                let others = room
                    .members
                    .iter()
                    .filter(|member| Some(&member.contact) != self.me.as_ref());
                let names: Vec<String> = others.map(|member| self.name(&member.contact)).collect();
                if names.is_empty() {
                    "Group".to_owned()
                } else {
                    names.join(", ")
                }
            }
        }
    }

    /// The contact list as it is shown: who is online first, then by name.
    pub(super) fn listed(&self) -> Vec<(&ContactId, &Person)> {
        let mut people: Vec<_> = self
            .people
            .iter()
            .filter(|(_, person)| person.is_on(Lists::FORWARD) || person.is_on(Lists::PENDING))
            .collect();
        people.sort_by_cached_key(|(id, person)| {
            (
                !person.presence.status.is_online(),
                self.name(id).to_lowercase(),
            )
        });
        people
    }

    /// Messages that were not read, in all rooms.
    pub(super) fn unread(&self) -> usize {
        self.rooms.iter().map(|room| room.unread).sum()
    }

    /// Time has passed; whether anything that is shown has changed.
    pub(super) fn tick(&mut self, now: Moment) -> bool {
        let mut changed = false;
        for room in &mut self.rooms {
            changed |= room.expire(now);
        }
        changed
    }

    /// Whether nothing is under way any more.
    pub(super) fn is_settled(&self) -> bool {
        let pending = |line: &Line| {
            matches!(
                &line.kind,
                Kind::Said {
                    fate: Fate::Pending,
                    ..
                }
            )
        };
        self.asked.is_empty()
            && self.edits.is_empty()
            && self.nudges.is_empty()
            && !self.rooms.iter().any(|room| room.lines.iter().any(pending))
    }

    /// Writes something that happened into a room.
    pub(super) fn notice(&mut self, index: usize, text: String, now: Moment) {
        let kind = Kind::Notice;
        self.push(
            index,
            Line {
                at: now.wall,
                kind,
                text,
            },
        );
    }

    /// Writes something that went wrong into a room.
    pub(super) fn alarm(&mut self, index: usize, text: String, now: Moment) {
        let kind = Kind::Alarm;
        self.push(
            index,
            Line {
                at: now.wall,
                kind,
                text,
            },
        );
    }

    pub(super) fn push(&mut self, index: usize, line: Line) {
        let Some(room) = self.rooms.get_mut(index) else {
            return;
        };
        if self.journaling {
            self.journal.push_back((room.id.clone(), line.clone()));
        }
        room.push(line);
    }
}
