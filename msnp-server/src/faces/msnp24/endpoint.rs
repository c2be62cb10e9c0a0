//! `Endpoint`: a connection with a feature set, and what stands on every frame it is sent.

use bytes::Bytes;
use machine_contract::{Prng, UnixTime};
use msnp_proto::msnp24::{Channel, Envelope, HeaderValue};
use msnp_proto::payload::layers::Layers;
use msnp_proto::{Address as Muri, Frame, Secret, TrId, Verb};

use super::forms::Forms;
use crate::identity::Who;
use crate::network::EndpointId;

/// One of the places where a person is.
#[derive(Debug)]
pub(super) struct Endpoint {
    who: Who,
    epid: EndpointId,
    /// Of the feature set; 2 and above may use threads (msnp24.md 11).
    version: u32,
    /// Looks constant per endpoint in what was seen (msnp24.md 3).
    context: String,
    registration: Secret<String>,
    /// `NotifNum` of the next notification.
    notifications: u64,
}

impl Endpoint {
    pub(super) fn new(who: Who, epid: EndpointId, version: u32, prng: &mut Prng) -> Self {
        let context = format!("{:016X}", prng.number());
        let words = [(); 6].map(|()| format!("{:016x}", prng.number()));
        Self {
            who,
            epid,
            version,
            context,
            registration: Secret::new(words.concat()),
            notifications: 0,
        }
    }

    pub(super) const fn who(&self) -> &Who {
        &self.who
    }

    pub(super) const fn epid(&self) -> EndpointId {
        self.epid
    }

    pub(super) const fn version(&self) -> u32 {
        self.version
    }

    /// Whether the client knows the header block in front of what it is told. `BitlBee`, of version 1, takes the first block for that
    /// of the routing, finds nobody in it, and shows nothing (msnp24.md 20.17).
    pub(super) const fn reads_headers(&self) -> bool {
        self.version >= 2
    }

    /// How its client is told of people whom it has not named yet.
    pub(super) fn forms(&self) -> Forms {
        Forms::of_version(self.version)
    }

    /// `Context` stands on most of what the server sends (msnp24.md 3).
    pub(super) fn put_context(&self, envelope: &mut Envelope) {
        let context = HeaderValue::new(self.context.clone());
        if let Ok(context) = context
            && self.reads_headers()
        {
            envelope.headers.set_context(&context);
        }
    }

    /// The registration token, with the time at which it runs out; told in the time that the peer
    /// reads, the service itself lets nothing run out by it.
    pub(super) fn put_registration(&self, envelope: &mut Envelope, expiry: UnixTime) {
        if let Ok(token) = HeaderValue::new(self.registration.expose().clone()) {
            // A name and a value of our own making: both can stand in a header. Not in front of the
            // others, where a helper would put it: it was seen behind `UtcTime`.
            let _ = envelope.headers.set("Set-Registration", &token);
            envelope.headers.set_registration_expiry(expiry);
        }
    }

    /// What the server says by itself: transaction id 0, and the context.
    pub(super) fn unasked(&self, verb: Verb, channel: Channel, body: Bytes) -> Frame {
        let mut envelope = Envelope::new(verb, TrId(0), channel);
        self.put_context(&mut envelope);
        envelope.body = body;
        envelope.to_frame()
    }

    /// `NFY 0 MSGR\PUT` or `NFY 0 MSGR\DEL` about the user at `from`, in the shape of msnp24.md 16.3.
    pub(super) fn notification(
        &mut self,
        to: &Muri,
        from: &Muri,
        channel: Channel,
        document: &[u8],
    ) -> Frame {
        let number = self.notifications;
        self.notifications += 1;
        let kind = if channel == Channel::Put {
            "Full"
        } else {
            "Partial"
        };
        let layers = Layers::build(to, from)
            .reliability()
            .notification()
            .header("NotifNum", number)
            .header("Uri", "/user")
            .header("NotifType", kind)
            .header("Content-Type", "application/user+xml")
            .finish(document);
        self.unasked(Verb::NFY, channel, layers.into_bytes())
    }
}
