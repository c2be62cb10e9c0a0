CREATE TABLE account (
    skype_id      TEXT NOT NULL PRIMARY KEY,
    address       TEXT NOT NULL UNIQUE,
    display_name  TEXT NOT NULL,
    password_hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- lists: the bits of `l`: 1 forward, 2 allow, 4 block.
CREATE TABLE contact (
    owner   TEXT NOT NULL,
    contact TEXT NOT NULL,
    lists   INTEGER NOT NULL,
    PRIMARY KEY (owner, contact)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_watcher ON contact (contact, owner) WHERE lists & 1 = 1;

CREATE TABLE thread (
    id      TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    topic   TEXT NOT NULL,
    creator TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- position: the order in which they joined. left_at: milliseconds, NULL while they are in it.
CREATE TABLE member (
    thread   TEXT NOT NULL,
    position INTEGER NOT NULL,
    who      TEXT NOT NULL,
    is_admin INTEGER NOT NULL,
    left_at  INTEGER,
    PRIMARY KEY (thread, position)
) STRICT, WITHOUT ROWID;

-- author: `8:name` with an epid of 16 bytes, or `19:…@thread.skype` without.
CREATE TABLE message (
    id        INTEGER NOT NULL PRIMARY KEY,
    arrival   INTEGER NOT NULL,
    author    TEXT NOT NULL,
    epid      BLOB,
    kind      TEXT NOT NULL,
    client_id TEXT,
    headers   BLOB NOT NULL,
    body      BLOB NOT NULL
) STRICT;
CREATE INDEX message_sent ON message (author, client_id) WHERE client_id IS NOT NULL;

CREATE TABLE share (
    owner        TEXT NOT NULL,
    message      INTEGER NOT NULL,
    conversation TEXT NOT NULL,
    pending      INTEGER NOT NULL,
    PRIMARY KEY (owner, message)
) STRICT, WITHOUT ROWID;
CREATE INDEX share_conversation ON share (owner, conversation, message);
CREATE INDEX share_pending ON share (owner, message) WHERE pending = 1;
CREATE INDEX share_message ON share (message);

CREATE TABLE conversation (
    owner   TEXT NOT NULL,
    id      TEXT NOT NULL,
    last    INTEGER NOT NULL,
    horizon TEXT NOT NULL,
    PRIMARY KEY (owner, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX conversation_last ON conversation (owner, last);
