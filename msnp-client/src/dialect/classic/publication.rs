//! How one shows oneself since MSNP21: one document, put anew whenever something in it changes (msnp24.md 8, 16.1).

use msnp_proto::payload::layers::Layers;
use msnp_proto::payload::presence::{Capabilities, UserDocument, service};
use msnp_proto::{Address, Guid, MsnObject};

use crate::presence::Status;

/// What is to be seen.
#[derive(Copy, Clone, Debug)]
pub(super) struct Shown<'a> {
    pub(super) status: Status,
    /// `None`: whatever the service knows.
    pub(super) name: Option<&'a str>,
    pub(super) message: &'a str,
    /// What one's other endpoints see this one called.
    pub(super) endpoint: &'a str,
    pub(super) idle: bool,
    pub(super) picture: Option<&'a MsnObject>,
    pub(super) capabilities: Capabilities,
}

/// A computer (msnp24.md 8).
const COMPUTER: &str = "1";

/// What the client calls itself where others see it; the same that it says of itself at the sign-in.
const PROGRAM: &str = "MSNMSGR:15.4.3538.0513";

/// The payload of `PUT`: by `me`, for everybody who may see it. The own endpoint needs no name in it.
pub(super) fn layers(me: &Address, shown: Shown<'_>) -> Layers {
    let status = code(shown.status);
    let mut user = UserDocument::new();
    user.set(service::IM, "Status", status.as_str());
    user.set(service::IM, "CurrentMedia", "");
    if let Some(picture) = shown.picture {
        user.set(service::PE, "UserTileLocation", picture.to_string());
    }
    if let Some(name) = shown.name {
        user.set(service::PE, "FriendlyName", name);
    }
    user.set(service::PE, "PSM", shown.message);
    let able = shown.capabilities.to_string();
    user.set_endpoint(service::IM, None, "Capabilities", able);
    user.set_endpoint(service::PE, None, "VER", PROGRAM);
    user.set_endpoint(service::PE, None, "TYP", COMPUTER);
    user.set_endpoint(service::PE, None, "Capabilities", "0:0");
    user.set_endpoint(service::PD, None, "ClientType", COMPUTER);
    user.set_endpoint(service::PD, None, "EpName", shown.endpoint);
    user.set_endpoint(service::PD, None, "Idle", shown.idle.to_string());
    user.set_endpoint(service::PD, None, "State", status);
    Layers::build(&me.account(), me)
        .reliability()
        .header("Stream", 1)
        .header("Flags", "ACK")
        .publication()
        .header("Uri", "/user")
        .header("Content-Type", "application/user+xml")
        .finish(&user.encode())
}

/// The payload of `DEL` by which `me` has another of one's own places sign out (msnp24.md 8).
pub(super) fn without_endpoint(me: &Address, place: Guid) -> Layers {
    let user = UserDocument::signed_out(place);
    Layers::build(&me.account(), me)
        .reliability()
        .publication()
        .header("Uri", "/user")
        .header("Content-Type", "application/user+xml")
        .finish(&user.encode())
}

/// Two statuses are others in this dialect (msnp24.md 8).
fn code(status: Status) -> String {
    let status = match status {
        Status::ON_THE_PHONE => Status::BUSY,
        Status::OUT_TO_LUNCH => Status::AWAY,
        status => status,
    };
    status.code().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_that_of_the_transcript() {
        let me: Address = "1:alice@hotmail.com;epid={11111111-2222-3333-4444-555555555555}"
            .parse()
            .expect("one");
        let shown = Shown {
            status: Status::ONLINE,
            name: Some("Alice"),
            message: "",
            endpoint: "PC",
            idle: false,
            picture: None,
            capabilities: Capabilities::of(2_953_838_624, 132_096),
        };
        let bytes = layers(&me, shown).into_bytes();
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        // The one of msnp24.md 16.1, whose 637 bytes were counted.
        assert_eq!(text.len(), 637, "{text}");
        assert!(text.ends_with(concat!(
            "Content-Length: 393\r\n\r\n",
            "<user><s n=\"IM\"><Status>NLN</Status><CurrentMedia></CurrentMedia></s>",
            "<s n=\"PE\"><FriendlyName>Alice</FriendlyName><PSM></PSM></s>",
            "<sep n=\"IM\"><Capabilities>2953838624:132096</Capabilities></sep>",
            "<sep n=\"PE\"><VER>MSNMSGR:15.4.3538.0513</VER><TYP>1</TYP><Capabilities>0:0</Capabilities></sep>",
            "<sep n=\"PD\"><ClientType>1</ClientType><EpName>PC</EpName><Idle>false</Idle><State>NLN</State></sep></user>",
        )));
    }

    #[test]
    fn who_eats_is_away_and_who_telephones_is_busy() {
        for (status, told) in [
            (Status::OUT_TO_LUNCH, "AWY"),
            (Status::ON_THE_PHONE, "BSY"),
            (Status::HIDDEN, "HDN"),
        ] {
            assert_eq!(code(status), told);
        }
    }
}
