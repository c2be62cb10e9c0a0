//! The captured conversation as values, beside its bytes on the wire.
#![allow(dead_code, reason = "each test program uses its part")]

use super::*;

pub(crate) const LOGIN_REQUEST: &str = include_str!("../data/wire/login-request.xml");
pub(crate) const LOGIN_RESPONSE: &str = include_str!("../data/wire/login-response.xml");
pub(crate) const CHANGE_STATUS_REQUEST: &str =
    include_str!("../data/wire/changestatus-request.xml");
pub(crate) const SESSION_ID: &str = "73EDE71C-2239-4707-BA85-0ABB408E6458";

pub(crate) fn requests() -> Vec<(&'static str, Operation)> {
    vec![
        (LOGIN_REQUEST, login("password")),
        (
            include_str!("../data/wire/loginim-request.xml"),
            login_im("123456789"),
        ),
        (
            include_str!("../data/wire/keepsessionalive-request.xml"),
            keep_session_alive(),
        ),
        (CHANGE_STATUS_REQUEST, change_status()),
        (
            include_str!("../data/wire/sendmessage-request.xml"),
            send_message(),
        ),
    ]
}

pub(crate) fn replies() -> Vec<(&'static str, Reply)> {
    vec![
        (LOGIN_RESPONSE, Reply::Login(Some(session()))),
        (
            include_str!("../data/wire/loginim-response.xml"),
            Reply::LoginIM,
        ),
        (
            include_str!("../data/wire/keepsessionalive-response-login.xml"),
            Reply::KeepSessionAlive(Some(signed_in())),
        ),
        (
            include_str!("../data/wire/changestatus-response.xml"),
            Reply::ChangeStatus,
        ),
        (
            include_str!("../data/wire/keepsessionalive-response-status.xml"),
            Reply::KeepSessionAlive(Some(status_changed())),
        ),
        (
            include_str!("../data/wire/sendmessage-response.xml"),
            Reply::SendMessage,
        ),
        (
            include_str!("../data/wire/keepsessionalive-response-message.xml"),
            Reply::KeepSessionAlive(Some(message_received())),
        ),
        (
            include_str!("../data/wire/getversion-response.xml"),
            Reply::GetVersion(Some("v1.0.20080508".to_owned())),
        ),
    ]
}

#[track_caller]
pub(crate) fn request(body: &str, name: OperationName, leniency: Leniency) -> Operation {
    let mut budget = Budget::new(Limits::REQUEST);
    let envelope = Envelope::parse(body.as_bytes(), &mut budget).expect("an envelope");
    Operation::decode(name, &envelope, leniency)
}

#[track_caller]
pub(crate) fn response(body: &str, name: OperationName) -> Reply {
    let mut budget = Budget::new(Limits::RESPONSE);
    let envelope = Envelope::parse(body.as_bytes(), &mut budget).expect("an envelope");
    Reply::decode(name, &envelope, &mut budget, Leniency::default()).expect("a reply")
}

pub(crate) fn keep_session_alive_response(result: &str) -> String {
    let wire = include_str!("../data/wire/keepsessionalive-response-status.xml");
    let (start, end) = ("<KeepSessionAliveResult>", "</KeepSessionAliveResult>");
    let from = wire.find(start).expect("is there") + start.len();
    let to = wire.find(end).expect("is there");
    format!("{}{result}{}", &wire[..from], &wire[to..])
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "members of the operations are optional"
)]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub(crate) fn session() -> Session {
    Session {
        session_id: Some(Secret::new(SESSION_ID.to_owned())),
        user_id: some("testing"),
        login_time: some("2008-06-30 22:14:03"),
        client_ip: some("210.13.111.138"),
    }
}

pub(crate) fn login(password: &str) -> Operation {
    Operation::Login(Login {
        user_id: some("testing"),
        password: Some(Secret::new(password.to_owned())),
    })
}

pub(crate) fn login_im(password: &str) -> Operation {
    Operation::LoginIM(LoginIM {
        session: Some(session()),
        im_type: some("msn"),
        account: some("bstest2@live.com"),
        password: Some(Secret::new(password.to_owned())),
    })
}

pub(crate) fn keep_session_alive() -> Operation {
    Operation::KeepSessionAlive(KeepSessionAlive {
        session: Some(session()),
    })
}

pub(crate) fn change_status() -> Operation {
    Operation::ChangeStatus(ChangeStatus {
        session: Some(session()),
        im_type: some("msn"),
        im_account: some("bstest2@live.com"),
        status: some("NLN"),
    })
}

pub(crate) fn send_message() -> Operation {
    Operation::SendMessage(SendMessage {
        session: Some(session()),
        im_type: some("msn"),
        account: some("bstest2@live.com"),
        to_account: some("bstest02@live.com"),
        message: some("Test Message"),
    })
}

fn events(events: Vec<Event>) -> SessionEvents {
    SessionEvents {
        id: Secret::new(SESSION_ID.to_owned()),
        ims: vec![IM {
            im_type: "msn".to_owned(),
            account: "bstest2@live.com".to_owned(),
            events,
        }],
    }
}

pub(crate) fn status_changed() -> SessionEvents {
    events(vec![Event::OnStatusChanged("NLN".to_owned())])
}

pub(crate) fn message_received() -> SessionEvents {
    events(vec![Event::OnMessage(vec![Message {
        from: "bstest02@live.com".to_owned(),
        text: "Retur...  (TRIAL MESSAGE)".to_owned(),
    }])])
}

#[expect(clippy::too_many_lines, reason = "it is a list")]
pub(crate) fn signed_in() -> SessionEvents {
    let log = [
        "Checking MSN Protocol...",
        "Checking MSN Version...",
        "Checking User...",
        "Connecting NS...",
        "Checking MSN Protocol...",
        "Checking MSN Version...",
        "Checking User...",
        "Authenticate MSN Passport...",
        "Login OK.",
        "Requesting address book...",
        "Received address book.",
        "Processed address book.",
        "Requesting membership list...",
        "Received membership lists.",
        "Processed membership list.",
    ];
    let received = [
        (
            "bstest01@live.com",
            "bstest01@live.com",
            "91be2c63-d59f-4259-bb15-1f06f70039bb",
        ),
        (
            "51topview007@live.com",
            "51topview007@live.com",
            "9cb23706-3822-4e20-9027-24c172e8491f",
        ),
        (
            "antichat2007@hotmail.com",
            "antichat2007@hotmail.com",
            "41aacadb-bb27-405c-bd49-29b2b5c11851",
        ),
        (
            "bstest06@live.com",
            "bstest06@live.com",
            "017005a2-38e7-4021-bdbc-2ce97bdf6d5e",
        ),
        (
            "bsmsnrobot4@hotmail.com",
            "bsmsnrobot4@hotmail.com",
            "a48a852d-c20e-4933-bad3-34dcd201b79f",
        ),
        (
            "lihua@lihua.com",
            "丽华订餐机器人^_^",
            "16bab53d-c4d9-469f-981d-40957b213772",
        ),
        (
            "bstest02@live.com",
            "bstest02@live.com",
            "615a79b2-6906-49d2-bd7b-4dffdb6fe901",
        ),
        (
            "bsmsnrobot3@hotmail.com",
            "bsmsnrobot3@hotmail.com",
            "27b53294-2183-4df2-ad60-65d36fb4cc0b",
        ),
        (
            "msn.help@live.com",
            "小美(R)支援汶川",
            "6ce73ae3-16c4-40ee-95de-6aa75d7dc85b",
        ),
        (
            "bstest03@live.com",
            "bstest03@live.com",
            "46296a81-7b87-4d4e-9559-7244e2ef77f0",
        ),
        (
            "arnjoz3@msn.com",
            "arnjoz3@msn.com",
            "ce25487f-1f59-4727-9c69-8ad3b0bdd239",
        ),
        (
            "bstest1@live.com",
            "bstest1@live.com",
            "fa3a65d0-a93f-45d8-858b-9d2230d7e929",
        ),
        (
            "bstest3@live.com",
            "dddd",
            "270551f1-ed24-4070-8d64-9ef7dd12c426",
        ),
        (
            "bsmsnrobot2@hotmail.com",
            "bsmsnrobot2@hotmail.com",
            "da1dac28-ecfc-4c80-9dde-b685053b8dba",
        ),
        (
            "bstest8@live.com",
            "bstest8@live.com",
            "451a60e4-ce6d-435e-9cb8-d7e3d58d91f8",
        ),
        (
            "bstest10@live.com",
            "bstest10@live.com",
            "86ac33fd-aca9-4459-ae87-f772c9c4cdb1",
        ),
    ];
    let changed = [
        (
            "lihua@lihua.com",
            "丽华订餐机器人^_^",
            "16bab53d-c4d9-469f-981d-40957b213772",
            "谁知盘中餐，粒粒皆辛苦！",
        ),
        (
            "msn.help@live.com",
            "小美(beta)",
            "6ce73ae3-16c4-40ee-95de-6aa75d7dc85b",
            "闪屏小美，选择1，参与“微笑北京 奥运有我” 赢大奖！",
        ),
    ];
    let buddy = |(account, nickname, id): (&str, &str, &str), status: &str, message: &str| Buddy {
        account: account.to_owned(),
        nickname: nickname.to_owned(),
        group_id: String::new(),
        status: status.to_owned(),
        id: id.to_owned(),
        blocked: false,
        personal_message: message.to_owned(),
    };
    events(vec![
        Event::OnLog(log.map(str::to_owned).to_vec()),
        Event::OnLogin("2008-06-30 22:14:17".to_owned()),
        Event::OnNicknameChanged("dddddddddddd".to_owned()),
        Event::OnReceiveBuddies(received.map(|it| buddy(it, "HDN", "")).to_vec()),
        Event::OnStatusChanged("NLN".to_owned()),
        Event::OnBuddyStatusChanged(
            changed
                .map(|(account, name, id, message)| buddy((account, name, id), "NLN", message))
                .to_vec(),
        ),
    ])
}
