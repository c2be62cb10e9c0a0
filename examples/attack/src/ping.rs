//! Honest people who ask for an answer all the time, each from a thread of its own that nothing else runs in.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::line::{introduction, request};
use crate::person::{Person, Who, ping_frame};
use crate::process::Doors;

/// How many of them.
const PEOPLE: usize = 4;

/// The first account of theirs.
const FIRST: usize = 10;

/// Just within what one person may ask for ever.
const EVERY: Duration = Duration::from_millis(60);

#[derive(Debug)]
pub(crate) struct Ping {
    heard: Arc<Heard>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Heard {
    is_over: AtomicBool,
    /// Milliseconds of each; none where there was no answer.
    samples: Mutex<Vec<Option<f64>>>,
}

/// What a while was like.
#[derive(Copy, Clone, Debug)]
pub(crate) struct While {
    /// Milliseconds.
    pub(crate) median: f64,
    pub(crate) late: f64,
    /// How many had no answer.
    pub(crate) unanswered: usize,
}

impl Ping {
    pub(crate) async fn start(doors: Doors) -> Result<Self, Failure> {
        let heard = Arc::new(Heard::default());
        let mut threads = Vec::new();
        for number in FIRST..FIRST + PEOPLE {
            let last = u8::try_from(number)?;
            let peer = Ipv4Addr::new(203, 0, 113, last);
            let who = Who::new(number, 1, peer);
            let (person, _) = Person::sign_in(doors, who).await?;
            let (target, headers) = person.post_head();
            let frame = ping_frame();
            let ask = request(&target, headers, frame.len()) + &frame;
            let heard = Arc::clone(&heard);
            let asking = move || ask_on(doors.http, peer, ask.as_bytes(), &heard);
            threads.push(std::thread::spawn(asking));
        }
        Ok(Self { heard, threads })
    }

    /// What it was like since the last time.
    pub(crate) fn lately(&self) -> While {
        let mut samples = self.heard.samples();
        let all = std::mem::take(&mut *samples);
        drop(samples);
        let mut answered: Vec<f64> = all.iter().copied().flatten().collect();
        answered.sort_by(f64::total_cmp);
        let at = |hundredths| {
            let at = answered.len().saturating_sub(1) * hundredths / 100;
            answered.get(at).copied().unwrap_or(f64::NAN)
        };
        While {
            median: at(50),
            late: at(99),
            unanswered: all.len() - answered.len(),
        }
    }

    pub(crate) fn stop(self) {
        self.heard.is_over.store(true, Ordering::Relaxed);
        for thread in self.threads {
            // A thread that panicked has said so.
            let _ = thread.join();
        }
    }
}

impl Heard {
    fn samples(&self) -> std::sync::MutexGuard<'_, Vec<Option<f64>>> {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ask_on(to: SocketAddr, peer: Ipv4Addr, ask: &[u8], heard: &Heard) {
    let mut line = None;
    while !heard.is_over.load(Ordering::Relaxed) {
        let asked = Instant::now();
        let answer = answer(&mut line, to, peer, ask);
        let took = asked.elapsed();
        let sample = answer.ok().map(|()| took.as_secs_f64() * 1000.0);
        if sample.is_none() {
            line = None;
        }
        heard.samples().push(sample);
        std::thread::sleep(EVERY.saturating_sub(took));
    }
}

fn answer(
    line: &mut Option<TcpStream>,
    to: SocketAddr,
    peer: Ipv4Addr,
    ask: &[u8],
) -> Result<(), Failure> {
    let stream = if let Some(stream) = line {
        stream
    } else {
        let mut stream = TcpStream::connect(to)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        stream.write_all(introduction(to, peer).as_bytes())?;
        line.insert(stream)
    };
    stream.write_all(ask)?;
    let mut told = Vec::new();
    let mut some = [0; 4096];
    // Its end is all that is looked for: the document in the answer.
    while memchr::memmem::find(&told, b"</ping-response>").is_none() {
        match stream.read(&mut some)? {
            0 => return Err("ended".into()),
            more => told.extend_from_slice(&some[..more]),
        }
        let head = memchr::memmem::find(&told, b"\r\n\r\n");
        if head.is_some() && !told.starts_with(b"HTTP/1.1 200") {
            return Err("refused".into());
        }
    }
    Ok(())
}
