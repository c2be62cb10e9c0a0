//! `Sqlite`: a store in one file that survives `kill -9`.

use std::path::Path;

use msnp_proto::Secret;
use rusqlite::{Connection, Row, params};

use super::rows::{
    count, number, read_account, read_conversation, read_held, read_member, read_message,
    read_name, read_number, write_lists, write_message, write_thread,
};
use super::schema;
use crate::accounts::{SignInAddress, SkypeId};
use crate::notification::{
    Account, Conversation, ConversationId, Held, Lists, Message, MessageId, Share, Store, Thread,
    ThreadId,
};

mod service_accounts;

/// A [`Store`] in an SQLite database.
///
/// Writes join one transaction until [`commit`](Store::commit), so one flush of the disk serves
/// however many inputs the machine was given before it. The write-ahead log is flushed at every
/// commit (`synchronous=FULL`): what was committed outlives the process and the power.
#[derive(Debug)]
pub struct Sqlite {
    connection: Connection,
    writing: bool,
}

/// A database could not be opened as a store.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// SQLite refused: no such folder, no permission, not a database, locked.
    #[error("the store cannot be opened")]
    Sqlite(#[from] rusqlite::Error),
    /// A later version of this program wrote it.
    #[error("the store has version {found}, this program knows {known} and older")]
    Newer {
        /// The version in the file.
        found: i64,
        /// The newest that this program can read.
        known: i64,
    },
}

/// A read or a write failed.
#[derive(Debug, thiserror::Error)]
pub enum SqliteError {
    /// SQLite said so: disk full, file damaged, file locked by another program for too long.
    #[error("the store failed")]
    Sqlite(#[from] rusqlite::Error),
    /// SQLite gave the transaction up on its own, so what was written since the last commit is
    /// gone.
    #[error("the store lost the writes since the last commit")]
    TransactionLost,
    /// A row holds what this program never writes.
    #[error("the store holds a {what} that cannot be read")]
    Damaged {
        /// What was to be read.
        what: &'static str,
    },
}

impl Sqlite {
    /// Opens the file, or makes it; brings an older version up to date.
    ///
    /// # Errors
    /// [`OpenError`] if it is not a store, or is one of a later version.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::with(Connection::open(path)?)
    }

    /// A store that ends with the process.
    ///
    /// # Errors
    /// [`OpenError`] if SQLite cannot be used at all.
    pub fn in_memory() -> Result<Self, OpenError> {
        Self::with(Connection::open_in_memory()?)
    }

    fn with(mut connection: Connection) -> Result<Self, OpenError> {
        schema::prepare(&mut connection)?;
        Ok(Self {
            connection,
            writing: false,
        })
    }

    /// Joins the transaction, or starts it.
    fn write(&mut self) -> Result<&mut Connection, SqliteError> {
        if !self.writing {
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
            self.writing = true;
        } else if self.connection.is_autocommit() {
            return Err(SqliteError::TransactionLost);
        }
        Ok(&mut self.connection)
    }

    fn execute(&mut self, sql: &str, params: impl rusqlite::Params) -> Result<usize, SqliteError> {
        Ok(self.write()?.prepare_cached(sql)?.execute(params)?)
    }

    fn rows<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        read: impl Fn(&Row<'_>) -> Result<T, SqliteError>,
    ) -> Result<Vec<T>, SqliteError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read(row)?);
        }
        Ok(all)
    }

    fn row<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        read: impl Fn(&Row<'_>) -> Result<T, SqliteError>,
    ) -> Result<Option<T>, SqliteError> {
        Ok(self.rows(sql, params, read)?.pop())
    }
}

impl Store for Sqlite {
    type Error = SqliteError;

    fn commit(&mut self) -> Result<(), SqliteError> {
        if !self.writing {
            return Ok(());
        }
        if self.connection.is_autocommit() {
            return Err(SqliteError::TransactionLost);
        }
        self.connection.execute_batch("COMMIT")?;
        self.writing = false;
        Ok(())
    }

    fn roll_back(&mut self) {
        if !self.connection.is_autocommit() {
            // A failing rollback leaves no transaction behind either: SQLite ends it in any case.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        self.writing = false;
    }

    fn account(&self, who: &SkypeId) -> Result<Option<Account>, SqliteError> {
        let sql = "SELECT skype_id, address, display_name, password_hash FROM account WHERE skype_id = ?1";
        self.row(sql, [who.as_str()], read_account)
    }

    fn account_by_address(&self, address: &SignInAddress) -> Result<Option<Account>, SqliteError> {
        let sql =
            "SELECT skype_id, address, display_name, password_hash FROM account WHERE address = ?1";
        self.row(sql, [address.as_str()], read_account)
    }

    fn accounts(&self, after: Option<&SkypeId>, limit: usize) -> Result<Vec<Account>, SqliteError> {
        let sql = "SELECT skype_id, address, display_name, password_hash FROM account
            WHERE skype_id > ?1 ORDER BY skype_id LIMIT ?2";
        self.rows(
            sql,
            params![after.map_or("", SkypeId::as_str), count(limit)],
            read_account,
        )
    }

    fn add_account(&mut self, account: &Account) -> Result<bool, SqliteError> {
        let added = self.execute(
            "INSERT OR IGNORE INTO account (skype_id, address, display_name, password_hash) VALUES (?1, ?2, ?3, ?4)",
            params![
                account.skype_id.as_str(),
                account.address.as_str(),
                account.display_name,
                account.password_hash.expose()
            ],
        )?;
        Ok(added == 1)
    }

    fn set_display_name(&mut self, who: &SkypeId, name: &str) -> Result<(), SqliteError> {
        self.execute(
            "UPDATE account SET display_name = ?2 WHERE skype_id = ?1",
            [who.as_str(), name],
        )?;
        Ok(())
    }

    fn set_password_hash(
        &mut self,
        who: &SkypeId,
        hash: &Secret<String>,
    ) -> Result<(), SqliteError> {
        self.execute(
            "UPDATE account SET password_hash = ?2 WHERE skype_id = ?1",
            [who.as_str(), hash.expose()],
        )?;
        Ok(())
    }

    fn lists(&self, owner: &SkypeId, contact: &SkypeId) -> Result<Lists, SqliteError> {
        let sql = "SELECT lists FROM contact WHERE owner = ?1 AND contact = ?2";
        let lists = self.row(sql, [owner.as_str(), contact.as_str()], |row| {
            Ok(Lists(row.get(0)?))
        })?;
        Ok(lists.unwrap_or_default())
    }

    fn contacts(&self, owner: &SkypeId) -> Result<Vec<(SkypeId, Lists)>, SqliteError> {
        let sql = "SELECT contact, lists FROM contact WHERE owner = ?1 ORDER BY contact";
        self.rows(sql, [owner.as_str()], |row| {
            Ok((read_name(row, 0)?, Lists(row.get(1)?)))
        })
    }

    fn set_lists(
        &mut self,
        owner: &SkypeId,
        contacts: &[(SkypeId, Lists)],
    ) -> Result<(), SqliteError> {
        let all = self.write()?.savepoint()?;
        write_lists(&all, owner, contacts)?;
        Ok(all.commit()?)
    }

    fn watchers(&self, who: &SkypeId, limit: usize) -> Result<Vec<SkypeId>, SqliteError> {
        let sql = "SELECT owner FROM contact WHERE contact = ?1 AND lists & 1 = 1 ORDER BY owner LIMIT ?2";
        self.rows(sql, params![who.as_str(), count(limit)], |row| {
            read_name(row, 0)
        })
    }

    fn thread(&self, id: &ThreadId) -> Result<Option<Thread>, SqliteError> {
        let sql = "SELECT version, topic, creator FROM thread WHERE id = ?1";
        let found = self.row(sql, [id.as_str()], |row| {
            Ok(Thread {
                id: id.clone(),
                version: read_number(row, 0)?,
                topic: row.get(1)?,
                creator: read_name(row, 2)?,
                members: Vec::new(),
            })
        })?;
        let Some(mut thread) = found else {
            return Ok(None);
        };
        let sql = "SELECT who, is_admin, left_at FROM member WHERE thread = ?1 ORDER BY position";
        thread.members = self.rows(sql, [id.as_str()], read_member)?;
        Ok(Some(thread))
    }

    fn put_thread(&mut self, thread: &Thread) -> Result<(), SqliteError> {
        let all = self.write()?.savepoint()?;
        write_thread(&all, thread)?;
        Ok(all.commit()?)
    }

    fn last_message_id(&self) -> Result<MessageId, SqliteError> {
        let sql = "SELECT coalesce(max(id), 0) FROM message";
        let last = self.row(sql, [], |row| read_number(row, 0))?;
        Ok(MessageId(last.unwrap_or_default()))
    }

    fn append(&mut self, message: &Message, shares: &[Share]) -> Result<(), SqliteError> {
        let all = self.write()?.savepoint()?;
        write_message(&all, message, shares)?;
        Ok(all.commit()?)
    }

    fn sent(&self, sender: &SkypeId, client_id: &str) -> Result<Option<Message>, SqliteError> {
        let sql = "SELECT id, arrival, author, epid, kind, client_id, headers, body FROM message
            WHERE author = ?1 AND client_id = ?2 ORDER BY id DESC LIMIT 1";
        self.row(sql, [sender.to_muri().as_str(), client_id], read_message)
    }

    fn pending(
        &self,
        owner: &SkypeId,
        after: MessageId,
        until: MessageId,
        limit: usize,
    ) -> Result<Vec<Held>, SqliteError> {
        let sql = "SELECT id, arrival, author, epid, kind, client_id, headers, body, conversation, pending
            FROM share JOIN message ON id = message
            WHERE owner = ?1 AND pending = 1 AND message > ?2 AND message <= ?3 ORDER BY message LIMIT ?4";
        let range = params![
            owner.as_str(),
            number(after.0),
            number(until.0),
            count(limit)
        ];
        self.rows(sql, range, read_held)
    }

    fn pending_count(&self, owner: &SkypeId, limit: usize) -> Result<usize, SqliteError> {
        let sql =
            "SELECT count(*) FROM (SELECT 1 FROM share WHERE owner = ?1 AND pending = 1 LIMIT ?2)";
        let found = self.row(sql, params![owner.as_str(), count(limit)], |row| {
            read_number(row, 0)
        })?;
        Ok(found
            .and_then(|found| usize::try_from(found).ok())
            .unwrap_or_default())
    }

    fn since(
        &self,
        owner: &SkypeId,
        after: MessageId,
        limit: usize,
    ) -> Result<Vec<Held>, SqliteError> {
        let sql = "SELECT id, arrival, author, epid, kind, client_id, headers, body, conversation, pending
            FROM share JOIN message ON id = message
            WHERE owner = ?1 AND message > ?2 ORDER BY message LIMIT ?3";
        self.rows(
            sql,
            params![owner.as_str(), number(after.0), count(limit)],
            read_held,
        )
    }

    fn delivered(&mut self, owner: &SkypeId, id: MessageId) -> Result<(), SqliteError> {
        self.execute(
            "UPDATE share SET pending = 0 WHERE owner = ?1 AND message = ?2 AND pending = 1",
            params![owner.as_str(), number(id.0)],
        )?;
        Ok(())
    }

    fn conversations(
        &self,
        owner: &SkypeId,
        start: MessageId,
        limit: usize,
    ) -> Result<Vec<Conversation>, SqliteError> {
        let sql =
            "SELECT m.id, arrival, author, epid, kind, client_id, headers, body, c.id, horizon
            FROM conversation AS c JOIN message AS m ON m.id = last
            WHERE owner = ?1 AND last >= ?2 ORDER BY last DESC LIMIT ?3";
        self.rows(
            sql,
            params![owner.as_str(), number(start.0), count(limit)],
            |row| {
                Ok(Conversation {
                    id: read_conversation(row, 8)?,
                    last: read_message(row)?,
                    horizon: row.get(9)?,
                })
            },
        )
    }

    fn history(
        &self,
        owner: &SkypeId,
        conversation: &ConversationId,
        start: MessageId,
        before: MessageId,
        limit: usize,
    ) -> Result<Vec<Message>, SqliteError> {
        let sql = "SELECT id, arrival, author, epid, kind, client_id, headers, body
            FROM share JOIN message ON id = message
            WHERE owner = ?1 AND conversation = ?2 AND message >= ?3 AND message < ?4
            ORDER BY message DESC LIMIT ?5";
        let range = params![
            owner.as_str(),
            conversation.to_muri(),
            number(start.0),
            number(before.0),
            count(limit)
        ];
        self.rows(sql, range, read_message)
    }

    fn set_horizon(
        &mut self,
        owner: &SkypeId,
        conversation: &ConversationId,
        horizon: &str,
    ) -> Result<(), SqliteError> {
        self.execute(
            "UPDATE conversation SET horizon = ?3 WHERE owner = ?1 AND id = ?2",
            params![owner.as_str(), conversation.to_muri(), horizon],
        )?;
        Ok(())
    }

    fn forget_before(&mut self, id: MessageId) -> Result<(), SqliteError> {
        let all = self.write()?.savepoint()?;
        let id = number(id.0);
        all.execute("DELETE FROM share WHERE message < ?1", [id])?;
        all.execute("DELETE FROM conversation WHERE last < ?1", [id])?;
        all.execute("DELETE FROM message WHERE id < ?1", [id])?;
        Ok(all.commit()?)
    }
}
