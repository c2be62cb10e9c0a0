//! Threads: group conversations with members, roles and a topic.
//!
//! Decisions where msnp24.md 11 leaves it open: every member may write, add people, set the topic
//! and leave; only an admin may remove others or change roles. When the last admin leaves, the
//! member who has been there longest becomes one. Who does not admit the one who adds them is left
//! out, without a word. A thread is unknown to those who are not in it.

use bytes::Bytes;
use msnp_proto::Address;
use msnp_proto::msnp24::{Channel, Envelope};
use msnp_proto::payload::thread as wire;
use msnp_proto::payload::thread::{RoleChange, ThreadActivity};
use msnp_proto::{TrId, Verb};

use super::dispatch::{Asked, Me};
use super::effect::Now;
use super::refusal::Refusal;
use super::server::NotificationServer;
use super::store::{Author, ConversationId, Member, Message, Role, Share, Store, Thread, ThreadId};
use crate::accounts::SkypeId;

/// What one command changes, for the activity messages.
#[derive(Default)]
struct Changes {
    added: Vec<SkypeId>,
    removed: Vec<SkypeId>,
    roles: Vec<(SkypeId, Role)>,
    topic: bool,
}

impl<S: Store> NotificationServer<S> {
    /// `PUT MSGR\THREAD`: makes a thread, or adds members, changes roles, sets the topic.
    pub(super) fn put_thread(
        &mut self,
        asked: &Asked,
        wanted: &wire::Thread,
        now: Now,
    ) -> Result<(), Refusal<S::Error>> {
        let me = self.may_use_threads(asked)?;
        let mut changes = Changes::default();
        let mut thread = match &wanted.id {
            Some(id) => self.thread_of(&me, id)?,
            None => self.new_thread(&me)?,
        };
        let mine = thread.role(&me.who).unwrap_or(Role::User);
        for (who, role) in self.people(&wanted.members)? {
            match thread.role(&who) {
                Some(same) if same == role => {}
                Some(_) if who == me.who && wanted.id.is_none() => {} // Who makes it is an admin.
                Some(_) if mine == Role::User => return Err(Refusal::RESTRICTED),
                Some(_) => {
                    if let Some(member) = thread.members.iter_mut().find(|member| member.who == who)
                    {
                        member.role = role;
                    }
                    changes.roles.push((who, role));
                }
                None if role == Role::Admin && mine == Role::User => {
                    return Err(Refusal::RESTRICTED);
                }
                None if !self.admits(&who, &me.who)? => {}
                None => {
                    thread.members.retain(|member| member.who != who);
                    thread.members.push(Member {
                        who: who.clone(),
                        role,
                        left: None,
                    });
                    changes.added.push(who);
                }
            }
        }
        keep_an_admin(&mut thread, &mut changes);
        if thread.present().count() > self.config.thread_members {
            return Err(Refusal::LIST_FULL);
        }
        if let Some(topic) = &wanted.topic {
            let topic = topic.trim();
            if topic.len() > self.config.text_bytes {
                return Err(Refusal::INVALID);
            }
            changes.topic = thread.topic != topic;
            topic.clone_into(&mut thread.topic);
        }
        let named = wire::Thread::named(thread.id.to_address()).encode();
        self.change_thread(asked, &me, thread, &changes, named.into(), now)
    }

    /// `DEL MSGR\THREAD`: removes members; who names oneself leaves.
    pub(super) fn remove_members(
        &mut self,
        asked: &Asked,
        wanted: &wire::Thread,
        now: Now,
    ) -> Result<(), Refusal<S::Error>> {
        let me = self.may_use_threads(asked)?;
        let id = wanted.id.as_ref().ok_or(Refusal::NO_SUCH_USER)?;
        let mut thread = self.thread_of(&me, id)?;
        let mine = thread.role(&me.who);
        let mut changes = Changes::default();
        for (who, _) in self.people(&wanted.members)? {
            if who != me.who && mine != Some(Role::Admin) {
                return Err(Refusal::RESTRICTED);
            }
            let mut present = thread
                .members
                .iter_mut()
                .filter(|member| member.left.is_none());
            let member = present
                .find(|member| member.who == who)
                .ok_or(Refusal::NOT_ON_LIST)?;
            member.left = Some(now.wall.as_millis());
            changes.removed.push(who);
        }
        if changes.removed.is_empty() {
            return Err(Refusal::INVALID);
        }
        keep_an_admin(&mut thread, &mut changes);
        self.change_thread(asked, &me, thread, &changes, Bytes::new(), now)
    }

    /// Writes the thread, answers, and tells its members and those who were.
    fn change_thread(
        &mut self,
        asked: &Asked,
        me: &Me,
        mut thread: Thread,
        changes: &Changes,
        body: Bytes,
        now: Now,
    ) -> Result<(), Refusal<S::Error>> {
        let new = thread.version == 0;
        let activities = activities(me, &thread, changes, now);
        if new || !activities.is_empty() {
            let next = thread.version.saturating_add(1);
            thread.version = now.wall.as_millis().max(next);
            forget_leavers(&mut thread, self.config.thread_members);
            self.store.put_thread(&thread)?;
        }
        self.reply_with_registration(asked, body, now);
        if !new && activities.is_empty() {
            return Ok(());
        }
        let present = thread.present().map(|member| member.who.clone());
        let told: Vec<SkypeId> = present.chain(changes.removed.iter().cloned()).collect();
        self.notify_thread(&thread, &told);
        for activity in activities {
            let said = self.say_in_thread(me, &thread.id, &activity, &told, now);
            self.note(said);
        }
        Ok(())
    }

    /// `NFY 0 MSGR\THREAD` with the whole thread, also to those who are no longer in it.
    fn notify_thread(&mut self, thread: &Thread, told: &[SkypeId]) {
        let document: Bytes = document(thread).encode().into();
        for who in told {
            for connection in self.endpoints_of(who) {
                let Some(endpoint) = self.endpoint(connection).filter(|one| one.inbox.is_some())
                else {
                    continue;
                };
                let mut envelope = Envelope::new(Verb::NFY, TrId(0), Channel::Thread);
                endpoint.put_context(&mut envelope);
                envelope.body = document.clone();
                self.send(connection, &envelope.to_frame());
            }
        }
    }

    /// Stores an activity message and sends it; it waits for those who are away.
    fn say_in_thread(
        &mut self,
        me: &Me,
        id: &ThreadId,
        activity: &ThreadActivity,
        told: &[SkypeId],
        now: Now,
    ) -> Result<(), Refusal<S::Error>> {
        let kind = activity.message_type().ok_or(Refusal::INVALID)?;
        let message = Message {
            id: self.next_message_id(now),
            arrival: now.wall.as_millis(),
            author: Author::Thread(id.clone()),
            kind: kind.as_str().to_owned(),
            client_id: None,
            // Not known; the type tells what it is (msnp24.md 20, question 8).
            headers: Bytes::from_static(b"Content-Type: Text/plain; charset=UTF-8\r\n"),
            body: activity.encode().into(),
        };
        let mut shares = Vec::with_capacity(told.len());
        for owner in told {
            let waiting = self
                .store
                .pending_count(owner, self.config.waiting_messages)?;
            // Who did it knows, and is not told again at the next sign-in.
            let pending = *owner != me.who && waiting < self.config.waiting_messages;
            let conversation = ConversationId::Thread(id.clone());
            shares.push(Share {
                owner: owner.clone(),
                conversation,
                pending,
            });
        }
        self.store.append(&message, &shares)?;
        self.last_message = message.id;
        self.ages.note(message.id, now.monotonic);
        self.distribute(&message, shares, now);
        Ok(())
    }

    fn new_thread(&mut self, me: &Me) -> Result<Thread, Refusal<S::Error>> {
        let mut id = ThreadId::from_bytes(self.prng.bytes());
        // The same seed twice over one store must not find the threads of the first time.
        while self.store.thread(&id)?.is_some() {
            id = ThreadId::from_bytes(self.prng.bytes());
        }
        Ok(Thread {
            id,
            version: 0,
            topic: String::new(),
            creator: me.who.clone(),
            members: vec![Member {
                who: me.who.clone(),
                role: Role::Admin,
                left: None,
            }],
        })
    }

    pub(super) fn thread_of(&self, me: &Me, id: &Address) -> Result<Thread, Refusal<S::Error>> {
        let id = ThreadId::parse(id.account().as_str()).ok_or(Refusal::NO_SUCH_USER)?;
        let thread = self.store.thread(&id)?.ok_or(Refusal::NO_SUCH_USER)?;
        thread.role(&me.who).ok_or(Refusal::NO_SUCH_USER)?;
        Ok(thread)
    }

    /// The people named, each with a role; any word but `admin` is a user.
    fn people(&self, members: &[wire::Member]) -> Result<Vec<(SkypeId, Role)>, Refusal<S::Error>> {
        if members.len() > self.config.thread_members {
            return Err(Refusal::LIST_FULL);
        }
        let mut people = Vec::with_capacity(members.len());
        for member in members {
            let who = self.resolve(&member.mri)?.ok_or(Refusal::NO_SUCH_USER)?;
            let admin = member.role.as_ref() == Some(&wire::Role::ADMIN);
            people.push((who, if admin { Role::Admin } else { Role::User }));
        }
        Ok(people)
    }

    /// Threads need version 2 of the feature set (msnp24.md 11).
    fn may_use_threads(&self, asked: &Asked) -> Result<Me, Refusal<S::Error>> {
        let me = self.me(asked.connection)?;
        if me.version < 2 {
            Err(Refusal::NO_FEATURES)
        } else {
            Ok(me)
        }
    }
}

/// The `<thread>` that members are shown.
pub(super) fn document(thread: &Thread) -> wire::Thread {
    let members = thread
        .present()
        .map(|member| wire::Member::new(member.who.to_address(), word(member.role)));
    wire::Thread {
        id: Some(thread.id.to_address()),
        version: Some(thread.version),
        // As in every sample (msnp24.md 20, question 12).
        capabilities: Some(2047),
        topic: Some(thread.topic.clone()),
        creator: Some(thread.creator.to_address()),
        members: members.collect(),
        ..wire::Thread::default()
    }
}

const fn word(role: Role) -> wire::Role {
    match role {
        Role::Admin => wire::Role::ADMIN,
        Role::User => wire::Role::USER,
    }
}

fn activities(me: &Me, thread: &Thread, changes: &Changes, now: Now) -> Vec<ThreadActivity> {
    let (event_time, initiator) = (now.wall.as_millis(), me.who.to_address());
    let addresses = |people: &[SkypeId]| people.iter().map(SkypeId::to_address).collect();
    let mut activities = Vec::new();
    if !changes.added.is_empty() {
        let targets = addresses(&changes.added);
        activities.push(ThreadActivity::AddMember {
            event_time,
            initiator: initiator.clone(),
            targets,
        });
    }
    if !changes.removed.is_empty() {
        let targets = addresses(&changes.removed);
        activities.push(ThreadActivity::DeleteMember {
            event_time,
            initiator: initiator.clone(),
            targets,
        });
    }
    if !changes.roles.is_empty() {
        let change = |(who, role): &(SkypeId, Role)| RoleChange {
            id: who.to_address(),
            role: word(*role),
        };
        let targets = changes.roles.iter().map(change).collect();
        activities.push(ThreadActivity::RoleUpdate {
            event_time,
            initiator: initiator.clone(),
            targets,
        });
    }
    if changes.topic {
        let topic = thread.topic.clone();
        activities.push(ThreadActivity::TopicUpdate {
            event_time,
            initiator,
            topic,
        });
    }
    activities
}

/// Somebody must be able to remove members.
fn keep_an_admin(thread: &mut Thread, changes: &mut Changes) {
    if thread.present().any(|member| member.role == Role::Admin) {
        return;
    }
    if let Some(first) = thread
        .members
        .iter_mut()
        .find(|member| member.left.is_none())
    {
        first.role = Role::Admin;
        changes.roles.retain(|(who, _)| *who != first.who);
        changes.roles.push((first.who.clone(), Role::Admin));
    }
}

/// A thread remembers no more leavers than it may have members; those who left first are dropped.
fn forget_leavers(thread: &mut Thread, limit: usize) {
    let left = thread
        .members
        .iter()
        .filter(|member| member.left.is_some())
        .count();
    let mut surplus = left.saturating_sub(limit);
    thread.members.retain(|member| {
        let dropped = member.left.is_some() && surplus > 0;
        surplus -= usize::from(dropped);
        !dropped
    });
}
