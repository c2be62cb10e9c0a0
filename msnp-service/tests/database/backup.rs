//! Copies of a file, and who may serve it.

use std::io::ErrorKind;
use std::path::Path;

use msnp_service::database::{OpenError, Writer, back_up, restore};

use crate::store::{File, PATIENCE, Pair, Store, people, said};

fn holds(path: &Path) -> usize {
    let reader = msnp_service::database::Reader::open(path, PATIENCE).unwrap();
    reader.accounts().list(None, 99).unwrap().len()
}

#[test]
fn a_file_is_served_by_one_at_a_time() {
    let file = File::new();
    let serving = Writer::open_alone(file.path(), PATIENCE).unwrap();
    let second = Writer::open_alone(file.path(), PATIENCE).unwrap_err();
    let OpenError::Held { by } = second else {
        panic!("{second}");
    };
    assert_eq!(by, Some(std::process::id()));
    // Others may still add accounts to it.
    drop(Writer::open(file.path(), PATIENCE).unwrap());
    drop(serving);
    drop(Writer::open_alone(file.path(), PATIENCE).unwrap());
}

#[cfg(unix)]
#[test]
fn a_file_under_another_name_is_the_same_file() {
    let (file, other) = (File::new(), File::new());
    let _serving = Writer::open_alone(file.path(), PATIENCE).unwrap();
    std::os::unix::fs::symlink(file.path(), other.path()).unwrap();
    let second = Writer::open_alone(other.path(), PATIENCE).unwrap_err();
    assert!(matches!(second, OpenError::Held { .. }), "{second}");
}

#[test]
fn a_copy_holds_what_was_kept_before_it_began() {
    let mut pair = Pair::new();
    let [alice, bob, _] = people(&mut pair);
    pair.keep(said(10, &alice, &bob));
    let copy = File::new();
    back_up(pair.file.path(), copy.path(), PATIENCE).unwrap();
    pair.keep(said(20, &alice, &bob));
    let mut copy = Pair::over(copy);
    assert_eq!(copy.waiting(&bob), [11]);
    assert!(!copy.file.beside(".part").exists());
}

#[test]
fn a_copy_replaces_no_file_and_is_made_of_a_database_only() {
    let (pair, copy) = (Pair::new(), File::new());
    std::fs::write(copy.path(), "mine").unwrap();
    let refused = back_up(pair.file.path(), copy.path(), PATIENCE).unwrap_err();
    let OpenError::File(error) = refused else {
        panic!("{refused}");
    };
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert_eq!(std::fs::read(copy.path()).unwrap(), b"mine");
    let third = File::new();
    assert!(back_up(copy.path(), third.path(), PATIENCE).is_err());
    assert!(back_up(File::new().path(), third.path(), PATIENCE).is_err());
    assert!(!third.path().exists() && !third.beside(".part").exists());
}

#[cfg(unix)]
#[test]
fn a_copy_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (pair, copy) = (Pair::new(), File::new());
    back_up(pair.file.path(), copy.path(), PATIENCE).unwrap();
    let mode = std::fs::metadata(copy.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_copy_is_put_back_and_what_was_there_is_kept() {
    let mut pair = Pair::new();
    let [alice, bob, _] = people(&mut pair);
    let copy = File::new();
    back_up(pair.file.path(), copy.path(), PATIENCE).unwrap();
    // Of these the log alone knows.
    pair.keep(said(10, &alice, &bob));
    let file = pair.file;
    drop((pair.reader, pair.writer));
    restore(copy.path(), file.path(), PATIENCE).unwrap();
    let mut pair = Pair::over(file);
    assert!(pair.waiting(&bob).is_empty());
    assert_eq!(holds(&pair.file.beside(".before")), 3);
    // And again, over what was kept the first time.
    let file = pair.file;
    drop((pair.reader, pair.writer));
    restore(copy.path(), file.path(), PATIENCE).unwrap();
    assert_eq!(holds(file.path()), 3);
}

#[test]
fn a_damaged_file_can_be_replaced() {
    let mut pair = Pair::new();
    people(&mut pair);
    let (copy, broken) = (File::new(), File::new());
    back_up(pair.file.path(), copy.path(), PATIENCE).unwrap();
    std::fs::write(broken.path(), [7; 10_000]).unwrap();
    restore(copy.path(), broken.path(), PATIENCE).unwrap();
    assert_eq!(holds(broken.path()), 3);
    let before = std::fs::read(broken.beside(".before")).unwrap();
    assert_eq!(before, [7; 10_000]);
}

#[test]
fn a_damaged_copy_replaces_nothing() {
    let mut pair = Pair::new();
    people(&mut pair);
    let copy = File::new();
    back_up(pair.file.path(), copy.path(), PATIENCE).unwrap();
    let whole = std::fs::read(copy.path()).unwrap();
    for damaged in [&whole[..whole.len() / 2], b"no database", b""] {
        std::fs::write(copy.path(), damaged).unwrap();
        let refused = restore(copy.path(), pair.file.path(), PATIENCE);
        assert!(refused.is_err(), "{} bytes", damaged.len());
        assert_eq!(holds(pair.file.path()), 3);
    }
    assert!(!pair.file.beside(".part").exists() && !pair.file.beside(".before").exists());
}

#[test]
fn nothing_is_put_in_the_place_of_a_file_that_is_served() {
    let file = File::new();
    let copy = File::new();
    let _serving = Writer::open_alone(file.path(), PATIENCE).unwrap();
    back_up(file.path(), copy.path(), PATIENCE).unwrap();
    let refused = restore(copy.path(), file.path(), PATIENCE).unwrap_err();
    assert!(matches!(refused, OpenError::Held { .. }), "{refused}");
    assert!(!file.beside(".before").exists());
}
