//! Section 3: from a message's arrival at the service to its arrival at a client whose poll is held.

use std::net::SocketAddr;
use std::time::Instant;

use msnp_service::Database;

use crate::account::{SETTLE, SignedIn, acknowledge_frame, message_frame, service};
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
struct BarePair {
    sending: Connection,
    polling: Connection,
}

impl BarePair {
    async fn open(to: SocketAddr) -> Result<Self, Failure> {
        Ok(Self {
            sending: Connection::open(to).await?,
            polling: Connection::open(to).await?,
        })
    }

    async fn sample(&mut self) -> Result<f64, Failure> {
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
        if released.body == message.as_bytes() {
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
         same server stack that hands the body from the post to the poll. The service reads, checks, stores and commits first.",
        scale.samples
    );
    let file = scratch::Folder::new()?;
    let memory = service(Database::Memory, 2).await?;
    let disk = service(Database::File(file.path().join("service.db")), 2).await?;
    let mut plain = BarePair::open(bare::handlers().await?).await?;
    let mut in_memory = Pair::sign_in(memory.address()).await?;
    let mut on_disk = Pair::sign_in(disk.address()).await?;
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for sample in 0..scale.samples + 20 {
        let took = [
            plain.sample().await?,
            in_memory.sample().await?,
            on_disk.sample().await?,
        ];
        // The first ones warm everything up.
        if sample >= 20 {
            for (times, took) in times.iter_mut().zip(took) {
                times.push(took);
            }
        }
    }
    let mut table = Table::new(["server", "median", "90 %", "median", "90 %"]);
    let bare = [50, 90].map(|hundredths| percentile(&mut times[0], hundredths));
    let names = [
        "bare",
        "service, database in memory",
        "service, database in a file",
    ];
    for (name, times) in names.into_iter().zip(&mut times) {
        let own = [50, 90].map(|hundredths| percentile(times, hundredths));
        table.row([
            name.to_owned(),
            ratio(own[0] / bare[0]),
            ratio(own[1] / bare[1]),
            format!("{:.0} us", own[0] * 1e6),
            format!("{:.0} us", own[1] * 1e6),
        ]);
    }
    table.print();
    println!();
    memory.stop().await;
    disk.stop().await;
    Ok(())
}
