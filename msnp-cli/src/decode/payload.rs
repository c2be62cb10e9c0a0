//! What the bytes behind a line are: by verb, and within messages by content type (content-types.tsv).

use std::borrow::Cow;
use std::fmt;

use msnp_proto::payload::circle::Circle;
use msnp_proto::payload::contacts::ContactList;
use msnp_proto::payload::endpoint_signal::{EndpointSignal, SignalKind};
use msnp_proto::payload::layers::Layers;
use msnp_proto::payload::mime::{Content, Mime};
use msnp_proto::payload::notification::Notification;
use msnp_proto::payload::personal_data::PersonalData;
use msnp_proto::payload::policies::Policies;
use msnp_proto::payload::presence::UserDocument;
use msnp_proto::payload::xml::{Element, XmlLimits};
use msnp_proto::{Frame, Verb};

/// What a payload is.
#[derive(Debug)]
pub(super) enum Payload {
    /// There is none, or the command has read it itself.
    None,
    /// Of this kind, and what it says; `Debug` of it shows nobody's messages.
    Typed(Cow<'static, str>, Box<dyn fmt::Debug>),
    /// Bytes without a type, and why.
    Other(Cow<'static, str>),
    /// Not what its kind says.
    Wrong(Cow<'static, str>, String),
}

/// Reads the payload of a command of MSNP2 to 22.
pub(super) fn read(frame: &Frame) -> Payload {
    let bytes = frame.payload();
    if bytes.is_empty() {
        return Payload::None;
    }
    match frame.verb() {
        Verb::MSG | Verb::UUM | Verb::UBM => message(frame),
        Verb::UUX | Verb::UBX => typed("personal data", PersonalData::parse(bytes)),
        Verb::ADL | Verb::RML | Verb::FQY => {
            typed("contact list", document(bytes, ContactList::from_element))
        }
        Verb::NOT => typed("notification", document(bytes, Notification::from_element)),
        Verb::GCF => typed("policies", document(bytes, Policies::from_element)),
        Verb::UUN | Verb::UBN => {
            // UUN 7 bob@example.com 4 14, UBN alice@example.com 4 14
            let at = if frame.verb() == Verb::UUN { 2 } else { 1 };
            let number = frame
                .param(at)
                .and_then(|word| std::str::from_utf8(word).ok()?.parse().ok());
            let kind = SignalKind(number.unwrap_or_default());
            let signal = EndpointSignal::of(kind, frame.payload_bytes());
            Payload::Typed("endpoint signal".into(), Box::new(signal))
        }
        Verb::QRY => {
            let is_answer = bytes.len() == 32 && bytes.iter().all(u8::is_ascii_hexdigit);
            let size = format!("{} bytes", bytes.len());
            if is_answer {
                Payload::Typed("challenge answer".into(), Box::new(size))
            } else {
                Payload::Wrong(
                    "challenge answer".into(),
                    "not 32 hexadecimal digits".to_owned(),
                )
            }
        }
        Verb::SDG | Verb::NFY | Verb::PUT | Verb::DEL => layered(frame),
        verb if verb.error_code().is_some() => {
            Payload::Other("what is wrong, in no set form".into())
        }
        _ => Payload::Other("the notes have no form of it".into()),
    }
}

fn message(frame: &Frame) -> Payload {
    let mime = match Mime::parse(frame.payload_bytes()) {
        Ok(mime) => mime,
        Err(error) => return Payload::Wrong("message".into(), error.to_string()),
    };
    let kind = mime.media_type().map(shown_kind);
    let is = kind.clone().map_or_else(|| "message".into(), Cow::Owned);
    match Content::of(&mime) {
        Ok(Content::Other(_)) => Payload::Other(kind.map_or_else(
            || "a message without a content type".into(),
            |kind| format!("content type {kind}, which the notes do not have").into(),
        )),
        Ok(content) => Payload::Typed(is, Box::new(content)),
        Err(error) => Payload::Wrong(is, error.to_string()),
    }
}

/// A content type as a peer wrote it, for a table: short, and in one case.
fn shown_kind(kind: &str) -> String {
    kind.chars()
        .take(80)
        .collect::<String>()
        .to_ascii_lowercase()
}

/// Blocks of MSNP18 and later; the document behind them by its content type.
fn layered(frame: &Frame) -> Payload {
    let layers = match Layers::parse(frame.payload_bytes()) {
        Ok(layers) => layers,
        Err(error) => return Payload::Wrong("layers".into(), error.to_string()),
    };
    let kind = layers.header("Content-Type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let name = shown_kind(kind);
    if layers.body().is_empty() {
        return Payload::Typed("layers".into(), Box::new(layers));
    }
    match name.as_str() {
        "application/user+xml" => typed(
            "user document",
            document(layers.body(), UserDocument::from_element),
        ),
        "application/circles+xml" | "application/multiparty+xml" => {
            typed("circle", document(layers.body(), Circle::from_element))
        }
        _ => Payload::Typed(
            format!("layers {name}").trim_end().to_owned().into(),
            Box::new(layers),
        ),
    }
}

fn document<T, E: fmt::Display>(
    bytes: &[u8],
    read: impl Fn(Element) -> Result<T, E>,
) -> Result<T, String> {
    let element = Element::parse(bytes, &XmlLimits::DEFAULT).map_err(|error| error.to_string())?;
    read(element).map_err(|error| error.to_string())
}

fn typed<T: fmt::Debug + 'static, E: fmt::Display>(
    kind: &'static str,
    read: Result<T, E>,
) -> Payload {
    match read {
        Ok(read) => Payload::Typed(kind.into(), Box::new(read)),
        Err(error) => Payload::Wrong(kind.into(), error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use msnp_proto::{FrameDecoder, PayloadTable, Side};

    use super::*;

    #[track_caller]
    fn check(line: &str, payload: &str, expected: &str) {
        let mut decoder = FrameDecoder::new(PayloadTable::either(Side::Server));
        decoder.push(format!("{line} {}\r\n{payload}", payload.len()));
        let frame = decoder.next_frame().expect("a frame").expect("whole");
        let found = match read(&frame) {
            Payload::None => "none".to_owned(),
            Payload::Typed(kind, _) => kind.into_owned(),
            Payload::Other(why) => format!("other: {why}"),
            Payload::Wrong(kind, _) => format!("no {kind}"),
        };
        assert_eq!(found, expected, "{line}");
    }

    #[test]
    fn payloads_are_read_by_verb_and_content_type() {
        let message = |kind: &str, body: &str| {
            format!("MIME-Version: 1.0\r\nContent-Type: {kind}\r\n\r\n{body}")
        };
        check(
            "MSG a@b A",
            &message("text/plain; charset=UTF-8", "hi"),
            "text/plain",
        );
        check(
            "UBM a@b 32 c@d 1 1",
            &message("text/x-msnmsgr-datacast", "ID: 1\r\n\r\n"),
            "text/x-msnmsgr-datacast",
        );
        check(
            "MSG a@b A",
            &message("text/x-new", ""),
            "other: content type text/x-new, which the notes do not have",
        );
        let head = "\0".repeat(52);
        check(
            "MSG a@b A",
            &message("application/x-msnmsgrp2p", &head),
            "application/x-msnmsgrp2p",
        );
        check(
            "MSG a@b A",
            &message("application/x-msnmsgrp2p", "short"),
            "no application/x-msnmsgrp2p",
        );
        check("UBX a@b", "<Data><PSM>x</PSM></Data>", "personal data");
        check(
            "ADL 0",
            "<ml><d n=\"b\"><c n=\"a\" l=\"3\" t=\"1\"/></d></ml>",
            "contact list",
        );
        check("ADL 0", "<nl/>", "no contact list");
        check("NOT", "<NOTIFICATION id=\"0\"/>", "notification");
        check("GCF 0", "<Policies/>", "policies");
        check("UBN a@b 4", "goawyplzthxbye", "endpoint signal");
        check("SDG 0", "abc", "no layers");
        check("UBX a@b", "", "none");
    }
}
