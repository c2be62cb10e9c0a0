//! Presence: what an endpoint says of itself, what others are shown of all of them, and to whom.
//!
//! Decisions where msnp24.md 8 leaves it open: a user's status is that of the most available
//! endpoint; an endpoint that is hidden, or has said nothing, does not exist for others; service
//! data (`<s>`) is one per user, and the last endpoint that publishes it wins.

use msnp_proto::msnp24::{Channel, Envelope};
use msnp_proto::payload::contacts::Lists;
use msnp_proto::payload::layers::Layers;
use msnp_proto::payload::presence::{Status, UserDocument, service};
use msnp_proto::payload::xml::Element;
use msnp_proto::{Guid, TrId, Verb};

use super::connection::Endpoint;
use super::dispatch::Me;
use super::effect::ConnectionId;
use super::refusal::Refusal;
use super::server::NotificationServer;
use super::store::Store;
use crate::accounts::SkypeId;

/// What one endpoint has published.
#[derive(Clone, Debug)]
pub(super) struct Published {
    status: Status,
    /// Its `<sep>` elements, each with its epid.
    data: Vec<Element>,
}

/// For whom a presence document is made.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Audience {
    /// Those who watch the user.
    Others,
    /// The user's own endpoints: hidden ones and private data (`PD`) are shown.
    Own,
}

/// Services that one document may hold, and that one user may have.
const SERVICES: usize = 16;

impl<S: Store> NotificationServer<S> {
    /// `PUT MSGR\PRESENCE`
    pub(super) fn publish(&mut self, me: &Me, layers: &Layers) -> Result<(), Refusal<S::Error>> {
        me.must_be_the_author_of(layers)?;
        if layers.body().len() > self.config.presence_bytes {
            return Err(Refusal::TOO_LONG);
        }
        let document = UserDocument::parse(layers.body()).map_err(Refusal::malformed)?;
        if document.services().count() > SERVICES || document.endpoints().count() > SERVICES {
            return Err(Refusal::INVALID);
        }
        if let Some(name) = document.friendly_name() {
            self.rename(&me.who, name.trim())?;
        }
        let (Some(user), Some(endpoint)) = (
            self.users.get_mut(&me.who),
            self.connections
                .get_mut(&me.connection)
                .and_then(|open| open.endpoint.as_mut()),
        ) else {
            return Ok(());
        };
        let status = document.status();
        for service in document.services() {
            let element = service.element();
            let same = |known: &&mut Element| known.attribute("n") == element.attribute("n");
            let room = user.services.len() < SERVICES;
            if let Some(known) = user.services.iter_mut().find(same) {
                *known = element.clone();
            } else if room {
                user.services.push(element.clone());
            }
        }
        // A document without a status changes the rest; before the first one, nobody is there.
        let before = endpoint.published.take();
        let status = status
            .or(before.as_ref().map(|before| before.status))
            .unwrap_or(Status::FLN);
        let said: Vec<Element> = document
            .endpoints()
            .filter(|said| said.epid().is_none_or(|epid| epid == me.epid))
            .map(|said| {
                let mut element = said.element().clone();
                element.set_attribute("epid", me.epid.braced().to_string());
                element
            })
            .collect();
        let kept = before.map(|before| before.data).unwrap_or_default();
        let data = if said.is_empty() { kept } else { said };
        endpoint.published = Some(Published { status, data });
        Ok(())
    }

    /// Tells everyone who should know that `who` is shown differently now. `by` is the endpoint
    /// that said so and is not told; `gone` one that is no longer there.
    pub(super) fn presence_changed(
        &mut self,
        who: &SkypeId,
        by: Option<ConnectionId>,
        gone: Option<Guid>,
    ) {
        let own = self
            .document(who, Audience::Own)
            .unwrap_or_else(|| UserDocument::offline().encode());
        for connection in self.endpoints_of(who) {
            if Some(connection) != by
                && self
                    .endpoint(connection)
                    .is_some_and(|one| one.wants_presence)
            {
                if let Some(epid) = gone {
                    let left = UserDocument::signed_out(epid).encode();
                    self.notify(connection, who, &Channel::Del, &left);
                }
                self.notify(connection, who, &Channel::Put, &own);
            }
        }
        let shown = self.document(who, Audience::Others);
        let Some(user) = self.users.get_mut(who) else {
            return;
        };
        let before = std::mem::replace(&mut user.shown, shown.clone());
        if before == shown {
            return;
        }
        let viewers = self.viewers(who);
        let Some(viewers) = self.note(viewers) else {
            return;
        };
        for viewer in viewers {
            match &shown {
                Some(document) => {
                    if let (Some(epid), Some(_)) = (gone, &before) {
                        let left = UserDocument::signed_out(epid).encode();
                        self.show(&viewer, who, &Channel::Del, &left);
                    }
                    self.show(&viewer, who, &Channel::Put, document);
                }
                None => self.show(
                    &viewer,
                    who,
                    &Channel::Del,
                    &UserDocument::offline().encode(),
                ),
            }
        }
    }

    /// Shows a new endpoint everyone it may see, and its own sisters.
    pub(super) fn show_everyone(&mut self, me: &Me) -> Result<(), Refusal<S::Error>> {
        for (contact, lists) in self.store.contacts(&me.who)? {
            if !lists.contains(Lists::FORWARD) {
                continue;
            }
            if let Some(document) = self.shown_to(&contact, &me.who)? {
                self.notify(me.connection, &contact, &Channel::Put, &document);
            }
        }
        if let Some(own) = self.document(&me.who, Audience::Own) {
            self.notify(me.connection, &me.who, &Channel::Put, &own);
        }
        Ok(())
    }

    /// The document of `who` that `viewer` may see now.
    pub(super) fn shown_to(
        &self,
        who: &SkypeId,
        viewer: &SkypeId,
    ) -> Result<Option<Vec<u8>>, S::Error> {
        let shown = self.users.get(who).and_then(|user| user.shown.as_ref());
        match shown {
            Some(document) if self.admits(who, viewer)? => Ok(Some(document.clone())),
            _ => Ok(None),
        }
    }

    /// Whether `who` lets `other` see and write: not if blocked; if on no list, as configured.
    pub(super) fn admits(&self, who: &SkypeId, other: &SkypeId) -> Result<bool, S::Error> {
        if who == other {
            return Ok(true);
        }
        let lists = self.store.lists(who, other)?;
        Ok(self.admits_listed(lists))
    }

    pub(super) const fn admits_listed(&self, lists: Lists) -> bool {
        let listed = lists.contains(Lists::ALLOW) || self.config.strangers_allowed;
        listed && !lists.contains(Lists::BLOCK)
    }

    /// Sends a notification about `who` to every endpoint of `viewer` that wants presence.
    pub(super) fn show(
        &mut self,
        viewer: &SkypeId,
        who: &SkypeId,
        what: &Channel,
        document: &[u8],
    ) {
        for connection in self.endpoints_of(viewer) {
            if self
                .endpoint(connection)
                .is_some_and(|one| one.wants_presence)
            {
                self.notify(connection, who, what, document);
            }
        }
    }

    /// An endpoint is gone: says so, and forgets the user with the last one.
    pub(super) fn leave(&mut self, who: &SkypeId, connection: ConnectionId, endpoint: &Endpoint) {
        let Some(user) = self.users.get_mut(who) else {
            return;
        };
        user.endpoints.retain(|one| *one != connection);
        let last = user.endpoints.is_empty();
        if endpoint.published.is_some() {
            self.presence_changed(who, None, Some(endpoint.epid));
        }
        if last {
            self.users.remove(who);
        }
    }

    /// Those who have `who` on their forward list, are there, and may see them.
    fn viewers(&self, who: &SkypeId) -> Result<Vec<SkypeId>, S::Error> {
        let mut viewers = Vec::new();
        for viewer in self.store.watchers(who, usize::MAX)? {
            if viewer != *who && self.users.contains_key(&viewer) && self.admits(who, &viewer)? {
                viewers.push(viewer);
            }
        }
        Ok(viewers)
    }

    fn document(&self, who: &SkypeId, audience: Audience) -> Option<Vec<u8>> {
        let user = self.users.get(who)?;
        let published: Vec<&Published> = user
            .endpoints
            .iter()
            .filter_map(|connection| self.endpoint(*connection)?.published.as_ref())
            .filter(|one| audience == Audience::Own || one.status.is_visible())
            .collect();
        let status = published
            .iter()
            .map(|one| one.status)
            .min_by_key(|status| distance(*status))?;
        let shown = |element: &&Element| {
            audience == Audience::Own || element.attribute("n") != Some(service::PD)
        };
        let mut root = Element::new("user");
        for element in user.services.iter().filter(shown) {
            root.push(element.clone());
        }
        for element in published.iter().flat_map(|one| &one.data).filter(shown) {
            root.push(element.clone());
        }
        let mut document = UserDocument::from_element(root).ok()?;
        document.set_status(status);
        Some(document.encode())
    }

    /// `NFY 0 MSGR\PUT` or `NFY 0 MSGR\DEL`, in the shape of msnp24.md 16.3.
    fn notify(
        &mut self,
        connection: ConnectionId,
        about: &SkypeId,
        what: &Channel,
        document: &[u8],
    ) {
        let Some(open) = self.connections.get_mut(&connection) else {
            return;
        };
        let (Some(to), Some(endpoint)) = (&open.user, &mut open.endpoint) else {
            return;
        };
        let number = endpoint.notifications;
        endpoint.notifications += 1;
        let kind = if *what == Channel::Put {
            "Full"
        } else {
            "Partial"
        };
        let layers = Layers::build(&to.to_address(), &about.to_address())
            .reliability()
            .notification()
            .header("NotifNum", number)
            .header("Uri", "/user")
            .header("NotifType", kind)
            .header("Content-Type", "application/user+xml")
            .finish(document);
        let mut envelope = Envelope::new(Verb::NFY, TrId(0), what.clone());
        endpoint.put_context(&mut envelope);
        envelope.body = layers.into_bytes();
        self.send(connection, &envelope.to_frame());
    }

    /// The `FriendlyName` of a presence document is the display name of the account.
    fn rename(&mut self, who: &SkypeId, name: &str) -> Result<(), Refusal<S::Error>> {
        if name.len() > self.config.text_bytes {
            return Err(Refusal::INVALID);
        }
        let Some(user) = self.users.get_mut(who) else {
            return Ok(());
        };
        if !name.is_empty() && user.display_name != name {
            self.store.set_display_name(who, name)?;
            name.clone_into(&mut user.display_name);
        }
        Ok(())
    }
}

/// How far from available a status is; someone at the machine before someone away from it.
const fn distance(status: Status) -> u8 {
    match status.as_str().as_bytes() {
        b"NLN" => 0,
        b"BSY" => 1,
        b"PHN" => 2,
        b"IDL" => 3,
        b"BRB" => 4,
        b"LUN" => 5,
        b"AWY" => 6,
        b"HDN" => 8,
        b"FLN" => 9,
        _ => 7,
    }
}
