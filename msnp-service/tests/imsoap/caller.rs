//! A caller of the service, by the codec and the wire.

use std::net::SocketAddr;
use std::time::Duration;

use msnp_service::Service;
use soap_codec::bsim::{
    ChangeStatus, IM, KeepSessionAlive, Leniency, Login, LoginIM, Operation, Reply, ReplyError,
    SendMessage, Session,
};
use soap_codec::{Budget, Envelope, Secret, Version};

use crate::secrets::{IM_PASSWORD, PASSWORD};
use crate::told::login_of;
use crate::{raw, soon};

/// A caller in session.
pub(crate) struct Caller {
    to: SocketAddr,
    pub(crate) session: Session,
}

impl Caller {
    pub(crate) async fn login(service: &Service) -> Self {
        let caller = Self::try_login(service, PASSWORD).await;
        caller.expect("the password is right")
    }

    pub(crate) async fn try_login(service: &Service, password: &str) -> Result<Self, String> {
        let to = service.address();
        let login = Operation::Login(Login {
            user_id: Some("testing".to_owned()),
            password: Some(Secret::new(password.to_owned())),
        });
        match call(to, login).await? {
            Reply::Login(Some(session)) => Ok(Self { to, session }),
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
        let session = Some(self.session.clone());
        let fetch = Operation::KeepSessionAlive(KeepSessionAlive { session });
        match call(self.to, fetch).await? {
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
    let body = operation.to_envelope(Version::Soap11).to_xml();
    let head = format!(
        "POST /imsoap/BSIMService.asmx HTTP/1.1
        Host: test
        Content-Type: text/xml; charset=utf-8
        SOAPAction: {}",
        name.soap_action()
    );
    let response = raw::send(to, &head, body.expect("XML").as_bytes()).await;
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
