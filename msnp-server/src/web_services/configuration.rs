//! The client's configuration, which is for everybody: where the address book is, and that nothing of the old portals is here
//! (msnp8-18.md 6.3).

use bytes::Bytes;
use http::{Response, StatusCode};
use soap_codec::Received;
use soap_codec::call::Verbatim;
use soap_codec::configuration::GetClientConfigReply;
use soap_codec::offline_messages::NoHeaders;

use super::call::Site;
use super::refused::Refused;
use crate::reply::{bare, xml};

/// The document alone, as clients that ask by `GET` want it. `own` is the beginning of the service's URLs.
pub(super) fn document(own: &str) -> String {
    // A host may have an ampersand or an apostrophe in it, and nothing else that means something here.
    let own = own.replace('&', "&amp;");
    let book = Site::Book.path();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
         <MsgrConfig><Simple><Config><ExpiresInDays>1</ExpiresInDays></Config>\
         <DisablePhoneDialer>1</DisablePhoneDialer></Simple>\
         <TabConfig><msntabsettings><oemtotal>0</oemtotal></msntabsettings></TabConfig>\
         <AbchCfg><abchconfig><url>{own}{book}</url></abchconfig></AbchCfg></MsgrConfig>"
    )
}

/// The same as the answer to a call.
pub(super) fn answer(call: &Received, own: &str) -> Response<Bytes> {
    let Received::GetClientConfig(request) = call else {
        return Refused::Schema.reply(Site::Configuration);
    };
    let reply = GetClientConfigReply {
        document: Some(Verbatim::new(document(own))),
        ..GetClientConfigReply::default()
    };
    let envelope = request.respond(NoHeaders::default(), reply).to_envelope();
    match envelope.to_xml() {
        Ok(text) => xml(StatusCode::OK, text),
        Err(_) => bare(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

#[cfg(test)]
mod tests {
    use soap_codec::{Budget, Element};

    use super::*;

    #[test]
    fn whatever_the_host_is_the_document_is_one() {
        for host in ["http://im.example.org", "http://a&b'c"] {
            let text = document(host);
            let root = Element::parse(text.as_bytes(), &mut Budget::default());
            let root = root.expect("well-formed");
            let book = root
                .child("", "AbchCfg")
                .and_then(|it| it.child("", "abchconfig"));
            let url = book
                .and_then(|it| it.child("", "url"))
                .expect("the address book's");
            assert_eq!(url.text(), format!("{host}/abservice/abservice.asmx"));
        }
    }
}
