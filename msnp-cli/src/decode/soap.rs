//! What a SOAP message is: a call of sign-in, lists or offline messages, or one of the IM web service; request or reply.

use soap_codec::bsim::{self, Leniency, OperationName};
use soap_codec::call::{Call, CallError, Operation, Response};
use soap_codec::{
    Budget, ContentType, Element, Envelope, FaultReason, Received, Unreceived, address_book as ab,
    configuration, membership as list, offline_messages as oim, profile, sign_in,
};

use crate::recording::Headers;

/// What the request of an exchange says of it; its reply has nothing of that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// Without host and query, which may hold tickets.
    pub(super) path: String,
    /// As it was sent; empty if there was none.
    pub(super) action: String,
}

/// What a message is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SoapMeaning {
    /// This call, or the answer to it.
    Typed(String),
    /// No call that is known, and why.
    Other(String),
    /// A call whose content is not what it should be.
    Wrong(String),
}

/// Reads a request.
pub(super) fn request(asked: &Asked, headers: &Headers, body: &[u8]) -> SoapMeaning {
    let envelope = match envelope(headers, body) {
        Ok(envelope) => envelope,
        Err(meaning) => return meaning,
    };
    if let Some(name) = bsim_call(&envelope) {
        bsim::Operation::decode(name, &envelope, Leniency::ALL);
        return SoapMeaning::Typed(name.to_string());
    }
    match Received::read(&asked.path, Some(&asked.action), &envelope) {
        Ok(received) => SoapMeaning::Typed(received.operation().name.to_owned()),
        Err(Unreceived::Unknown(name)) => SoapMeaning::Other(format!("no call begins with {name}")),
        Err(Unreceived::Empty) => SoapMeaning::Other("it asks for nothing".to_owned()),
        Err(Unreceived::Envelope(error)) => SoapMeaning::Wrong(error.to_string()),
        Err(Unreceived::Call(error)) => SoapMeaning::Wrong(error.to_string()),
    }
}

/// Reads a reply, whatever its HTTP status was.
pub(super) fn reply(asked: &Asked, headers: &Headers, body: &[u8]) -> SoapMeaning {
    let kind = headers.get("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.is_empty() && !kind.to_ascii_lowercase().ends_with("xml") {
        // A page of the HTTP server itself.
        let kind: String = kind.chars().take(80).collect();
        return SoapMeaning::Other(format!("{kind} in place of XML"));
    }
    let envelope = match envelope(headers, body) {
        Ok(envelope) => envelope,
        Err(meaning) => return meaning,
    };
    if let Some(fault) = envelope.fault() {
        return SoapMeaning::Typed(match FaultReason::of(&fault) {
            FaultReason::Other => "fault".to_owned(),
            FaultReason::List(word) => format!("fault {word}"),
            FaultReason::Redirect(_) => "fault Redirect".to_owned(),
            FaultReason::AuthenticationFailed { .. } => "fault AuthenticationFailed".to_owned(),
            reason => format!("fault {reason:?}"),
        });
    }
    let Some(payload) = envelope.payload() else {
        return SoapMeaning::Other("its body is empty".to_owned());
    };
    for name in OperationName::ALL {
        if payload.local() == name.response() && payload.namespace() == soap_codec::ns::BSIM {
            let budget = &mut Budget::default();
            return match bsim::Reply::decode(name, &envelope, budget, Leniency::ALL) {
                Ok(_) => SoapMeaning::Typed(name.response().to_owned()),
                Err(error) => SoapMeaning::Wrong(error.to_string()),
            };
        }
    }
    // Two calls may be answered alike: the path and the version of the envelope tell which.
    let answers = |operation: &Operation| {
        let name = operation.response;
        let name = name.rsplit(':').next().unwrap_or(name);
        payload.local().eq_ignore_ascii_case(name)
    };
    let path = asked.path.trim_start_matches('/');
    let rank = |operation: &Operation| {
        (
            operation.path.trim_start_matches('/') == path,
            operation.version == envelope.version(),
        )
    };
    let found = REPLIES.iter().filter(|(operation, _)| answers(operation));
    let Some((operation, read)) = found.max_by_key(|(operation, _)| rank(operation)) else {
        let name = payload.local();
        return SoapMeaning::Other(format!("no reply begins with {name}"));
    };
    match read(&envelope) {
        Ok(()) => SoapMeaning::Typed(format!("reply to {}", operation.name)),
        Err(error) => SoapMeaning::Wrong(format!("reply to {}: {error}", operation.name)),
    }
}

/// The envelope in a body, or why there is none.
pub(super) fn envelope(headers: &Headers, body: &[u8]) -> Result<Envelope, SoapMeaning> {
    if body.trim_ascii().is_empty() {
        return Err(SoapMeaning::Other("it has no body".to_owned()));
    }
    let media = ContentType::parse(headers.get("content-type").unwrap_or_default());
    let read = Envelope::receive(&media, body, &mut Budget::default());
    read.map_err(|error| {
        // A configuration and the like.
        match Element::parse(body, &mut Budget::default()) {
            Ok(root) if root.local() != "Envelope" => {
                SoapMeaning::Other(format!("XML that is no SOAP: {}", root.local()))
            }
            _ => SoapMeaning::Wrong(error.to_string()),
        }
    })
}

fn bsim_call(envelope: &Envelope) -> Option<OperationName> {
    let payload = envelope.payload()?;
    let is_named = |name: &OperationName| payload.local() == name.as_str();
    let mut names = OperationName::ALL.into_iter();
    names.find(|name| is_named(name) && payload.namespace() == soap_codec::ns::BSIM)
}

type ReadReply = fn(&Envelope) -> Result<(), CallError>;

fn read_reply<C: Call>(envelope: &Envelope) -> Result<(), CallError> {
    Response::<C>::decode(envelope).map(|_| ())
}

macro_rules! replies {
    ($($call:ty),* $(,)?) => {
        /// The replies to every call of [`soap_codec::OPERATIONS`].
        const REPLIES: &[(&Operation, ReadReply)] = &[
            $((<$call as Call>::OPERATION, read_reply::<$call>),)*
        ];
    };
}

replies! {
    sign_in::RequestSecurityTokens,
    sign_in::RequestSecurityTokens2,
    list::FindMembership,
    list::AddMember,
    list::DeleteMember,
    ab::ABAdd,
    ab::ABFindAll,
    ab::ABFindContactsPaged,
    ab::ABContactAdd,
    ab::ABContactUpdate,
    ab::ABContactDelete,
    ab::ABGroupAdd,
    ab::ABGroupUpdate,
    ab::ABGroupDelete,
    ab::ABGroupContactAdd,
    ab::ABGroupContactDelete,
    ab::UpdateDynamicItem,
    ab::CreateContact,
    ab::ManageWLConnection,
    ab::BreakConnection,
    ab::CreateCircle,
    oim::Store,
    oim::Store2,
    oim::GetMetadata,
    oim::GetMessage,
    oim::DeleteMessages,
    profile::GetProfile,
    profile::UpdateProfile,
    profile::CreateProfile,
    configuration::GetClientConfig,
}

#[cfg(test)]
mod tests {
    use soap_codec::OPERATIONS;

    use super::*;

    fn xml() -> Headers {
        let kind = ("Content-Type".to_owned(), "text/xml".to_owned());
        std::iter::once(kind).collect()
    }

    fn soap(body: &str) -> String {
        format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{body}</s:Body></s:Envelope>"
        )
    }

    #[test]
    fn every_call_has_its_reply_here() {
        let here = REPLIES.iter().map(|(operation, _)| operation.name);
        let there = OPERATIONS.iter().map(|operation| operation.name);
        assert!(here.eq(there));
    }

    #[test]
    fn requests_and_replies_are_told_by_their_calls() {
        let asked = Asked {
            path: "/abservice/abservice.asmx".to_owned(),
            action: "http://www.msn.com/webservices/AddressBook/ABGroupDelete".to_owned(),
        };
        let group = "<ABGroupDelete xmlns=\"http://www.msn.com/webservices/AddressBook\"><abId>00000000-0000-0000-0000-000000000000</abId>\
             <groupFilter><groupIds><guid>11111111-2222-3333-4444-555555555555</guid></groupIds></groupFilter></ABGroupDelete>";
        let told = |name: &str| SoapMeaning::Typed(name.to_owned());
        let found = request(&asked, &xml(), soap(group).as_bytes());
        assert_eq!(found, told("ABGroupDelete"));
        let done = "<ABGroupDeleteResponse xmlns=\"http://www.msn.com/webservices/AddressBook\"/>";
        let found = reply(&asked, &xml(), soap(done).as_bytes());
        assert_eq!(found, told("reply to ABGroupDelete"));
        let fault = "<s:Fault><faultcode>s:Client</faultcode><faultstring>x</faultstring><detail>\
             <errorcode>ABDoesNotExist</errorcode></detail></s:Fault>";
        let found = reply(&asked, &xml(), soap(fault).as_bytes());
        assert_eq!(found, told("fault ABDoesNotExist"));
        let version = format!("<GetVersion xmlns=\"{}\"/>", soap_codec::ns::BSIM);
        let found = request(&Asked::default(), &xml(), soap(&version).as_bytes());
        assert_eq!(found, told("GetVersion"));
    }

    #[test]
    fn what_is_no_call_says_why() {
        let told = |why: &str| SoapMeaning::Other(why.to_owned());
        let asked = Asked::default();
        let found = request(&asked, &xml(), soap("<Unheard/>").as_bytes());
        assert_eq!(found, told("no call begins with Unheard"));
        let found = reply(&asked, &xml(), soap("<Unheard/>").as_bytes());
        assert_eq!(found, told("no reply begins with Unheard"));
        let page = std::iter::once(("content-type".to_owned(), "text/plain".to_owned()));
        let found = reply(&asked, &page.collect(), b"403: Forbidden");
        assert_eq!(found, told("text/plain in place of XML"));
        assert_eq!(reply(&asked, &xml(), b" "), told("it has no body"));
        let found = reply(&asked, &xml(), b"<config/>");
        assert_eq!(found, told("XML that is no SOAP: config"));
        assert!(matches!(
            reply(&asked, &xml(), b"<s:Env"),
            SoapMeaning::Wrong(_)
        ));
        let empty = request(&asked, &xml(), soap("").as_bytes());
        assert_eq!(empty, told("it asks for nothing"));
    }
}
