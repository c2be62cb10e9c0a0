//! The rules of the network over a store of one's own: one that writes down what it was given before it says that it has it.
//!
//! ```sh
//! cargo run -p msnp-server --example own_store
//! ```

use std::collections::VecDeque;
use std::sync::Arc;

use machine_contract::{Instant, UnixTime};
use msnp_proto::Guid;
use msnp_server::identity::{EmailAddress, HomeId, SkypeId, Who};
use msnp_server::network::{
    Answer, Batch, Command, Config, ConnectionId, Effect, Network, Refusal, RequestId,
};
use msnp_server::{Memory, NewAccount, Now};

type Failure = Box<dyn std::error::Error>;

/// What is kept. A real one has a disk in the place of both; `msnp-service` has SQLite.
#[derive(Default)]
struct Store {
    journal: Vec<String>,
    now: Memory,
}

impl Store {
    /// Keeps a batch whole. What fails here half-way must leave nothing of it.
    fn commit(&mut self, batch: &Batch) {
        let changes = batch.changes.iter();
        self.journal
            .extend(changes.map(|change| format!("{change:?}")));
        self.now.commit(batch);
    }
}

/// Gives one command, and the store what the network wants of it, until there is an answer.
fn ask(
    network: &mut Network,
    store: &mut Store,
    command: Command,
    now: Now,
) -> Option<Result<Answer, Refusal>> {
    let connection = ConnectionId(1);
    network.handle_command(connection, RequestId(1), command, now);
    let mut effects = VecDeque::new();
    let mut answer = None;
    loop {
        effects.extend(std::iter::from_fn(|| network.poll_effect()));
        match effects.pop_front() {
            Some(Effect::Commit(batch)) => {
                store.commit(&batch);
                network.handle_committed(batch.id, Ok(()), now);
            }
            Some(Effect::Read(id, question)) => {
                network.handle_read(id, Ok(store.now.read(&question)), now);
            }
            Some(Effect::Answer(_, _, given)) => answer = Some(given),
            // Of others there is nobody here.
            Some(
                Effect::Tell(..) | Effect::Close(..) | Effect::Post(..) | Effect::Acknowledge(..),
            ) => {}
            None => return answer,
        }
    }
}

/// Signs in, changes the name, ends; and another network over the same store still knows the name.
fn rename(store: &mut Store, who: &Who, name: &str) -> Result<Arc<str>, Failure> {
    // Both clocks are the host's to read.
    let now = Now {
        monotonic: Instant::ORIGIN,
        wall: UnixTime::from_secs(1_214_889_243),
    };
    let enter = || Command::Enter {
        who: who.clone(),
        endpoint: Guid::from_bytes([7; 16]),
    };
    // A seed comes from the system's random generator.
    let network = || Network::new(Config::default(), HomeId::default(), 0, [1; 32], now);
    let mut first = network();
    for command in [enter(), Command::SetName(name.into())] {
        let answer = ask(&mut first, store, command, now);
        answer
            .ok_or("no answer")?
            .map_err(|why| format!("{why:?}"))?;
    }
    let mut second = network();
    let answer = ask(&mut second, store, enter(), now);
    answer
        .ok_or("no answer")?
        .map_err(|why| format!("{why:?}"))?;
    Ok(second.name(ConnectionId(1)).ok_or("nobody is here")?)
}

fn main() -> Result<(), Failure> {
    let mut store = Store::default();
    let alice = store.now.add_account(NewAccount {
        skype_id: SkypeId::parse("live:alice")?,
        email: EmailAddress::parse("alice@example.org")?,
        name: "Alice".into(),
        password_hash: String::new().into(),
    })?;
    let name = rename(&mut store, &alice, "Alice in Wonderland")?;
    println!("{name}");
    for line in &store.journal {
        println!("kept: {line}");
    }
    assert_eq!(&*name, "Alice in Wonderland");
    assert_eq!(store.journal.len(), 1);
    Ok(())
}

#[test]
fn what_the_network_wants_kept_outlives_it() {
    main().unwrap();
}
