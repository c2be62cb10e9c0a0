//! What a client owes its person, one by one, between two who speak the same dialect.

use msnp_client::{ConversationId, Dialect, Event, Lists, MsnObject, Refused, Status};
use msnp_proto::ObjectKind;

use crate::person::{Person, Step};

/// The same greeting in scripts that exercise every length of UTF-8, directions and marks.
pub(crate) const SCRIPTS: [&str; 7] = [
    "Hello, Bob! 100% & <ok> \"quoted\" \\ back",
    "Gr\u{fc}\u{df} dich \u{2013} sch\u{f6}n",
    "\u{41f}\u{440}\u{438}\u{432}\u{435}\u{442}! \u{393}\u{3b5}\u{3b9}\u{3ac}!",
    "\u{3053}\u{3093}\u{306b}\u{3061}\u{306f} \u{5c0f}\u{7f8e}",
    "\u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{b7} \u{645}\u{631}\u{62d}\u{628}\u{627}",
    "\u{1f44b}\u{1f3fd} \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} \u{1f1e9}\u{1f1ea}",
    "two\nlines",
];

/// What became of a duty.
pub(crate) enum Done {
    Yes,
    /// The dialect has no means for it, and this says so.
    Lacks(&'static str),
}

/// Two people.
pub(crate) struct Two {
    pub(crate) alice: Person,
    pub(crate) bob: Person,
}

impl Two {
    pub(crate) async fn sign_in(&mut self) -> Step<Done> {
        for person in [&mut self.alice, &mut self.bob] {
            person.sign_in().await?;
            let spoken = person.call(|client, _| client.dialect());
            if spoken != person.dialect() {
                return Err(format!("{spoken} is spoken"));
            }
        }
        Ok(Done::Yes)
    }

    /// Each adds the other; the list is there at the next sign-in.
    pub(crate) async fn lists(&mut self) -> Step<Done> {
        let Self { alice, bob } = self;
        alice.adds("bob").await?;
        if alice.dialect() != Dialect::MSNP24 {
            let id = bob.id("alice");
            bob.knows("is told that alice has added him", |client| {
                let mut all = client.contacts();
                all.find(|one| one.id == id && one.lists.contains(Lists::REVERSE))
                    .map(|_| ())
            })
            .await?;
        }
        bob.adds("alice").await?;
        alice.sign_out().await?;
        alice.sign_in().await?;
        let id = alice.id("bob");
        alice
            .knows("has bob on the list at the next sign-in", |client| {
                let mut all = client.contacts();
                all.find(|one| one.id == id && one.lists.contains(Lists::FORWARD))
                    .map(|_| ())
            })
            .await?;
        Ok(Done::Yes)
    }

    pub(crate) async fn presence(&mut self) -> Step<Done> {
        let Self { alice, bob } = self;
        alice.sees_status("bob", Status::ONLINE).await?;
        bob.sees_status("alice", Status::ONLINE).await?;
        for status in [Status::BUSY, Status::AWAY, Status::ONLINE] {
            bob.does("shows a status", move |client, now| {
                client.set_status(status, now)
            })
            .await?;
            alice.sees_status("bob", status).await?;
        }
        let name = "Bob \u{263a} <&> 100%";
        bob.does("calls himself something", move |client, now| {
            client.set_display_name(name, now)
        })
        .await?;
        alice
            .sees("bob", "has a new name", |presence| {
                presence.name.as_deref() == Some(name)
            })
            .await?;
        Ok(Done::Yes)
    }

    pub(crate) async fn personal_message(&mut self) -> Step<Done> {
        let Self { alice, bob } = self;
        let text = "Writing <a> parser & \u{263a}";
        if !bob.call(|client, _| client.abilities().personal_message) {
            let refused = bob.call(|client, now| client.set_personal_message(text, now));
            return lacks(&refused, "none before MSNP11 (msnp8-18.md 1)");
        }
        bob.does("says how he is", move |client, now| {
            client.set_personal_message(text, now)
        })
        .await?;
        alice
            .sees("bob", "has a personal message", |presence| {
                presence.personal_message.as_deref() == Some(text)
            })
            .await?;
        Ok(Done::Yes)
    }

    /// The object that names it; the picture itself goes from client to client.
    pub(crate) async fn picture(&mut self) -> Step<Done> {
        let Self { alice, bob } = self;
        let kind = ObjectKind::DISPLAY_PICTURE;
        let object = MsnObject::new("bob@example.org", kind, "TFR2C.tmp", "", b"the picture");
        let text = object.to_string();
        if !bob.call(|client, _| client.abilities().picture) {
            let refused = bob.call(|client, now| client.set_picture(Some(&object), now));
            return lacks(&refused, "none before MSNP9 (msnp8-18.md 1)");
        }
        bob.does("shows a picture", move |client, now| {
            client.set_picture(Some(&object), now)
        })
        .await?;
        alice
            .sees("bob", "has a picture", |presence| {
                presence.picture.as_deref() == Some(&*text)
            })
            .await?;
        bob.does("is busy", |client, now| {
            client.set_status(Status::BUSY, now)
        })
        .await?;
        alice
            .sees("bob", "is busy and has a picture", |presence| {
                presence.status == Status::BUSY && presence.picture.is_some()
            })
            .await?;
        bob.does("shows no picture", |client, now| {
            client.set_picture(None, now)
        })
        .await?;
        alice
            .sees("bob", "has no picture", |presence| {
                presence.picture.is_none()
            })
            .await?;
        bob.does("is there", |client, now| {
            client.set_status(Status::ONLINE, now)
        })
        .await?;
        alice.sees_status("bob", Status::ONLINE).await?;
        Ok(Done::Yes)
    }

    pub(crate) async fn text(&mut self) -> Step<Done> {
        let Self { alice, bob } = self;
        for text in SCRIPTS {
            alice.says("bob", text).await?;
            bob.hears("alice", text).await?;
            bob.says("alice", text).await?;
            alice.hears("bob", text).await?;
        }
        Ok(Done::Yes)
    }

    /// 3,000 characters, of one to four bytes each.
    pub(crate) async fn long_text(&mut self) -> Step<Done> {
        let Self { alice, bob } = self;
        let text: String = "a\u{e9}\u{5c0f}\u{1f642} b"
            .chars()
            .cycle()
            .take(3_000)
            .collect();
        alice.says("bob", &text).await?;
        bob.hears("alice", &text).await?;
        Ok(Done::Yes)
    }

    pub(crate) async fn typing(&mut self) -> Step<Done> {
        let Self { alice, bob } = self;
        let (to, from) = (ConversationId::from(alice.id("bob")), bob.id("alice"));
        let typed = alice.call(|client, now| client.send_typing(&to, true, now));
        typed.map_err(|refused| refused.to_string())?;
        bob.until("sees alice typing", |event| match event {
            Event::Typing {
                from: who,
                typing: true,
                ..
            } if *who == from => Some(()),
            _ => None,
        })
        .await?;
        Ok(Done::Yes)
    }

    pub(crate) async fn nudge(&mut self) -> Step<Done> {
        let Self { alice, bob } = self;
        let (to, from) = (ConversationId::from(alice.id("bob")), bob.id("alice"));
        let sent = alice.call(|client, now| client.send_nudge(&to, now));
        if !alice.call(|client, _| client.abilities().nudges) {
            return lacks(&sent, "none before MSNP11 (msnp8-18.md 9.4)");
        }
        let sent = sent.map_err(|refused| refused.to_string())?;
        let fate = alice.fate(&sent).await?;
        fate.map_err(|reason| format!("the nudge: {reason}"))?;
        bob.until("is nudged", |event| match event {
            Event::Nudge { from: who, .. } if *who == from => Some(()),
            _ => None,
        })
        .await?;
        Ok(Done::Yes)
    }

    /// Who is blocked sees nobody and is not heard, until that is lifted.
    pub(crate) async fn privacy(&mut self) -> Step<Done> {
        let Self { alice, bob } = self;
        let id = bob.id("alice");
        let of = id.clone();
        bob.does("blocks", move |client, now| client.block(&of, now))
            .await?;
        alice.sees_status("bob", Status::OFFLINE).await?;
        // Whether she is told that it did not arrive is for the service to decide.
        let to = ConversationId::from(alice.id("bob"));
        let _ = alice.tries_to_say(&to, "you do not hear this").await?;
        bob.does("unblocks", move |client, now| client.unblock(&id, now))
            .await?;
        alice.sees_status("bob", Status::ONLINE).await?;
        alice.says("bob", "this you hear").await?;
        bob.hears("alice", "this you hear").await?;
        Ok(Done::Yes)
    }

    /// Whoever is on none of one's lists is let in or not; the service keeps that.
    pub(crate) async fn strangers(&mut self) -> Step<Done> {
        let Self { alice, bob } = self;
        if !bob.call(|client, _| client.abilities().privacy) {
            let refused = bob.call(|client, now| client.allow_others(false, now));
            return lacks(&refused, "none since MSNP21 (msnp24.md 14.2)");
        }
        let id = bob.id("alice");
        bob.does("takes alice off", move |client, now| {
            client.remove_contact(&id, now)
        })
        .await?;
        bob.does("lets nobody in", |client, now| {
            client.allow_others(false, now)
        })
        .await?;
        alice.sees_status("bob", Status::OFFLINE).await?;
        bob.sign_out().await?;
        bob.sign_in().await?;
        let known = bob.call(|client, _| client.others_allowed());
        if known != Some(false) {
            return Err(format!("others are let in at the next sign-in: {known:?}"));
        }
        bob.does("lets everybody in", |client, now| {
            client.allow_others(true, now)
        })
        .await?;
        alice.sees_status("bob", Status::ONLINE).await?;
        Ok(Done::Yes)
    }

    pub(crate) async fn sign_out(&mut self) -> Step<Done> {
        let Self { alice, bob } = self;
        bob.sign_out().await?;
        alice.sees_status("bob", Status::OFFLINE).await?;
        alice.sign_out().await?;
        Ok(Done::Yes)
    }
}

/// What a dialect has no means for is refused, and by nothing else.
fn lacks<T>(asked: &Result<T, Refused>, section: &'static str) -> Step<Done> {
    match asked {
        Err(Refused::NotPossible) => Ok(Done::Lacks(section)),
        Err(refused) => Err(refused.to_string()),
        Ok(_) => Err("taken, though the dialect has no means for it".to_owned()),
    }
}
