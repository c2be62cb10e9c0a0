//! Section 3: from a message's arrival at the service to its arrival at a client whose poll is held.

use std::net::SocketAddr;
use std::time::Instant;

use msnp_service::Database;

use crate::account::{SETTLE, SignedIn, acknowledge_frame, message_frame, service};
use crate::bare_commit::BareStore;
use crate::clock::percentile;
use crate::http_client::Connection;
use crate::scale::{Failure, Scale};
use crate::table::{Table, ratio};
use crate::{bare, scratch};

const SENDER: usize = 0;
const RECEIVER: usize = 1;

/// Two signed-in clients with three connections: the sender's, the held one, and one to acknowledge on.
struct Pair {
    sender: (SignedIn, Connection),
    receiver: (SignedIn, Connection),
    acknowledging: Connection,
    sent: u64,
}

impl Pair {
    async fn sign_in(to: SocketAddr) -> Result<Self, Failure> {
        let (mut sending, mut polling) = (Connection::open(to).await?, Connection::open(to).await?);
        let sender = SignedIn::open(&mut sending, SENDER).await?;
        let receiver = SignedIn::open(&mut polling, RECEIVER).await?;
        Ok(Self {
            sender: (sender, sending),
            receiver: (receiver, polling),
            acknowledging: Connection::open(to).await?,
            sent: 0,
        })
    }

    async fn sample(&mut self) -> Result<f64, Failure> {
        self.sent += 1;
        let message = message_frame(SENDER, RECEIVER, self.sent);
        let (receiver, polling) = &mut self.receiver;
        receiver.poll(polling).await?;
        tokio::time::sleep(SETTLE).await;
        let (sender, sending) = &mut self.sender;
        let start = Instant::now();
        let (posted, released) = tokio::join!(sender.post(sending, &message), async {
            let reply = polling.receive().await?;
            Ok::<_, Failure>((reply, start.elapsed()))
        });
        let (released, took) = released?;
        let delivery = released.text();
        let ours = format!("Client-Message-ID: {}\r\n", self.sent);
        if !posted?.starts_with(bare::ACCEPTED) || !delivery.contains(&ours) {
            return Err(format!("a message was not delivered: {delivery}").into());
        }
        let acknowledge = acknowledge_frame(&delivery).ok_or("a delivery without an Ack-Id")?;
        receiver.post(&mut self.acknowledging, &acknowledge).await?;
        Ok(took.as_secs_f64())
    }
}

/// The same with a handler that does nothing else.
pub(crate) struct BarePair {
    sending: Connection,
    polling: Connection,
}

impl BarePair {
    pub(crate) async fn open(to: SocketAddr) -> Result<Self, Failure> {
        Ok(Self {
            sending: Connection::open(to).await?,
            polling: Connection::open(to).await?,
        })
    }

    pub(crate) async fn sample(&mut self) -> Result<f64, Failure> {
        self.polling.send("POST /poll/receiver", "", b"").await?;
        tokio::time::sleep(SETTLE).await;
        let message = message_frame(SENDER, RECEIVER, 1);
        let start = Instant::now();
        let (posted, released) = tokio::join!(
            self.sending
                .exchange("POST /release/receiver", "", message.as_bytes()),
            async {
                let reply = self.polling.receive().await?;
                Ok::<_, Failure>((reply, start.elapsed()))
            }
        );
        posted?;
        let (released, took) = released?;
        if released.body() == message.as_bytes() {
            Ok(took.as_secs_f64())
        } else {
            Err("the bare handler lost a message".into())
        }
    }
}

pub(crate) async fn run(scale: &Scale) -> Result<(), Failure> {
    println!("3. From a message's arrival to its arrival at a client whose poll is held");
    println!(
        "   One client posts, the other's poll is released; {} messages per server, taken in turns. `bare` is a handler on the\n   \
         same server stack that hands the body from the post to the poll; `commit` keeps the rows of one message, in a thread and\n   \
         file of its own. The service reads, checks, stores and commits first.",
        scale.samples
    );
    let file = scratch::Folder::new()?;
    let memory = service(Database::Memory, 2).await?;
    let disk = service(Database::File(file.path().join("service.db")), 2).await?;
    let mut store = BareStore::open(&file.path().join("bare.db"))?;
    let mut plain = BarePair::open(bare::handlers().await?).await?;
    let mut in_memory = Pair::sign_in(memory.address()).await?;
    let mut on_disk = Pair::sign_in(disk.address()).await?;
    let mut samples = Vec::new();
    for sample in 0..scale.samples + 20 {
        let took = Sample {
            bare: plain.sample().await?,
            commit: store.sample().await?,
            memory: in_memory.sample().await?,
            file: on_disk.sample().await?,
        };
        // The first ones warm everything up.
        if sample >= 20 {
            samples.push(took);
        }
    }
    print(&samples);
    memory.stop().await;
    disk.stop().await;
    store.close();
    Ok(())
}

/// Seconds that one message took on each way.
struct Sample {
    bare: f64,
    commit: f64,
    memory: f64,
    file: f64,
}

fn print(samples: &[Sample]) {
    let mut table = Table::new(["server", "median", "90 %", "median", "90 %"]);
    let of = |way: fn(&Sample) -> f64| {
        let mut times: Vec<f64> = samples.iter().map(way).collect();
        [50, 90].map(|hundredths| percentile(&mut times, hundredths))
    };
    let bare = of(|it| it.bare);
    let both = of(|it| it.bare + it.commit);
    for (name, own, to) in [
        ("bare", bare, bare),
        ("bare, and a bare commit", both, bare),
        ("service, database in memory", of(|it| it.memory), bare),
        ("service, database in a file", of(|it| it.file), bare),
        ("service, file, to bare and commit", of(|it| it.file), both),
    ] {
        table.row([
            name.to_owned(),
            ratio(own[0] / to[0]),
            ratio(own[1] / to[1]),
            format!("{:.0} us", own[0] * 1e6),
            format!("{:.0} us", own[1] * 1e6),
        ]);
    }
    table.print();
    println!();
}
