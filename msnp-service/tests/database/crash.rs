//! What was acknowledged outlives the process.

use msnp_server::identity::{Address, HomeId, SkypeId, Who};
use msnp_service::database::{Reader, Writer};

use crate::store::{File, PATIENCE, Pair, Store, batch, people, said};

fn who(reader: &Reader, name: &str) -> Who {
    let address = Address::Skype(SkypeId::parse(name).unwrap());
    let found = reader.accounts().by_address(&address).unwrap();
    found.unwrap().who
}

/// The child of the test below: commits for ever, says each number once it is committed.
#[test]
#[ignore = "started by the test below, in a process of its own"]
fn child_that_appends_until_it_is_killed() {
    use std::io::Write as _;

    let Ok(path) = std::env::var("MSNP_DATABASE_TO_KILL") else {
        return;
    };
    let mut writer = Writer::open(&path, PATIENCE).unwrap();
    let reader = Reader::open(&path, PATIENCE).unwrap();
    let (alice, bob) = (who(&reader, "alice"), who(&reader, "bob"));
    let first = reader.last_name(HomeId::default()).unwrap() + 1;
    let mut out = std::io::stdout().lock();
    for round in 0u64.. {
        let numbers = first + round * 3..first + round * 3 + 3;
        let batches: Vec<_> = numbers
            .clone()
            .map(|number| batch(said(number, &alice, &bob)))
            .collect();
        writer.commit(&batches).unwrap();
        for number in numbers {
            writeln!(out, "committed {number}").unwrap();
        }
        out.flush().unwrap();
    }
}

#[test]
fn nothing_acknowledged_is_lost_by_kill_9() {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    let mut file = File::new();
    let mut acknowledged = 0;
    let mut pair = Pair::over(file);
    let [_, bob, _] = people(&mut pair);
    for round in 1..=3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--ignored",
                "--exact",
                "--nocapture",
                "crash::child_that_appends_until_it_is_killed",
            ])
            .env("MSNP_DATABASE_TO_KILL", pair.file.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let number =
            |line: String| -> Option<u64> { line.rsplit_once("committed ")?.1.parse().ok() };
        let mut seen = 0;
        while seen < 40 * round {
            let line = lines.next().expect("the child writes until it is killed");
            if let Some(found) = number(line.unwrap()) {
                acknowledged = found;
                seen += 1;
            }
        }
        child.kill().unwrap(); // SIGKILL
        child.wait().unwrap();
        for found in lines.map_while(Result::ok).filter_map(number) {
            acknowledged = found;
        }

        // Opened anew, so that the log of the killed process is what is read.
        file = {
            let Pair {
                writer,
                reader,
                file,
            } = pair;
            drop((writer, reader));
            file
        };
        pair = Pair::over(file);
        let last = pair.last_name(HomeId::default());
        assert!(
            last >= acknowledged && last.is_multiple_of(3),
            "{acknowledged} was acknowledged, the last is {last}"
        );
        let waiting = pair.waiting(&bob);
        assert_eq!(waiting, (2..=last + 1).collect::<Vec<_>>());
    }
    assert!(acknowledged >= 120);
}
