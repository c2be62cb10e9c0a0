//! The captured conversation of 2008, byte for byte.

use http::Method;
use msnp_client::bsim::{Client, Event};
use soap_codec::bsim::Event as On;

use crate::world::{BUDDY, ME, World};

macro_rules! wire {
    ($file:literal) => {
        include_bytes!(concat!("../../../soap-codec/tests/data/wire/", $file))
    };
}

impl World {
    /// The next request has these bytes; the answer to it has those.
    #[track_caller]
    fn exchange(&mut self, action: &str, request: &[u8], response: &'static [u8]) {
        let sent = self.request();
        assert_eq!(sent.body(), request);
        assert_eq!(sent.method(), Method::POST);
        assert_eq!(
            sent.uri(),
            "http://www.imcomponents.com/imsoap/BSIMService.asmx"
        );
        let quoted = format!("\"http://www.imcomponents.com/{action}\"");
        assert_eq!(sent.headers()["soapaction"], quoted);
        assert_eq!(sent.headers()["content-type"], "text/xml; charset=utf-8");
        self.answer(200, response);
    }

    #[track_caller]
    fn happened(&mut self) -> Vec<On> {
        let on = |event| match event {
            Event::On {
                im_type,
                account,
                event,
            } => {
                assert_eq!((im_type.as_str(), account.as_str()), ("msn", ME));
                event
            }
            other => panic!("{other:?}"),
        };
        self.events().into_iter().map(on).collect()
    }
}

#[test]
fn the_seven_steps_of_2008_to_the_byte() {
    let mut world = World::new();
    world.call(Client::sign_in);
    let fetch = wire!("keepsessionalive-request.xml");

    world.exchange(
        "Login",
        wire!("login-request.xml"),
        wire!("login-response.xml"),
    );
    let expected = Event::SignedIn {
        login_time: Some("2008-06-30 22:14:03".to_owned()),
        client_ip: Some("210.13.111.138".to_owned()),
    };
    assert_eq!(world.event(), Some(expected));

    world.exchange(
        "LoginIM",
        wire!("loginim-request.xml"),
        wire!("loginim-response.xml"),
    );
    world.is_quiet();
    assert!(!world.client().is_im_signed_in(ME));

    world.wait();
    let login = wire!("keepsessionalive-response-login.xml");
    world.exchange("KeepSessionAlive", fetch, login);
    let happened = world.happened();
    let [
        On::OnLog(log),
        On::OnLogin(since),
        On::OnNicknameChanged(nickname),
        On::OnReceiveBuddies(buddies),
        On::OnStatusChanged(status),
        On::OnBuddyStatusChanged(changed),
    ] = happened.as_slice()
    else {
        panic!("{happened:?}");
    };
    assert_eq!(
        (log.len(), log[0].as_str()),
        (15, "Checking MSN Protocol...")
    );
    assert_eq!(since, "2008-06-30 22:14:17");
    assert_eq!(nickname, "dddddddddddd");
    assert_eq!(buddies.len(), 16);
    assert_eq!(status, "NLN");
    assert_eq!(changed[1].nickname, "小美(beta)");
    assert!(world.client().is_im_signed_in(ME));

    world
        .call(|client, now| client.change_status(ME, "NLN", now))
        .expect("known");
    let (request, response) = (
        wire!("changestatus-request.xml"),
        wire!("changestatus-response.xml"),
    );
    world.exchange("ChangeStatus", request, response);
    world.is_quiet();

    world.wait();
    world.exchange(
        "KeepSessionAlive",
        fetch,
        wire!("keepsessionalive-response-status.xml"),
    );
    assert_eq!(world.happened(), [On::OnStatusChanged("NLN".to_owned())]);

    let sent = world.send("Test Message");
    let (request, response) = (
        wire!("sendmessage-request.xml"),
        wire!("sendmessage-response.xml"),
    );
    world.exchange("SendMessage", request, response);
    assert_eq!(world.event(), Some(Event::MessageSent(sent)));

    world.wait();
    world.exchange(
        "KeepSessionAlive",
        fetch,
        wire!("keepsessionalive-response-message.xml"),
    );
    let happened = world.happened();
    let [On::OnMessage(messages)] = happened.as_slice() else {
        panic!("{happened:?}");
    };
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].from, BUDDY);
    assert_eq!(messages[0].text, "Retur...  (TRIAL MESSAGE)");
}
