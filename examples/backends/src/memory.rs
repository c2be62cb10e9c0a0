//! What each backend holds in memory while a busy server talks: when nobody listens, when somebody does, and when an
//! answer has no end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{io, thread};

use driver_conformance::guests::{Arguments, Guest, Launch, Program};
use driver_conformance::server::{Fault, Gate, Reply, Request, Server};

use crate::backend::BACKENDS;
use crate::foreign::GUESTS;
use crate::side_by_side::{all_must_run, side_by_side};

const MIB: usize = 1 << 20;

/// So long the application takes nothing.
const REST: Duration = Duration::from_secs(4);

/// So many mebibytes it takes afterwards.
const LISTENED: usize = 200;

/// So many posts are exchanged before the memory at the start is looked at: what compiles itself has done so by then.
const WARM: usize = 300;

/// So much an answer without an end would say.
const ENDLESS: usize = 400 * MIB;

/// So much more than at its start a guest may have held at once. It is a few times what one session and the responses in flight
/// may be; what grows with what the server says would be far above.
const FLAT: usize = 96 * MIB;

/// The most that a guest had held at once, in bytes: at its start, and after each stage.
struct Peaks {
    start: usize,
    unheard: usize,
    heard: usize,
    endless: usize,
}

/// Prints the table. False if memory grew with what the server said or nobody could tell; with `MSNP_TEST_ALL=1`, if something was
/// not run too.
pub(crate) fn print() -> bool {
    println!(
        "Most memory held at once, MiB: at the start; while a server with a mebibyte for each poll is not listened to; \
         after {LISTENED} MiB were; after an answer of {} MiB.\n",
        ENDLESS / MIB
    );
    println!(
        "{:10} {:>8} {:>8} {:>8} {:>8}",
        "", "start", "unheard", "heard", "endless"
    );
    let ours = BACKENDS.iter().map(|backend| -> Measure {
        Box::new(|| {
            let program = std::env::current_exe().map_err(Lost::Failed)?;
            peaks(&Program::new(program, ["guest", backend.name]))
        })
    });
    let others = GUESTS
        .iter()
        .map(|guest| -> Measure { Box::new(|| peaks(&(guest.program)().map_err(Lost::NotRun)?)) });
    let names = BACKENDS.iter().map(|it| it.name);
    let names = names.chain(GUESTS.iter().map(|it| it.name));
    let rows = names.zip(side_by_side(ours.chain(others).collect()));
    let mut fine = true;
    for (name, row) in rows {
        fine &= show(name, row);
    }
    fine
}

/// Measures a backend, or says why nobody knows.
type Measure = Box<dyn FnOnce() -> Result<Peaks, Lost> + Send>;

enum Lost {
    /// This is missing here.
    NotRun(String),
    Failed(io::Error),
}

impl From<io::Error> for Lost {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

/// Prints a row. Whether it is as it should be.
fn show(name: &str, row: Result<Peaks, Lost>) -> bool {
    match row {
        Ok(Peaks {
            start,
            unheard,
            heard,
            endless,
        }) => {
            let [a, b, c, d] = [start, unheard, heard, endless].map(tenths);
            let grew = endless.saturating_sub(start) > FLAT;
            let verdict = if grew { "  GROWS" } else { "" };
            println!("{name:10} {a:>8} {b:>8} {c:>8} {d:>8}{verdict}");
            !grew
        }
        Err(Lost::NotRun(missing)) => {
            println!("{name:10} not run: {missing}");
            !all_must_run()
        }
        Err(Lost::Failed(error)) => {
            println!("{name:10} FAILED: {error}");
            false
        }
    }
}

fn tenths(bytes: usize) -> String {
    let tenths = bytes * 10 / MIB;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// What the server has been asked.
#[derive(Default)]
struct Asked {
    posts: AtomicUsize,
    polls: AtomicUsize,
    /// The guest has been looked at and may rest.
    begun: Gate,
}

impl Asked {
    fn answer(&self, request: &Request) -> Fault {
        if request.target.contains("Action=open") {
            return said("PING\r\n");
        }
        if !request.target.contains("Action=poll") {
            return match self.posts.fetch_add(1, Ordering::SeqCst) {
                ..WARM => said("PING\r\n"),
                WARM => said(format!("REST {}\r\n", REST.as_millis())).until(&self.begun),
                // One answer without an end is enough.
                posts if posts == WARM + 1 => Fault::flood(endless(), vec![b'x'; 1 << 16], ENDLESS),
                _ => said(""),
            };
        }
        match self.polls.fetch_add(1, Ordering::SeqCst) {
            // Makes it post.
            LISTENED => said("PING\r\n"),
            polls if polls > LISTENED => Fault::hang(),
            _ => {
                let mut mebibyte = b"SKIP ".to_vec();
                mebibyte.resize(MIB, b'.');
                said(mebibyte).until(&self.begun)
            }
        }
    }
}

fn said(body: impl Into<Vec<u8>>) -> Fault {
    let reply = Reply::new(200, body).with("X-MSN-Messenger", "SessionID=1.2");
    Fault::answer(reply.with("X-MSN-GWCapabilities", "LP"))
}

fn endless() -> String {
    format!(
        "HTTP/1.1 200 OK\r\nX-MSN-Messenger: SessionID=1.2\r\nContent-Length: {ENDLESS}\r\n\r\n"
    )
}

fn peaks(program: &Program) -> Result<Peaks, Lost> {
    let asked = Arc::new(Asked::default());
    let answering = Arc::clone(&asked);
    let server = Server::alone(move |request| answering.answer(request));
    let url = server.url("/gateway/gateway.dll");
    let mut guest = program.launch(&Arguments::new(url, Duration::from_secs(40)))?;
    let seen = |of: &AtomicUsize| of.load(Ordering::SeqCst);

    until(&mut *guest, || seen(&asked.posts) > WARM)?;
    let start = peak(&*guest)?;
    asked.begun.open();
    // Within this it takes what it takes while nobody listens; where the application's own thread drives, that is nothing.
    thread::sleep(REST * 3 / 4);
    let unheard = peak(&*guest)?;
    until(&mut *guest, || seen(&asked.polls) > LISTENED)?;
    let heard = peak(&*guest)?;
    // What comes of the endless answer is told by the next post.
    until(&mut *guest, || seen(&asked.posts) > WARM + 2)?;
    let endless = peak(&*guest)?;
    Ok(Peaks {
        start,
        unheard,
        heard,
        endless,
    })
}

fn until(guest: &mut dyn Guest, done: impl Fn() -> bool) -> io::Result<()> {
    let started = Instant::now();
    while !done() {
        if guest.is_over() {
            return Err(io::Error::other("the guest has ended"));
        }
        if started.elapsed() > Duration::from_secs(120) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn peak(guest: &dyn Guest) -> io::Result<usize> {
    let why = "this system does not tell the memory of a process";
    guest.peak_memory().ok_or_else(|| io::Error::other(why))
}
