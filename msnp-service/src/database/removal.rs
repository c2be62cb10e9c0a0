//! What becomes of a person who is removed.

use rusqlite::{Connection, params};

use super::error::Error;

/// The password hash of somebody who was removed. No password matches it, and nobody finds them.
pub(super) const REMOVED: &str = "!";

/// Removes everything that is this person's: address, name, password, access tokens, lists, groups of contacts, properties, their keeping of messages. They leave
/// every group, and everybody's lists.
///
/// What they wrote stays with whom they wrote it to, under their name on MSNP24. That name stays taken, so nobody else can be taken for them;
/// of the account nothing else is left.
pub(super) fn remove(all: &Connection, who: i64, now: i64) -> Result<(), Error> {
    // A message that only they keep goes; one that others keep is theirs too.
    all.execute(
        "DELETE FROM message WHERE id IN (SELECT message FROM share WHERE owner = ?1)
            AND NOT EXISTS (SELECT 1 FROM share WHERE message = message.id AND owner <> ?1)",
        [who],
    )?;
    for sql in [
        "DELETE FROM share WHERE owner = ?1",
        "DELETE FROM horizon WHERE owner = ?1",
        "DELETE FROM contact WHERE owner = ?1 OR contact = ?1",
        "DELETE FROM contact_group WHERE owner = ?1",
        "DELETE FROM property WHERE owner = ?1",
        "DELETE FROM access_token WHERE account = ?1",
        "DELETE FROM listed WHERE holder = ?1 OR stater = ?1",
    ] {
        all.execute(sql, [who])?;
    }
    // The eldest of those who stay becomes admin where there is none left, as when somebody leaves by themselves.
    all.execute(
        "UPDATE thread SET version = max(?2, version + 1)
            WHERE id IN (SELECT thread FROM member WHERE person = ?1 AND left_at IS NULL)",
        params![who, now],
    )?;
    all.execute(
        "UPDATE member SET is_admin = 1 WHERE (thread, position) IN (
            SELECT thread, min(position) FROM member AS stays
            WHERE person <> ?1 AND left_at IS NULL
                AND thread IN (SELECT thread FROM member WHERE person = ?1 AND left_at IS NULL)
                AND NOT EXISTS (
                    SELECT 1 FROM member AS admin
                    WHERE admin.thread = stays.thread AND person <> ?1 AND left_at IS NULL AND is_admin = 1
                )
            GROUP BY thread
        )",
        [who],
    )?;
    all.execute(
        "UPDATE member SET left_at = ?2, is_admin = 0 WHERE person = ?1 AND left_at IS NULL",
        params![who, now],
    )?;
    all.execute(
        "UPDATE account SET email = 'removed-' || id || '@removed.invalid', name = skype_id,
            password_hash = ?2, privacy = NULL
            WHERE id = ?1",
        params![who, REMOVED],
    )?;
    Ok(())
}
