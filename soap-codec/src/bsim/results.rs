//! The result document of `KeepSessionAlive`, and the ways in which it lies in the response
//! (soap.md 2.4).

use crate::bsim::decode::{Leniency, attribute, is_ours, parts};
use crate::bsim::event::Event;
use crate::bsim::reply_error::ReplyError;
use crate::element::{Element, Node};
use crate::error::EncodeError;
use crate::grammar::is_blank;
use crate::limits::Budget;
use crate::ns;
use crate::shared_str::SharedStr;
use machine_contract::Secret;

/// What happened since the last fetch: the element `Session` of the result document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionEvents {
    /// The session's id.
    pub id: Secret<String>,
    /// The IM accounts that are signed in, or being so.
    pub ims: Vec<IM>,
}

/// One IM account and its events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IM {
    /// Which network; only `msn` was ever seen.
    pub im_type: String,
    /// The account, an e-mail address.
    pub account: String,
    /// The events, in the order of the document. The service groups them by kind, so their order
    /// says nothing about time.
    pub events: Vec<Event>,
}

/// How the result document lies in the response. A reader takes all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a service chooses one of them")]
pub enum ResultEncoding {
    /// As text: a document of its own with a declaration, its `<` written `&lt;`. What the service
    /// did, by the lengths of its messages.
    #[default]
    Escaped,
    /// The same document in a CDATA section.
    CData,
    /// As elements in the service's namespace, as the printed pages look.
    Inline,
    /// As elements in no namespace.
    InlineUnqualified,
}

/// What the document begins with where it is text.
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// Elements around the result document: `Envelope`, `Body`, the response, the result.
const DEPTH: usize = 4;

impl SessionEvents {
    /// Reads a result document as it came, without an envelope around it.
    pub fn parse(text: &str, budget: &mut Budget, leniency: Leniency) -> Result<Self, ReplyError> {
        Self::read(&Element::parse_inner(text, budget, DEPTH)?, leniency)
    }

    /// The result document as text, with its declaration.
    pub fn to_xml(&self) -> Result<String, EncodeError> {
        let document = self.to_element(ns::NONE).to_xml()?;
        Ok(format!("{DECLARATION}{document}"))
    }

    /// Reads the content of `KeepSessionAliveResult`. `None` if there is nothing in it.
    pub(crate) fn decode(
        result: &Element,
        budget: &mut Budget,
        leniency: Leniency,
    ) -> Result<Option<Self>, ReplyError> {
        if let Some(session) = result.elements().next() {
            return Self::read(session, leniency).map(Some);
        }
        let text = result.text();
        if is_blank(&text) {
            return Ok(None);
        }
        Self::parse(&text, budget, leniency).map(Some)
    }

    pub(crate) fn encode(&self, encoding: ResultEncoding) -> Result<Node, EncodeError> {
        Ok(match encoding {
            ResultEncoding::Escaped => Node::Text(self.to_xml()?),
            ResultEncoding::CData => Node::CData(self.to_xml()?),
            ResultEncoding::Inline => Node::Element(self.to_element(ns::BSIM)),
            ResultEncoding::InlineUnqualified => Node::Element(self.to_element(ns::NONE)),
        })
    }

    fn read(session: &Element, leniency: Leniency) -> Result<Self, ReplyError> {
        if !is_ours(session) || !leniency.same(session.local(), "Session") {
            return Err(ReplyError::NoSession);
        }
        Ok(Self {
            id: Secret::new(attribute(session, "id", leniency).to_owned()),
            ims: parts(session, "IM", leniency)
                .map(|im| IM::read(im, leniency))
                .collect(),
        })
    }

    fn to_element(&self, namespace: &'static str) -> Element {
        let namespace = SharedStr::constant(namespace);
        let session = Element::new(namespace.clone(), "Session");
        let session = session.with_attribute("id", self.id.expose());
        session.with_children(self.ims.iter().map(|im| im.to_element(&namespace)))
    }
}

impl IM {
    /// Puts the events in the service's order, each kind once: entries are joined, and of single
    /// values the last counts. Unknown events stay as they are, at the end.
    pub fn group(&mut self) {
        // Sorting is stable, so entries of one kind keep their order.
        self.events.sort_by_key(Event::rank);
        let mut grouped: Vec<Event> = Vec::with_capacity(self.events.len());
        for event in self.events.drain(..) {
            let left = match grouped.last_mut() {
                Some(last) => last.merge(event).err(),
                None => Some(event),
            };
            grouped.extend(left);
        }
        self.events = grouped;
    }

    fn read(im: &Element, leniency: Leniency) -> Self {
        Self {
            im_type: attribute(im, "type", leniency).to_owned(),
            account: attribute(im, "account", leniency).to_owned(),
            events: im.elements().map(|it| Event::read(it, leniency)).collect(),
        }
    }

    fn to_element(&self, namespace: &SharedStr) -> Element {
        let im = Element::new(namespace.clone(), "IM")
            .with_attribute("type", &self.im_type)
            .with_attribute("account", &self.account);
        im.with_children(self.events.iter().map(|event| event.to_element(namespace)))
    }
}
