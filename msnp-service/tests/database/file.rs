//! What a file does beside: it keeps, it is nobody else's, it says what is wrong with it.

use std::time::Duration;

use msnp_server::identity::HomeId;
use msnp_server::network::{Change, Number};
use msnp_service::database::{Error, ErrorKind, OpenError, Reader, Writer};

use crate::store::{File, PATIENCE, Pair, Store, batch, people, said, share, with};

#[test]
fn a_file_keeps_what_was_committed_and_nothing_else() {
    let mut pair = Pair::new();
    let [alice, bob, _] = people(&mut pair);
    pair.keep(said(10, &alice, &bob));
    let Pair {
        writer,
        reader,
        file,
    } = pair;
    drop((writer, reader));
    let mut pair = Pair::over(file);
    assert_eq!(pair.waiting(&bob), [11]);
}

#[test]
fn a_batch_that_fails_leaves_nothing() {
    let mut pair = Pair::new();
    let [alice, bob, _] = people(&mut pair);
    pair.keep(said(10, &alice, &bob));
    let before = pair.person(&bob);
    // The last change of the second batch takes a number that Bob has given already.
    let mut bad = vec![
        Change::Name(bob.person(), "changed".into()),
        Change::Received(bob.person(), Number(11)),
    ];
    bad.extend(said(20, &alice, &bob));
    bad.push(share(&bob, 11, with(&alice), 20, true));
    let batches = [batch(said(15, &alice, &bob)), batch(bad)];
    let failed = pair.writer.commit(&batches).unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Other);
    assert_eq!(pair.person(&bob), before);
    pair.writer.commit(&batches[..1]).unwrap();
    assert_eq!(pair.waiting(&bob), [11, 16]);
}

#[test]
fn several_batches_are_kept_at_once() {
    let mut pair = Pair::new();
    let [alice, bob, _] = people(&mut pair);
    let batches = [10, 20, 30].map(|number| batch(said(number, &alice, &bob)));
    pair.writer.commit(&batches).unwrap();
    pair.writer.commit(&[]).unwrap();
    assert_eq!(pair.waiting(&bob), [11, 21, 31]);
}

#[test]
fn a_file_of_a_later_version_is_refused() {
    let file = File::new();
    drop(Writer::open(file.path(), PATIENCE).unwrap());
    let connection = rusqlite::Connection::open(file.path()).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let refused = [
        Writer::open(file.path(), PATIENCE).unwrap_err(),
        Reader::open(file.path(), PATIENCE).unwrap_err(),
    ];
    for refused in refused {
        let newer = OpenError::Newer {
            found: 99,
            known: 5,
        };
        assert_eq!(refused.to_string(), newer.to_string());
    }
}

#[test]
fn a_file_that_is_no_store_is_refused() {
    let file = File::new();
    let noise = b"this is not a database, and long enough to be sure of it";
    std::fs::write(file.path(), noise.repeat(20)).unwrap();
    let refused = Writer::open(file.path(), PATIENCE);
    assert!(matches!(refused, Err(OpenError::Sqlite(_))));
}

#[test]
fn a_batch_with_letters_of_other_homes_is_refused_whole() {
    let mut pair = Pair::new();
    let [alice, ..] = people(&mut pair);
    let refused = pair.writer.commit(&[batch(vec![
        Change::Name(alice.person(), "other".into()),
        Change::Incoming(HomeId(2), 1),
    ])]);
    assert!(matches!(refused, Err(Error::NoOtherHomes)));
    assert_ne!(&*pair.person(&alice).name, "other");
}

#[test]
fn a_reader_makes_no_file() {
    let file = File::new();
    let refused = Reader::open(file.path(), PATIENCE).unwrap_err();
    let OpenError::File(why) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(why.kind(), std::io::ErrorKind::NotFound);
    assert!(!file.path().exists());
}

#[cfg(unix)]
#[test]
fn a_new_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let mut pair = Pair::new();
    people(&mut pair);
    for path in pair.file.all() {
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
    }
}

#[test]
fn a_locked_file_is_told_as_such_and_is_still_read() {
    let Pair {
        writer,
        reader,
        file,
    } = Pair::new();
    drop(writer);
    let mut pair = Pair {
        writer: Writer::open(file.path(), Duration::ZERO).unwrap(),
        reader,
        file,
    };
    let [alice, bob, _] = people(&mut pair);
    let other = rusqlite::Connection::open(pair.file.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let message = [batch(said(10, &alice, &bob))];
    let refused = pair.writer.commit(&message).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Locked);
    assert_eq!(&*pair.person(&bob).name, "BOB");
    let opened = Writer::open(pair.file.path(), Duration::ZERO).unwrap_err();
    assert_eq!(opened.kind(), ErrorKind::Locked);
    other.execute_batch("ROLLBACK").unwrap();
    pair.writer.commit(&message).unwrap();
    assert_eq!(pair.waiting(&bob), [11]);
}
