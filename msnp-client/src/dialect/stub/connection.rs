//! One connection of the stub: the main one, or that of one conversation.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use machine_contract::{Failure, Instant, Machine};

use crate::contacts::Lists;
use crate::event::{Reason, Step};
use crate::fact::{Beside, Errand, Fact, Outcome, Route, To};
use crate::id::{ContactId, ConversationId};
use crate::link::{Link, LinkError, LinkEvent, SendId};
use crate::looks::Looks;
use crate::message::{Format, Held, Received, ReceivedContent, ReceivedText};
use crate::opening::Opening;
use crate::request::{Content, NotTaken, Operation, Outgoing, Profile, Request, RequestNumber};
use crate::sign_in::AuthTokens;
use crate::web_calls::WebCalls;

#[derive(Debug)]
pub(crate) struct Connection {
    link: Link,
    role: Role,
    me: ContactId,
    stage: Stage,
    is_paused: bool,
    unread: String,
    /// Said, with whatever carried it.
    said: BTreeMap<SendId, RequestNumber>,
    facts: VecDeque<Fact>,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Stage {
    Greeting,
    Ready,
    Leaving,
    Over,
}

#[derive(Debug)]
enum Role {
    Main {
        /// Additions to the list, in the order in which they are answered.
        adding: VecDeque<RequestNumber>,
        /// People for whom a connection was asked for.
        rooms: BTreeSet<ContactId>,
    },
    Room(ContactId),
}

impl Connection {
    pub(crate) fn open(opening: Opening<'_>) -> Self {
        let me = opening.account.cloned().expect("a configured account");
        let state = opening.state.as_ref();
        let state = state.map(|state| state.expose().as_str());
        let (role, hello) = match state.and_then(|state| state.split_once(' ')) {
            Some((token, who)) => (
                Role::Room(who.parse().expect("an address")),
                format!("JOIN {token}\r\n"),
            ),
            None => (
                Role::Main {
                    adding: VecDeque::new(),
                    rooms: BTreeSet::new(),
                },
                format!("HELLO {me}\r\n"),
            ),
        };
        let mut link = opening.link;
        link.send(hello.into()).expect("a fresh link has room");
        Self {
            link,
            role,
            me,
            stage: Stage::Greeting,
            is_paused: false,
            unread: String::new(),
            said: BTreeMap::new(),
            facts: VecDeque::from([Fact::Step(Step::Connecting)]),
        }
    }

    pub(crate) const fn link(&mut self) -> &mut Link {
        &mut self.link
    }

    pub(crate) const fn as_link(&self) -> &Link {
        &self.link
    }

    #[expect(clippy::unused_self, reason = "everything is said on the link")]
    pub(crate) const fn web(&mut self) -> Option<&mut WebCalls> {
        None
    }

    #[expect(clippy::unused_self, reason = "nobody has to be there")]
    pub(crate) const fn leaves_word(&mut self, _: &ConversationId) -> bool {
        false
    }

    pub(crate) fn read_on(&mut self, has_room: bool, now: Instant) -> bool {
        self.is_paused = !has_room && self.stage != Stage::Leaving;
        if self.stage == Stage::Over || self.is_paused {
            return false;
        }
        if let Some((line, rest)) = self.unread.split_once("\r\n") {
            let (line, rest) = (line.to_owned(), rest.to_owned());
            self.unread = rest;
            self.on_line(&line);
            return true;
        }
        let Some(event) = self.link.poll_event() else {
            self.link.handle_timeout(now);
            return false;
        };
        match event {
            LinkEvent::Opened | LinkEvent::Gap => {}
            LinkEvent::Received(bytes) => self.unread += &String::from_utf8_lossy(&bytes),
            // Nobody acknowledges: that the other end has it is all that can be known.
            LinkEvent::Sent(send) => {
                if let Some(number) = self.said.remove(&send) {
                    self.facts.push_back(Fact::Done(number, Ok(Outcome::Done)));
                }
            }
            LinkEvent::Unsent { id, fate } => self.unsent(id, fate),
            LinkEvent::Closed(reason) => self.finish(reason),
        }
        true
    }

    fn unsent(&mut self, id: SendId, fate: Failure) {
        let Some(number) = self.said.remove(&id) else {
            return;
        };
        self.facts.push_back(match fate {
            Failure::NotSent | Failure::Untrusted(_) => Fact::Unsent(number),
            Failure::Unknown => Fact::Uncertain(number, Reason::ConnectionLost),
        });
    }

    fn on_line(&mut self, line: &str) {
        let mut words = line.split(' ');
        match (words.next(), &mut self.role) {
            (Some("WELCOME"), Role::Main { .. }) => {
                self.stage = Stage::Ready;
                self.facts.push_back(Fact::Ready(self.me.clone()));
            }
            (Some("JOINED"), Role::Room(_)) => self.stage = Stage::Ready,
            (Some("ADDED"), Role::Main { adding, .. }) => {
                let number = adding.pop_front().expect("asked for");
                self.facts.push_back(Fact::Done(number, Ok(Outcome::Done)));
            }
            (Some("ROOM"), Role::Main { rooms, .. }) => {
                let mut next = || words.next().expect("a word").to_owned();
                let (who, authority, token) = (next(), next(), next());
                // The connection that is made now answers for the conversation.
                let contact: ContactId = who.parse().expect("an address");
                rooms.remove(&contact);
                let state = Some(format!("{token} {who}"));
                self.facts.push_back(Fact::Beside(Beside {
                    route: Route::new(To::Authority(authority), state, Duration::ZERO),
                    errand: Errand::Talk(contact.into()),
                }));
            }
            (Some("SAID"), Role::Room(who)) => {
                let from = who.clone();
                self.facts.push_back(Fact::Message(Received {
                    id: None,
                    key: None,
                    conversation: from.clone().into(),
                    from,
                    content: ReceivedContent::Text(ReceivedText {
                        text: words.collect::<Vec<_>>().join(" "),
                        format: Format::Plain,
                        looks: Looks::default(),
                        from_name: None,
                        sent_at: None,
                        delayed: false,
                    }),
                }));
            }
            (Some("QUIT"), _) => self.end(Reason::ClosedByService),
            other => panic!("not understood: {other:?}"),
        }
    }

    pub(crate) fn poll_fact(&mut self) -> Option<Fact> {
        self.facts.pop_front()
    }

    pub(crate) fn send(&mut self, outgoing: &Outgoing) -> Result<(), NotTaken> {
        let number = outgoing.number;
        match (&outgoing.request, &mut self.role) {
            (
                Request::Operation {
                    what: Operation::List { contact, .. },
                    ..
                },
                Role::Main { adding, .. },
            ) => {
                assert_eq!(outgoing.lists, Lists::default());
                send(&mut self.link, &format!("ADD {contact}\r\n"))?;
                adding.push_back(number);
                Ok(())
            }
            (Request::Operation { .. }, Role::Room(_)) => Err(NotTaken::Elsewhere),
            (
                Request::Message {
                    conversation,
                    content: Content::Text { text, .. },
                    ..
                },
                Role::Room(who),
            ) if *conversation == ConversationId::from(&*who) => {
                if self.stage != Stage::Ready {
                    return Err(NotTaken::Later);
                }
                let id = send(&mut self.link, &format!("SAY {text}\r\n"))?;
                self.said.insert(id, number);
                Ok(())
            }
            (Request::Message { .. } | Request::Typing { .. }, Role::Room(_)) => {
                Err(NotTaken::Elsewhere)
            }
            (Request::Message { conversation, .. }, Role::Main { rooms, .. }) => {
                let who = conversation.contact().expect("a person");
                if !rooms.contains(who) {
                    send(&mut self.link, &format!("ROOM {who}\r\n"))?;
                    rooms.insert(who.clone());
                }
                Err(NotTaken::Later)
            }
            // The stub has no words for the rest.
            _ => {
                self.facts
                    .push_back(Fact::Done(number, Err(Reason::NotAllowed)));
                Ok(())
            }
        }
    }

    #[expect(clippy::unused_self, reason = "nobody acknowledges")]
    pub(crate) const fn acknowledge(&mut self, _: &Held) {}

    #[expect(clippy::unused_self, reason = "the stub shows nobody how one is")]
    pub(crate) const fn set_profile(&mut self, _profile: &Profile) {}

    pub(crate) fn renew(&mut self, _tokens: &AuthTokens) {
        self.facts.push_back(Fact::Renewed(Ok(())));
    }

    pub(crate) fn leave(&mut self, _now: Instant) {
        self.stage = Stage::Leaving;
        if self.link.close_with("QUIT\r\n".into()).is_err() {
            self.link.close();
        }
    }

    pub(crate) fn end(&mut self, reason: Reason) {
        if self.stage == Stage::Over {
            return;
        }
        self.link.close();
        while let Some(event) = self.link.poll_event() {
            if let LinkEvent::Unsent { id, fate } = event {
                self.unsent(id, fate);
            }
        }
        self.finish(reason);
    }

    fn finish(&mut self, reason: Reason) {
        if self.stage == Stage::Over {
            return;
        }
        self.stage = Stage::Over;
        let adding = match &mut self.role {
            Role::Main { adding, .. } => std::mem::take(adding),
            Role::Room(_) => VecDeque::new(),
        };
        let open = std::mem::take(&mut self.said).into_values().chain(adding);
        self.facts
            .extend(open.map(|number| Fact::Uncertain(number, Reason::ConnectionLost)));
        self.facts.push_back(Fact::Ended(reason));
    }

    #[expect(clippy::unused_self, reason = "the stub waits for nothing")]
    pub(crate) const fn handle_timeout(&mut self, _now: Instant) {}

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let at = self.link.poll_timeout();
        at.filter(|_| self.stage != Stage::Over)
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.stage == Stage::Ready
    }

    pub(crate) const fn is_paused(&self) -> bool {
        self.is_paused
    }
}

fn send(link: &mut Link, said: &str) -> Result<SendId, NotTaken> {
    link.send(said.to_owned().into())
        .map_err(|error| match error {
            LinkError::TooLarge => NotTaken::TooLarge,
            LinkError::Full | LinkError::Closed => NotTaken::Full,
        })
}
