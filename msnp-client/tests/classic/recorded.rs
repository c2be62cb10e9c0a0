//! Recordings: frames with who wrote them, and where.

use std::collections::VecDeque;

/// One frame of a recording.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) by_client: bool,
    /// `NS-alice`, `SB-bob`.
    pub(crate) line: String,
    pub(crate) bytes: Vec<u8>,
}

/// The frames of one person's connections, in order.
pub(crate) fn of_person(text: &str, person: &str) -> VecDeque<Recorded> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let mut words = line.splitn(3, ' ');
            let (who, on, bytes) = (words.next()?, words.next()?, words.next()?);
            let recorded = Recorded {
                by_client: who == "C",
                line: on.to_owned(),
                bytes: unescape(bytes),
            };
            on.ends_with(person).then_some(recorded)
        })
        .collect()
}

fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            bytes.extend(c.to_string().bytes());
            continue;
        }
        match rest.next().expect("an escape") {
            'r' => bytes.push(b'\r'),
            'n' => bytes.push(b'\n'),
            't' => bytes.push(b'\t'),
            '\\' => bytes.push(b'\\'),
            'x' => {
                let digits: String = rest.by_ref().take(2).collect();
                bytes.push(u8::from_str_radix(&digits, 16).expect("two digits"));
            }
            other => panic!("no escape: {other}"),
        }
    }
    bytes
}

/// The words of a frame's line.
pub(crate) fn words(frame: &[u8]) -> Vec<String> {
    let end = frame
        .windows(2)
        .position(|it| it == b"\r\n")
        .expect("a line");
    let line = String::from_utf8_lossy(&frame[..end]).into_owned();
    line.split(' ')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}
