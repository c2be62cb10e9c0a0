//! `BND CON\MSGR`: asks for the messenger feature set, and its reply (msnp24.md 6.3).

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use machine_contract::UnixTime;

use crate::Guid;
use crate::msnp24::document;
use crate::payload::PayloadError;
use crate::payload::xml::Element;

/// `BND n CON\MSGR`: names the program and the endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bind {
    /// 2, which threads need; 1 was seen.
    pub version: u32,
    /// `<altVersions>`, as the Skype clients send it.
    pub alternative_versions: Vec<u32>,
    /// The program.
    pub program: Program,
    /// This instance of the client.
    pub epid: Guid,
    /// Whether the GUID stands in braces, as the web client writes it.
    pub braced: bool,
}

/// The program that binds.
///
/// The name of an official client can bring a harmless error 715 (msnp24.md 6.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// `msgrliboutlook`, `Skype`
    pub name: String,
    /// `6.4.0.0`, `2/4.3.0.37/172`
    pub version: String,
    /// `skype`; one client only.
    pub networks: Option<String>,
}

impl Program {
    /// The library of outlook.com.
    pub fn web() -> Self {
        Self {
            name: "msgrliboutlook".into(),
            version: "6.4.0.0".into(),
            networks: None,
        }
    }
}

impl Bind {
    /// Reads `<msgr>`.
    ///
    /// # Errors
    /// [`PayloadError`] if a part is missing or not of its kind.
    pub fn parse(body: &[u8]) -> Result<Self, PayloadError> {
        let root = document::root(body, "msgr")?;
        let program = document::child(&root, "client")?;
        let epid = document::filled(&root, "epid")?;
        Ok(Self {
            version: document::number(&root, "ver")?,
            alternative_versions: match root.child("altVersions") {
                Some(list) => document::numbers(list, "ver")?,
                None => Vec::new(),
            },
            program: Program {
                name: document::filled(program, "name")?,
                version: document::filled(program, "ver")?,
                networks: document::optional(program, "networks"),
            },
            epid: epid.parse().map_err(|_| PayloadError::Invalid("epid"))?,
            braced: epid.starts_with('{'),
        })
    }

    /// Writes `<msgr>`.
    pub fn encode(&self) -> Vec<u8> {
        let mut root = Element::new("msgr").with("ver", document::text(self.version));
        if !self.alternative_versions.is_empty() {
            let mut list = Element::new("altVersions");
            for version in &self.alternative_versions {
                list = list.with("ver", document::text(*version));
            }
            root = root.with_child(list);
        }
        let mut program = Element::new("client")
            .with("name", &self.program.name)
            .with("ver", &self.program.version);
        if let Some(networks) = &self.program.networks {
            program = program.with("networks", networks);
        }
        let epid = if self.braced {
            self.epid.braced().to_string()
        } else {
            self.epid.to_string()
        };
        root.with_child(program).with("epid", epid).to_vec()
    }
}

/// The reply to [`Bind`]; its header block carries the first registration token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// As the client asked.
    pub version: u32,
    /// The server's clock; whole seconds on the wire.
    pub utc_time: Option<UnixTime>,
    /// The challenge, decimal digits. None since 2016.
    pub nonce: Option<String>,
    /// 0 in what was seen.
    pub sample_window: Option<u32>,
}

impl Bound {
    /// Reads `<msgr-response>`.
    ///
    /// # Errors
    /// [`PayloadError`] if it is another document or a number is none.
    pub fn parse(body: &[u8]) -> Result<Self, PayloadError> {
        let root = document::root(body, "msgr-response")?;
        Ok(Self {
            version: document::number(&root, "ver")?,
            utc_time: document::optional_time(&root, "utctime")?,
            nonce: document::optional(&root, "nonce"),
            sample_window: document::optional_number(&root, "sample-window")?,
        })
    }

    /// Writes `<msgr-response>`.
    pub fn encode(&self) -> Vec<u8> {
        let mut root = Element::new("msgr-response").with("ver", document::text(self.version));
        if let Some(time) = self.utc_time {
            root = root.with("utctime", document::text(time.as_secs()));
        }
        if let Some(nonce) = &self.nonce {
            root = root.with("nonce", nonce);
        }
        if let Some(window) = self.sample_window {
            root = root.with("sample-window", document::text(window));
        }
        root.to_vec()
    }
}
