//! A service that falls silent, and one that finds a ticket too old, in words: over sockets, by a way that lets everything through until
//! somebody asks for a certain thing.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use machine_contract::Instant;
use machine_driver::{Clock, SystemClock};
use memchr::memmem;
use msnp_client::{Access, Client, Dialect, Event, Network, Reason, Service as Web};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use transport_reqwest::{Driver, spawn};

use crate::carrier::{Carrier, Home, PASSWORD, http};
use crate::person::config_of;

/// Longer than anything takes that happens at all.
const PATIENCE: Duration = Duration::from_secs(60);

/// Longer than a client waits for any answer.
const LONG: Duration = Duration::from_secs(600);

/// A clock that the test sets ahead.
#[derive(Clone, Default)]
struct Turned(Arc<AtomicU64>);

impl Turned {
    fn turn(&self, by: Duration) {
        self.0.fetch_add(by.as_secs(), Ordering::SeqCst);
    }
}

impl Clock for Turned {
    fn now(&self) -> Instant {
        SystemClock.now() + Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

/// What becomes of a question on its way.
#[derive(Clone)]
enum Way {
    /// Nobody answers it, nor any later one.
    Silence,
    /// This is said instead.
    Instead(String),
}

/// A way to the service on which the question with `word` is not answered by it.
struct Between {
    address: SocketAddr,
    /// True once it was asked.
    asked: watch::Receiver<bool>,
}

impl Between {
    async fn new(to: SocketAddr, word: &'static str, way: Way) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let (ask, asked) = watch::channel(false);
        let ask = Arc::new(ask);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (ask, way) = (Arc::clone(&ask), way.clone());
                // A connection that ends is an end like any.
                tokio::spawn(async move { carry(client, to, (word, way), &ask).await });
            }
        });
        Self { address, asked }
    }
}

async fn carry(
    mut client: TcpStream,
    to: SocketAddr,
    (word, way): (&str, Way),
    ask: &watch::Sender<bool>,
) -> std::io::Result<()> {
    let mut server = TcpStream::connect(to).await?;
    let (mut said, mut answered) = (vec![0; 16 * 1024], vec![0; 16 * 1024]);
    loop {
        tokio::select! {
            read = client.read(&mut said) => {
                let said = &said[..read?];
                if said.is_empty() {
                    return Ok(());
                }
                if *ask.borrow() || memmem::find(said, word.as_bytes()).is_some() {
                    ask.send_replace(true);
                    if let Way::Instead(answer) = &way {
                        client.write_all(answer.as_bytes()).await?;
                    }
                } else {
                    server.write_all(said).await?;
                }
            }
            read = server.read(&mut answered) => {
                let answered = &answered[..read?];
                if answered.is_empty() {
                    return Ok(());
                }
                client.write_all(answered).await?;
            }
        }
    }
}

async fn end(driver: &mut Driver<Client>) -> Reason {
    loop {
        let event = timeout(PATIENCE, driver.next_event()).await;
        match event.expect("in time") {
            Some(Event::SignedOut(reason)) => return reason,
            Some(Event::SignedIn(_)) => panic!("it is signed in"),
            Some(_) => {}
            None => panic!("the driver runs"),
        }
    }
}

/// How alice's sign-in ends when the question with `word` meets this.
async fn ends(dialect: Dialect, word: &'static str, way: Way) -> String {
    let home = Home::open(Carrier::Tcp, &["alice"]).await;
    let web = Between::new(home.service().address(), word, way.clone()).await;
    let door = home.service().tcp_address().expect("a door");
    let tcp = Between::new(door, word, way.clone()).await;
    let url = format!("http://{}", web.address);
    let login = "alice@example.org";
    let access = if dialect == Dialect::MSNP24 {
        let service = Web::at(&url).expect("an address");
        Access::web(service, login, PASSWORD)
    } else {
        let network = Network::tcp(&tcp.address.to_string(), &url);
        Access::passport(network.expect("addresses"), login, PASSWORD)
    };
    let clock = Turned::default();
    let client = Client::new(config_of(access, dialect, "alice"));
    let mut driver = spawn(client, http().clock(Arc::new(clock.clone())));
    driver.call(Client::sign_in).expect("the driver runs");
    if matches!(way, Way::Silence) {
        let (mut one, mut other) = (web.asked.clone(), tcp.asked.clone());
        let asked = async {
            tokio::select! {
                asked = one.wait_for(|asked| *asked) => drop(asked),
                asked = other.wait_for(|asked| *asked) => drop(asked),
            }
        };
        // What comes before has to be taken meanwhile.
        let events = async {
            loop {
                let event = driver.next_event().await;
                assert!(
                    !matches!(event, Some(Event::SignedOut(_)) | None),
                    "{event:?}"
                );
            }
        };
        let asking = async {
            tokio::select! {
                () = asked => {}
                () = events => {}
            }
        };
        timeout(PATIENCE, asking).await.expect("it is asked");
        clock.turn(LONG);
        // The driver looks at its clock.
        driver.call(|_, _| ()).expect("the driver runs");
    }
    let reason = end(&mut driver).await;
    home.stop().await;
    reason.to_string()
}

#[tokio::test]
async fn a_service_that_is_silent_is_told_with_what_it_was_asked() {
    let credentials = "the service said nothing when it was shown name and password";
    let connecting = "the service said nothing when it was asked how to talk";
    let authenticating = "the service said nothing when it was told who signs in";
    let synchronizing = "the service said nothing when it was asked for the lists";
    for (dialect, word, words) in [
        (Dialect::MSNP8, "VER 1", connecting),
        (Dialect::MSNP8, "CVR 2", connecting),
        (Dialect::MSNP12, "USR 3", authenticating),
        (Dialect::MSNP12, "GET /rdr/pprdr.asp", credentials),
        (Dialect::MSNP12, "SYN ", synchronizing),
        (Dialect::MSNP18, "POST /RST.srf", credentials),
        (Dialect::MSNP18, "USR 4", authenticating),
        (Dialect::MSNP18, "POST /abservice", synchronizing),
        (Dialect::MSNP24, "GET /oauth20_authorize.srf", credentials),
    ] {
        let told = ends(dialect, word, Way::Silence).await;
        assert_eq!(told, words, "{dialect} at {word}");
    }
}

fn http_answer(head: &str, body: &str) -> Way {
    let length = body.len();
    let answer = format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\n\r\n{body}");
    Way::Instead(answer)
}

/// What a service says of a ticket whose time is over: 922 in MSNP24, 928 in the older dialects (error-codes.tsv), a fault in SOAP.
#[tokio::test]
async fn a_ticket_that_has_run_out_is_told_as_that() {
    let fault = http_answer(
        "500 Internal Server Error\r\nContent-Type: text/xml; charset=utf-8",
        concat!(
            "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><soap:Fault>",
            "<faultcode xmlns:q0=\"http://schemas.xmlsoap.org/ws/2003/06/secext\">q0:BadContextToken</faultcode>",
            "<faultstring>The ticket has run out.</faultstring>",
            "</soap:Fault></soap:Body></soap:Envelope>",
        ),
    );
    let gateway = http_answer(
        "200 OK\r\nX-MSN-Messenger: SessionID=1.2; GW-IP=127.0.0.1",
        "CNT 1 CON 0\r\n922 2 CON 2\r\n\r\n",
    );
    let refused = || Way::Instead("928 4\r\n".to_owned());
    for (dialect, word, way) in [
        (Dialect::MSNP12, "USR 4 TWN S", refused()),
        (Dialect::MSNP18, "USR 4 SSO S", refused()),
        (Dialect::MSNP18, "POST /abservice", fault),
        (Dialect::MSNP24, "Action=open", gateway),
    ] {
        let told = ends(dialect, word, way).await;
        assert_eq!(
            told, "the authentication has expired",
            "{dialect} at {word}"
        );
    }
}
