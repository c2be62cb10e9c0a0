//! Conversations since MSNP21: `SDG` on the notification connection, and no switchboards (msnp24.md 10, 14).
//!
//! What the service takes it does not answer, and what it refuses it does. So a ping goes behind what was said: commands
//! are carried out in their order, and once it is answered nothing of that will be refused any more.

use machine_contract::SortedSet;
use msnp_proto::classic::{self, ClientBody, Ping};
use msnp_proto::payload::layers::Layers;
use msnp_proto::payload::message::{Draft, Message, MessageType};
use msnp_proto::{Address, TrId};

use super::calls::Unposted;
use super::desk::Desk;
use super::purpose::Purpose;
use crate::dialect::layered::message::{self, Reader, Times, said};
use crate::fact::{Fact, Outcome};
use crate::id::ContactId;
use crate::limits::Limits;
use crate::link::LinkError;
use crate::request::{Content, NotTaken, RequestNumber};

/// The content types that messages have here (msnp24.md 10).
const PLAIN: &str = "text/plain; charset=UTF-8";
const OF_TYPING: &str = "Text/plain; charset=UTF-8";

/// What was said and is not confirmed, and who is there to hear it.
#[derive(Debug, Default)]
pub(super) struct Datagrams {
    /// Seen to be there.
    present: SortedSet<ContactId>,
    /// Said since the last ping.
    open: Vec<TrId>,
    /// Said before the ping that is not answered yet.
    asked: Option<Vec<TrId>>,
}

impl Datagrams {
    /// Somebody is there, or not.
    pub(super) fn is_there(&mut self, who: &ContactId, is_there: bool, limits: &Limits) {
        if !is_there {
            self.present.remove(who);
        } else if self.present.len() < limits.contacts {
            self.present.insert(who.clone());
        }
    }

    /// Asks whether what was said is taken, if something was and nobody has asked. True: that is to be answered.
    pub(super) fn ask(&mut self, desk: &mut Desk) -> bool {
        let is_due = !self.open.is_empty() && self.asked.is_none();
        // Without room in the link the next occasion will do.
        let is_asked = is_due && desk.calls.say(Ping {}).is_ok();
        if is_asked {
            self.pinged();
        }
        is_asked
    }

    /// A ping was sent.
    pub(super) fn pinged(&mut self) {
        let said = std::mem::take(&mut self.open);
        self.asked.get_or_insert_default().extend(said);
    }

    /// It was answered: whatever was said before it is taken.
    pub(super) fn ponged(&mut self, desk: &mut Desk) {
        for trid in self.asked.take().unwrap_or_default() {
            if let Some(Purpose::Message(number) | Purpose::Notice(number)) =
                desk.calls.answered(Some(trid))
            {
                desk.calls.tell(Fact::Done(number, Ok(Outcome::Done)));
            }
        }
    }

    /// Says something; what becomes of it is told.
    pub(super) fn say(
        &mut self,
        number: RequestNumber,
        draft: Draft,
        desk: &mut Desk,
    ) -> Result<(), NotTaken> {
        let payload = draft.finish().into_layers().into_bytes();
        self.confirm(
            classic::Datagram { payload },
            Purpose::Message(number),
            desk,
        )
    }

    /// Says something that is answered only if it is refused.
    pub(super) fn confirm(
        &mut self,
        body: impl Into<ClientBody>,
        purpose: Purpose,
        desk: &mut Desk,
    ) -> Result<(), NotTaken> {
        match desk.calls.post(body, purpose) {
            Ok(trid) => {
                self.open.push(trid);
                Ok(())
            }
            Err(Unposted::Link(LinkError::TooLarge)) => Err(NotTaken::TooLarge),
            Err(_) => Err(NotTaken::Full),
        }
    }

    /// A message to somebody, or to a group; who is not there finds it when they come (msnp24.md 10).
    pub(super) fn draft(
        &self,
        content: &Content,
        (to, who): (Address, Option<&ContactId>),
        me: Address,
    ) -> Option<Draft> {
        let draft = match content {
            Content::Text { text, looks } => message::text(to, me, text, looks),
            Content::Nudge => Draft::nudge(to, me).with_body("\r\n"),
            Content::Edit { .. } => return None,
        };
        let is_there = who.is_none_or(|who| self.present.contains(who));
        let waits = !is_there && draft.kind == MessageType::TEXT;
        let channel = if waits { "IM/Offline" } else { "IM/Online" };
        Some(of_type(draft, PLAIN).with_routing("Service-Channel", channel))
    }
}

/// That one types, or no more.
pub(super) fn typing(to: Address, me: Address, typing: bool) -> Draft {
    let draft = if typing {
        Draft::typing(to, me)
    } else {
        Draft::clear_typing(to, me)
    };
    of_type(draft, OF_TYPING).with_routing("Service-Channel", "IM/Online")
}

fn of_type(draft: Draft, content_type: &str) -> Draft {
    Draft {
        content_type: Some(content_type.to_owned()),
        ..draft
    }
}

/// Says something of which nobody waits to hear. Without room it is left out.
pub(super) fn mention(draft: Draft, desk: &mut Desk) {
    let payload = draft.finish().into_layers().into_bytes();
    let _ = desk.calls.say_numbered(classic::Datagram { payload });
}

/// Somebody has said something. `None`: nothing that can be read, or by nobody that has a name.
pub(super) fn heard(datagram: &classic::Datagram, me: &Address, limits: &Limits) -> Option<Fact> {
    let layers = Layers::parse(datagram.payload.clone()).ok()?;
    let message = Message::try_from(layers).ok()?;
    let is_own = |address: &Address| address.same_account(me);
    said(
        &message,
        Reader {
            is_own: &is_own,
            limits,
            times: Times::Waited,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::looks::Looks;

    fn wire(content: &Content, is_there: bool) -> String {
        let bob: ContactId = "bob@hotmail.com".parse().expect("an address");
        let mut datagrams = Datagrams::default();
        datagrams.is_there(&bob, is_there, &Limits::default());
        let to = "1:bob@hotmail.com".parse().expect("an address");
        let me = "1:alice@hotmail.com;epid={11111111-2222-3333-4444-555555555555}";
        let me = me.parse().expect("an address");
        let draft = datagrams.draft(content, (to, Some(&bob)), me);
        let layers = draft.expect("a message").finish().into_layers();
        String::from_utf8(layers.into_bytes().to_vec()).expect("text")
    }

    fn says(text: &str) -> Content {
        Content::Text {
            text: text.to_owned(),
            looks: Looks::default(),
        }
    }

    #[test]
    fn a_text_is_that_of_the_transcript() {
        let text = wire(&says("h\u{e9}"), true);
        let expected = concat!(
            "Routing: 1.0\r\nTo: 1:bob@hotmail.com\r\n",
            "From: 1:alice@hotmail.com;epid={11111111-2222-3333-4444-555555555555}\r\n",
            "Service-Channel: IM/Online\r\n\r\nReliability: 1.0\r\n\r\n",
            "Messaging: 2.0\r\nMessage-Type: Text\r\n",
            "Content-Type: text/plain; charset=UTF-8\r\nContent-Length: 3\r\n\r\nh\u{e9}",
        );
        assert_eq!(text, expected);
    }

    #[test]
    fn who_is_not_there_is_left_a_text_and_not_nudged() {
        let text = wire(&says("hi"), false);
        assert!(
            text.contains("\r\nService-Channel: IM/Offline\r\n"),
            "{text}"
        );
        let nudge = wire(&Content::Nudge, false);
        assert!(
            nudge.contains("\r\nService-Channel: IM/Online\r\n"),
            "{nudge}"
        );
        assert!(nudge.ends_with("Content-Length: 2\r\n\r\n\r\n"), "{nudge}");
    }
}
