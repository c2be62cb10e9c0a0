//! Presence as values: what one endpoint says of itself, and what others are shown of all of them.

use std::sync::Arc;

use super::message::EndpointId;

/// How available somebody is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Online.
    Online,
    /// Busy.
    Busy,
    /// On the phone.
    Phone,
    /// Idle; said by the client by itself.
    Idle,
    /// Be right back.
    BeRightBack,
    /// Out to lunch.
    Lunch,
    /// Away.
    Away,
    /// A code that no dialect of ours names; passed on to those who may know it.
    Other([u8; 3]),
    /// Signed in, and not to be seen.
    Hidden,
    /// Not there.
    Offline,
}

impl Status {
    /// Whether others see it.
    pub const fn is_visible(self) -> bool {
        !matches!(self, Self::Hidden | Self::Offline)
    }

    /// How far from available; somebody at the machine before somebody away from it.
    const fn distance(self) -> u8 {
        match self {
            Self::Online => 0,
            Self::Busy => 1,
            Self::Phone => 2,
            Self::Idle => 3,
            Self::BeRightBack => 4,
            Self::Lunch => 5,
            Self::Away => 6,
            Self::Other(_) => 7,
            Self::Hidden => 8,
            Self::Offline => 9,
        }
    }
}

/// What is said about a service of a client: a name and its value, such as `Capabilities`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// The name.
    pub name: Arc<str>,
    /// What it says.
    pub value: Value,
}

/// The value of a [`Property`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Plain text, for all dialects.
    Text(Arc<str>),
    /// What only the dialect of the one who said it can read, as it was written.
    Markup(Arc<str>),
}

/// Properties of one service: `IM` (instant messages), `PE` (name, personal message, picture), `PD`
/// (private data, for own endpoints only), `SKP`, or another (msnp24.md 8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Which.
    pub name: Arc<str>,
    /// In the order in which they were said.
    pub properties: Vec<Property>,
}

/// The service whose data only own endpoints are shown.
pub const PRIVATE: &str = "PD";

/// What an endpoint says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Publication {
    /// The status; `None` leaves it.
    pub status: Option<Status>,
    /// Of the person as a whole. Each replaces the service of the same name, whoever said it.
    pub services: Vec<Service>,
    /// Of this endpoint. They replace all that it said before; empty leaves them.
    pub endpoint: Vec<Service>,
}

/// What somebody is shown of a person who is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// That of the most available endpoint.
    pub status: Status,
    /// Data of the person.
    pub services: Vec<Service>,
    /// Data of each endpoint that is shown, in the order in which they signed in.
    pub endpoints: Vec<EndpointPresence>,
}

/// What is shown of one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointPresence {
    /// Which.
    pub id: EndpointId,
    /// Its status.
    pub status: Status,
    /// Its data.
    pub services: Vec<Service>,
}

/// For whom a presence is made.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Those who watch the person.
    Others,
    /// The person's own endpoints: hidden ones and private data are shown.
    Own,
}

impl Presence {
    /// What `audience` is shown of a person with these services and endpoints; `None` if nothing is
    /// to be seen. A status of the whole is that of the most available endpoint; one that is hidden
    /// does not exist for others.
    pub fn of<'a>(
        services: &[Service],
        endpoints: impl Iterator<Item = &'a EndpointPresence>,
        audience: Audience,
    ) -> Option<Self> {
        let own = audience == Audience::Own;
        let shown = |service: &&Service| own || &*service.name != PRIVATE;
        let endpoints: Vec<_> = endpoints
            .filter(|one| own || one.status.is_visible())
            .map(|one| EndpointPresence {
                id: one.id,
                status: one.status,
                services: one.services.iter().filter(shown).cloned().collect(),
            })
            .collect();
        let statuses = endpoints.iter().map(|one| one.status);
        Some(Self {
            status: statuses.min_by_key(|status| status.distance())?,
            services: services.iter().filter(shown).cloned().collect(),
            endpoints,
        })
    }

    /// The text of a property of the person.
    pub fn text(&self, service: &str, property: &str) -> Option<&str> {
        find(&self.services, service, property)
    }

    /// The picture object, as text.
    pub fn picture(&self) -> Option<&str> {
        self.text("PE", "UserTileLocation")
    }
}

impl EndpointPresence {
    /// What the client can do, as it wrote it: two numbers, `0:4194560`.
    pub fn capabilities(&self) -> Option<&str> {
        find(&self.services, "IM", "Capabilities")
    }
}

fn find<'a>(services: &'a [Service], service: &str, property: &str) -> Option<&'a str> {
    let found = services.iter().filter(|one| &*one.name == service);
    let mut properties = found.flat_map(|one| &one.properties);
    properties.find_map(|one| match &one.value {
        Value::Text(text) if &*one.name == property => Some(&**text),
        _ => None,
    })
}
