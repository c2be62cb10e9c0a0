//! `Room`: one conversation as it is shown, or the page of notices.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use machine_contract::UnixTime;
use msnp_client::{ContactId, ConversationId, HistoryMark, Member, MessageId};

use super::editor::Editor;
use super::model::Moment;

/// The most lines that are kept of one conversation.
const LINES: usize = 5_000;
/// How long a typing mark stays without news; clients repeat it every few seconds.
const TYPING: Duration = Duration::from_secs(12);

/// One conversation.
#[derive(Debug)]
pub(super) struct Room {
    /// `None`: the page of notices.
    pub(super) id: Option<ConversationId>,
    pub(super) lines: VecDeque<Line>,
    /// Messages that came while another room was shown.
    pub(super) unread: usize,
    /// Rows scrolled back from the newest.
    pub(super) scroll: usize,
    pub(super) input: Editor,
    /// Of a group: its topic and members.
    pub(super) topic: Option<String>,
    pub(super) members: Vec<Member>,
    /// Where the next page of older messages starts.
    pub(super) older: Option<HistoryMark>,
    /// Who types, and until when that is believed.
    typing: BTreeMap<ContactId, Moment>,
    /// When the other side was last told that one types here.
    pub(super) told_typing: Option<Moment>,
}

/// One entry of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) at: UnixTime,
    pub(super) kind: Kind,
    pub(super) text: String,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Something that was said.
    Said {
        id: MessageId,
        from: ContactId,
        /// What the sender called himself then.
        name: Option<String>,
        fate: Fate,
        edited: bool,
    },
    /// Something that happened.
    Notice,
    /// Something that went wrong.
    Alarm,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Somebody else's.
    Theirs,
    /// Ours, on its way.
    Pending,
    Delivered,
    /// It did not arrive, for this reason.
    Failed(String),
    /// Nobody can tell, for this reason.
    Uncertain(String),
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
        }
    }

    /// Appends a line.
    pub(super) fn push(&mut self, line: Line) {
        if self.lines.len() >= LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    /// Puts older lines in front, without those that are there already; says how many are new.
    pub(super) fn push_older(&mut self, older: Vec<Line>) -> usize {
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

    /// The line with a message.
    pub(super) fn find(&mut self, wanted: &MessageId, sender: &ContactId) -> Option<&mut Line> {
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
    }

    /// Somebody types, or has stopped.
    pub(super) fn set_typing(&mut self, who: &ContactId, typing: bool, now: Moment) {
        if typing {
            self.typing.insert(who.clone(), now.after(TYPING));
        } else {
            self.typing.remove(who);
        }
    }

    /// Forgets typing marks that are too old; whether there were any.
    pub(super) fn expire(&mut self, now: Moment) -> bool {
        let before = self.typing.len();
        self.typing.retain(|_, until| until.at > now.at);
        self.typing.len() != before
    }

    /// Who types.
    pub(super) fn typing(&self) -> impl Iterator<Item = &ContactId> {
        self.typing.keys()
    }

    /// Whether this is a group.
    pub(super) fn is_group(&self) -> bool {
        self.id.as_ref().is_some_and(|id| id.group_name().is_some())
    }
}
