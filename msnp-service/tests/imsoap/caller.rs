//! A caller of the service, by the codec and the wire.

use std::net::SocketAddr;
use std::time::Duration;

use msnp_service::Service;
use soap_codec::bsim::{
    ChangeStatus, IM, KeepSessionAlive, Leniency, Login, LoginIM, Operation, OperationName, Reply,
    ReplyError, SendMessage, Session,
};
use soap_codec::{Budget, Envelope, Secret, Version};
use tokio::net::TcpStream;
use tokio::sync::Mutex;

use crate::secrets::{IM_PASSWORD, PASSWORD};
use crate::told::{login_of, messages_of};
use crate::{raw, soon};

/// A caller in session.
pub(crate) struct Caller {
    to: SocketAddr,
    pub(crate) session: Session,
    /// By which it fetches: what one answer gave was read when the next fetch comes by the same.
    line: Mutex<Option<TcpStream>>,
}

impl Caller {
    pub(crate) async fn login(service: &Service) -> Self {
        let caller = Self::try_login(service, PASSWORD).await;
        caller.expect("the password is right")
    }

    pub(crate) async fn try_login(service: &Service, password: &str) -> Result<Self, String> {
        Self::login_at(service.address(), password).await
    }

    pub(crate) async fn login_at(to: SocketAddr, password: &str) -> Result<Self, String> {
        let login = Operation::Login(Login {
            user_id: Some("testing".to_owned()),
            password: Some(Secret::new(password.to_owned())),
        });
        match call(to, login).await? {
            Reply::Login(Some(session)) => Ok(Self {
                to,
                session,
                line: Mutex::default(),
            }),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn id(&self) -> String {
        let id = self.session.session_id.as_ref().expect("there is one");
        id.expose().to_owned()
    }

    pub(crate) async fn login_im(&self, account: &str, password: &str) -> Result<(), String> {
        self.call(Operation::LoginIM(LoginIM {
            session: Some(self.session.clone()),
            im_type: Some("msn".to_owned()),
            account: Some(account.to_owned()),
            password: Some(Secret::new(password.to_owned())),
        }))
        .await
    }

    /// Signs an account in and waits until it is; gives what was told until then.
    pub(crate) async fn signed_in(&self, account: &str) -> IM {
        let begun = self.login_im(account, IM_PASSWORD).await;
        begun.expect("it is begun");
        self.until(account, |im| login_of(im).is_some()).await
    }

    pub(crate) async fn change_status(&self, account: &str, status: &str) -> Result<(), String> {
        self.call(Operation::ChangeStatus(ChangeStatus {
            session: Some(self.session.clone()),
            im_type: Some("msn".to_owned()),
            im_account: Some(account.to_owned()),
            status: Some(status.to_owned()),
        }))
        .await
    }

    pub(crate) async fn send(&self, account: &str, to: &str, text: &str) -> Result<(), String> {
        self.call(Operation::SendMessage(SendMessage {
            session: Some(self.session.clone()),
            im_type: Some("msn".to_owned()),
            account: Some(account.to_owned()),
            to_account: Some(to.to_owned()),
            message: Some(text.to_owned()),
        }))
        .await
    }

    pub(crate) async fn fetch(&self) -> Result<Vec<IM>, String> {
        let mut line = self.line.lock().await;
        let stream = match line.take() {
            Some(stream) => stream,
            None => connect(self.to).await,
        };
        self.fetch_by(line.insert(stream)).await
    }

    /// A call that fetches, as it is written.
    pub(crate) async fn ask(&self, stream: &mut TcpStream) {
        let session = Some(self.session.clone());
        let (head, body) = written(&Operation::KeepSessionAlive(KeepSessionAlive { session }));
        raw::write(stream, &head, &body).await;
    }

    /// The texts that a fetch gives by a connection that the service closes behind the answer, with this end of the request
    /// line and further headers.
    pub(crate) async fn texts_by_one_call(&self, closing: &str) -> Vec<String> {
        let session = Some(self.session.clone());
        let (head, body) = written(&Operation::KeepSessionAlive(KeepSessionAlive { session }));
        let mut stream = connect(self.to).await;
        raw::write(&mut stream, &head.replace("HTTP/1.1", closing), &body).await;
        let response = raw::read(&mut stream).await;
        assert!(raw::is_closed(&mut stream).await, "as it was asked to");
        match read(OperationName::KeepSessionAlive, &response) {
            Ok(Reply::KeepSessionAlive(Some(events))) => {
                let messages = events.ims.iter().flat_map(messages_of);
                messages.map(|message| message.text).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn fetch_by(&self, stream: &mut TcpStream) -> Result<Vec<IM>, String> {
        self.ask(stream).await;
        let response = raw::read(stream).await;
        match read(OperationName::KeepSessionAlive, &response)? {
            Reply::KeepSessionAlive(Some(events)) => {
                assert_eq!(*events.id.expose(), self.id());
                Ok(events.ims)
            }
            other => panic!("{other:?}"),
        }
    }

    /// Signs an account in; whether the session lasted until it was.
    pub(crate) async fn lasts_until_signed_in(&self, account: &str) -> bool {
        let signing_in = async {
            let mut told = self.login_im(account, IM_PASSWORD).await.map(|()| false);
            while told == Ok(false) {
                tokio::time::sleep(Duration::from_millis(20)).await;
                let ims = self.fetch().await;
                told = ims.map(|ims| ims.iter().any(|im| login_of(im).is_some()));
            }
            told
        };
        match soon("signed in", signing_in).await {
            Ok(_) => true,
            Err(why) => {
                assert_eq!(why, "Invalid session.");
                false
            }
        }
    }

    /// Fetches until all that was told of an account satisfies.
    pub(crate) async fn until(&self, account: &str, enough: impl Fn(&IM) -> bool) -> IM {
        let mut all = IM::default();
        let fetching = async {
            loop {
                for im in self.fetch().await.expect("in session") {
                    if im.account == account {
                        all.events.extend(im.events);
                    }
                }
                all.group();
                if enough(&all) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        soon("what the caller waits for", fetching).await;
        all
    }

    async fn call(&self, operation: Operation) -> Result<(), String> {
        call(self.to, operation).await.map(|_| ())
    }
}

/// One call with SOAP 1.1; the text of the fault if there is one.
async fn call(to: SocketAddr, operation: Operation) -> Result<Reply, String> {
    let name = operation.name();
    let (head, body) = written(&operation);
    read(name, &raw::send(to, &head, &body).await)
}

pub(crate) async fn connect(to: SocketAddr) -> TcpStream {
    TcpStream::connect(to).await.expect("the service listens")
}

/// The head and the body of a call.
fn written(operation: &Operation) -> (String, Vec<u8>) {
    let action = operation.name().soap_action();
    let head = format!(
        "POST /imsoap/BSIMService.asmx HTTP/1.1
        Host: test
        Content-Type: text/xml; charset=utf-8
        SOAPAction: {action}"
    );
    let body = operation.to_envelope(Version::Soap11).to_xml();
    (head, body.expect("XML").into_bytes())
}

/// What the answer to a call says.
fn read(name: OperationName, response: &raw::Response) -> Result<Reply, String> {
    let mut budget = Budget::default();
    let envelope = Envelope::parse(&response.body, &mut budget).expect("an envelope");
    match Reply::decode(name, &envelope, &mut budget, Leniency::default()) {
        Ok(reply) => Ok(reply),
        Err(ReplyError::Fault(fault)) => {
            assert_eq!(response.status(), 500);
            let why = fault
                .reason
                .strip_prefix("Server was unable to process request. ---> ");
            Err(why.expect("a fault of the service").to_owned())
        }
        Err(error) => panic!("{error}"),
    }
}
