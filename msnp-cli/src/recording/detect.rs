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
}

/// Guesses the format of what `input` holds, without consuming any of it.
pub(crate) fn detect(input: &mut impl BufRead) -> io::Result<Format> {
    let start = loop {
        match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => break other?,
        }
    };
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let mut lines = text
        .split(|b| *b == b'\n')
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty() && (!line.starts_with(b"#") || line.starts_with(b"##")));
    let Some(first) = lines.next() else {
        return Ok(Format::Raw);
    };
    Ok(if first.starts_with(b"{") {
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
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Format) {
        let found = detect(&mut io::BufReader::new(text.as_bytes())).expect("memory does not fail");
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn formats_are_told_apart() {
        check("", Format::Raw);
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
