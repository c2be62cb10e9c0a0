//! Section 2: messages per second through driver and gateway.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use gateway_sm::{Config, Event, Mode, Session};
use msnp_service::Database;
use transport_reqwest::{Driver, Http, HttpOptions, spawn};

use crate::account::{fresh_cookies, message_frame, service, sign_in_frames};
use crate::clock::{median, process_time};
use crate::scale::{Failure, Scale};
use crate::table::{Table, ratio};
use crate::versus::quartiles;
use crate::{bare, scratch};

/// The account that waits for each reply, and the one that streams.
const STEADY: usize = 0;
const STREAMING: usize = 2;
/// From this account on are those that never sign in, so that only the sender's side is measured. There are many, as what
/// waits for one of them is counted at each message.
const RECEIVERS: usize = 3;
const RECEIVERS_IN_ALL: u64 = 100;

/// Messages that may be on the way at once when nobody waits for replies.
const WINDOW: usize = 64;

/// How long one message may take before the measurement is given up.
const PATIENCE: Duration = Duration::from_secs(20);

/// One way to send, and what it took per message.
struct Contender {
    name: &'static str,
    sender: Sender,
    account: usize,
    wall: Vec<f64>,
    cpu: Vec<f64>,
}

enum Sender {
    /// A loop over reqwest, one post per message, while another request is held.
    Loop {
        client: reqwest::Client,
        url: String,
    },
    Session(Box<Driver<Session>>),
}

impl Contender {
    fn new(name: &'static str, sender: Sender, account: usize) -> Self {
        Self {
            name,
            sender,
            account,
            wall: Vec::new(),
            cpu: Vec::new(),
        }
    }

    async fn round(&mut self, messages: usize, first_id: u64) -> Result<(), Failure> {
        let account = self.account;
        let ids = (first_id..).take(messages);
        let receiver = |id| RECEIVERS + usize::try_from(id % RECEIVERS_IN_ALL).unwrap_or(0);
        let frames = ids.map(|id| message_frame(account, receiver(id), id));
        let (wall, cpu) = (Instant::now(), process_time());
        match &mut self.sender {
            Sender::Loop { client, url } => {
                for body in frames {
                    let reply = client.post(&*url).body(body).send().await?.bytes().await?;
                    if reply != bare::ACCEPTED {
                        return Err("the bare handler answered something else".into());
                    }
                }
            }
            Sender::Session(driver) => {
                let window = if account == STREAMING { WINDOW } else { 1 };
                through(driver, frames, window).await?;
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        let messages = messages as f64;
        self.cpu
            .push(process_time().saturating_sub(cpu).as_secs_f64() / messages);
        self.wall.push(wall.elapsed().as_secs_f64() / messages);
        Ok(())
    }
}

/// Sends every message and waits for the reply to each, with at most `window` on the way.
async fn through(
    driver: &mut Driver<Session>,
    frames: impl Iterator<Item = String>,
    window: usize,
) -> Result<(), Failure> {
    let mut on_the_way = 0;
    for frame in frames {
        let frame = Bytes::from(frame);
        driver.call(|session, _| session.send(frame))??;
        on_the_way += 1;
        while on_the_way >= window {
            on_the_way -= sent(driver).await?;
        }
    }
    while on_the_way > 0 {
        on_the_way -= sent(driver).await?;
    }
    Ok(())
}

/// 1 once a message is known to have been taken.
async fn sent(driver: &mut Driver<Session>) -> Result<usize, Failure> {
    let event = tokio::time::timeout(PATIENCE, driver.next_event()).await?;
    match event.ok_or("the driver ended")? {
        Event::Sent(_) => Ok(1),
        Event::Unsent { .. } | Event::Closed(_) => Err("the session lost a message".into()),
        Event::Received(bytes) if refuses(&bytes) => Err("the service refused a message".into()),
        _ => Ok(0),
    }
}

/// Whether there is a reply other than those of the messages' acceptance.
fn refuses(bytes: &Bytes) -> bool {
    memchr::memmem::find(bytes, b" MSGR 2\r\n").is_none()
        && bytes.first().is_some_and(u8::is_ascii_digit)
}

async fn session(to: SocketAddr, account: usize, cookies: bool) -> Result<Sender, Failure> {
    let mut config = Config::new(&format!("http://{to}"))?.mode(Mode::Parallel);
    if cookies {
        config = config.cookies(&fresh_cookies(to, account).await?)?;
    }
    let client = HttpOptions::new().direct().client()?;
    let mut driver = spawn(Session::new(config), Http::new(client));
    // Signing in opens the session; the bare gateway answers that like anything else.
    let frames = Bytes::from(sign_in_frames(account));
    driver.call(move |session, _| session.send(frames))??;
    while sent(&mut driver).await? == 0 {}
    Ok(Sender::Session(Box::new(driver)))
}

pub(crate) async fn run(scale: &Scale) -> Result<(), Failure> {
    println!("2. Messages per second through driver and gateway, client and server in one process");
    println!(
        "   {} rounds of {} messages, taken in turns. `reqwest loop` posts each message to a bare handler and waits for the answer,\n   \
         while a poll is held beside it, which is what a session does; `gateway` is the gateway machine behind the same server\n   \
         stack, `service` all of it, each message stored and committed. `streamed`: up to {WINDOW} messages on the way.",
        scale.rounds, scale.messages
    );
    let file = scratch::Folder::new()?;
    let accounts = RECEIVERS + usize::try_from(RECEIVERS_IN_ALL)?;
    let memory = service(Database::Memory, accounts).await?;
    let disk = service(Database::File(file.path().join("service.db")), accounts).await?;
    let handlers = bare::handlers().await?;
    let client = HttpOptions::new().direct().client()?;
    let poll = client.post(format!("http://{handlers}/poll/sender")).send();
    let poll = tokio::spawn(poll);
    let gateway = bare::gateway().await?;
    let url = format!("http://{handlers}/post");
    let mut contenders = vec![Contender::new(
        "reqwest loop, bare handler",
        Sender::Loop { client, url },
        STEADY,
    )];
    for (steady, streamed, to, cookies) in [
        (
            "driver, gateway",
            "driver, gateway, streamed",
            gateway,
            false,
        ),
        (
            "driver, service, memory",
            "driver, service, memory, streamed",
            memory.address(),
            true,
        ),
        (
            "driver, service, file",
            "driver, service, file, streamed",
            disk.address(),
            true,
        ),
    ] {
        for (name, account) in [(steady, STEADY), (streamed, STREAMING)] {
            contenders.push(Contender::new(
                name,
                session(to, account, cookies).await?,
                account,
            ));
        }
    }
    let mut next = 1;
    for _ in 0..scale.rounds {
        for contender in &mut contenders {
            contender.round(scale.messages, next).await?;
            next += scale.messages as u64;
        }
    }
    let mut table = Table::new([
        "path",
        "rate",
        "quartiles",
        "CPU",
        "messages/s",
        "CPU us each",
    ]);
    let Some((bare_wall, mut bare_cpu)) = contenders
        .first()
        .map(|contender| (contender.wall.clone(), contender.cpu.clone()))
    else {
        return Err("there is no bare loop".into());
    };
    let bare_cpu = median(&mut bare_cpu);
    for contender in &mut contenders {
        // Round by round: what slows the machine for a while slows both.
        let rounds = bare_wall.iter().zip(&contender.wall);
        let mut rates: Vec<f64> = rounds.map(|(bare, wall)| bare / wall).collect();
        let (wall, cpu) = (median(&mut contender.wall), median(&mut contender.cpu));
        table.row([
            contender.name.to_owned(),
            ratio(median(&mut rates)),
            quartiles(&mut rates),
            ratio(cpu / bare_cpu),
            format!("{:.0}", 1.0 / wall),
            format!("{:.0}", cpu * 1e6),
        ]);
    }
    table.print();
    println!();
    poll.abort();
    for contender in contenders {
        if let Sender::Session(driver) = contender.sender {
            driver.shutdown()?;
        }
    }
    memory.stop().await;
    disk.stop().await;
    Ok(())
}
