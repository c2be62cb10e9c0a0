//! Random batches over both stores give the same answers.

use std::sync::Arc;

use machine_contract::UnixTime;
use msnp_proto::Guid;
use msnp_server::Memory;
use msnp_server::identity::Who;
use msnp_server::network::{
    Activity, Author, Change, ContactRecord, Content, ConversationId, Deed, Group, Listed, Lists,
    Member, Message, Number, Privacy, Read, Role, Thread, ThreadId,
};
use proptest::prelude::*;

use crate::store::{Pair, Store, account, message, message_name, with};

const PEOPLE: [&str; 4] = ["alice", "bob", "carol", "dave"];

/// Something that happens: which kind of thing, to whom it does, and two choices more.
type Step = (u8, u8, u8, u16, String);

/// What is remembered to make sense of the next step.
struct Walk {
    people: Vec<Who>,
    messages: u64,
    /// The last number that each person gave.
    last: [u64; 4],
}

impl Walk {
    fn who(&self, at: u8) -> &Who {
        &self.people[usize::from(at) % PEOPLE.len()]
    }

    /// The conversation that a person has with another, or in one of two threads.
    fn conversation(&self, at: u8) -> ConversationId {
        match at % 6 {
            thread @ 4..6 => ConversationId::Thread(ThreadId([thread; 16])),
            person => with(self.who(person)),
        }
    }

    fn share(&mut self, owner: u8, conversation: ConversationId, choice: u16) -> Change {
        let last = &mut self.last[usize::from(owner) % PEOPLE.len()];
        *last += 1 + u64::from(choice % 3);
        Change::Share {
            owner: self.who(owner).person(),
            number: Number(self.last[usize::from(owner) % PEOPLE.len()]),
            conversation,
            message: message_name(self.messages),
            waiting: choice.is_multiple_of(2),
        }
    }

    fn changes(&mut self, (kind, one, other, choice, text): &Step) -> Vec<Change> {
        let (kind, one, other, choice) = (*kind, *one, *other, *choice);
        let [low, high] = choice.to_le_bytes();
        let (me, them) = (self.who(one).clone(), self.who(other).clone());
        let owner = me.person();
        // Times and numbers are few, so that they meet.
        let time = UnixTime::from_millis(u64::from(choice % 100));
        let number = Number(u64::from(choice % 100));
        let group = Guid::from_bytes([low % 3; 16]);
        vec![match kind % 16 {
            0 => Change::Name(owner, text.as_str().into()),
            1 => {
                let groups = [Guid::from_bytes([0; 16]), Guid::from_bytes([1; 16])];
                Change::Contact(
                    owner,
                    ContactRecord {
                        who: them,
                        name: "".into(),
                        lists: Lists::from_bits(low % 8),
                        own_name: if high.is_multiple_of(3) {
                            text.as_str()
                        } else {
                            ""
                        }
                        .into(),
                        groups: groups[..usize::from(high % 3)].to_vec(),
                        version: u64::from(high % 4),
                        told: high.is_multiple_of(2),
                    },
                )
            }
            2 => Change::Told(owner, them.person(), u64::from(low % 4)),
            3 => Change::Group(
                owner,
                Group {
                    id: group,
                    name: text.as_str().into(),
                },
            ),
            4 => Change::GroupRemoved(owner, group),
            5 if low.is_multiple_of(2) => Change::Privacy(owner, Privacy::BlockOthers),
            5 => Change::Privacy(owner, Privacy::AllowOthers),
            6 => {
                let value = if high.is_multiple_of(3) { "" } else { text };
                Change::Property(
                    owner,
                    ["PHH", "PHM", "é"][usize::from(low % 3)].into(),
                    value.into(),
                )
            }
            7 => Change::Listed {
                holder: owner,
                by: them,
                fact: Listed {
                    lists: low.is_multiple_of(2),
                    version: u64::from(choice),
                    answered: high.is_multiple_of(2),
                },
            },
            8 => Change::Received(owner, number),
            9 => Change::Read(owner, self.conversation(other), number, time),
            10 => {
                let members = [(&me, low), (&them, high)].map(|(who, choice)| Member {
                    who: who.clone(),
                    role: if choice.is_multiple_of(2) {
                        Role::Admin
                    } else {
                        Role::User
                    },
                    left: choice.is_multiple_of(3).then_some(time),
                });
                Change::Thread(Arc::new(Thread {
                    id: ThreadId([4 + low % 2; 16]),
                    version: u64::from(choice),
                    topic: text.as_str().into(),
                    creator: me,
                    members: members
                        .into_iter()
                        .take(1 + usize::from(one != other))
                        .collect(),
                }))
            }
            11 => Change::Forget(UnixTime::from_millis(u64::from(choice % 60))),
            _ => return self.message(kind, one, other, choice, text),
        }]
    }

    /// A message that came at any time, to any of the people, more or less.
    fn message(&mut self, kind: u8, one: u8, other: u8, choice: u16, text: &str) -> Vec<Change> {
        self.messages += 1;
        let me = self.who(one).clone();
        let client_id = (!choice.is_multiple_of(4)).then_some(text);
        let mut message = Message {
            name: message_name(self.messages),
            arrival: UnixTime::from_millis(u64::from(choice % 100)),
            ..message(self.messages, &me, client_id)
        };
        if kind.is_multiple_of(5) {
            message.author = Author::Thread(ThreadId([4; 16]));
            message.content = Content::Activity(Activity {
                at: UnixTime::from_millis(u64::from(choice)),
                by: me,
                deed: match choice % 3 {
                    0 => Deed::Topic(text.into()),
                    1 => Deed::Added(vec![self.who(other).clone()]),
                    _ => Deed::Roles(vec![(self.who(other).clone(), Role::User)]),
                },
            });
        }
        let mut changes = vec![Change::Message(Arc::new(message))];
        for (owner, conversation) in [(one, other), (other, one), (other / 4, other)] {
            let conversation = self.conversation(conversation);
            changes.push(self.share(owner, conversation, choice));
        }
        changes
    }

    /// Everything that can be asked, and pages of it.
    fn questions(&self) -> Vec<Read> {
        let mut all: Vec<Read> = (4..6).map(|n| Read::Thread(ThreadId([n; 16]))).collect();
        for who in &self.people {
            let owner = who.person();
            all.push(Read::Person(owner));
            for (after, until, waiting, limit) in [
                (0, u64::MAX, false, 1000),
                (0, u64::MAX, true, 1000),
                (10, 50, true, 3),
                (10, 50, false, 3),
            ] {
                all.push(Read::Backlog {
                    owner,
                    after: Number(after),
                    until: Number(until),
                    waiting,
                    limit,
                });
            }
            for (since, limit) in [(0, 100), (20, 2)] {
                all.push(Read::Conversations {
                    owner,
                    since: Number(since),
                    limit,
                });
            }
            for (conversation, (from, before, limit)) in
                (0..6).flat_map(|at| [(at, (0, u64::MAX, 1000)), (at, (10, 50, 3))])
            {
                all.push(Read::Messages {
                    owner,
                    conversation: self.conversation(conversation),
                    from: Number(from),
                    before: Number(before),
                    limit,
                });
            }
        }
        all
    }
}

fn step() -> impl Strategy<Value = Step> {
    (any::<u8>(), 0u8..8, 0u8..8, any::<u16>(), "[a-c<é]{0,2}")
}

proptest! {
    // Each case makes a file and flushes it some times.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn random_batches_over_both_stores_give_equal_reads(
        batches in proptest::collection::vec(proptest::collection::vec(step(), 1..30), 1..4)
    ) {
        let (mut memory, mut file) = (Memory::new(), Pair::new());
        let people = PEOPLE.map(|name| {
            let who = memory.add(account(name)).unwrap();
            assert_eq!(file.add(account(name)).unwrap(), who);
            who
        });
        let mut walk = Walk { people: people.to_vec(), messages: 0, last: [0; 4] };
        for steps in batches {
            let changes: Vec<Change> =
                steps.iter().flat_map(|step| walk.changes(step)).collect();
            memory.keep(changes.clone());
            file.keep(changes);
            for question in walk.questions() {
                let found = Store::read(&mut memory, question.clone());
                prop_assert_eq!(file.read(question.clone()), found, "{:?}", question);
            }
        }
    }
}
