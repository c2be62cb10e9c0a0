//! `Room`: one conversation as it is shown, or the page of notices.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use msnp_client::{ContactId, ConversationId, Group, HistoryMark, Member, MessageId};

use super::editor::Editor;
use super::line::{DeliveryState, Kind, Line};
use super::timestamps::Timestamps;

/// The most lines that are kept of one conversation.
const LINES: usize = 5_000;
/// How long a typing mark stays without news; clients repeat it every few seconds.
const TYPING: Duration = Duration::from_secs(12);
/// How often the other side is told that one is still typing.
const TYPING_EVERY: Duration = Duration::from_secs(5);

/// One conversation.
#[derive(Debug)]
pub(super) struct Room {
    /// `None`: the page of notices.
    id: Option<ConversationId>,
    lines: VecDeque<Line>,
    /// Messages that came while another room was shown.
    unread: usize,
    /// Rows scrolled back from the newest.
    scroll: usize,
    input: Editor,
    /// Of a group: its topic and members.
    topic: Option<String>,
    members: Vec<Member>,
    /// Where the next page of older messages starts.
    older: Option<HistoryMark>,
    /// Who types, and until when that is believed.
    typing: BTreeMap<ContactId, Timestamps>,
    /// When the other side was last told that one types here.
    told_typing: Option<Timestamps>,
    /// The last page of what was said before was asked for.
    has_history: bool,
}

/// What has changed in a group.
#[derive(Debug)]
pub(super) struct GroupChange {
    /// The members were not known before.
    pub(super) is_new: bool,
    pub(super) joined: Vec<ContactId>,
    pub(super) left: Vec<ContactId>,
    pub(super) topic_changed: bool,
}

impl Room {
    /// An empty room.
    pub(super) fn new(id: Option<ConversationId>) -> Self {
        Self {
            id,
            lines: VecDeque::new(),
            unread: 0,
            scroll: 0,
            input: Editor::default(),
            topic: None,
            members: Vec::new(),
            older: None,
            typing: BTreeMap::new(),
            told_typing: None,
            has_history: false,
        }
    }

    /// Appends a line.
    pub(super) fn push(&mut self, line: Line) {
        if self.lines.len() >= LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    /// Puts a page of older lines in front, without those that are there already; says how many are
    /// new. `more` is where the next page starts.
    pub(super) fn push_older(&mut self, older: Vec<Line>, more: Option<HistoryMark>) -> usize {
        self.older = more;
        let mut count = 0;
        for line in older.into_iter().rev() {
            let known =
                matches!(&line.kind, Kind::Said { id, from, .. } if self.find(id, from).is_some());
            if !known && self.lines.len() < LINES {
                // What came while the page was on its way stays behind it.
                let at = self.lines.iter().position(|after| after.at >= line.at);
                self.lines
                    .insert(at.unwrap_or(0).min(self.lines.len()), line);
                count += 1;
            }
        }
        count
    }

    /// Says what became of a message that is shown here; gives its line.
    pub(super) fn set_state(
        &mut self,
        message: &MessageId,
        sender: &ContactId,
        new: &DeliveryState,
    ) -> Option<&Line> {
        let line = self.find(message, sender)?;
        if let Kind::Said { state, .. } = &mut line.kind {
            state.clone_from(new);
        }
        Some(line)
    }

    /// Replaces the text of a message; whether it is there. Nobody can edit what somebody else said.
    pub(super) fn edit(&mut self, message: &MessageId, sender: &ContactId, new: &str) -> bool {
        let Some(line) = self.find(message, sender) else {
            return false;
        };
        let is_deleted = new.is_empty();
        if is_deleted { "(deleted)" } else { new }.clone_into(&mut line.text);
        if let Kind::Said { edited, .. } = &mut line.kind {
            *edited = !is_deleted;
        }
        true
    }

    fn find(&mut self, wanted: &MessageId, sender: &ContactId) -> Option<&mut Line> {
        self.lines.iter_mut().rev().find(
            |line| matches!(&line.kind, Kind::Said { id, from, .. } if id == wanted && from == sender),
        )
    }

    /// Somebody is known under another name now.
    pub(super) fn rename(&mut self, before: &ContactId, after: &ContactId) {
        for line in &mut self.lines {
            if let Kind::Said { from, .. } = &mut line.kind
                && from == before
            {
                from.clone_from(after);
            }
        }
        for member in &mut self.members {
            if member.contact == *before {
                member.contact = after.clone();
            }
        }
        if let Some(until) = self.typing.remove(before) {
            self.typing.insert(after.clone(), until);
        }
    }

    /// It is the room of this conversation from now on.
    pub(super) fn set_id(&mut self, id: ConversationId) {
        self.id = Some(id);
    }

    /// Takes in what stands in another room, which turned out to be the same conversation's.
    pub(super) fn absorb(&mut self, other: Self) {
        let more = self.older.take().or(other.older);
        self.push_older(other.lines.into(), more);
        self.unread += other.unread;
        if self.input.text().is_empty() {
            self.input = other.input;
        }
    }

    /// The group is now so.
    pub(super) fn set_group(&mut self, group: Group) -> GroupChange {
        let is_in = |list: &[Member], id: &ContactId| list.iter().any(|m| m.contact == *id);
        let missing = |from: &[Member], of: &[Member]| {
            let contacts = of.iter().map(|member| &member.contact);
            contacts.filter(|id| !is_in(from, id)).cloned().collect()
        };
        let change = GroupChange {
            is_new: self.members.is_empty(),
            joined: missing(&self.members, &group.members),
            left: missing(&group.members, &self.members),
            topic_changed: self.topic != group.topic,
        };
        self.members = group.members;
        self.topic = group.topic;
        change
    }

    /// Somebody types, or has stopped.
    pub(super) fn set_typing(&mut self, who: &ContactId, typing: bool, now: Timestamps) {
        if typing {
            self.typing.insert(who.clone(), now.after(TYPING));
        } else {
            self.typing.remove(who);
        }
    }

    /// Forgets typing marks that are too old; whether there were any.
    pub(super) fn expire(&mut self, now: Timestamps) -> bool {
        let before = self.typing.len();
        self.typing.retain(|_, until| until.at() > now.at());
        self.typing.len() != before
    }

    /// Whether the other side is to be told that one types here; then it counts as told.
    pub(super) fn is_typing_due(&mut self, now: Timestamps) -> bool {
        let is_due = self
            .told_typing
            .is_none_or(|told| told.after(TYPING_EVERY).at() <= now.at());
        if is_due {
            self.told_typing = Some(now);
        }
        is_due
    }

    /// One no longer types here; whether the other side believes so.
    pub(super) fn stop_typing(&mut self) -> bool {
        self.told_typing.take().is_some()
    }

    /// A message came; it is unread unless its end of the room is `shown`.
    pub(super) fn mark_unread(&mut self, shown: bool) {
        if !shown || self.scroll > 0 {
            self.unread += 1;
        }
    }

    /// Everything here has been read.
    pub(super) const fn mark_read(&mut self) {
        self.unread = 0;
    }

    /// Goes back by so many rows; the view knows how many there are.
    pub(super) const fn scroll_back(&mut self, rows: usize) {
        self.scroll = self.scroll.saturating_add(rows);
    }

    /// Goes forth by so many rows; at the newest, everything has been read.
    pub(super) const fn scroll_forth(&mut self, rows: usize) {
        self.scroll = self.scroll.saturating_sub(rows);
        if self.scroll == 0 {
            self.unread = 0;
        }
    }

    /// There are no more rows than these to go back by.
    pub(super) fn limit_scroll(&mut self, rows: usize) {
        self.scroll = self.scroll.min(rows);
    }

    /// The line that is being typed here.
    pub(super) const fn input_mut(&mut self) -> &mut Editor {
        &mut self.input
    }

    /// The line that is being typed here.
    pub(super) const fn input(&self) -> &Editor {
        &self.input
    }

    /// Whether the last page of what was said before is still to be asked for; then it counts as asked for.
    pub(super) const fn wants_history(&mut self) -> bool {
        self.id.is_some() && !std::mem::replace(&mut self.has_history, true)
    }

    /// Takes out what was not delivered, to be said again.
    pub(super) fn take_failed(&mut self) -> Vec<String> {
        let is_failed = |line: &Line| {
            matches!(
                &line.kind,
                Kind::Said {
                    state: DeliveryState::Failed(_),
                    ..
                }
            )
        };
        let (failed, kept): (Vec<Line>, Vec<Line>) = std::mem::take(&mut self.lines)
            .into_iter()
            .partition(is_failed);
        self.lines = kept.into();
        failed.into_iter().map(|line| line.text).collect()
    }

    /// Which conversation it is; `None`: the page of notices.
    pub(super) const fn id(&self) -> Option<&ConversationId> {
        self.id.as_ref()
    }

    /// Its lines, oldest first.
    pub(super) const fn lines(&self) -> &VecDeque<Line> {
        &self.lines
    }

    /// How many messages came while nobody looked.
    pub(super) const fn unread(&self) -> usize {
        self.unread
    }

    /// How many rows it is scrolled back.
    pub(super) const fn scroll(&self) -> usize {
        self.scroll
    }

    /// A group's topic.
    pub(super) fn topic(&self) -> Option<&str> {
        self.topic.as_deref()
    }

    /// A group's members.
    pub(super) fn members(&self) -> &[Member] {
        &self.members
    }

    /// Where the next page of older messages starts.
    pub(super) const fn older(&self) -> Option<&HistoryMark> {
        self.older.as_ref()
    }

    /// Who types.
    pub(super) fn typing(&self) -> impl Iterator<Item = &ContactId> {
        self.typing.keys()
    }

    /// Whether this is a group.
    pub(super) fn is_group(&self) -> bool {
        self.id.as_ref().is_some_and(|id| id.group_name().is_some())
    }

    /// How many messages of ours have no end yet.
    pub(super) fn pending(&self) -> usize {
        let is_pending = |line: &Line| {
            matches!(
                &line.kind,
                Kind::Said {
                    state: DeliveryState::Pending,
                    ..
                }
            )
        };
        self.lines.iter().filter(|line| is_pending(line)).count()
    }

    /// The message that `sender` said last.
    pub(super) fn last_said(&self, sender: &ContactId) -> Option<&MessageId> {
        self.lines.iter().rev().find_map(|line| match &line.kind {
            Kind::Said { id, from, .. } if from == sender => Some(id),
            _ => None,
        })
    }
}
