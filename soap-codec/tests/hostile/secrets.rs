//! Group 12: passwords and session ids show neither in debug output nor in errors.

use soap_codec::bsim::{Operation, Request};

use super::*;

const SECRET: &str = "73EDE71C-2239-4707-BA85-0ABB408E6458";

#[track_caller]
fn hidden(shown: &str) {
    for secret in [SECRET, "123456789"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn debug_output_of_everything_read() {
    for (name, wire) in [
        (
            OperationName::LoginIM,
            include_str!("../data/wire/loginim-request.xml"),
        ),
        (
            OperationName::SendMessage,
            include_str!("../data/wire/sendmessage-request.xml"),
        ),
    ] {
        let read = envelope(wire).expect("an envelope");
        hidden(&format!("{read:?}"));
        hidden(&format!("{:#?}", read.body()));
        hidden(&format!("{:?}", read.body()[0].children()));
        hidden(&format!(
            "{:?}",
            Operation::decode(name, &read, Leniency::ALL)
        ));
        let mut budget = Budget::new(Limits::REQUEST);
        let action = name.soap_action();
        let received = Request::receive(
            Some("text/xml"),
            Some(&action),
            wire.as_bytes(),
            &mut budget,
            Leniency::ALL,
        );
        hidden(&format!("{received:?}"));
    }
    for packing in [
        STATUS,
        include_str!("../data/capture/06-res-KeepSessionAliveResponse.xml"),
    ] {
        hidden(&format!("{:?}", envelope(packing)));
        hidden(&format!("{:?}", fetched(packing, Limits::default())));
    }
    let read = envelope(include_str!("../data/wire/login-response.xml")).expect("an envelope");
    let reply = Reply::decode(
        OperationName::Login,
        &read,
        &mut Budget::default(),
        Leniency::default(),
    );
    hidden(&format!("{reply:?}"));
}

#[test]
fn attributes_of_kept_elements() {
    let read = parse(format!(
        "<a b='{SECRET}' xmlns='urn:x'>{SECRET}<![CDATA[{SECRET}]]></a>"
    ))
    .expect("well-formed");
    hidden(&format!(
        "{read:?} {:?} {:?}",
        read.children(),
        read.attributes()
    ));
}

/// Errors say what and where, and quote nothing of the message.
#[test]
fn errors_in_the_middle_of_a_secret() {
    let wire = include_str!("../data/wire/loginim-request.xml");
    for broken in [
        "&#1;",
        "&x;",
        "</x>",
        "]]>",
        "<!DOCTYPE x>",
        "<p:x/>",
        "<a b='123456789' b=''/>",
    ] {
        for secret in [SECRET, "123456789"] {
            let body = wire.replace(secret, &format!("{secret}{broken}{secret}"));
            let error = envelope(body).expect_err("broken");
            hidden(&format!("{error} {error:?}"));
        }
        let document = format!("<Session id='{SECRET}'>{SECRET}{broken}</Session>");
        let error = fetched(&packed(&document), Limits::default()).expect_err("broken");
        hidden(&format!("{error} {error:?}"));
    }
}
