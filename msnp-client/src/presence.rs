//! Presence: how people are, on which of their endpoints.

use std::collections::BTreeMap;
use std::fmt;

use msnp_proto::Guid;

use crate::id::ContactId;
use crate::limits::Limits;
use crate::text::clip;

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

    /// What others are to see of whoever has set this for himself; `idle`: nobody is at the keyboard.
    pub(crate) fn shown(self, idle: bool) -> Self {
        match self {
            // Nobody who is signed in is offline; who wants to look so hides.
            Self::OFFLINE => Self::HIDDEN,
            // The mark of the endpoint is for one's own endpoints alone (msnp24.md 8, msnp8-18.md 8.3).
            Self::ONLINE if idle => Self::IDLE,
            status => status,
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
    /// The display picture, as the `<msnobj>` that names it (msnp8-18.md 8.5); by its hash one knows whether one has it.
    pub picture: Option<String>,
}

impl Default for Presence {
    fn default() -> Self {
        Self {
            status: Status::OFFLINE,
            name: None,
            personal_message: None,
            endpoints: Vec::new(),
            picture: None,
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

impl OwnPresence {
    /// What is known of oneself, at this endpoint.
    pub const fn new(presence: Presence, this_endpoint: EndpointId) -> Self {
        Self {
            presence,
            this_endpoint,
        }
    }
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

impl Endpoint {
    /// An endpoint without a name, with somebody at the keyboard.
    pub const fn new(id: EndpointId) -> Self {
        Self {
            id,
            name: None,
            idle: false,
        }
    }
}

/// Names one endpoint of one person.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointId(pub(crate) Guid);

impl EndpointId {
    /// The endpoint that is named by this GUID.
    pub const fn new(guid: Guid) -> Self {
        Self(guid)
    }
}

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

/// What a service tells of how somebody is. `None`: it says nothing of that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PresenceUpdate {
    /// It is all there is to know: what it does not say is not so.
    pub(crate) is_whole: bool,
    pub(crate) status: Option<Status>,
    /// Empty: none; so for the others.
    pub(crate) name: Option<String>,
    pub(crate) personal_message: Option<String>,
    pub(crate) picture: Option<String>,
    pub(crate) endpoints: Vec<EndpointUpdate>,
    /// Those are all there are: others are gone.
    pub(crate) has_all_endpoints: bool,
}

/// What a service tells of one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EndpointUpdate {
    pub(crate) id: EndpointId,
    pub(crate) name: Option<String>,
    pub(crate) idle: Option<bool>,
}

/// Who is gone.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Departure {
    Person,
    Endpoint(EndpointId),
}

impl Presence {
    fn merge(&mut self, update: &PresenceUpdate, limits: &Limits) {
        if update.is_whole {
            *self = Self::default();
        }
        let text = |text: &String| Some(clip(text, limits.text)).filter(|text| !text.is_empty());
        if let Some(status) = update.status {
            self.status = status;
        }
        if let Some(name) = &update.name {
            self.name = text(name);
        }
        if let Some(message) = &update.personal_message {
            self.personal_message = text(message);
        }
        if let Some(picture) = &update.picture {
            self.picture = text(picture);
        }
        if update.has_all_endpoints {
            let named = |known: &Endpoint| update.endpoints.iter().any(|it| it.id == known.id);
            self.endpoints.retain(named);
        }
        for said in &update.endpoints {
            let Some(endpoint) = self.endpoint(said.id, limits) else {
                continue;
            };
            if let Some(name) = &said.name {
                endpoint.name = text(name);
            }
            if let Some(idle) = said.idle {
                endpoint.idle = idle;
            }
        }
    }

    /// The endpoint with this id, made if there is room for it.
    fn endpoint(&mut self, id: EndpointId, limits: &Limits) -> Option<&mut Endpoint> {
        if let Some(at) = self.endpoints.iter().position(|it| it.id == id) {
            return self.endpoints.get_mut(at);
        }
        if self.endpoints.len() >= limits.endpoints {
            return None;
        }
        self.endpoints.push(Endpoint::new(id));
        self.endpoints.last_mut()
    }

    fn depart(&mut self, departure: Departure) {
        match departure {
            Departure::Person => {
                self.status = Status::OFFLINE;
                self.endpoints.clear();
            }
            Departure::Endpoint(id) => self.endpoints.retain(|it| it.id != id),
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
        update: &PresenceUpdate,
        limits: &Limits,
    ) -> Option<Presence> {
        self.change(who, limits, |presence| presence.merge(update, limits))
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
                presence.depart(Departure::Person);
                gone.push((who.clone(), presence.clone()));
            }
        }
        gone
    }

    pub(crate) fn remove(&mut self, who: &ContactId) {
        self.0.remove(who);
    }

    /// A person has another name from now on; what is known under that one already is newer.
    pub(crate) fn rename(&mut self, before: &ContactId, after: &ContactId) {
        if let Some(presence) = self.0.remove(before) {
            self.0.entry(after.clone()).or_insert(presence);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

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
