//! Properties of the sign-ins before MSNP24, and of what pictures are called.

use msnp_proto::MsnObject;
use msnp_proto::auth::mbi_key::{BinarySecret, Blob};
use msnp_proto::auth::passport::{Credentials, PassportUrls, Reply};
use msnp_proto::auth::{Ticket, md5_sign_in};

/// A blob that is read is written alike, and proves nothing by chance; a header that is read says the same once it is
/// written.
pub fn auth(data: &[u8]) {
    if let Ok(blob) = Blob::parse(data) {
        assert_eq!(blob.to_vec(), data);
        assert_eq!(Blob::from_base64(blob.to_base64().expose()), Ok(blob));
    }
    let Ok(text) = core::str::from_utf8(data) else {
        return;
    };
    if let Ok(secret) = BinarySecret::from_base64(text) {
        let blob = Blob::new(&secret, text, [7; 8]);
        assert_eq!(blob.verify(&secret, text), Ok(()));
        assert!(blob.verify(&secret, "another nonce").is_err() || text == "another nonce");
    }
    if let Ok(ticket) = Ticket::parse(text) {
        assert!(text.contains(*ticket.t().expose()) && text.contains(*ticket.p().expose()));
    }
    if let Ok(credentials) = text.parse::<Credentials>() {
        let header = credentials.to_header(text);
        assert!(!header.expose().contains(['\r', '\n']));
        assert_eq!(header.expose().parse(), Ok(credentials));
    }
    if let Ok(urls) = text.parse::<PassportUrls>() {
        let again: PassportUrls = urls.to_string().parse().expect("our own");
        assert_eq!(again.login_url(), urls.login_url());
    }
    if let Ok(reply) = text.parse::<Reply>() {
        let again: Reply = reply.to_header().expose().parse().expect("our own");
        assert_eq!(again.status(), reply.status());
        assert_eq!(again.to_header(), reply.to_header());
    }
    let _ = md5_sign_in::verify(text, text, data);
}

/// An object that is read is written as one that reads the same, as it is and as a parameter.
pub fn msn_object(data: &[u8]) {
    if let Ok(Some(object)) = MsnObject::from_param(data) {
        assert_eq!(object.to_string().parse(), Ok(object.clone()));
        let param = object.to_param();
        assert!(param.bytes().all(|b| b.is_ascii_graphic()));
        assert_eq!(
            MsnObject::from_param(param.as_bytes()),
            Ok(Some(object.clone()))
        );
        let _ = (
            object.friendly(),
            object.checksum_holds(),
            object.describes(data),
        );
    }
}
