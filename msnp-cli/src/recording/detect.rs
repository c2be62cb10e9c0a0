//! Tells the formats apart by the first kilobytes of a file.

use std::io::{self, BufRead};

use super::{capture, probe, transcript};

/// The formats that can be read.
#[derive(Copy, Clone, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// The bytes of one direction of one connection: MSNP, or HTTP with MSNP inside
    Raw,
    /// Records "--- 1 C>S conn=NAME t=SECONDS len=BYTES", then the bytes, escaped
    Transcript,
    /// One JSON object per line with "conn", "dir", "len" and "bytes" (one character per byte)
    Capture,
    /// Notes of a test run: "NAME >>> bytes", "NAME <<< bytes", "NAME *** closed"
    Probe,
    /// A HAR file, as browsers save it
    Har,
    /// Packets, as tcpdump (pcap) and Wireshark (pcapng) save them
    Pcap,
}

/// What a file seems to be.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Guess {
    /// Nothing at all.
    Empty,
    /// Another file, packed by gzip.
    Packed,
    Format(Format),
}

/// Guesses the format of what `input` holds, without consuming any of it.
pub(crate) fn detect(input: &mut impl BufRead) -> io::Result<Guess> {
    let start = loop {
        match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => break other?,
        }
    };
    if start.is_empty() {
        return Ok(Guess::Empty);
    }
    if start.starts_with(&[0x1f, 0x8b]) {
        return Ok(Guess::Packed);
    }
    if PACKETS.iter().any(|magic| start.starts_with(magic)) {
        return Ok(Guess::Format(Format::Pcap));
    }
    Ok(Guess::Format(text_format(start)))
}

/// How packet captures begin: pcapng; pcap with times in micro- and nanoseconds, of machines of both orders; a variant.
const PACKETS: [[u8; 4]; 6] = [
    [0x0a, 0x0d, 0x0d, 0x0a],
    [0xd4, 0xc3, 0xb2, 0xa1],
    [0xa1, 0xb2, 0xc3, 0xd4],
    [0x4d, 0x3c, 0xb2, 0xa1],
    [0xa1, 0xb2, 0x3c, 0x4d],
    [0x34, 0xcd, 0xb2, 0xa1],
];

fn text_format(start: &[u8]) -> Format {
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let mut lines = text
        .split(|b| *b == b'\n')
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty() && (!line.starts_with(b"#") || line.starts_with(b"##")));
    let Some(first) = lines.next() else {
        return Format::Raw;
    };
    if first.starts_with(b"{") {
        if capture::is_record(first) {
            Format::Capture
        } else {
            Format::Har
        }
    } else if transcript::is_announcement(first)
        || first.starts_with(b"## ") && lines.any(transcript::is_announcement)
    {
        Format::Transcript
    } else if probe::is_probe_line(first) {
        Format::Probe
    } else {
        Format::Raw
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Format) {
        let found = detect(&mut io::BufReader::new(text.as_bytes())).expect("memory does not fail");
        assert_eq!(found, Guess::Format(expected), "{text:?}");
    }

    #[test]
    fn formats_are_told_apart() {
        check("VER 1 MSNP8 CVR0\r\n", Format::Raw);
        check("POST /gateway/gateway.dll HTTP/1.1\r\n\r\n", Format::Raw);
        check(
            "# a session\n--- 1 C>S conn=NS t=0.0 len=5\nPNG\\r\\n\n",
            Format::Transcript,
        );
        check(
            "# c\n# ## topic\n--- 1 C>S conn=NS t=0.0 len=5\n",
            Format::Transcript,
        );
        check(
            "{\"n\": 1, \"conn\": \"A\", \"dir\": \"C>S\", \"len\": 0, \"bytes\": \"\"}\n",
            Format::Capture,
        );
        check("{\n  \"log\": {\"version\": \"1.2\"}}", Format::Har);
        check(
            "{\"log\": {\"version\": \"1.2\", \"entries\": []}}",
            Format::Har,
        );
        check("-- VER twice\nNS >>> VER 1\\r\\n\n", Format::Probe);
        check("A >>> PNG\\r\\n\n", Format::Probe);
        check("## 12 then 12\nA <<< OUT OTH\\r\\n\n", Format::Probe);
    }
}
