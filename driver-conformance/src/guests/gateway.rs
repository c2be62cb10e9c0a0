//! The scripted gateway at which a guest's sessions are opened.

use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::server::{Fault, Reply, Request, Server};
use crate::wire::Wire;

/// A gateway that does what a script says, and remembers who came.
pub(super) struct Gateway {
    server: Server,
    visits: Visits,
}

type Visits = Arc<Mutex<Vec<Visit>>>;

/// One request, as the gateway sees it.
#[derive(Clone)]
pub(super) struct Visit {
    pub(super) kind: Kind,
    /// How many of its kind came before.
    pub(super) number: usize,
    pub(super) request: Request,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Open,
    Post,
    Poll,
    /// Not to the gateway at all.
    Elsewhere,
}

/// Characters that HTTP libraries like to write in another way.
const PATH: &str = "/a%2Fb/%7e~;p=1,2/'()*!$@:/gateway.dll";

impl Gateway {
    /// One that answers every request as the script says.
    pub(super) fn new(script: impl Fn(&Visit) -> Fault + Send + Sync + 'static) -> Self {
        let visits = Visits::default();
        let server = Server::alone(hook(&visits, script));
        Self { server, visits }
    }

    /// The same on a port where somebody may have knocked before.
    pub(super) fn listening(
        listener: TcpListener,
        script: impl Fn(&Visit) -> Fault + Send + Sync + 'static,
    ) -> Self {
        let visits = Visits::default();
        let server = Server::listening(listener, hook(&visits, script));
        Self { server, visits }
    }

    pub(super) fn url(&self) -> String {
        self.server.url(PATH)
    }

    /// The address at which it will be.
    pub(super) fn url_at(address: std::net::SocketAddr) -> String {
        format!("http://{address}{PATH}")
    }

    pub(super) const fn server(&self) -> &Server {
        &self.server
    }

    /// The requests of this kind so far, in order.
    pub(super) fn all(&self, kind: Kind) -> Vec<Visit> {
        let visits = lock(&self.visits);
        visits
            .iter()
            .filter(|it| it.kind == kind)
            .cloned()
            .collect()
    }

    /// How many requests of this kind there were.
    pub(super) fn count(&self, kind: Kind) -> usize {
        self.all(kind).len()
    }

    /// The bodies of the posts so far, in order.
    pub(super) fn posts(&self) -> Vec<Vec<u8>> {
        let posts = self.all(Kind::Post).into_iter();
        posts.map(|visit| visit.request.body).collect()
    }

    /// Everything that the posts have said.
    pub(super) fn heard(&self) -> Vec<u8> {
        self.posts().concat()
    }

    /// How often this line was said in posts.
    pub(super) fn times(&self, line: &str) -> usize {
        let heard = self.heard();
        let lines = heard.split(|byte| *byte == b'\n');
        lines
            .filter(|it| it.trim_ascii_end() == line.as_bytes())
            .count()
    }

    pub(super) fn transcript(&self) -> Wire {
        self.server.transcript()
    }
}

fn hook(
    visits: &Visits,
    script: impl Fn(&Visit) -> Fault + Send + Sync + 'static,
) -> impl Fn(&mut Request) -> Fault + Send + Sync + 'static {
    let visits = Arc::clone(visits);
    move |request| {
        let kind = kind_of(request);
        let visit = {
            let mut visits = lock(&visits);
            let number = visits.iter().filter(|it| it.kind == kind).count();
            let request = request.clone();
            visits.push(Visit {
                kind,
                number,
                request,
            });
            visits[visits.len() - 1].clone()
        };
        script(&visit)
    }
}

fn kind_of(request: &Request) -> Kind {
    // A library that writes the path in its own way is at the gateway all the same.
    if !request.target.contains("gateway.dll?") {
        Kind::Elsewhere
    } else if request.target.contains("Action=open") {
        Kind::Open
    } else if request.target.contains("Action=poll") {
        Kind::Poll
    } else {
        Kind::Post
    }
}

// A script that panics leaves nothing half written.
fn lock(visits: &Visits) -> MutexGuard<'_, Vec<Visit>> {
    visits.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) const MESSENGER: &str = "SessionID=954547325.13160";

/// A gateway's reply with this body, by one that holds polls.
pub(super) fn reply(body: impl Into<Vec<u8>>) -> Reply {
    Reply::new(200, body)
        .with("X-MSN-Messenger", MESSENGER)
        .with("X-MSN-GWCapabilities", "LP")
        .with("Content-Type", "application/x-msn-messenger")
}

/// The gateway says this.
pub(super) fn say(body: impl Into<Vec<u8>>) -> Fault {
    Fault::answer(reply(body))
}

/// The head of a reply to be framed by hand: whole but for the empty line.
pub(super) fn head() -> String {
    format!(
        "HTTP/1.1 200 OK\r\nX-MSN-Messenger: {MESSENGER}\r\nX-MSN-GWCapabilities: LP\r\nContent-Type: application/x-msn-messenger\r\n"
    )
}
