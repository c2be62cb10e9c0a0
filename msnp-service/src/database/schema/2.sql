-- Who may use the IM web service. Not the accounts of the IM network.
CREATE TABLE service_account (
    user_id       TEXT NOT NULL PRIMARY KEY,
    password_hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;
