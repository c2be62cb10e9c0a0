//! `PNG CON`: keep-alive of both sides; there is no `QNG` in MSNP24 (msnp24.md 6.11).

use alloc::vec;
use core::time::Duration;

use bytes::Bytes;

use crate::msnp24::{CommandErrorKind, document};
use crate::payload::PayloadError;
use crate::payload::xml::{Element, XmlLimits};

/// `PNG n CON`: a client's ping.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Ping {
    /// `Last-Msg-Id`: the newest `Message-ID` that the client has; one client only.
    pub last_message_id: Option<u64>,
}

/// `PNG n CON`: the answer to a ping, or the server's own.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Pong {
    /// After which time the client should ping again; whole seconds on the wire.
    pub wait: Option<Duration>,
}

impl Pong {
    /// The name of the root element is not known, so `<wait>` is taken wherever it stands
    /// (msnp24.md 20, question 2).
    pub(super) fn read(body: &[u8]) -> Result<Self, CommandErrorKind> {
        if body.trim_ascii().is_empty() {
            return Ok(Self { wait: None });
        }
        let root = Element::parse(body, &XmlLimits::DEFAULT).map_err(PayloadError::from)?;
        let mut pending = vec![&root];
        while let Some(element) = pending.pop() {
            if let Some(wait) = document::optional_seconds(element, "wait")? {
                return Ok(Self { wait: Some(wait) });
            }
            pending.extend(element.elements());
        }
        Ok(Self { wait: None })
    }

    pub(super) fn write(self) -> Bytes {
        match self.wait {
            None => Bytes::new(),
            Some(wait) => Element::new("ping-response")
                .with("wait", document::seconds_text(wait))
                .to_vec()
                .into(),
        }
    }
}
