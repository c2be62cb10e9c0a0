//! A caller of the IM web service.

use std::net::Ipv4Addr;
use std::time::Duration;

use soap_codec::bsim::{
    Event, KeepSessionAlive, Leniency, Login, LoginIM, Operation, OperationName, Reply,
    SendMessage, Session,
};
use soap_codec::{Budget, Envelope, Secret, Version};

use crate::failure::Failure;
use crate::line::{Line, Response};
use crate::process::Doors;
use crate::shape::{CALLER, PASSWORD, address};

/// A session, and the account that it speaks for.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    session: Session,
    number: usize,
    doors: Doors,
    peer: Ipv4Addr,
}

const TARGET: &str = "POST /imsoap/BSIMService.asmx";

impl Caller {
    /// Begins a session and signs an account in; and what was told until it was.
    pub(crate) async fn sign_in(
        doors: Doors,
        number: usize,
        peer: Ipv4Addr,
    ) -> Result<(Self, Vec<Event>), Failure> {
        let mut line = Line::open(doors.http, peer).await?;
        let login = Operation::Login(Login {
            user_id: Some(CALLER.to_owned()),
            password: Some(Secret::new(PASSWORD.to_owned())),
        });
        let Reply::Login(Some(session)) = call(&mut line, &login).await? else {
            return Err("no session".into());
        };
        let caller = Self {
            session,
            number,
            doors,
            peer,
        };
        let login = Operation::LoginIM(LoginIM {
            session: Some(caller.session.clone()),
            im_type: Some("msn".to_owned()),
            account: Some(address(number)),
            password: Some(Secret::new(PASSWORD.to_owned())),
        });
        call(&mut line, &login).await?;
        let mut line = caller.line().await?;
        let mut told = Vec::new();
        for _ in 0..1000 {
            told.extend(caller.events(&mut line).await?);
            if told.iter().any(|one| matches!(one, Event::OnLogin(_))) {
                return Ok((caller, told));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err("the account is not signed in".into())
    }

    pub(crate) async fn line(&self) -> Result<Line, Failure> {
        Line::open(self.doors.http, self.peer).await
    }

    /// One at which next to nothing is taken.
    pub(crate) async fn narrow(&self) -> Result<Line, Failure> {
        Line::narrow(self.doors.http, self.peer).await
    }

    /// Sends a fetch.
    pub(crate) async fn ask(&self, line: &mut Line) -> Result<(), Failure> {
        let session = Some(self.session.clone());
        let fetch = Operation::KeepSessionAlive(KeepSessionAlive { session });
        send(line, &fetch).await
    }

    /// What there is.
    pub(crate) async fn events(&self, line: &mut Line) -> Result<Vec<Event>, Failure> {
        self.ask(line).await?;
        let response = line.receive().await?.good("a fetch")?;
        match read(OperationName::KeepSessionAlive, &response)? {
            Reply::KeepSessionAlive(Some(given)) => {
                let events = given.ims.into_iter().flat_map(|im| im.events);
                Ok(events.collect())
            }
            _ => Err("a fetch gives nothing".into()),
        }
    }

    /// The same as text.
    pub(crate) async fn fetch(&self, line: &mut Line) -> Result<String, Failure> {
        Ok(as_text(&self.events(line).await?))
    }

    pub(crate) async fn say(&self, line: &mut Line, to: usize, text: &str) -> Result<(), Failure> {
        let message = Operation::SendMessage(SendMessage {
            session: Some(self.session.clone()),
            im_type: Some("msn".to_owned()),
            account: Some(address(self.number)),
            to_account: Some(address(to)),
            message: Some(text.to_owned()),
        });
        call(line, &message).await.map(|_| ())
    }
}

/// What was told, as text in which words can be looked for.
pub(crate) fn as_text(events: &[Event]) -> String {
    let events: Vec<String> = events.iter().map(|event| format!("{event:?}")).collect();
    events.concat()
}

async fn send(line: &mut Line, operation: &Operation) -> Result<(), Failure> {
    let action = operation.name().soap_action();
    let headers = format!("Content-Type: text/xml; charset=utf-8\r\nSOAPAction: {action}\r\n");
    let body = operation.to_envelope(Version::Soap11).to_xml()?;
    line.send(TARGET, &headers, body.as_bytes()).await
}

async fn call(line: &mut Line, operation: &Operation) -> Result<Reply, Failure> {
    send(line, operation).await?;
    read(operation.name(), &line.receive().await?)
}

fn read(name: OperationName, response: &Response) -> Result<Reply, Failure> {
    let mut budget = Budget::default();
    let envelope = Envelope::parse(response.text().as_bytes(), &mut budget)?;
    Ok(Reply::decode(
        name,
        &envelope,
        &mut budget,
        Leniency::default(),
    )?)
}
