//! Presence: how people are, on which of their endpoints.

use std::collections::BTreeMap;
use std::fmt;

use msnp_proto::Guid;
use msnp_proto::payload::presence::{Departure, UserDocument, service};

use crate::id::ContactId;
use crate::limits::Limits;

/// Available, busy, away …: what a person says of himself, or the client of him.
///
/// A value and not a list of cases: what a later service says is kept.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Status([u8; 3]);

impl Status {
    /// Available.
    pub const ONLINE: Self = Self(*b"NLN");
    /// Busy.
    pub const BUSY: Self = Self(*b"BSY");
    /// Away.
    pub const AWAY: Self = Self(*b"AWY");
    /// Back soon.
    pub const BE_RIGHT_BACK: Self = Self(*b"BRB");
    /// Nobody at the keyboard for a while.
    pub const IDLE: Self = Self(*b"IDL");
    /// On the phone.
    pub const ON_THE_PHONE: Self = Self(*b"PHN");
    /// Out for a meal.
    pub const OUT_TO_LUNCH: Self = Self(*b"LUN");
    /// Signed in but shown to others as offline. Only of oneself.
    pub const HIDDEN: Self = Self(*b"HDN");
    /// Not signed in, or hidden, or not to be seen by us.
    pub const OFFLINE: Self = Self(*b"FLN");

    /// The status with this code (msnp24.md 8): three upper-case letters.
    pub const fn from_code(code: [u8; 3]) -> Option<Self> {
        if code[0].is_ascii_uppercase()
            && code[1].is_ascii_uppercase()
            && code[2].is_ascii_uppercase()
        {
            Some(Self(code))
        } else {
            None
        }
    }

    /// The code.
    pub const fn code(&self) -> &str {
        match std::str::from_utf8(&self.0) {
            Ok(code) => code,
            // Invariant of the constants and of `from_code`: ASCII letters.
            Err(_) => unreachable!(),
        }
    }

    /// Signed in and to be seen.
    pub fn is_online(self) -> bool {
        self != Self::OFFLINE && self != Self::HIDDEN
    }
}

impl fmt::Display for Status {
    /// In English words; an unknown status by its code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::ONLINE => "online",
            Self::BUSY => "busy",
            Self::AWAY => "away",
            Self::BE_RIGHT_BACK => "be right back",
            Self::IDLE => "idle",
            Self::ON_THE_PHONE => "on the phone",
            Self::OUT_TO_LUNCH => "out to lunch",
            Self::HIDDEN => "hidden",
            Self::OFFLINE => "offline",
            _ => self.code(),
        })
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Status({})", self.code())
    }
}

/// How somebody else is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Presence {
    /// The status over all endpoints.
    pub status: Status,
    /// What the person calls himself.
    pub name: Option<String>,
    /// The line under the name: personal message or mood.
    pub personal_message: Option<String>,
    /// Where the person is signed in, as far as it is told.
    pub endpoints: Vec<Endpoint>,
}

impl Default for Presence {
    fn default() -> Self {
        Self {
            status: Status::OFFLINE,
            name: None,
            personal_message: None,
            endpoints: Vec::new(),
        }
    }
}

/// How oneself is, as all of one's endpoints see it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnPresence {
    /// Status, name, personal message, and every endpoint of one's own, this one too.
    pub presence: Presence,
    /// Which of the endpoints is this client.
    pub this_endpoint: EndpointId,
}

/// One place where somebody is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoint {
    /// Which.
    pub id: EndpointId,
    /// What its owner calls it, for example the computer's name. Mostly told to its owner only.
    pub name: Option<String>,
    /// Nobody at the keyboard.
    pub idle: bool,
}

/// Names one endpoint of one person.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointId(pub(crate) Guid);

impl fmt::Display for EndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for EndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EndpointId({self})")
    }
}

impl Presence {
    /// Takes in a presence document (msnp24.md 8). A full one replaces what is known.
    fn merge(&mut self, user: &UserDocument, full: bool, limits: &Limits) {
        if full {
            *self = Self::default();
        }
        if let Some(status) = user.status() {
            let code = status.as_str().as_bytes().try_into().ok();
            self.status = code.and_then(Status::from_code).unwrap_or(Status::ONLINE);
        }
        let text = |text: std::borrow::Cow<'_, str>| Some(clip(&text, limits.text));
        if let Some(name) = user.friendly_name() {
            self.name = text(name).filter(|name| !name.is_empty());
        }
        // Messenger calls it PSM, Skype mood; whichever says something counts.
        let message = user.psm().filter(|psm| !psm.is_empty()).or(user.mood());
        if let Some(message) = message.or(user.psm()) {
            self.personal_message = text(message).filter(|message| !message.is_empty());
        }
        for said in user.endpoints() {
            // The service writes the all-zero GUID where it does not tell (msnp24.md 8).
            let Some(epid) = said.epid().filter(|epid| *epid != Guid::NIL) else {
                continue;
            };
            let id = EndpointId(epid);
            let at = match self.endpoints.iter().position(|e| e.id == id) {
                Some(at) => at,
                None if self.endpoints.len() < limits.endpoints => {
                    self.endpoints.push(Endpoint {
                        id,
                        name: None,
                        idle: false,
                    });
                    self.endpoints.len() - 1
                }
                None => continue,
            };
            let endpoint = &mut self.endpoints[at];
            if said.service() == service::PD {
                if let Some(name) = said.property("EpName") {
                    endpoint.name = text(name).filter(|name| !name.is_empty());
                }
                if let Some(idle) = said.property("Idle") {
                    endpoint.idle = idle.trim().eq_ignore_ascii_case("true");
                }
            }
        }
    }

    fn depart(&mut self, departure: Departure) {
        match departure {
            Departure::User => {
                self.status = Status::OFFLINE;
                self.endpoints.clear();
            }
            Departure::Endpoint(epid) => {
                self.endpoints.retain(|e| e.id.0 != epid);
            }
        }
    }
}

/// How everybody is, bounded. Whoever has never been told of is offline.
#[derive(Debug, Default)]
pub(crate) struct People(BTreeMap<ContactId, Presence>);

impl People {
    /// Takes in what is told of somebody; gives what is known now if that changed anything.
    pub(crate) fn put(
        &mut self,
        who: &ContactId,
        user: &UserDocument,
        full: bool,
        limits: &Limits,
    ) -> Option<Presence> {
        self.change(who, limits, |presence| presence.merge(user, full, limits))
    }

    /// Somebody, or one endpoint, is gone.
    pub(crate) fn depart(
        &mut self,
        who: &ContactId,
        departure: Departure,
        limits: &Limits,
    ) -> Option<Presence> {
        self.change(who, limits, |presence| presence.depart(departure))
    }

    /// Nothing is known any more of how people are; gives who was online, as offline.
    pub(crate) fn forget(&mut self) -> Vec<(ContactId, Presence)> {
        let mut gone = Vec::new();
        for (who, presence) in &mut self.0 {
            if presence.status.is_online() || !presence.endpoints.is_empty() {
                presence.depart(Departure::User);
                gone.push((who.clone(), presence.clone()));
            }
        }
        gone
    }

    pub(crate) fn remove(&mut self, who: &ContactId) {
        self.0.remove(who);
    }

    pub(crate) fn get(&self, who: &ContactId) -> Presence {
        self.0.get(who).cloned().unwrap_or_default()
    }

    fn change(
        &mut self,
        who: &ContactId,
        limits: &Limits,
        how: impl FnOnce(&mut Presence),
    ) -> Option<Presence> {
        let before = self.0.get(who);
        if before.is_none() && self.0.len() >= limits.contacts {
            return None;
        }
        let before = before.cloned().unwrap_or_default();
        let mut after = before.clone();
        how(&mut after);
        if after == before {
            return None;
        }
        self.0.insert(who.clone(), after.clone());
        Some(after)
    }
}

/// The first `limit` bytes of a text, cut between characters.
pub(crate) fn clip(text: &str, limit: usize) -> String {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bob() -> ContactId {
        ContactId::skype("bob").expect("a name")
    }

    fn told(people: &mut People, document: &str, full: bool) -> Option<Presence> {
        let user = UserDocument::parse(document.as_bytes()).expect("a document");
        people.put(&bob(), &user, full, &Limits::default())
    }

    const FULL: &str = "<user><s n=\"IM\"><Status>NLN</Status></s>\
        <s n=\"PE\"><FriendlyName>Bob</FriendlyName><PSM></PSM></s>\
        <s n=\"SKP\"><Mood>hi</Mood></s>\
        <sep n=\"PD\" epid=\"{11111111-2222-3333-4444-555555555555}\">\
        <EpName>Desk</EpName><Idle>TRUE</Idle></sep></user>";

    #[test]
    fn a_full_document_tells_everything() {
        let mut people = People::default();
        let presence = told(&mut people, FULL, true).expect("a change");
        assert_eq!(presence.status, Status::ONLINE);
        assert_eq!(presence.name.as_deref(), Some("Bob"));
        assert_eq!(presence.personal_message.as_deref(), Some("hi"));
        let [endpoint] = &presence.endpoints[..] else {
            panic!("one endpoint: {presence:?}");
        };
        assert_eq!(
            endpoint.id.to_string(),
            "11111111-2222-3333-4444-555555555555"
        );
        assert_eq!(
            (endpoint.name.as_deref(), endpoint.idle),
            (Some("Desk"), true)
        );
        assert_eq!(told(&mut people, FULL, true), None, "nothing new");
    }

    #[test]
    fn a_partial_document_keeps_the_rest_and_a_full_one_does_not() {
        let mut people = People::default();
        told(&mut people, FULL, true);
        let busy = "<user><s n=\"IM\"><Status>BSY</Status></s></user>";
        let presence = told(&mut people, busy, false).expect("a change");
        assert_eq!(
            (presence.status, presence.endpoints.len()),
            (Status::BUSY, 1)
        );
        let presence = told(&mut people, busy, true).expect("a change");
        assert_eq!((presence.name, presence.endpoints.len()), (None, 0));
    }

    #[test]
    fn a_missing_status_in_a_full_document_is_offline() {
        let mut people = People::default();
        told(&mut people, FULL, true);
        let presence = told(&mut people, "<user><s n=\"IM\"/></user>", true);
        assert_eq!(presence.expect("a change").status, Status::OFFLINE);
    }

    #[test]
    fn endpoints_go_one_by_one_and_users_whole() {
        let mut people = People::default();
        told(&mut people, FULL, true);
        let epid = "11111111-2222-3333-4444-555555555555"
            .parse()
            .expect("a GUID");
        let limits = Limits::default();
        let presence = people.depart(&bob(), Departure::Endpoint(epid), &limits);
        let presence = presence.expect("a change");
        assert_eq!(
            (presence.status, presence.endpoints.len()),
            (Status::ONLINE, 0)
        );
        let presence = people.depart(&bob(), Departure::User, &limits);
        assert_eq!(presence.expect("a change").status, Status::OFFLINE);
        assert_eq!(
            people.get(&bob()).name.as_deref(),
            Some("Bob"),
            "the name stays"
        );
    }

    #[test]
    fn endpoints_and_people_are_bounded() {
        let limits = Limits {
            contacts: 1,
            endpoints: 2,
            text: 3,
            ..Limits::default()
        };
        let endpoint =
            |n| format!("<sep n='IM' epid='{{0000000{n}-0000-0000-0000-000000000000}}'/>");
        let many = (1..9).map(endpoint).collect::<Vec<_>>().concat();
        let document =
            format!("<user><s n='PE'><FriendlyName>\u{e9}\u{e9}</FriendlyName></s>{many}</user>");
        let user = UserDocument::parse(document.as_bytes()).expect("a document");
        let mut people = People::default();
        let presence = people.put(&bob(), &user, true, &limits).expect("a change");
        assert_eq!(presence.endpoints.len(), 2);
        assert_eq!(presence.name.as_deref(), Some("\u{e9}"));
        let eve = ContactId::skype("eve").expect("a name");
        assert_eq!(people.put(&eve, &user, true, &limits), None);
    }

    #[test]
    fn forgetting_tells_who_was_online_once() {
        let mut people = People::default();
        told(&mut people, FULL, true);
        assert_eq!(people.forget().len(), 1);
        assert_eq!(people.forget().len(), 0);
    }

    #[test]
    fn a_status_without_a_name_is_kept() {
        let status = Status::from_code(*b"XYZ").expect("three letters");
        assert_eq!(
            (status.to_string().as_str(), status.is_online()),
            ("XYZ", true)
        );
        assert_eq!(Status::from_code(*b"a\r\n"), None);
    }
}
