//! Recordings of traffic: one reader per file format, and where in the file each byte stands.

mod capture;
mod detect;
mod escape;
mod har;
mod json;
mod lines;
mod packet_counts;
mod packets;
mod place;
mod probe;
mod python;
mod raw;
mod record;
mod transcript;

use std::io::BufRead;

use msnp_proto::Side;

pub(crate) use detect::{Format, Guess, detect};
pub(crate) use packet_counts::Packets;
#[cfg(test)]
pub(crate) use packets::wire;
pub(crate) use place::{Piece, Place};
pub(crate) use record::{
    Body, Fault, Headers, Record, RecordedExchange, Recording, Request, Response, Skipped,
};

/// Opens a reader of the given format. `side` is who wrote a raw stream, if the user said so; `ports` are those whose
/// connections are followed in a packet capture.
pub(crate) fn open(
    input: Box<dyn BufRead>,
    format: Format,
    side: Option<Side>,
    ports: &[u16],
) -> Box<dyn Recording> {
    match format {
        Format::Raw => Box::new(raw::Raw::new(input, side)),
        Format::Transcript => Box::new(transcript::Transcript::new(input)),
        Format::Capture => Box::new(capture::Capture::new(input)),
        Format::Probe => Box::new(probe::Probe::new(input)),
        Format::Har => Box::new(har::Har::new(input)),
        Format::Pcap => Box::new(packets::PacketCapture::new(input, ports)),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use proptest::prelude::*;

    use super::*;

    /// Drains a reader; says how many records there were.
    fn drain(bytes: &[u8], format: Format) -> usize {
        let mut recording = open(
            Box::new(io::Cursor::new(bytes.to_vec())),
            format,
            None,
            &[80, 1863],
        );
        let mut records = 0;
        while recording
            .next_record()
            .expect("memory does not fail")
            .is_some()
        {
            records += 1;
        }
        records
    }

    const FORMATS: [Format; 6] = [
        Format::Raw,
        Format::Transcript,
        Format::Capture,
        Format::Probe,
        Format::Har,
        Format::Pcap,
    ];

    /// Text that gets past the first checks of every reader.
    fn near_misses() -> impl Strategy<Value = Vec<u8>> {
        let part = prop_oneof![
            Just("--- 1 C>S conn=a t=0.1 len=5\n".to_owned()),
            Just("--- 2 S>C conn=a t=0.1 len=99999999999999999999\n".to_owned()),
            Just("PNG\\r\\n\n".to_owned()),
            Just("\\x4".to_owned()),
            Just("{\"n\": 1, \"conn\": \"A\", \"dir\": \"C>S\", \"len\": 5, \"bytes\": \"PNG\\r\\n\"}\n".to_owned()),
            Just("{\"bytes\": \"\\ud800\\u00e9\", \"dir\":\"S>C\"}\n".to_owned()),
            Just("A >>> PNG\\r\\n...[7 bytes total]\n".to_owned()),
            Just("GW ?SessionID=1.2 -> 200 [('X-MSN-Messenger', 'SessionID=1.2')] b'QNG 50\\r\\n'\n".to_owned()),
            Just("{\"log\":{\"entries\":[{\"request\":{\"url\":\"https://a/gateway/gateway.dll?Action=open\",\"method\":\"POST\"}}]}}".to_owned()),
            "[ -~\n]{0,20}",
        ];
        proptest::collection::vec(part, 0..12).prop_map(|parts| parts.concat().into_bytes())
    }

    proptest! {
        #[test]
        fn no_reader_panics_on_arbitrary_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            for format in FORMATS {
                drain(&bytes, format);
            }
        }

        #[test]
        fn no_reader_panics_on_near_misses(bytes in near_misses()) {
            for format in FORMATS {
                drain(&bytes, format);
            }
        }

        #[test]
        fn detection_accepts_anything(bytes in near_misses()) {
            let mut input = io::BufReader::new(&bytes[..]);
            let _ = detect(&mut input).expect("memory does not fail");
        }
    }
}
