//! What one commit of a message's rows costs by itself: the service's tables, its pragmas, and its arrangement, a
//! thread that is sent the rows and answers when they are on the disk.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use msnp_service::database::Writer;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior, params};
use tokio::sync::oneshot;

use crate::account::TEXT;
use crate::scale::Failure;

/// The thread, and how many messages it was given.
pub(crate) struct BareStore {
    messages: Sender<(i64, oneshot::Sender<rusqlite::Result<()>>)>,
    thread: JoinHandle<()>,
    given: i64,
}

/// The numbers of messages are milliseconds of this time or later, as the service gives them.
const FIRST_NUMBER: i64 = 1_795_000_000_000;

/// The two who talk to each other.
const AUTHOR: i64 = 1;
const READER: i64 = 2;

impl BareStore {
    /// Makes the file, with the tables of the service.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        drop(Writer::open(path, Duration::ZERO)?);
        let mut connection = Connection::open(path)?;
        connection.execute_batch("PRAGMA synchronous = FULL")?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        let (messages, inbox) = channel();
        let thread = std::thread::spawn(move || write(&mut connection, &inbox));
        Ok(Self {
            messages,
            thread,
            given: 0,
        })
    }

    /// One more message, from its way to the thread until the answer is back.
    pub(crate) async fn sample(&mut self) -> Result<f64, Failure> {
        self.given += 1;
        let (reply, replied) = oneshot::channel();
        let start = Instant::now();
        self.messages.send((self.given, reply))?;
        replied.await??;
        Ok(start.elapsed().as_secs_f64())
    }

    /// Waits until the file is closed.
    pub(crate) fn close(self) {
        drop(self.messages);
        // A thread that panicked has said so.
        let _ = self.thread.join();
    }
}

fn write(
    connection: &mut Connection,
    inbox: &Receiver<(i64, oneshot::Sender<rusqlite::Result<()>>)>,
) {
    for (number, reply) in inbox {
        // Nobody may be waiting any more.
        let _ = reply.send(commit(connection, number));
    }
}

/// What the service keeps of a message of the release's traffic: the message, that both have it, and that the one
/// before was received.
fn commit(connection: &mut Connection, number: i64) -> rusqlite::Result<()> {
    let whole = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let kept = FIRST_NUMBER + number;
    whole
        .prepare_cached(
            "INSERT INTO message
            (home, number, arrival, author, endpoint, client_id, digest, kind, attributes, body)
            VALUES (0, ?1, ?2, ?3, ?4, ?5, ?6, 'Text', ?7, ?8) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            number,
            kept,
            AUTHOR,
            [7_u8; 16],
            number.to_string(),
            // A digest fills all 64 bits.
            number.wrapping_mul(0x5851_f42d_4c95_7f2d),
            b"\x0cContent-Type\x19Text/plain; charset=UTF-8",
            TEXT.as_bytes(),
        ])?;
    let message = whole.last_insert_rowid();
    for (owner, other, waiting, sent) in
        [(READER, AUTHOR, true, false), (AUTHOR, READER, false, true)]
    {
        whole
            .prepare_cached(
                "INSERT INTO share (owner, number, conversation, message, waiting, sent)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![owner, kept, other, message, waiting, sent])?;
    }
    whole
        .prepare_cached("UPDATE share SET waiting = 0 WHERE owner = ?1 AND number = ?2")?
        .execute([READER, kept - 1])?;
    whole.commit()
}
