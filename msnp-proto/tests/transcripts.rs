//! Recorded sessions, replayed: every byte of both directions ends up in a frame.

mod cutting;
mod recording;

use cutting::{cut_whole, every_way};
use msnp_proto::{PayloadTable, Side};
use recording::{RECORDINGS, Stream};

fn table(stream: &Stream) -> PayloadTable {
    match stream.recording {
        "msnp24" => PayloadTable::msnp24(),
        _ => PayloadTable::sent_by(stream.side),
    }
}

#[track_caller]
fn check(stream: &Stream, table: &PayloadTable) {
    let what = format!(
        "{} {:?} {:?}",
        stream.recording, stream.connection, stream.side
    );
    let frames = cut_whole(table, &stream.bytes);
    let mut joined = Vec::new();
    for frame in &frames {
        let frame = frame
            .as_ref()
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        joined.extend_from_slice(frame.as_bytes());
    }
    assert!(
        joined == stream.bytes,
        "{what}: a remainder, or other bytes"
    );
}

#[test]
fn every_recording_is_cut_without_remainder() {
    let mut frames = 0;
    for stream in recording::all() {
        check(&stream, &table(&stream));
        frames += cut_whole(&table(&stream), &stream.bytes).len();
    }
    assert_eq!(frames, FRAMES);
}

/// So many commands are in the recordings; fewer would mean that some were glued together.
const FRAMES: usize = 2292;

#[test]
fn byte_by_byte_gives_the_same_frames() {
    for stream in recording::all() {
        every_way(&table(&stream), &stream.bytes, |_| false);
    }
}

#[test]
fn every_cut_gives_the_same_frames() {
    for stream in recording::all() {
        // A cut matters within a frame or two of a boundary; the long streams take a sample.
        let step = stream.bytes.len() / 512 + 1;
        every_way(&table(&stream), &stream.bytes, |at| at % step == 0);
    }
}

#[test]
fn a_table_for_either_grammar_reads_the_recordings_alike() {
    for stream in recording::all() {
        let either = PayloadTable::either(stream.side);
        check(&stream, &either);
        assert_eq!(
            cut_whole(&either, &stream.bytes),
            cut_whole(&table(&stream), &stream.bytes)
        );
    }
}

#[test]
fn both_directions_are_in_every_recording() {
    for name in RECORDINGS.iter().map(|(name, _)| name) {
        for side in [Side::Client, Side::Server] {
            let mut streams = recording::all().into_iter();
            assert!(streams.any(|stream| stream.recording == *name && stream.side == side));
        }
    }
}
