//! Ten honest people who write to each other in a circle: by the gateway, by the IM web service, and by TCP itself.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::line::Line;
use crate::person::{Person, Who, acknowledgements, between, cookies, subscribe_frame};
use crate::process::Doors;

/// How many.
const PEOPLE: usize = 10;

/// How often each writes.
const EVERY: Duration = Duration::from_millis(700);

/// What was said and taken, and how often each of it was heard.
#[derive(Debug, Default)]
struct Ledger {
    fates: Mutex<BTreeMap<String, Heard>>,
    is_over: AtomicBool,
    troubles: AtomicUsize,
    trouble: Mutex<Option<String>>,
}

#[derive(Copy, Clone, Debug, Default)]
struct Heard {
    was_taken: bool,
    times: usize,
}

#[derive(Debug)]
pub(crate) struct Chat {
    ledger: Arc<Ledger>,
    writers: Vec<JoinHandle<()>>,
    readers: Vec<JoinHandle<()>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) said: usize,
    pub(crate) lost: usize,
    pub(crate) doubled: usize,
    /// Requests of theirs that had no good answer, and the first of them.
    pub(crate) troubles: usize,
    pub(crate) trouble: Option<String>,
}

impl Ledger {
    fn change(&self, text: &str, change: impl FnOnce(&mut Heard)) {
        let mut fates = self.fates.lock().unwrap_or_else(PoisonError::into_inner);
        change(fates.entry(text.to_owned()).or_default());
    }

    fn taken(&self, text: &str) {
        self.change(text, |heard| heard.was_taken = true);
    }

    /// All marks of ours in what somebody was told.
    fn heard(&self, told: &str) {
        for part in told.split("[[").skip(1) {
            if let Some((text, _)) = part.split_once("]]") {
                self.change(text, |heard| heard.times += 1);
            }
        }
    }

    fn trouble(&self, why: &Failure) {
        self.troubles.fetch_add(1, Ordering::Relaxed);
        let mut first = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert_with(|| why.to_string());
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    fn counted(&self) -> Outcome {
        let fates = self.fates.lock().unwrap_or_else(PoisonError::into_inner);
        let count = |which: fn(&Heard) -> bool| fates.values().filter(|it| which(it)).count();
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        Outcome {
            said: count(|it| it.was_taken),
            lost: count(|it| it.was_taken && it.times == 0),
            doubled: count(|it| it.times > 1),
            troubles: self.troubles.load(Ordering::Relaxed),
            trouble: trouble.clone(),
        }
    }
}

impl Chat {
    pub(crate) async fn start(doors: Doors) -> Result<Self, Failure> {
        let ledger = Arc::new(Ledger::default());
        let (mut writers, mut readers) = (Vec::new(), Vec::new());
        for number in 0..PEOPLE {
            let peer = Ipv4Addr::new(203, 0, 113, 50 + u8::try_from(number)?);
            let next = (number + 1) % PEOPLE;
            let who = Who::new(number, 1, peer);
            let ledger = Arc::clone(&ledger);
            match number {
                3 | 7 => {
                    let (caller, _) = Caller::sign_in(doors, number, peer).await?;
                    readers.push(tokio::spawn(fetching(caller.clone(), Arc::clone(&ledger))));
                    writers.push(tokio::spawn(calling(caller, number, next, ledger)));
                }
                4 | 8 => {
                    let stream = stream(doors, who).await?;
                    readers.push(tokio::spawn(streaming(stream, who, next, ledger)));
                }
                _ => {
                    let (person, told) = Person::sign_in(doors, who).await?;
                    ledger.heard(&told);
                    readers.push(tokio::spawn(polling(person.clone(), Arc::clone(&ledger))));
                    writers.push(tokio::spawn(posting(person, next, ledger)));
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
        self.ledger.is_over.store(true, Ordering::Relaxed);
        for writer in self.writers {
            // One that panicked has said so.
            let _ = writer.await;
        }
        for _ in 0..120 {
            tokio::time::sleep(Duration::from_millis(500)).await;
            if self.ledger.counted().lost == 0 {
                break;
            }
        }
        // What comes twice would come now.
        tokio::time::sleep(Duration::from_secs(2)).await;
        for reader in self.readers {
            reader.abort();
        }
        self.ledger.counted()
    }
}

/// Writes by posts, each again as it was until it is taken: the service knows it by its number.
async fn posting(person: Person, to: usize, ledger: Arc<Ledger>) {
    let mut line = None;
    let mut number = 0;
    while !ledger.is_over() {
        number += 1;
        let text = format!("{}-{number}", person.who().number());
        let frames = person.who().text(to, number, &format!("[[{text}]]"));
        for _ in 0..20 {
            let posted = async {
                let line = match &mut line {
                    Some(line) => line,
                    none => none.insert(person.line().await?),
                };
                person.post(line, &frames).await
            };
            match posted.await {
                Ok(reply) if reply.text().contains("SDG 8 MSGR 2\r\n") => {
                    ledger.heard(&reply.text());
                    ledger.taken(&text);
                    break;
                }
                Ok(reply) => {
                    ledger.heard(&reply.text());
                    ledger.trouble(&format!("refused: {:.60}", reply.text()).into());
                }
                Err(why) => {
                    line = None;
                    ledger.trouble(&why);
                }
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Polls, and acknowledges by a connection of its own.
async fn polling(person: Person, ledger: Arc<Ledger>) {
    loop {
        let going_on = async {
            let (mut polls, mut posts) = (person.line().await?, person.line().await?);
            loop {
                let told = person.poll(&mut polls, 20).await?;
                let received = acknowledgements(&told);
                ledger.heard(&told);
                if !received.is_empty() {
                    let told = person.post(&mut posts, &received).await?.text();
                    ledger.heard(&told);
                }
            }
        };
        let ended: Result<(), Failure> = going_on.await;
        if let Err(why) = ended {
            ledger.trouble(&why);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn fetching(caller: Caller, ledger: Arc<Ledger>) {
    loop {
        let going_on = async {
            let mut line = caller.line().await?;
            loop {
                ledger.heard(&caller.fetch(&mut line).await?);
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        };
        let ended: Result<(), Failure> = going_on.await;
        if let Err(why) = ended {
            ledger.trouble(&why);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn calling(caller: Caller, from: usize, to: usize, ledger: Arc<Ledger>) {
    let mut number = 0;
    while !ledger.is_over() {
        number += 1;
        let text = format!("{from}-{number}");
        let said = async {
            let mut line = caller.line().await?;
            caller.say(&mut line, to, &format!("[[{text}]]")).await
        };
        // A call has no number, so nothing is said twice here.
        match said.await {
            Ok(()) => ledger.taken(&text),
            Err(why) => ledger.trouble(&why),
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Signs in by TCP itself, with a uic that comes by a web call.
async fn stream(doors: Doors, who: Who) -> Result<Line, Failure> {
    let mut line = Line::open(doors.http, who.peer()).await?;
    let cookies = cookies(&mut line, who.number()).await?;
    let body = br#"{"trouterurl":"https://","connectionid":"a"}"#;
    let headers = format!("Cookie: {cookies}\r\n");
    let line_of_head = "POST /v1/user/Initialization";
    let answer = line.exchange(line_of_head, &headers, body).await?.text();
    let uic = between(&answer, "\"MappingContainer\":\"", "\"")?;
    let uic = uic
        .replace("%2B", "+")
        .replace("%2F", "/")
        .replace("%3D", "=");
    let user = format!(
        "<user><uic>{uic}</uic><id>live:u{}</id></user>",
        who.number()
    );
    let mut stream = Line::open(doors.tcp, who.peer()).await?;
    let frames = who.sign_in_frames(&user) + &subscribe_frame();
    stream.say(frames.as_bytes()).await?;
    Ok(stream)
}

/// Writes and reads by one stream. What ends it is trouble, and lasting.
async fn streaming(mut line: Line, who: Who, to: usize, ledger: Arc<Ledger>) {
    let going_on = async {
        let mut number: u64 = 0;
        let (mut taken, mut kept) = (0, String::new());
        let mut timer = tokio::time::interval(EVERY);
        loop {
            tokio::select! {
                read = line.hear() => {
                    read?;
                    kept.push_str(&String::from_utf8_lossy(&line.heard()));
                    // Up to what is surely whole: marks end before line ends do.
                    let until = kept.rfind("]]").map_or(0, |at| at + 2);
                    let until = until.max(kept.rfind("SDG 8 MSGR 2\r\n").map_or(0, |at| at + 14));
                    let told: String = kept.drain(..until).collect();
                    for _ in told.matches("SDG 8 MSGR 2\r\n") {
                        taken += 1;
                        ledger.taken(&format!("{}-{taken}", who.number()));
                    }
                    ledger.heard(&told);
                    line.say(acknowledgements(&told).as_bytes()).await?;
                }
                _ = timer.tick() => {
                    if ledger.is_over() {
                        // Only listens from here on.
                        continue;
                    }
                    number += 1;
                    let text = format!("[[{}-{number}]]", who.number());
                    line.say(who.text(to, number, &text).as_bytes()).await?;
                }
            }
        }
    };
    let ended: Result<(), Failure> = going_on.await;
    if let Err(why) = ended {
        ledger.trouble(&why);
    }
}
