//! What happened to an IM account: the `On…` elements of the result document (soap.md 2.4).

use crate::bsim::decode::{Leniency, attribute, decoded, field, is_ours, member, parts, trimmed};
use crate::element::Element;
use crate::fields;
use crate::shared_str::SharedStr;

/// One `On…` element.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a caller decides on every event; unknown ones are `Other`"
)]
pub enum Event {
    /// Lines for people about the progress of a sign-in.
    OnLog(Vec<String>),
    /// The IM account is signed in since this time, a
    /// [`LocalTime`](crate::bsim::LocalTime) by rights.
    OnLogin(String),
    /// The account's own display name, decoded.
    OnNicknameChanged(String),
    /// The groups of the contact list. Unverified: the service's documentation names the element,
    /// and nothing shows what was in it (soap.md 6). Other content than this is [`Event::Other`].
    OnReceiveGroups(Vec<Group>),
    /// The contact list.
    OnReceiveBuddies(Vec<Buddy>),
    /// The account's own status.
    OnStatusChanged(String),
    /// Buddies that changed; each replaces what was known of it.
    OnBuddyStatusChanged(Vec<Buddy>),
    /// Messages that came in.
    OnMessage(Vec<Message>),
    /// An event that this crate does not know, as it is.
    Other(Box<Element>),
}

/// A group of the contact list. Unverified, see [`Event::OnReceiveGroups`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// What buddies refer to.
    pub id: String,
    /// Its name, decoded.
    pub name: String,
}

/// A contact. On the wire all seven members are always there; missing ones are read as empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buddy {
    /// The e-mail address.
    pub account: String,
    /// The display name, decoded.
    pub nickname: String,
    /// The group; always empty in the published session (soap.md 2.3).
    pub group_id: String,
    /// MSN's code. In [`Event::OnReceiveBuddies`] `HDN` means "not known or offline".
    pub status: String,
    /// A lower-case GUID, the contact's id in the address book.
    pub id: String,
    /// Whether it is blocked: `1`, read leniently as `true` too.
    pub blocked: bool,
    /// The personal message, decoded.
    pub personal_message: String,
}

/// A message that came in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The sender's account.
    pub from: String,
    /// The text, decoded.
    pub text: String,
}

impl Event {
    /// Reads one element. Never fails: what is not known is kept.
    pub(crate) fn read(element: &Element, leniency: Leniency) -> Self {
        let is = |local| leniency.same(element.local(), local);
        let buddies = || parts(element, "Buddy", leniency).map(|it| Buddy::read(it, leniency));
        if !is_ours(element) {
            Self::Other(Box::new(element.clone()))
        } else if is("OnLog") {
            let items = parts(element, "item", leniency);
            Self::OnLog(
                items
                    .map(|it| leniency.unprinted(it.text()).into_owned())
                    .collect(),
            )
        } else if is("OnLogin") {
            Self::OnLogin(attribute(element, "datetime", leniency).to_owned())
        } else if is("OnNicknameChanged") {
            Self::OnNicknameChanged(decoded(element))
        } else if is("OnReceiveGroups") {
            if element
                .elements()
                .all(|it| leniency.same(it.local(), "Group"))
            {
                let groups = parts(element, "Group", leniency);
                Self::OnReceiveGroups(groups.map(|it| Group::read(it, leniency)).collect())
            } else {
                Self::Other(Box::new(element.clone()))
            }
        } else if is("OnReceiveBuddies") {
            Self::OnReceiveBuddies(buddies().collect())
        } else if is("OnStatusChanged") {
            Self::OnStatusChanged(trimmed(element))
        } else if is("OnBuddyStatusChanged") {
            Self::OnBuddyStatusChanged(buddies().collect())
        } else if is("OnMessage") {
            let messages = parts(element, "Message", leniency);
            Self::OnMessage(messages.map(|it| Message::read(it, leniency)).collect())
        } else {
            Self::Other(Box::new(element.clone()))
        }
    }

    pub(crate) fn to_element(&self, namespace: &SharedStr) -> Element {
        let named = |local: &'static str| Element::new(namespace.clone(), local);
        match self {
            Self::OnLog(items) => {
                let items = items.iter().map(|item| named("item").with_text(item));
                named("OnLog").with_children(items)
            }
            Self::OnLogin(datetime) => named("OnLogin").with_attribute("datetime", datetime),
            Self::OnNicknameChanged(name) => {
                named("OnNicknameChanged").with_text(&fields::encode_service(name))
            }
            Self::OnReceiveGroups(groups) => {
                let groups = groups.iter().map(|group| {
                    let id = named("Id").with_text(&group.id);
                    let name = named("Name").with_text(&fields::encode_service(&group.name));
                    named("Group").with_children([id, name])
                });
                named("OnReceiveGroups").with_children(groups)
            }
            Self::OnReceiveBuddies(buddies) => {
                let buddies = buddies.iter().map(|buddy| buddy.to_element(namespace));
                named("OnReceiveBuddies").with_children(buddies)
            }
            Self::OnStatusChanged(status) => named("OnStatusChanged").with_text(status),
            Self::OnBuddyStatusChanged(buddies) => {
                let buddies = buddies.iter().map(|buddy| buddy.to_element(namespace));
                named("OnBuddyStatusChanged").with_children(buddies)
            }
            Self::OnMessage(messages) => {
                let messages = messages.iter().map(|message| {
                    let text = fields::encode_service(&message.text);
                    let element = named("Message").with_attribute("from", &message.from);
                    element.with_text(&text)
                });
                named("OnMessage").with_children(messages)
            }
            Self::Other(element) => Element::clone(element),
        }
    }

    /// Where the service puts this kind among the others (soap.md 2.4).
    pub(crate) fn rank(&self) -> u8 {
        match self {
            Self::OnLog(_) => 0,
            Self::OnLogin(_) => 1,
            Self::OnNicknameChanged(_) => 2,
            Self::OnReceiveGroups(_) => 3,
            Self::OnReceiveBuddies(_) => 4,
            Self::OnStatusChanged(_) => 5,
            Self::OnBuddyStatusChanged(_) => 6,
            Self::OnMessage(_) => 7,
            Self::Other(_) => 8,
        }
    }

    /// Takes a later event of the same kind in; gives it back if they do not go together.
    pub(crate) fn merge(&mut self, later: Self) -> Result<(), Self> {
        match (self, later) {
            (Self::OnLog(all), Self::OnLog(more)) => all.extend(more),
            (Self::OnReceiveGroups(all), Self::OnReceiveGroups(more)) => all.extend(more),
            (Self::OnReceiveBuddies(all), Self::OnReceiveBuddies(more))
            | (Self::OnBuddyStatusChanged(all), Self::OnBuddyStatusChanged(more)) => {
                all.extend(more);
            }
            (Self::OnMessage(all), Self::OnMessage(more)) => all.extend(more),
            (Self::OnLogin(value), Self::OnLogin(newer))
            | (Self::OnNicknameChanged(value), Self::OnNicknameChanged(newer))
            | (Self::OnStatusChanged(value), Self::OnStatusChanged(newer)) => *value = newer,
            (_, later) => return Err(later),
        }
        Ok(())
    }
}

impl Group {
    fn read(element: &Element, leniency: Leniency) -> Self {
        Self {
            id: member(element, "Id", leniency),
            name: field(element, "Name", leniency),
        }
    }
}

impl Buddy {
    fn read(element: &Element, leniency: Leniency) -> Self {
        let member = |local| member(element, local, leniency);
        Self {
            account: member("Account"),
            nickname: field(element, "Nickname", leniency),
            group_id: member("GroupId"),
            status: member("Status"),
            id: member("Id"),
            blocked: matches!(member("Blocked").as_str(), "1" | "true" | "True"),
            personal_message: field(element, "PersonalMessage", leniency),
        }
    }

    fn to_element(&self, namespace: &SharedStr) -> Element {
        let named = |local: &'static str| Element::new(namespace.clone(), local);
        let blocked = if self.blocked { "1" } else { "0" };
        named("Buddy").with_children([
            named("Account").with_text(&self.account),
            named("Nickname").with_text(&fields::encode_service(&self.nickname)),
            named("GroupId").with_text(&self.group_id),
            named("Status").with_text(&self.status),
            named("Id").with_text(&self.id),
            named("Blocked").with_text(blocked),
            named("PersonalMessage").with_text(&fields::encode_service(&self.personal_message)),
        ])
    }
}

impl Message {
    fn read(element: &Element, leniency: Leniency) -> Self {
        Self {
            from: attribute(element, "from", leniency).to_owned(),
            text: decoded(element),
        }
    }
}
