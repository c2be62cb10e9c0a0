//! `CNT CON`: the first command of every connection, and its reply (msnp24.md 6.1).

use alloc::string::String;
use alloc::vec::Vec;

use crate::msnp24::document;
use crate::payload::PayloadError;
use crate::payload::xml::Element;

/// `CNT n CON`: says what is connecting.
///
/// ```
/// use msnp_proto::msnp24::{Agent, Connect};
/// let connect = Connect { state: None, version: 2, agent: Agent::web() };
/// assert_eq!(Connect::parse(&connect.encode()).as_ref(), Ok(&connect));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connect {
    /// What the redirect that led here gave ([`Transfer::state`](super::Transfer::state)).
    pub state: Option<String>,
    /// 2; with 1 there is no nonce and no answer to the authentication.
    pub version: u32,
    /// The machine.
    pub agent: Agent,
}

/// The machine that connects. Servers do not check the values, but none may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// `winnt`, `Linux`
    pub os: String,
    /// `5.2`
    pub os_version: String,
    /// `x86`
    pub processor: String,
    /// `en-us`
    pub locale: String,
    /// `nz`; Skype only.
    pub country: Option<String>,
}

impl Agent {
    /// What outlook.com sent for every machine.
    pub fn web() -> Self {
        Self {
            os: "winnt".into(),
            os_version: "5.2".into(),
            processor: "x86".into(),
            locale: "en-us".into(),
            country: None,
        }
    }
}

impl Connect {
    /// Reads `<connect>`.
    ///
    /// # Errors
    /// [`PayloadError`] if a part is missing, empty, or not of its kind.
    pub fn parse(body: &[u8]) -> Result<Self, PayloadError> {
        let root = document::root(body, "connect")?;
        let agent = document::child(&root, "agent")?;
        let state = match root.child("xfr") {
            Some(transfer) => Some(document::filled(transfer, "state")?),
            None => None,
        };
        Ok(Self {
            state,
            version: document::number(&root, "ver")?,
            agent: Agent {
                os: document::filled(agent, "os")?,
                os_version: document::filled(agent, "osVer")?,
                processor: document::filled(agent, "proc")?,
                locale: document::filled(agent, "lcid")?,
                country: document::optional(agent, "country"),
            },
        })
    }

    /// Writes `<connect>`.
    pub fn encode(&self) -> Vec<u8> {
        let mut root = Element::new("connect");
        if let Some(state) = &self.state {
            root = root.with_child(Element::new("xfr").with("state", state));
        }
        let mut agent = Element::new("agent")
            .with("os", &self.agent.os)
            .with("osVer", &self.agent.os_version)
            .with("proc", &self.agent.processor)
            .with("lcid", &self.agent.locale);
        if let Some(country) = &self.agent.country {
            agent = agent.with("country", country);
        }
        root.with("ver", document::text(self.version))
            .with_child(agent)
            .to_vec()
    }
}

/// The reply to [`Connect`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connected {
    /// As the client asked.
    pub version: u32,
    /// Always false in what was seen.
    pub qos_test: bool,
    /// A GUID as text, input of the uic of a Skype name; not given to version 1.
    pub nonce: Option<String>,
}

impl Connected {
    /// Reads `<connect-response>`.
    ///
    /// # Errors
    /// [`PayloadError`] if it is another document or the version is not a number.
    pub fn parse(body: &[u8]) -> Result<Self, PayloadError> {
        let root = document::root(body, "connect-response")?;
        Ok(Self {
            version: document::number(&root, "ver")?,
            qos_test: document::flag(&root, "qostest")?.unwrap_or(false),
            nonce: document::optional(&root, "nonce"),
        })
    }

    /// Writes `<connect-response>`.
    pub fn encode(&self) -> Vec<u8> {
        let mut root = Element::new("connect-response")
            .with("ver", document::text(self.version))
            .with("qostest", document::flag_text(self.qos_test));
        if let Some(nonce) = &self.nonce {
            root = root.with("nonce", nonce);
        }
        root.to_vec()
    }
}
