//! Which frames a server of MSNP24 may write, as `docs/protocol/msnp24.md` has them (2.2, 3, 6). Shares no code with what
//! writes them.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Whether a frame answers, or comes by itself.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Kind {
    Answer,
    Event,
    Either,
}

/// What a server writes, by verb and channel.
const FRAMES: [(&str, &str, Kind); 18] = [
    ("CNT", "CON", Kind::Answer),
    ("ATH", "CON", Kind::Either),
    ("BND", "CON", Kind::Answer),
    ("PNG", "CON", Kind::Answer),
    ("OUT", "CON", Kind::Either),
    ("XFR", "CON", Kind::Either),
    ("PUT", "MSGR", Kind::Answer),
    ("GET", "MSGR", Kind::Answer),
    ("DEL", "MSGR", Kind::Answer),
    ("SDG", "MSGR", Kind::Either),
    ("NFY", "MSGR\\PUT", Kind::Event),
    ("NFY", "MSGR\\DEL", Kind::Event),
    ("NFY", "MSGR\\THREAD", Kind::Event),
    ("NFY", "MSGR\\HOTMAIL", Kind::Event),
    ("NFY", "MSGR\\ABCH", Kind::Event),
    // An extension of ours: the stored contacts (`msnp_server::faces::Config::push_roster`).
    ("NFY", "MSGR\\CONTACTS", Kind::Event),
    ("911", "CON", Kind::Either),
    ("202", "MSGR", Kind::Either),
];

/// The headers that a server writes (msnp24.md 3).
const HEADERS: [&str; 5] = [
    "Set-Registration",
    "Registration-Token-Expiry",
    "UtcTime",
    "Context",
    "Ack-Id",
];

/// The most that the readers of clients take of a line (msnp24.md 18).
const LINE: usize = 1023;

/// Cuts what a server wrote into frames, and looks at each. Gives how many there are.
///
/// # Panics
/// If one is none of MSNP24's.
pub(crate) fn check(bytes: &[u8]) -> usize {
    let (mut rest, mut frames) = (bytes, 0);
    while !rest.is_empty() {
        let end = rest.windows(2).position(|two| two == b"\r\n");
        let end = end.expect("a whole line");
        assert!(end <= LINE, "a line of {end} bytes");
        let line = std::str::from_utf8(&rest[..end]).expect("UTF-8");
        let length = payload_of(line);
        let payload = rest.get(end + 2..end + 2 + length);
        look_inside(line, payload.expect("what follows is all there"));
        rest = &rest[end + 2 + length..];
        frames += 1;
    }
    frames
}

/// How many bytes follow this line.
fn payload_of(line: &str) -> usize {
    let words: Vec<_> = line.split(' ').collect();
    let [verb, id, channel, length] = words[..] else {
        panic!("{line:?}: not four words");
    };
    let id: u32 = id.parse().expect("an id");
    let is_error = verb.len() == 3 && verb.bytes().all(|byte| byte.is_ascii_digit());
    let is_known = FRAMES.iter().any(|(of, on, kind)| {
        let is_kind = match kind {
            Kind::Answer => id > 0,
            Kind::Event => id == 0,
            Kind::Either => true,
        };
        *of == verb && *on == channel && is_kind
    });
    let is_known =
        is_known || (is_error && ERRORS.contains(verb) && ["CON", "MSGR"].contains(&channel));
    assert!(is_known, "{line:?} is none of MSNP24's");
    length.parse().expect("a length")
}

/// The header block is never absent (msnp24.md 2.2), and no value in it is empty or would cut a reader short (18).
fn look_inside(line: &str, payload: &[u8]) {
    let mut rest = payload;
    if rest.is_empty() {
        return;
    }
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n");
        let end = end.unwrap_or_else(|| panic!("{line}: no blank line"));
        let header = std::str::from_utf8(&rest[..end]).expect("UTF-8");
        rest = &rest[end + 2..];
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(": ").expect("a header");
        assert!(HEADERS.contains(&name), "{line}: {header}");
        assert!(
            !value.is_empty() && !value.contains(": "),
            "{line}: {header}"
        );
    }
    std::str::from_utf8(rest).expect("UTF-8");
}

static ERRORS: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let table = include_str!("../../../docs/protocol/error-codes.tsv");
    let lines = table.lines().skip(1);
    lines.filter_map(|line| line.split('\t').next()).collect()
});

#[test]
fn frames_are_counted() {
    let written = "CNT 1 CON 6\r\n\r\n<a/>BND 3 CON 15\r\nUtcTime: 12\r\n\r\n911 2 CON 4\r\n\r\nNoPNG 4 CON 0\r\n";
    assert_eq!(check(written.as_bytes()), 4);
}

#[test]
fn what_is_no_frame_is_found() {
    for written in [
        "CNT 1 CON 6\r\n\r\n<a/",
        "CNT 1 CON 4\r\n<a/>",
        "CNT 1 CON\r\n",
        "NFY 3 MSGR\\PUT 2\r\n\r\n",
        "PUT 0 MSGR 2\r\n\r\n",
        "PUT 1 MSGR\\PRESENCE 2\r\n\r\n",
        "QNG 40\r\n",
        "000 1 CON 2\r\n\r\n",
        "SDG 0 MSGR 9\r\nAck-Id: \r\n\r\n",
        "PUT 1 MSGR 8\r\nX: y\r\n\r\n",
    ] {
        let found = std::panic::catch_unwind(|| check(written.as_bytes()));
        assert!(found.is_err(), "{written}");
    }
}
