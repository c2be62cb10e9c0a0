//! `text/x-clientcaps`: what third-party clients say about themselves.

use alloc::string::String;

use super::Mime;
use super::error::ContentError;
use super::fields::Fields;

/// Name and version of a client, and whether it writes a log. libpurple sends it when a conversation begins; nobody
/// needs it (msnp8-18.md 9.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientCaps {
    /// `Client-Name`: name, slash, version.
    pub client: Option<String>,
    /// `Chat-Logging`: `Y`, `N` or `S`.
    pub logging: Option<String>,
}

impl ClientCaps {
    pub(super) fn read(mime: &Mime) -> Result<Self, ContentError> {
        let fields = Fields::parse(mime.body())?;
        Ok(Self {
            client: fields.get("Client-Name").map(String::from),
            logging: fields.get("Chat-Logging").map(String::from),
        })
    }

    /// Writes the message.
    #[must_use]
    pub fn to_mime(&self) -> Mime {
        let fields = Fields::new()
            .with_some("Client-Name", self.client.as_deref())
            .with_some("Chat-Logging", self.logging.as_deref());
        Mime::build("text/x-clientcaps").finish(&fields.to_vec())
    }
}
