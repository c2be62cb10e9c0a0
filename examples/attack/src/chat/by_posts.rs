//! Somebody at the gateway, who posts by one connection and polls by another, and acknowledges by both.

use std::sync::Arc;
use std::time::Duration;

use super::mark::Mark;
use super::news::{self, News};
use super::pace::EVERY;
use super::screen::Screen;
use crate::failure::Failure;
use crate::line::Line;
use crate::person::{Person, Who};
use crate::process::Doors;

/// One person, as both of their connections know them.
#[derive(Clone, Debug)]
pub(super) struct Poster {
    person: Person,
    screen: Arc<Screen>,
}

/// What is to be said about what was heard.
#[derive(Debug, Default)]
struct Receipts {
    frames: String,
    of: Vec<Mark>,
}

impl Poster {
    /// Signs in. What is told by that is received as anything is.
    pub(super) async fn sign_in(doors: Doors, who: Who, screen: Screen) -> Result<Self, Failure> {
        let (person, told) = Person::sign_in(doors, who).await?;
        let screen = Arc::new(screen);
        let poster = Self { person, screen };
        let owed = poster.hear(told, "at the sign-in");
        poster.acknowledge(owed, &mut None).await?;
        Ok(poster)
    }

    /// Writes until the chat is over.
    pub(super) async fn write(self, to: usize) {
        let mut line = None;
        let (from, mut number) = (self.person.who().number(), 0);
        while !self.screen.ledger().is_over() {
            number += 1;
            self.say(to, Mark { from, number }, &mut line).await;
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Posts it, again as it was, until it is taken or that was tried for long: the service knows it by its number.
    async fn say(&self, to: usize, mark: Mark, line: &mut Option<Line>) {
        let (who, text) = (self.person.who(), mark.to_string());
        let frames = who.numbered_text(news::command_number(mark), to, mark.number, &text);
        let ledger = self.screen.ledger();
        for _ in 0..20 {
            ledger.note(mark, "posted");
            if let Err(why) = self.post(line, &frames, "by the answer to a post").await {
                ledger.note(mark, format!("no answer: {why}"));
            }
            if ledger.was_taken(mark) {
                return;
            }
            // Its answer may come by the poll.
            tokio::time::sleep(Duration::from_millis(500)).await;
            if ledger.was_taken(mark) {
                return;
            }
        }
    }

    /// Polls, for ever.
    pub(super) async fn read(self) {
        loop {
            let going_on = async {
                let (mut polls, mut posts) = (self.person.line().await?, None);
                loop {
                    let told = self.person.poll(&mut polls, 20).await?;
                    let owed = self.hear(told, "by a poll");
                    self.acknowledge(owed, &mut posts).await?;
                }
            };
            let ended: Result<(), Failure> = going_on.await;
            if let Err(why) = ended {
                self.trouble(&why);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Takes in what was told, and says that it was received, which may tell something more.
    async fn acknowledge(&self, owed: Receipts, line: &mut Option<Line>) -> Result<(), Failure> {
        let mut owed = owed;
        while !owed.frames.is_empty() {
            let posted = self.posted(line, &owed.frames).await;
            let told = match posted {
                Ok(told) => told,
                Err(why) => {
                    // Once more, by another connection.
                    self.trouble(&why);
                    self.posted(line, &owed.frames).await?
                }
            };
            self.screen.received(&owed.of);
            owed = self.hear(told, "by the answer to a receipt");
        }
        Ok(())
    }

    /// Posts, and acknowledges what the answer brings.
    async fn post(&self, line: &mut Option<Line>, frames: &str, how: &str) -> Result<(), Failure> {
        let posted = async {
            let told = self.posted(line, frames).await?;
            let owed = self.hear(told, how);
            self.acknowledge(owed, line).await
        };
        let posted: Result<(), Failure> = posted.await;
        posted.inspect_err(|why| self.trouble(why))
    }

    /// By the connection that there is, or a new one; it is given up if that fails.
    async fn posted(&self, line: &mut Option<Line>, frames: &str) -> Result<String, Failure> {
        let mut by = match line.take() {
            Some(line) => line,
            None => self.person.line().await?,
        };
        let told = self.person.post(&mut by, frames).await?.text();
        *line = Some(by);
        Ok(told)
    }

    fn trouble(&self, why: &Failure) {
        self.screen.broke();
        self.screen
            .ledger()
            .trouble(self.person.who().number(), why);
    }

    /// Writes down what was told by a reply, which holds whole frames.
    fn hear(&self, told: String, how: &str) -> Receipts {
        let from = self.person.who().number();
        let mut owed = Receipts::default();
        for one in news::take(&mut told.into_bytes()) {
            match one {
                News::Taken(number) => self.screen.ledger().taken(Mark { from, number }),
                News::Refused(number, why) => {
                    self.screen.ledger().note(Mark { from, number }, &why);
                    let why = format!("refused: {why}");
                    self.screen.ledger().trouble(from, &why.into());
                }
                News::Message { mark, id, receipt } => {
                    self.screen.show(mark, Some(&id), how);
                    owed.frames.push_str(&receipt);
                    owed.of.push(mark);
                }
                News::Other(receipt) => owed.frames.push_str(&receipt),
            }
        }
        owed
    }
}
