//! Section 5: from a server's TCP connection to a client whose poll is held, by the gateway in front of it.

use std::net::SocketAddr;
use std::time::Instant;

use gateway_upstream::parse_server;
use msnp_service::upstream::{UpstreamConfig, UpstreamService};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::account::{LIFESPAN, SETTLE, TEXT};
use crate::bare;
use crate::clock::percentile;
use crate::http_client::Connection;
use crate::release::BarePair;
use crate::scale::{Failure, Scale};
use crate::table::{Table, ratio};

const OPEN: &str = "POST /gateway/gateway.dll?Action=open&Server=NS";
const FIRST: &[u8] = b"VER 1 MSNP12 CVR0\r\n";
const ANSWER: &[u8] = b"VER 1 MSNP12\r\n";

/// Sessions that are open beside the one that is measured, in the second row.
const OTHERS: usize = 1000;

/// What the server says.
fn message(number: usize) -> Vec<u8> {
    let payload = format!("MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n{number} {TEXT}");
    format!("MSG bob@example.org Bob {}\r\n{payload}", payload.len()).into_bytes()
}

/// A server's end of a connection and its client's.
struct Direct {
    server: TcpStream,
    client: TcpStream,
}

impl Direct {
    async fn open() -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let client = TcpStream::connect(listener.local_addr()?).await?;
        let (server, _) = listener.accept().await?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        Ok(Self { server, client })
    }

    async fn sample(&mut self, number: usize) -> Result<f64, Failure> {
        let message = message(number);
        let mut got = vec![0; message.len()];
        tokio::time::sleep(SETTLE).await;
        let start = Instant::now();
        let (written, read) = tokio::join!(self.server.write_all(&message), async {
            self.client.read_exact(&mut got).await?;
            Ok::<_, Failure>(start.elapsed())
        });
        written?;
        let took = read?;
        if got == message {
            Ok(took.as_secs_f64())
        } else {
            Err("the direct stream lost a message".into())
        }
    }
}

/// A server's end of a connection, and a session at the gateway in front of it.
struct Fronted {
    server: TcpStream,
    client: Connection,
    poll: String,
}

impl Fronted {
    async fn open(listener: &TcpListener, gateway: SocketAddr) -> Result<Self, Failure> {
        let mut client = Connection::open(gateway).await?;
        client.send(OPEN, "", FIRST).await?;
        let (mut server, _) = listener.accept().await?;
        server.set_nodelay(true)?;
        let mut said = [0; FIRST.len()];
        server.read_exact(&mut said).await?;
        server.write_all(ANSWER).await?;
        let opened = client.receive().await?;
        let session = opened.header("x-msn-messenger").unwrap_or_default();
        let session = session.split(';').next().unwrap_or_default();
        if opened.body() != ANSWER {
            return Err(format!("the session was not opened: {}", opened.text()).into());
        }
        Ok(Self {
            poll: format!("POST /gateway/gateway.dll?{session}&Action=poll&Lifespan={LIFESPAN}"),
            server,
            client,
        })
    }

    async fn sample(&mut self, number: usize) -> Result<f64, Failure> {
        let message = message(number);
        self.client.send(&self.poll, "", b"").await?;
        tokio::time::sleep(SETTLE).await;
        let start = Instant::now();
        let (written, released) = tokio::join!(self.server.write_all(&message), async {
            let reply = self.client.receive().await?;
            Ok::<_, Failure>((reply, start.elapsed()))
        });
        written?;
        let (reply, took) = released?;
        if reply.body() == message {
            Ok(took.as_secs_f64())
        } else {
            Err(format!("the gateway lost a message: {}", reply.text()).into())
        }
    }
}

/// Seconds that one message took on each way.
struct Sample {
    direct: f64,
    bare: f64,
    alone: f64,
    among: f64,
}

pub(crate) async fn run(scale: &Scale) -> Result<(), Failure> {
    println!(
        "5. From a server's TCP connection to a client whose poll is held, by the gateway in front of the server"
    );
    println!(
        "   {} messages for each way, taken in turns.",
        scale.samples
    );
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let server = parse_server(&listener.local_addr()?.to_string())?;
    let gateway = UpstreamService::start(UpstreamConfig::new(server.clone())).await?;
    let crowded = UpstreamService::start(UpstreamConfig::new(server)).await?;
    let mut direct = Direct::open().await?;
    let mut plain = BarePair::open(bare::handlers().await?).await?;
    let mut alone = Fronted::open(&listener, gateway.address()).await?;
    let mut among = Fronted::open(&listener, crowded.address()).await?;
    let mut others = Vec::new();
    for _ in 0..OTHERS {
        others.push(Fronted::open(&listener, crowded.address()).await?);
    }
    let mut samples = Vec::new();
    for number in 0..scale.samples + 20 {
        let took = Sample {
            direct: direct.sample(number).await?,
            bare: plain.sample().await?,
            alone: alone.sample(number).await?,
            among: among.sample(number).await?,
        };
        // The first ones warm everything up.
        if number >= 20 {
            samples.push(took);
        }
    }
    print(&samples);
    drop(others);
    gateway.stop().await;
    crowded.stop().await;
    Ok(())
}

fn print(samples: &[Sample]) {
    let mut table = Table::new(["way", "median", "90 %", "median", "90 %"]);
    let of = |way: fn(&Sample) -> f64| {
        let mut times: Vec<f64> = samples.iter().map(way).collect();
        [50, 90].map(|hundredths| percentile(&mut times, hundredths))
    };
    let (direct, bare) = (of(|it| it.direct), of(|it| it.bare));
    let both = [direct[0] + bare[0], direct[1] + bare[1]];
    let among = format!("through the gateway, {OTHERS} other sessions open");
    for (name, own) in [
        ("direct", direct),
        ("bare release", bare),
        ("direct and bare release", both),
        ("through the gateway", of(|it| it.alone)),
        (&among, of(|it| it.among)),
    ] {
        table.row([
            name.to_owned(),
            ratio(own[0] / both[0]),
            ratio(own[1] / both[1]),
            format!("{:.0} us", own[0] * 1e6),
            format!("{:.0} us", own[1] * 1e6),
        ]);
    }
    table.print();
    println!();
}
