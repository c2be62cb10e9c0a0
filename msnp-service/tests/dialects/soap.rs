//! Callers of the IM web service whose accounts are signed in by the older dialects: at the service itself, and at
//! another, over everything that carries them there.

use msnp_client::{Client, Dialect, Status};
use msnp_service::imsoap::{Domains, Upstream};

use crate::carrier::{Carrier, Home, PASSWORD, trusting};
use crate::duties::SCRIPTS;
use crate::person::{Person, Step};
use crate::soap_caller::SoapCaller;

/// One of each way to sign in, to keep lists and to leave word.
const DIALECTS: [Dialect; 5] = [
    Dialect::MSNP8,
    Dialect::MSNP11,
    Dialect::MSNP12,
    Dialect::MSNP15,
    Dialect::MSNP18,
];

/// Where the network is, and where the web service.
struct Both {
    network: Home,
    /// `None`: they are one.
    front: Option<Home>,
}

impl Both {
    /// One service, whose accounts are signed in by this dialect.
    async fn in_one(dialect: Dialect) -> Self {
        let mut domains = Domains::default();
        let upstream = Upstream::EmbeddedClassic(vec![dialect]);
        domains.set("example.org", upstream).expect("a domain");
        let network = Home::start(Carrier::Gateway, |config| {
            config.upstream_domains = domains;
        })
        .await;
        let front = None;
        Self { network, front }
    }

    /// Two, of which one signs the accounts in at the other.
    async fn apart(carrier: Carrier, dialect: Dialect) -> Self {
        let network = Home::start(carrier, |_| {}).await;
        let there = Box::new(network.network());
        let front = Home::start(Carrier::Gateway, |config| {
            config.upstream = Upstream::ElsewhereClassic(there, vec![dialect]);
            config.upstream_network = trusting().direct();
        })
        .await;
        let front = Some(front);
        Self { network, front }
    }

    fn front(&self) -> &Home {
        self.front.as_ref().unwrap_or(&self.network)
    }

    async fn caller(&self, name: &str) -> Step<SoapCaller> {
        SoapCaller::signed_in(self.front(), name).await
    }
}

/// Ada, who has a list and a word that waits, and eve, who is on it.
async fn prepared(both: &Both, dialect: Dialect) -> Step<Person> {
    let front = both.front().service();
    let added = front.add_service_account("testing", PASSWORD).await;
    added.map_err(|error| error.to_string())?;
    let home = &both.network;
    home.take_in(&["ada", "eve", "fay", "gil"]).await;
    let mut ada = Person::signed_in(home, dialect, "ada").await?;
    for who in ["eve", "gil"] {
        ada.adds(who).await?;
    }
    let (eve, gil) = (ada.id("eve"), ada.id("gil"));
    ada.does("blocks", move |client, now| client.block(&gil, now))
        .await?;
    ada.does("names a group", |client, now| {
        client.add_contact_group("Fr\u{e9}unde & <co>", now)
    })
    .await?;
    ada.does("sorts", move |client, now| {
        client.put_into_contact_group(&eve, "Fr\u{e9}unde & <co>", now)
    })
    .await?;
    ada.does("calls herself something", |client, now| {
        client.set_display_name("Ada \u{263a} 100%", now)
    })
    .await?;
    ada.sign_out().await?;
    let mut eve = Person::signed_in(home, Dialect::MSNP24, "eve").await?;
    eve.adds("ada").await?;
    eve.says("ada", "read this later \u{1f642}").await?;
    Ok(eve)
}

/// All that a caller can do, but for signing out, which there is no word for.
async fn does_it_all(both: &Both, dialect: Dialect) -> Step<()> {
    let mut eve = prepared(both, dialect).await?;
    let front = both.front().service();
    let wrong = SoapCaller::with_password(front, "ada@example.org", "wrong").await;
    let refused = wrong.err().unwrap_or_default();
    if !refused.contains("Login failed: the service did not accept the name, password") {
        return Err(format!("a wrong password: {refused}"));
    }
    let mut ada = both.caller("ada").await?;
    is_told_of_the_sign_in(&mut ada).await?;
    ada.hears("eve", "read this later \u{1f642}").await?;
    presence(&mut ada, &mut eve, dialect).await?;
    for text in SCRIPTS {
        ada.says_to("eve@example.org", text).await?;
        eve.hears("ada", text).await?;
        eve.says("ada", text).await?;
        ada.hears("eve", text).await?;
    }
    let long = "3,000 \u{fc}\u{1f642}".repeat(300);
    eve.says("ada", &long).await?;
    ada.hears("eve", &long).await?;
    ada.says_to("eve@example.org", &long).await?;
    eve.hears("ada", &long).await?;
    word_for_who_is_away(&mut ada, both, dialect).await?;
    ada.says_to("nobody@example.org", "hello?").await?;
    told(&mut ada, "A message to nobody@example.org was not sent: ").await
}

/// The lines of the capture, each once (soap.md 2.4), and the lists.
async fn is_told_of_the_sign_in(ada: &mut SoapCaller) -> Step<()> {
    for line in [
        "Connecting NS...",
        "Checking MSN Protocol...",
        "Authenticate MSN Passport...",
        "Login OK.",
        "Processed address book.",
    ] {
        let times = ada
            .knows(line, |known| {
                let times = known.log.iter().filter(|told| *told == line).count();
                (times > 0).then_some(times)
            })
            .await?;
        if times > 1 {
            return Err(format!("{line} {times} times"));
        }
    }
    ada.knows("her own name", |known| {
        (known.nickname.as_deref() == Some("Ada \u{263a} 100%")).then_some(())
    })
    .await?;
    let group = ada
        .knows("her group", |known| {
            let mut groups = known.groups.iter();
            let group = groups.find(|(_, name)| *name == "Fr\u{e9}unde & <co>");
            group.map(|(id, _)| id.clone())
        })
        .await?;
    ada.sees("eve", "is in it", |buddy| {
        buddy.group_id == group && !buddy.blocked
    })
    .await?;
    ada.sees("gil", "is blocked", |buddy| buddy.blocked).await
}

async fn presence(ada: &mut SoapCaller, eve: &mut Person, dialect: Dialect) -> Step<()> {
    ada.sees("eve", "is there", |buddy| buddy.status == "NLN")
        .await?;
    eve.sees_status("ada", Status::ONLINE).await?;
    eve.does("shows a status", |client, now| {
        client.set_status(Status::BUSY, now)
    })
    .await?;
    ada.sees("eve", "is busy", |buddy| buddy.status == "BSY")
        .await?;
    if dialect >= Dialect::MSNP11 {
        eve.does("says how she is", |client: &mut Client, now| {
            client.set_personal_message("a <b> & \u{263a}", now)
        })
        .await?;
        ada.sees("eve", "has a line under her name", |buddy| {
            buddy.personal_message == "a <b> & \u{263a}"
        })
        .await?;
    }
    for (code, seen) in [
        ("BSY", Status::BUSY),
        ("HDN", Status::OFFLINE),
        ("NLN", Status::ONLINE),
    ] {
        ada.shows(code).await?;
        eve.sees_status("ada", seen).await?;
    }
    Ok(())
}

async fn word_for_who_is_away(ada: &mut SoapCaller, both: &Both, dialect: Dialect) -> Step<()> {
    ada.says_to("fay@example.org", "when you are back").await?;
    if dialect < Dialect::MSNP11 {
        // No means for it (msnp8-18.md 10).
        let line = "A message to fay@example.org was not sent: the other side is not online.";
        return told(ada, line).await;
    }
    let mut fay = Person::signed_in(&both.network, Dialect::MSNP24, "fay").await?;
    fay.hears("ada", "when you are back").await
}

/// A line of the log begins so.
async fn told(ada: &mut SoapCaller, line: &str) -> Step<()> {
    ada.knows(line, |known| {
        let mut lines = known.log.iter();
        lines.any(|told| told.starts_with(line)).then_some(())
    })
    .await
}

#[tokio::test]
async fn accounts_of_the_service_itself_are_signed_in_by_any_dialect() {
    for dialect in DIALECTS {
        let both = Both::in_one(dialect).await;
        let done = does_it_all(&both, dialect).await;
        assert_eq!(done, Ok(()), "{dialect}");
        both.network.stop().await;
    }
}

async fn accounts_elsewhere(carrier: Carrier, dialects: &[Dialect]) {
    for &dialect in dialects {
        let both = Both::apart(carrier, dialect).await;
        let done = does_it_all(&both, dialect).await;
        assert_eq!(done, Ok(()), "{dialect} {}", carrier.name());
        let mut eve = Person::new(&both.network, dialect, "eve");
        // At the stop of the web service its accounts sign out.
        eve.sign_in().await.expect("signs in");
        let _caller = both.caller("ada").await.expect("signs in");
        eve.adds("ada").await.expect("adds");
        let seen = eve.sees_status("ada", Status::ONLINE).await;
        assert_eq!(seen, Ok(()), "{dialect}");
        both.front.expect("there are two").stop().await;
        let seen = eve.sees_status("ada", Status::OFFLINE).await;
        assert_eq!(seen, Ok(()), "{dialect} {}", carrier.name());
        both.network.stop().await;
    }
}

#[tokio::test]
async fn accounts_elsewhere_are_signed_in_by_any_dialect_over_tcp() {
    accounts_elsewhere(Carrier::Tcp, &DIALECTS).await;
}

#[tokio::test]
async fn accounts_elsewhere_are_signed_in_by_any_dialect_over_tls() {
    accounts_elsewhere(Carrier::Tls, &DIALECTS).await;
}

#[tokio::test]
async fn accounts_elsewhere_are_signed_in_by_any_dialect_through_the_gateway() {
    // A gateway of the time is asked every two seconds, and each takes its time.
    let some = [Dialect::MSNP8, Dialect::MSNP15, Dialect::MSNP18];
    accounts_elsewhere(Carrier::Gateway, &some).await;
}

/// Each account goes the way of its domain, and to each other as everybody does.
#[tokio::test]
async fn one_session_speaks_several_dialects() {
    let mut domains = Domains::default();
    for (domain, dialect) in [
        ("eight.example", Dialect::MSNP8),
        ("FIFTEEN.example", Dialect::MSNP15),
    ] {
        let upstream = Upstream::EmbeddedClassic(vec![dialect]);
        domains.set(domain, upstream).expect("a domain");
    }
    let home = Home::start(Carrier::Gateway, |config| {
        config.upstream_domains = domains;
    })
    .await;
    let service = home.service();
    let added = service.add_service_account("testing", PASSWORD).await;
    added.expect("the account is new");
    let accounts = ["a@eight.example", "b@fifteen.example", "c@example.org"];
    let mut callers = Vec::new();
    for (at, account) in accounts.into_iter().enumerate() {
        let name = format!("live:user{at}");
        let added = service.add_account(account, &name, account, PASSWORD).await;
        added.expect("the account is new");
        let caller = SoapCaller::with_password(service, account, PASSWORD).await;
        callers.push(caller.expect(account));
    }
    for from in 0..3 {
        for to in (0..3).filter(|to| *to != from) {
            let text = format!("{} to {}", accounts[from], accounts[to]);
            let said = callers[from].says_to(accounts[to], &text).await;
            assert_eq!(said, Ok(()), "{text}");
            let heard = callers[to].hears_from(accounts[from], &text).await;
            assert_eq!(heard, Ok(()), "{text}");
        }
    }
    home.stop().await;
}
