//! Ten honest people who write to each other in a circle: by the gateway, by the IM web service, and by TCP itself.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::failure::Failure;
use crate::person::Who;
use crate::process::Doors;
use by_posts::Poster;
use ledger::Ledger;
pub(crate) use ledger::Outcome;
use screen::Screen;

mod by_calls;
mod by_posts;
mod by_stream;
mod ledger;
mod mark;
mod news;
mod pace;
mod screen;

/// How many.
const PEOPLE: usize = 10;

#[derive(Debug)]
pub(crate) struct Chat {
    ledger: Arc<Ledger>,
    writers: Vec<JoinHandle<()>>,
    readers: Vec<JoinHandle<()>>,
}

impl Chat {
    pub(crate) async fn start(doors: Doors) -> Result<Self, Failure> {
        let ledger = Arc::new(Ledger::new());
        let (mut writers, mut readers) = (Vec::new(), Vec::new());
        for number in 0..PEOPLE {
            let peer = Ipv4Addr::new(203, 0, 113, 50 + u8::try_from(number)?);
            let next = (number + 1) % PEOPLE;
            let who = Who::new(number, 1, peer);
            let screen = Screen::new(Arc::clone(&ledger));
            match number {
                3 | 7 => {
                    let caller = by_calls::sign_in(doors, (number, peer), &screen).await?;
                    readers.push(tokio::spawn(by_calls::read(caller.clone(), number, screen)));
                    let ledger = Arc::clone(&ledger);
                    writers.push(tokio::spawn(by_calls::write(caller, number, next, ledger)));
                }
                4 | 8 => {
                    let stream = by_stream::sign_in(doors, who).await?;
                    readers.push(tokio::spawn(by_stream::talk(stream, who, next, screen)));
                }
                _ => {
                    let poster = Poster::sign_in(doors, who, screen).await?;
                    readers.push(tokio::spawn(poster.clone().read()));
                    writers.push(tokio::spawn(poster.write(next)));
                }
            }
        }
        Ok(Self {
            ledger,
            writers,
            readers,
        })
    }

    /// Lets what is said arrive; what came of all.
    pub(crate) async fn stop(self) -> Outcome {
        self.ledger.end();
        for writer in self.writers {
            // One that panicked has said so.
            let _ = writer.await;
        }
        for _ in 0..120 {
            tokio::time::sleep(Duration::from_millis(500)).await;
            if self.ledger.outcome().lost == 0 {
                break;
            }
        }
        // What comes twice would come now.
        tokio::time::sleep(Duration::from_secs(2)).await;
        for reader in self.readers {
            reader.abort();
        }
        self.ledger.outcome()
    }
}
