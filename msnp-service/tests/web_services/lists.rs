//! Lists, contacts and groups, as clients edit them.

use std::net::SocketAddr;

use msnp_service::Service;
use soap_codec::address_book::{ABFindAll, ABFindAllResult, Contact};
use soap_codec::call::{Guid, Response as Decoded};
use soap_codec::membership::{FindMembership, MemberRole};
use soap_codec::{Budget, Envelope, FaultReason};

use crate::raw::Response;
use crate::sign_in::ticket;
use crate::{between, post, service};

const NAMESPACE: &str = "http://www.msn.com/webservices/AddressBook";
const BOOK: &str = "/abservice/abservice.asmx";
const MEMBERS: &str = "/abservice/SharingService.asmx";
const NO_BOOK: &str = "<abId>00000000-0000-0000-0000-000000000000</abId>";

/// Somebody's client of these services, which writes as libpurple does: single quotes, declarations again and again.
struct Client {
    to: SocketAddr,
    ticket: String,
}

impl Client {
    async fn new(service: &Service, name: &str) -> Self {
        let to = service.address();
        let ticket = ticket(to, name, "contacts.msn.com").await;
        Self { to, ticket }
    }

    async fn call(&self, path: &str, name: &str, body: &str) -> Response {
        let ticket = self.ticket.replace('&', "&amp;");
        let body = format!(
            "<?xml version='1.0' encoding='utf-8'?><soap:Envelope xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' \
             xmlns:soap='http://schemas.xmlsoap.org/soap/envelope/'><soap:Header>\
             <ABApplicationHeader xmlns='{NAMESPACE}'><ApplicationId>F6D2794D-501F-443A-ADBE-8F1490FF30FD</ApplicationId>\
             <IsMigration>false</IsMigration><PartnerScenario>ContactSave</PartnerScenario></ABApplicationHeader>\
             <ABAuthHeader xmlns='{NAMESPACE}'><ManagedGroupRequest>false</ManagedGroupRequest>\
             <TicketToken>{ticket}</TicketToken></ABAuthHeader></soap:Header>\
             <soap:Body><{name} xmlns='{NAMESPACE}'>{body}</{name}></soap:Body></soap:Envelope>"
        );
        post(self.to, path, &format!("{NAMESPACE}/{name}"), &body).await
    }

    /// A call that is carried out; its answer.
    #[track_caller]
    fn done(
        &self,
        path: &'static str,
        name: &'static str,
        body: &str,
    ) -> impl Future<Output = String> {
        let body = body.to_owned();
        async move {
            let reply = self.call(path, name, &body).await;
            assert_eq!(reply.status(), 200, "{name}: {}", reply.text());
            assert!(
                reply.text().contains(&format!("<{name}Response")),
                "{}",
                reply.text()
            );
            reply.text().to_owned()
        }
    }

    /// A call that is not; its status, and the word that says why.
    async fn refused(&self, path: &str, name: &str, body: &str) -> (u16, String) {
        let reply = self.call(path, name, body).await;
        let envelope = Envelope::parse(&reply.body, &mut Budget::default()).expect("an envelope");
        let fault = envelope.fault().expect("a fault");
        match FaultReason::of(&fault) {
            FaultReason::List(word) => (reply.status(), word),
            other => panic!("{other:?}: {}", reply.text()),
        }
    }

    async fn book(&self) -> ABFindAllResult {
        let body = format!("{NO_BOOK}<abView>Full</abView><deltasOnly>false</deltasOnly>");
        let reply = self.call(BOOK, "ABFindAll", &body).await;
        let envelope = Envelope::parse(&reply.body, &mut Budget::default()).expect("an envelope");
        let read = Decoded::<ABFindAll>::decode(&envelope).expect("a book");
        read.body.result.expect("a book")
    }

    /// The accounts on a list.
    async fn members(&self, role: MemberRole) -> Vec<String> {
        let body =
            "<serviceFilter><Types><ServiceType>Messenger</ServiceType></Types></serviceFilter>";
        let reply = self.call(MEMBERS, "FindMembership", body).await;
        let envelope = Envelope::parse(&reply.body, &mut Budget::default()).expect("an envelope");
        let read = Decoded::<FindMembership>::decode(&envelope).expect("lists");
        let result = read.body.result.expect("lists");
        let service = result.service("Messenger").expect("Messenger's");
        let mut lists = service.memberships.iter();
        let list = lists
            .find(|list| list.role == Some(role.clone()))
            .expect("each is there");
        let members = list.members.iter();
        members
            .map(|one| one.account().expect("an account").to_owned())
            .collect()
    }

    async fn add(&self, account: &str) -> String {
        let body = format!(
            "{NO_BOOK}<contacts><Contact xmlns='{NAMESPACE}'><contactInfo><contactType>LivePending</contactType>\
             <passportName>{account}</passportName><isMessengerUser>true</isMessengerUser></contactInfo></Contact></contacts>\
             <options><EnableAllowListManagement>true</EnableAllowListManagement></options>"
        );
        let answer = self.done(BOOK, "ABContactAdd", &body).await;
        between(&answer, "<guid>", "</guid>").to_owned()
    }
}

fn membership(role: &str, account: &str) -> String {
    format!(
        "<serviceHandle><Id>0</Id><Type>Messenger</Type><ForeignId/></serviceHandle><memberships><Membership>\
         <MemberRole>{role}</MemberRole><Members><Member xsi:type='PassportMember'><Type>Passport</Type>\
         <State>Accepted</State><PassportName>{account}</PassportName></Member></Members></Membership></memberships>"
    )
}

fn one(id: &str) -> String {
    format!("<contacts><Contact><contactId>{id}</contactId></Contact></contacts>")
}

fn contact<'b>(book: &'b ABFindAllResult, account: &str) -> Option<&'b Contact> {
    let mut contacts = book.contacts.iter();
    contacts.find(|one| {
        let info = one.info.as_ref().expect("something is known");
        info.passport_name.as_deref() == Some(account)
    })
}

#[tokio::test]
async fn who_is_added_is_in_the_book_and_knows_it() {
    let service = service(|_| {}).await;
    let alice = Client::new(&service, "alice").await;
    let bob = Client::new(&service, "bob").await;
    let book = alice.book().await;
    let me = book
        .contacts
        .first()
        .and_then(Contact::me)
        .expect("oneself alone");
    assert_eq!(me.passport_name.as_deref(), Some("alice@example.org"));
    assert_eq!(me.annotation("MSN.IM.BLP"), Some("1"));

    let id = alice.add("bob@example.org").await;
    let book = alice.book().await;
    let added = contact(&book, "bob@example.org").expect("he is there");
    assert_eq!(added.id.as_ref().map(Guid::as_str), Some(id.as_str()));
    let info = added.info.as_ref().expect("something is known");
    assert_eq!(
        (info.display_name.as_deref(), info.is_messenger_user),
        (Some("bob"), Some(true))
    );
    assert_eq!(alice.members(MemberRole::Allow).await, ["bob@example.org"]);
    // He has not said what he makes of it, and then he has.
    assert_eq!(
        bob.members(MemberRole::Pending).await,
        ["alice@example.org"]
    );
    assert_eq!(bob.members(MemberRole::Reverse).await, [""; 0]);
    bob.done(
        MEMBERS,
        "AddMember",
        &membership("Allow", "alice@example.org"),
    )
    .await;
    assert_eq!(bob.members(MemberRole::Pending).await, [""; 0]);
    assert_eq!(
        bob.members(MemberRole::Reverse).await,
        ["alice@example.org"]
    );

    alice
        .done(BOOK, "ABContactDelete", &format!("{NO_BOOK}{}", one(&id)))
        .await;
    assert!(contact(&alice.book().await, "bob@example.org").is_none());
    assert_eq!(
        alice.members(MemberRole::Allow).await,
        ["bob@example.org"],
        "he may still see her"
    );
    assert_eq!(bob.members(MemberRole::Reverse).await, [""; 0]);
    service.stop().await;
}

#[tokio::test]
async fn blocking_is_leaving_one_list_and_coming_onto_the_other() {
    let service = service(|_| {}).await;
    let alice = Client::new(&service, "alice").await;
    let id = alice.add("bob@example.org").await;
    alice
        .done(
            MEMBERS,
            "DeleteMember",
            &membership("Allow", "bob@example.org"),
        )
        .await;
    alice
        .done(
            MEMBERS,
            "AddMember",
            &membership("Block", "bob@example.org"),
        )
        .await;
    assert_eq!(alice.members(MemberRole::Block).await, ["bob@example.org"]);
    assert_eq!(alice.members(MemberRole::Allow).await, [""; 0]);
    let again = membership("Allow", "bob@example.org");
    let refused = alice.refused(MEMBERS, "DeleteMember", &again).await;
    assert_eq!(refused, (500, "MemberDoesNotExist".to_owned()));
    // By the number that the list gives a member, which is an `int` to MSNPSharp; or by a name in the way of other servers.
    let listed = alice
        .call(MEMBERS, "FindMembership", "<View>Full</View>")
        .await;
    let number = between(listed.text(), "<MembershipId>", "<");
    assert!(
        number.parse::<i32>().is_ok_and(|number| number > 0),
        "{number}"
    );
    let by_name = format!("Block/{id}");
    for name in [number, &by_name] {
        let by_number = format!(
            "<memberships><Membership><MemberRole>Block</MemberRole><Members><Member xsi:type='PassportMember'>\
             <MembershipId>{name}</MembershipId></Member></Members></Membership></memberships>"
        );
        alice.done(MEMBERS, "DeleteMember", &by_number).await;
        assert_eq!(alice.members(MemberRole::Block).await, [""; 0]);
        let block = membership("Block", "bob@example.org");
        alice.done(MEMBERS, "AddMember", &block).await;
    }
    service.stop().await;
}

#[tokio::test]
async fn groups_come_are_renamed_filled_and_go() {
    let service = service(|_| {}).await;
    let alice = Client::new(&service, "alice").await;
    let id = alice.add("bob@example.org").await;
    let named = |name: &str| {
        format!("{NO_BOOK}<groupInfo><GroupInfo><name>{name}</name></GroupInfo></groupInfo>")
    };
    let answer = alice
        .done(BOOK, "ABGroupAdd", &named("Friends &amp; Co"))
        .await;
    let group = between(&answer, "<guid>", "</guid>").to_owned();
    let again = alice
        .refused(BOOK, "ABGroupAdd", &named("Friends &amp; Co"))
        .await;
    assert_eq!(again, (500, "GroupAlreadyExists".to_owned()));
    let rename = |name: &str| {
        format!(
            "{NO_BOOK}<groups><Group><groupId>{group}</groupId><groupInfo><name>{name}</name></groupInfo>\
             <propertiesChanged>GroupName </propertiesChanged></Group></groups>"
        )
    };
    for _ in 0..2 {
        alice.done(BOOK, "ABGroupUpdate", &rename("Renamed")).await;
    }
    let filter = format!("<groupFilter><groupIds><guid>{group}</guid></groupIds></groupFilter>");
    let put = format!("{NO_BOOK}{filter}{}", one(&id));
    let answer = alice.done(BOOK, "ABGroupContactAdd", &put).await;
    assert_eq!(between(&answer, "<guid>", "</guid>"), id);
    // libpurple adds somebody new by the same call (soap.md 5.7).
    let new = format!(
        "{NO_BOOK}{filter}<contacts><Contact xmlns='{NAMESPACE}'><contactInfo><passportName>carol@example.org</passportName>\
         <isMessengerUser>true</isMessengerUser></contactInfo></Contact></contacts>\
         <groupContactAddOptions><fGenerateMissingQuickName>true</fGenerateMissingQuickName>\
         <EnableAllowListManagement>true</EnableAllowListManagement></groupContactAddOptions>"
    );
    alice.done(BOOK, "ABGroupContactAdd", &new).await;
    let book = alice.book().await;
    let group_of = |account: &str| {
        let info = contact(&book, account).and_then(|one| one.info.as_ref());
        let groups = &info.expect("a contact").group_ids;
        groups
            .iter()
            .map(|id| id.as_str().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(group_of("bob@example.org"), [group.as_str()]);
    assert_eq!(group_of("carol@example.org"), [group.as_str()]);
    let shown = book.groups[0].info.as_ref().expect("something is known");
    assert_eq!(shown.name.as_deref(), Some("Renamed"));
    alice.done(BOOK, "ABGroupContactDelete", &put).await;
    alice
        .done(BOOK, "ABGroupDelete", &format!("{NO_BOOK}{filter}"))
        .await;
    let book = alice.book().await;
    assert!(
        book.groups.is_empty() && book.contacts.len() == 3,
        "the contacts stay"
    );
    let gone = alice
        .refused(BOOK, "ABGroupDelete", &format!("{NO_BOOK}{filter}"))
        .await;
    assert_eq!(gone, (500, "GroupDoesNotExist".to_owned()));
    service.stop().await;
}

#[tokio::test]
async fn libpurple_may_name_a_contact_whose_id_it_does_not_know_yet() {
    let service = service(|_| {}).await;
    let alice = Client::new(&service, "alice").await;
    alice.add("bob@example.org").await;
    let unknown = |id: &str| {
        format!(
            "{NO_BOOK}<contacts><Contact xmlns='{NAMESPACE}'><contactInfo><displayName>bob</displayName></contactInfo>\
             <propertiesChanged>DisplayName</propertiesChanged>{id}</Contact></contacts>"
        )
    };
    let nobody = unknown("<contactId/>");
    alice.done(BOOK, "ABContactUpdate", &nobody).await;
    let another = unknown("<contactId>6d736e70-4001-8001-0000-0000000000ff</contactId>");
    let refused = alice.refused(BOOK, "ABContactUpdate", &another).await;
    assert_eq!(refused, (500, "ContactDoesNotExist".to_owned()));
    service.stop().await;
}

#[tokio::test]
async fn names_and_answers_are_kept_as_they_are_given() {
    let service = service(|_| {}).await;
    let alice = Client::new(&service, "alice").await;
    let bob = Client::new(&service, "bob").await;
    let id = alice.add("bob@example.org").await;
    let update = |inner: &str| {
        format!("{NO_BOOK}<contacts><Contact xmlns='{NAMESPACE}'>{inner}</Contact></contacts>")
    };
    let me = "<contactInfo><displayName>Älice &lt;3</displayName><contactType>Me</contactType></contactInfo>\
              <propertiesChanged>DisplayName</propertiesChanged>";
    alice.done(BOOK, "ABContactUpdate", &update(me)).await;
    let annotation = |name: &str, value: &str| {
        format!("<Annotation><Name>{name}</Name><Value>{value}</Value></Annotation>")
    };
    let settings = format!(
        "<contactInfo><annotations>{}{}</annotations><contactType>Me</contactType></contactInfo>\
         <propertiesChanged>Annotation </propertiesChanged>",
        annotation("MSN.IM.BLP", "2"),
        annotation("MSN.IM.GTC", "2"),
    );
    alice
        .done(BOOK, "ABContactUpdate", &update(&settings))
        .await;
    // libpurple puts the id last (soap.md 5.7).
    let own_name = format!(
        "<contactInfo><annotations>{}</annotations></contactInfo><propertiesChanged>Annotation </propertiesChanged>\
         <contactId>{id}</contactId>",
        annotation("AB.NickName", "Bobby"),
    );
    alice
        .done(BOOK, "ABContactUpdate", &update(&own_name))
        .await;
    // What a client has seen of somebody's name is not the owner's name for them.
    let seen = format!(
        "<contactInfo><displayName>Robert</displayName></contactInfo><contactId>{id}</contactId>"
    );
    alice.done(BOOK, "ABContactUpdate", &update(&seen)).await;
    let book = alice.book().await;
    let known = contact(&book, "bob@example.org")
        .and_then(|one| one.info.as_ref())
        .expect("a contact");
    assert_eq!(known.annotation("AB.NickName"), Some("Bobby"));
    assert_eq!(known.display_name.as_deref(), Some("bob"));
    let me = book.contacts.iter().find_map(Contact::me).expect("oneself");
    assert_eq!(me.display_name.as_deref(), Some("Älice <3"));
    assert_eq!(
        (me.annotation("MSN.IM.BLP"), me.annotation("MSN.IM.GTC")),
        (Some("2"), Some("2"))
    );
    bob.add("alice@example.org").await;
    let book = bob.book().await;
    let known = contact(&book, "alice@example.org")
        .and_then(|one| one.info.as_ref())
        .expect("a contact");
    assert_eq!(known.display_name.as_deref(), Some("Älice <3"));
    service.stop().await;
}

#[tokio::test]
async fn later_clients_ask_in_pages_and_with_other_words() {
    let service = service(|_| {}).await;
    let alice = Client::new(&service, "alice").await;
    let create = "<contactHandle><Email>bob@example.org</Email><Puid>0</Puid><Cid>0</Cid></contactHandle>\
                  <contactInfo><contactType>LivePending</contactType></contactInfo>";
    let answer = alice.done(BOOK, "CreateContact", create).await;
    let id = between(&answer, "<contactId>", "</contactId>").to_owned();
    let connect = format!(
        "<contactId>{id}</contactId><connection>true</connection><relationshipType>3</relationshipType>"
    );
    alice.done(BOOK, "ManageWLConnection", &connect).await;
    let paged = "<abView>MessengerClient8</abView><extendedContent>AB AllGroups CircleResult</extendedContent>";
    let answer = alice.done(BOOK, "ABFindContactsPaged", paged).await;
    assert!(
        answer.contains(&id) && answer.contains("<Contacts>") && answer.contains("<Ab>"),
        "{answer}"
    );
    let end = format!(
        "<contactId>{id}</contactId><deleteContact>true</deleteContact><blockContact>true</blockContact>"
    );
    alice.done(BOOK, "BreakConnection", &end).await;
    assert_eq!(alice.members(MemberRole::Block).await, ["bob@example.org"]);
    let made = alice
        .done(
            BOOK,
            "ABAdd",
            "<abInfo><name/><fDefault>true</fDefault></abInfo>",
        )
        .await;
    assert!(
        made.contains("<ABAddResult>00000000-0000-0000-0000-000000000000<"),
        "{made}"
    );
    service.stop().await;
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_with_the_word_for_it() {
    let service = service(|_| {}).await;
    let alice = Client::new(&service, "alice").await;
    let add = |account: &str| {
        format!(
            "{NO_BOOK}<contacts><Contact><contactInfo><passportName>{account}</passportName></contactInfo></Contact></contacts>"
        )
    };
    let unknown = "12345678-1234-1234-1234-123456789012";
    let cases = [
        (
            BOOK,
            "ABContactAdd",
            add("nobody@nowhere.example"),
            500,
            "InvalidPassportUser",
        ),
        (
            BOOK,
            "ABContactAdd",
            add("alice@example.org"),
            500,
            "InvalidPassportUser",
        ),
        (
            BOOK,
            "ABContactAdd",
            add("no-at-sign"),
            500,
            "BadEmailArgument",
        ),
        (
            BOOK,
            "ABContactDelete",
            format!("{NO_BOOK}{}", one(unknown)),
            500,
            "ContactDoesNotExist",
        ),
        (
            BOOK,
            "ABFindAll",
            format!("{NO_BOOK}<deltasOnly>true</deltasOnly>"),
            200,
            "FullSyncRequired",
        ),
        (
            MEMBERS,
            "FindMembership",
            "<deltasOnly>true</deltasOnly>".to_owned(),
            200,
            "FullSyncRequired",
        ),
        (
            BOOK,
            "ABFindAll",
            format!("<abId>{unknown}</abId>"),
            500,
            "ABDoesNotExist",
        ),
        (
            MEMBERS,
            "AddMember",
            membership("Allow", "nobody@nowhere.example"),
            500,
            "InvalidPassportUser",
        ),
        (BOOK, "NoSuchAction", "<x/>".to_owned(), 200, "Forbidden"),
        (
            BOOK,
            "UpdateDynamicItem",
            NO_BOOK.to_owned(),
            200,
            "Forbidden",
        ),
        (
            BOOK,
            "ABGroupAdd",
            format!("{NO_BOOK}<groupInfo><GroupInfo><name></name></GroupInfo></groupInfo>"),
            500,
            "BadArgumentLength",
        ),
    ];
    for (path, name, body, status, word) in cases {
        let refused = alice.refused(path, name, &body).await;
        assert_eq!(refused, (status, word.to_owned()), "{name}: {body}");
    }
    assert_eq!(alice.book().await.contacts.len(), 1, "nothing has changed");
    service.stop().await;
}

#[tokio::test]
async fn a_ticket_is_needed_that_is_in_force() {
    let service = service(|_| {}).await;
    let to = service.address();
    let good = ticket(to, "alice", "contacts.msn.com").await;
    for wrong in [
        "",
        "t=&p=",
        "t=AAAA&p=",
        &good[..good.len() - 6],
        &format!("{good}x"),
    ] {
        let client = Client {
            to,
            ticket: wrong.to_owned(),
        };
        let reply = client.call(BOOK, "ABFindAll", NO_BOOK).await;
        let is_good = wrong.ends_with("&p=x");
        assert_eq!(reply.status() == 200, is_good, "{wrong}: {}", reply.text());
        assert_eq!(reply.text().contains("q0:BadContextToken"), !is_good);
    }
    service.stop().await;
}

#[tokio::test]
async fn hostile_requests_are_refused_without_harm() {
    let service = service(|_| {}).await;
    let to = service.address();
    let deep = format!("<a>{}", "<b>".repeat(60_000));
    for body in [
        "",
        "<",
        "nothing",
        "<!DOCTYPE a [<!ENTITY a 'aaaa'>]><a>&a;</a>",
        &deep,
    ] {
        for path in [BOOK, MEMBERS, "/rsi/rsi.asmx", "/OimWS/oim.asmx"] {
            let reply = post(to, path, "", body).await;
            assert_eq!(reply.status(), 500, "{path}");
            assert!(reply.text().contains("soap:Client"), "{}", reply.text());
        }
    }
    let huge = "x".repeat(300 * 1024);
    assert_eq!(post(to, BOOK, "", &huge).await.status(), 413);
    assert_eq!(crate::get(to, BOOK, "").await.status(), 405);
    service.stop().await;
}
