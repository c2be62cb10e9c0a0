//! Messages for who is away, as the e-mails that calls of SOAP carry (soap.md 5.5).

use msnp_proto::payload::oim::{OfflineMessage, OimError};
use soap_codec::call::Response;
use soap_codec::offline_messages::GetMessage;
use soap_codec::{Envelope, Received};

use super::soap::{self, Asked};
use crate::recording::Headers;

/// What is inside of one, or why it is none.
pub(super) type Letter = Result<OfflineMessage, OimError>;

/// The letter that a request leaves for somebody.
pub(super) fn in_request(asked: &Asked, headers: &Headers, body: &[u8]) -> Option<Letter> {
    let envelope = soap::envelope(headers, body).ok()?;
    let content = match Received::read(&asked.path, Some(&asked.action), &envelope).ok()? {
        Received::Store(request) => request.body.content,
        Received::Store2(request) => request.body.0.content,
        _ => None,
    };
    Some(OfflineMessage::parse(content?.as_str()))
}

/// The letter that a reply brings.
pub(super) fn in_reply(headers: &Headers, body: &[u8]) -> Option<Letter> {
    let envelope = soap::envelope(headers, body).ok()?;
    is_fetched(&envelope).then_some(())?;
    let reply = Response::<GetMessage>::decode(&envelope).ok()?;
    Some(OfflineMessage::parse(reply.body.message?.as_str()))
}

fn is_fetched(envelope: &Envelope) -> bool {
    let payload = envelope.payload();
    payload.is_some_and(|payload| payload.local() == "GetMessageResponse")
}

/// A letter in one line, without what it says.
pub(super) fn told(letter: &Letter) -> String {
    let message = match letter {
        Ok(message) => message,
        Err(error) => return format!("offline message: {error}"),
    };
    let of = |what: &str, who: &Option<String>| match who.as_deref() {
        None | Some("") => String::new(),
        Some(who) => format!(" {what} {who}"),
    };
    format!(
        "offline message{}{}, number {} of its run, {} bytes of text",
        of("from", &message.sender),
        of("to", &message.receiver),
        message.sequence,
        message.text.len()
    )
}

#[cfg(test)]
mod tests {
    use msnp_proto::Guid;

    use super::*;

    fn xml() -> Headers {
        let kind = ("Content-Type".to_owned(), "text/xml".to_owned());
        std::iter::once(kind).collect()
    }

    fn envelope(body: &str) -> String {
        format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{body}</s:Body></s:Envelope>"
        )
    }

    #[test]
    fn a_letter_is_opened_on_its_way_there_and_back() {
        let message = OfflineMessage::new("gr\u{fc}\u{df}e", Guid::from_bytes([7; 16]), 3);
        let content = message.to_content().replace('\r', "&#13;");
        let oim = "http://messenger.msn.com/ws/2004/09/oim/";
        let body = format!(
            "<MessageType xmlns=\"{oim}\">text</MessageType><Content xmlns=\"{oim}\">{content}</Content>"
        );
        let asked = Asked {
            path: "/OimWS/oim.asmx".to_owned(),
            action: "http://messenger.live.com/ws/2006/09/oim/Store2".to_owned(),
        };
        let left = in_request(&asked, &xml(), envelope(&body).as_bytes()).expect("one");
        assert_eq!(left.expect("a letter").text, "gr\u{fc}\u{df}e");
        let rsi = "http://www.hotmail.msn.com/ws/2004/09/oim/rsi";
        let letter = OfflineMessage {
            sender: Some("alice@example.com".to_owned()),
            ..message
        };
        let email = letter.to_email();
        let email = email.replace('&', "&amp;").replace('<', "&lt;");
        let body = format!(
            "<GetMessageResponse xmlns=\"{rsi}\"><GetMessageResult>{email}</GetMessageResult></GetMessageResponse>"
        );
        let fetched = in_reply(&xml(), envelope(&body).as_bytes()).expect("one");
        let line = "offline message from alice@example.com, number 3 of its run, 7 bytes of text";
        assert_eq!(told(&fetched), line);
    }

    #[test]
    fn what_is_no_letter_is_told_to_be_none() {
        let rsi = "http://www.hotmail.msn.com/ws/2004/09/oim/rsi";
        let body = format!(
            "<GetMessageResponse xmlns=\"{rsi}\"><GetMessageResult>hello</GetMessageResult></GetMessageResponse>"
        );
        let fetched = in_reply(&xml(), envelope(&body).as_bytes()).expect("one");
        let line = "offline message: no empty line behind the headers";
        assert_eq!(told(&fetched), line);
        let other = envelope("<Unheard/>");
        assert!(in_reply(&xml(), other.as_bytes()).is_none());
        assert!(in_request(&Asked::default(), &xml(), other.as_bytes()).is_none());
    }
}
