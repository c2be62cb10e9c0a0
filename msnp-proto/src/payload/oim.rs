//! Offline messages as e-mail: what is stored by SOAP, and what is fetched (msnp8-18.md 10, soap.md 5.5).
//!
//! ```
//! use msnp_proto::Guid;
//! use msnp_proto::payload::oim::OfflineMessage;
//! let run = Guid::from_bytes([7; 16]); // entropy of the host's
//! let content = OfflineMessage::new("héllo", run, 1).to_content();
//! assert!(content.ends_with("X-OIM-Sequence-Num: 1\r\n\r\naMOpbGxv"));
//! assert_eq!(OfflineMessage::parse_content(&content)?.text, "héllo");
//! # Ok::<(), msnp_proto::payload::oim::OimError>(())
//! ```

mod arrival;
mod head;

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};

use machine_contract::UnixTime;

use super::encoded_word;
use crate::base64_text;
use crate::guid::Guid;
use head::Head;

/// A text that waits for somebody, with what is known of its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfflineMessage {
    /// The text.
    pub text: String,
    /// `X-OIM-Run-Id`: the conversation, which orders messages together with the number.
    pub run_id: Option<Guid>,
    /// `X-OIM-Sequence-Num`: the number of the message in its run, from 1.
    pub sequence: u32,
    /// The address in `From`; only in what is fetched.
    pub sender: Option<String>,
    /// The name in `From`, decoded.
    pub sender_name: Option<String>,
    /// `To`
    pub receiver: Option<String>,
    /// When the service received it: `X-OriginalArrivalTime`, else `Date`.
    pub received: Option<UnixTime>,
}

/// Why a text is no offline message: the fault of the peer that wrote it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OimError {
    /// No empty line parts headers from a body.
    #[error("no empty line behind the headers")]
    NoBlankLine,
    /// The body is not the Base64 that is announced.
    #[error("the body is not Base64")]
    NotBase64,
    /// A header is missing.
    #[error("the message has no {0}")]
    Missing(&'static str),
    /// A header does not hold what it should.
    #[error("{0} does not hold what it should")]
    Invalid(&'static str),
    /// A line of the body is longer than [`OfflineMessage::MAX_LINE`], at this line of it.
    #[error("line {0} of the body is too long")]
    LineTooLong(usize),
}

impl OfflineMessage {
    /// The longest line that a server takes (msnp8-18.md 10). Lines are written one shorter.
    pub const MAX_LINE: usize = 77;

    /// A message to be stored. `run_id` is sixteen random bytes, the same for one conversation.
    pub fn new(text: impl Into<String>, run_id: Guid, sequence: u32) -> Self {
        Self {
            text: text.into(),
            run_id: Some(run_id),
            sequence,
            sender: None,
            sender_name: None,
            receiver: None,
            received: None,
        }
    }

    /// Reads what was fetched: an e-mail with folded headers and any line ends, since XML turns CRLF into LF.
    ///
    /// # Errors
    /// [`OimError::NoBlankLine`], [`OimError::NotBase64`].
    pub fn parse(email: &str) -> Result<Self, OimError> {
        let head = Head::parse(email).ok_or(OimError::NoBlankLine)?;
        let coding = head.get("Content-Transfer-Encoding");
        let text = if coding.is_some_and(|coding| coding.eq_ignore_ascii_case("base64")) {
            let bytes = base64_text::decode(head.body().as_bytes()).ok_or(OimError::NotBase64)?;
            String::from_utf8_lossy(&bytes).into_owned()
        } else {
            head.body().into()
        };
        let from = head.get("From").unwrap_or_default();
        let (name, address) = mailbox(&from);
        Ok(Self {
            text,
            run_id: head.get("X-OIM-Run-Id").and_then(|id| id.parse().ok()),
            sequence: head
                .get("X-OIM-Sequence-Num")
                .and_then(|number| crate::frame::parse_number(number.as_bytes()))
                .unwrap_or_default(),
            sender: (!address.is_empty()).then(|| address.into()),
            sender_name: (!name.is_empty()).then(|| encoded_word::decode(name).into_owned()),
            receiver: head.get("To").map(|to| mailbox(&to).1.into()),
            received: head
                .get("X-OriginalArrivalTime")
                .and_then(|value| arrival::file_time(&value))
                .or_else(|| arrival::date(&head.get("Date")?)),
        })
    }

    /// Reads what a client stores, as strictly as the one server that is there to look at (msnp8-18.md 10).
    ///
    /// # Errors
    /// [`OimError`] with the first thing that is wrong.
    pub fn parse_content(content: &str) -> Result<Self, OimError> {
        let message = Self::parse(content)?;
        let head = Head::parse(content).ok_or(OimError::NoBlankLine)?;
        for name in ["X-OIM-Run-Id", "X-OIM-Sequence-Num"] {
            head.get(name).ok_or(OimError::Missing(name))?;
        }
        if message.run_id.is_none() {
            return Err(OimError::Invalid("X-OIM-Run-Id"));
        }
        if message.sequence == 0 {
            return Err(OimError::Invalid("X-OIM-Sequence-Num"));
        }
        let long = head
            .body()
            .lines()
            .position(|line| line.len() > Self::MAX_LINE);
        match long {
            Some(at) => Err(OimError::LineTooLong(at + 1)),
            None => Ok(message),
        }
    }

    /// The `Content` of a call that stores the message.
    pub fn to_content(&self) -> String {
        let mut out = String::from("MIME-Version: 1.0\r\n");
        self.push_core(&mut out);
        self.push_body(&mut out);
        out
    }

    /// The message as a server gives it out: addresses and time in front.
    pub fn to_email(&self) -> String {
        let mut out = String::new();
        let sender = self.sender.as_deref().unwrap_or_default();
        match &self.sender_name {
            Some(name) => push(
                &mut out,
                "From",
                &format!("{} <{}>", encoded_word::encode(name), one_word(sender)),
            ),
            None => push(&mut out, "From", &one_word(sender)),
        }
        push(
            &mut out,
            "To",
            &one_word(self.receiver.as_deref().unwrap_or_default()),
        );
        push(&mut out, "Subject", "");
        push(&mut out, "MIME-Version", "1.0");
        self.push_core(&mut out);
        if let Some(received) = self.received {
            push(
                &mut out,
                "X-OriginalArrivalTime",
                &arrival::write_file_time(received),
            );
            push(&mut out, "Date", &arrival::write_date(received));
        }
        self.push_body(&mut out);
        out
    }

    fn push_core(&self, out: &mut String) {
        push(out, "Content-Type", "text/plain; charset=UTF-8");
        push(out, "Content-Transfer-Encoding", "base64");
        push(out, "X-OIM-Message-Type", "OfflineMessage");
        if let Some(run_id) = self.run_id {
            push(out, "X-OIM-Run-Id", &run_id.braced().to_string());
        }
        push(out, "X-OIM-Sequence-Num", &self.sequence.to_string());
    }

    fn push_body(&self, out: &mut String) {
        out.push_str("\r\n");
        let text = base64_text::encode(self.text.as_bytes());
        let mut rest = text.as_str();
        while let Some((line, more)) = rest
            .split_at_checked(Self::MAX_LINE - 1)
            .filter(|(_, more)| !more.is_empty())
        {
            out.push_str(line);
            out.push_str("\r\n");
            rest = more;
        }
        out.push_str(rest);
    }
}

fn push(out: &mut String, name: &str, value: &str) {
    out.push_str(name);
    out.push_str(": ");
    out.push_str(value);
    out.push_str("\r\n");
}

/// Addresses have neither blanks nor brackets; what has is none, and must not start a header.
fn one_word(address: &str) -> Cow<'_, str> {
    let fits = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>');
    if address.chars().all(fits) {
        Cow::Borrowed(address)
    } else {
        address.chars().filter(|c| fits(*c)).collect()
    }
}

/// Name and address of `name <address>`, `<address>` or `address`; quotes around the name taken off.
fn mailbox(value: &str) -> (&str, &str) {
    let value = value.trim();
    match value
        .strip_suffix('>')
        .and_then(|open| open.rsplit_once('<'))
    {
        Some((name, address)) => (name.trim().trim_matches('"'), address.trim()),
        None => ("", value),
    }
}
