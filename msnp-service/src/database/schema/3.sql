-- People become numbers, threads 16 bytes, messages get a name and, in each keeping, a number.
-- `migration.rs` fills what takes more than SQL, and drops the tables of version 2 in the end.

ALTER TABLE account RENAME TO old_account;
ALTER TABLE contact RENAME TO old_contact;
ALTER TABLE thread RENAME TO old_thread;
ALTER TABLE member RENAME TO old_member;
ALTER TABLE message RENAME TO old_message;
ALTER TABLE share RENAME TO old_share;
ALTER TABLE conversation RENAME TO old_conversation;
DROP INDEX contact_watcher;
DROP INDEX message_sent;
DROP INDEX share_conversation;
DROP INDEX share_pending;
DROP INDEX share_message;
DROP INDEX conversation_last;

-- id: given once, never again, also when the account is gone.
-- privacy: what holds for strangers: 0 allowed, 1 blocked, NULL never said.
-- last: the highest number of a message that was forgotten since.
CREATE TABLE account (
    id            INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    skype_id      TEXT NOT NULL UNIQUE,
    email         TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    privacy       INTEGER,
    last          INTEGER NOT NULL DEFAULT 0
) STRICT;

-- lists: bits: 1 forward, 2 allow, 4 block. group_ids: 16 bytes each, in order.
-- version, told: what the contact is to know, and whether they do.
CREATE TABLE contact (
    owner     INTEGER NOT NULL,
    contact   INTEGER NOT NULL,
    lists     INTEGER NOT NULL,
    own_name  TEXT NOT NULL,
    group_ids BLOB NOT NULL,
    version   INTEGER NOT NULL,
    told      INTEGER NOT NULL,
    PRIMARY KEY (owner, contact)
) STRICT, WITHOUT ROWID;

-- position: the order in which they were made.
CREATE TABLE contact_group (
    position INTEGER NOT NULL PRIMARY KEY,
    owner    INTEGER NOT NULL,
    id       BLOB NOT NULL,
    name     TEXT NOT NULL,
    UNIQUE (owner, id)
) STRICT;

CREATE TABLE property (
    owner INTEGER NOT NULL,
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (owner, name)
) STRICT, WITHOUT ROWID;

-- What `holder` knows of whether `stater` has them on the forward list.
CREATE TABLE listed (
    holder   INTEGER NOT NULL,
    stater   INTEGER NOT NULL,
    lists    INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    answered INTEGER NOT NULL,
    PRIMARY KEY (holder, stater)
) STRICT, WITHOUT ROWID;

CREATE TABLE thread (
    id      BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    topic   TEXT NOT NULL,
    creator INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- position: the order in which they came. left_at: milliseconds, NULL while they are in it.
CREATE TABLE member (
    thread   BLOB NOT NULL,
    position INTEGER NOT NULL,
    person   INTEGER NOT NULL,
    is_admin INTEGER NOT NULL,
    left_at  INTEGER,
    PRIMARY KEY (thread, position)
) STRICT, WITHOUT ROWID;

-- id: of this file alone. home, number: its name. arrival: milliseconds.
-- author: a person's number, with an endpoint of 16 bytes, or a thread's 16 bytes, without.
-- kind: NULL for what happened in a thread; then the body is an activity as `encoding.rs` writes it.
-- digest: of kind and body, where there is a client_id. attributes: as `encoding.rs` writes them.
-- The body comes last: where it is long, what stands before it is read without it.
CREATE TABLE message (
    id         INTEGER NOT NULL PRIMARY KEY,
    home       INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    arrival    INTEGER NOT NULL,
    author     ANY NOT NULL,
    endpoint   BLOB,
    client_id  TEXT,
    digest     INTEGER,
    kind       TEXT,
    attributes BLOB NOT NULL,
    body       BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX message_name ON message (home, number);
CREATE INDEX message_arrival ON message (arrival);

-- number: in the owner's keeping. message: the id of its row.
-- conversation: a person's number, or a thread's 16 bytes.
-- sent: whether it is the owner's own and has a client_id.
-- Which conversations there are is what the second index says: a message then costs no row of theirs.
CREATE TABLE share (
    owner        INTEGER NOT NULL,
    number       INTEGER NOT NULL,
    conversation ANY NOT NULL,
    message      INTEGER NOT NULL,
    waiting      INTEGER NOT NULL,
    sent         INTEGER NOT NULL,
    PRIMARY KEY (owner, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX share_conversation ON share (owner, conversation, number);
CREATE INDEX share_waiting ON share (owner, number) WHERE waiting = 1;
CREATE INDEX share_sent ON share (owner, number) WHERE sent = 1;
CREATE INDEX share_message ON share (message);

-- How far a conversation was read, by the owner's numbers, and when, in milliseconds.
CREATE TABLE horizon (
    owner        INTEGER NOT NULL,
    conversation ANY NOT NULL,
    number       INTEGER NOT NULL,
    read_at      INTEGER NOT NULL,
    PRIMARY KEY (owner, conversation)
) STRICT, WITHOUT ROWID;

INSERT INTO account (skype_id, email, name, password_hash)
    SELECT skype_id, address, display_name, password_hash FROM old_account ORDER BY skype_id;

INSERT INTO contact (owner, contact, lists, own_name, group_ids, version, told)
    SELECT o.id, c.id, old.lists, '', x'', old.lists & 1, 1
    FROM old_contact AS old
    JOIN account AS o ON o.skype_id = old.owner JOIN account AS c ON c.skype_id = old.contact;

-- Who has somebody on the forward list was known to them at once; who has put the other on any list has
-- answered.
INSERT INTO listed (holder, stater, lists, version, answered)
    SELECT said.contact, said.owner, 1, 1,
        EXISTS (SELECT 1 FROM contact AS own WHERE own.owner = said.contact AND own.contact = said.owner)
    FROM contact AS said WHERE said.lists & 1 = 1;

INSERT INTO thread (id, version, topic, creator)
    SELECT unhex(substr(old.id, 4, 32)), version, topic, account.id
    FROM old_thread AS old JOIN account ON skype_id = creator;

INSERT INTO member (thread, position, person, is_admin, left_at)
    SELECT unhex(substr(thread, 4, 32)), position, account.id, is_admin, left_at
    FROM old_member JOIN account ON skype_id = who;
