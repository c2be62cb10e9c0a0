//! Reads `tests/data/*.txt`; the head of each file explains its form.

use msnp_proto::Side;

/// One direction of one recorded connection.
pub(crate) struct Stream {
    pub(crate) recording: &'static str,
    pub(crate) connection: String,
    pub(crate) side: Side,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) const RECORDINGS: &[(&str, &str)] = &[
    ("msnp7", include_str!("../data/msnp7.txt")),
    ("msnp8", include_str!("../data/msnp8.txt")),
    ("msnp10", include_str!("../data/msnp10.txt")),
    ("msnp11", include_str!("../data/msnp11.txt")),
    ("msnp12", include_str!("../data/msnp12.txt")),
    ("msnp15", include_str!("../data/msnp15.txt")),
    ("msnp18", include_str!("../data/msnp18.txt")),
    ("libpurple", include_str!("../data/libpurple.txt")),
    ("lists", include_str!("../data/lists.txt")),
    ("sign-ins", include_str!("../data/sign-ins.txt")),
    ("conversations", include_str!("../data/conversations.txt")),
    ("msnp24", include_str!("../data/msnp24.txt")),
];

/// All streams of all recordings.
pub(crate) fn all() -> Vec<Stream> {
    let mut streams = Vec::new();
    for (name, text) in RECORDINGS {
        read(name, text, &mut streams);
    }
    streams
}

fn read(recording: &'static str, text: &str, streams: &mut Vec<Stream>) {
    let first = streams.len();
    let mut current = None;
    for line in text.lines() {
        if line.starts_with('#') {
            continue;
        }
        if let Some(head) = line.strip_prefix("--- ") {
            let (connection, direction) = head.split_once(' ').expect("a name and a direction");
            let side = match direction {
                "C>S" => Side::Client,
                "S>C" => Side::Server,
                other => panic!("{recording}: direction {other}"),
            };
            let known = streams[first..]
                .iter()
                .position(|stream| stream.connection == connection && stream.side == side);
            current = Some(first + known.unwrap_or(streams.len() - first));
            if known.is_none() {
                streams.push(Stream {
                    recording,
                    connection: connection.to_owned(),
                    side,
                    bytes: Vec::new(),
                });
            }
            continue;
        }
        let stream = &mut streams[current.expect("a record before its bytes")];
        unescape(line, &mut stream.bytes);
    }
}

fn unescape(line: &str, out: &mut Vec<u8>) {
    let mut rest = line.as_bytes();
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        if *byte != b'\\' {
            out.push(*byte);
            continue;
        }
        let (kind, tail) = rest.split_first().expect("an escape");
        rest = tail;
        out.push(match kind {
            b'r' => b'\r',
            b'n' => b'\n',
            b't' => b'\t',
            b'\\' => b'\\',
            b'x' => {
                let (digits, tail) = rest.split_at(2);
                rest = tail;
                let digits = std::str::from_utf8(digits).expect("hexadecimal digits");
                u8::from_str_radix(digits, 16).expect("hexadecimal digits")
            }
            other => panic!("escape {other}"),
        });
    }
}
