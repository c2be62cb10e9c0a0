-- What clients sign in with by MD5. The token itself: a client hashes it behind a salt, so no hash of it would do.
-- number: never given twice. made: milliseconds.
CREATE TABLE access_token (
    number  INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL,
    label   TEXT NOT NULL,
    made    INTEGER NOT NULL,
    token   TEXT NOT NULL
) STRICT;
CREATE INDEX access_token_account ON access_token (account);
