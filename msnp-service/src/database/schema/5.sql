-- Which users of the IM web service are on trial.
CREATE TABLE IF NOT EXISTS service_trial (
    user_id TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
