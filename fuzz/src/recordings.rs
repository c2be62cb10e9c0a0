//! Properties of the readers of recordings: those of `msnp decode`, whose sources are built in here, since a program is no library.

use std::io::{BufReader, Cursor};

use msnp_proto::Side;

use crate::cli::recording::{Body, Format, Guess, Record, detect, open};

/// The first byte chooses a format, or that it is guessed; the rest is a file. The records are the same however the file is read, and
/// each stands in the file; a raw stream is given whole.
pub fn recordings(data: &[u8]) {
    let Some((&choice, file)) = data.split_first() else {
        return;
    };
    let guess = detect(&mut &file[..]).expect("memory does not fail");
    let format = match (choice % 8, guess) {
        (0, _) => Format::Raw,
        (1, _) => Format::Transcript,
        (2, _) => Format::Capture,
        (3, _) => Format::Probe,
        (4, _) => Format::Har,
        (5, _) => Format::Pcap,
        (_, Guess::Format(format)) => format,
        (_, Guess::Empty | Guess::Packed) => return,
    };
    // Whose a raw stream is, is otherwise guessed from its first block.
    let side = Some([Side::Client, Side::Server][usize::from(choice >> 7)]);
    let whole = read(file, format, side, file.len().max(1));
    assert_eq!(shown(&whole), shown(&read(file, format, side, 1)));
    assert_eq!(shown(&whole), shown(&read(file, format, side, 7)));
    let mut given = 0;
    for record in &whole {
        given += stands_within(record, file.len() as u64);
    }
    if format == Format::Raw {
        assert_eq!(given, file.len(), "bytes of a raw stream are lost");
    }
}

/// What a reader gave, pieces of one side in a row as one: how a file comes in blocks is nothing to anybody.
fn shown(records: &[Record]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut run: Option<(String, Vec<u8>)> = None;
    for record in records {
        if let Record::Piece {
            connection,
            side,
            piece,
        } = record
        {
            let whose = format!("{connection} {side:?}");
            match &mut run {
                Some((other, bytes)) if *other == whose => bytes.extend_from_slice(piece.bytes()),
                _ => {
                    lines.extend(run.take().map(|it| format!("{it:?}")));
                    run = Some((whose, piece.bytes().to_vec()));
                }
            }
        } else {
            lines.extend(run.take().map(|it| format!("{it:?}")));
            lines.push(format!("{record:?}"));
        }
    }
    lines.extend(run.map(|it| format!("{it:?}")));
    lines
}

/// All records, the file read so many bytes at a time.
fn read(file: &[u8], format: Format, side: Option<Side>, at_a_time: usize) -> Vec<Record> {
    let input = BufReader::with_capacity(at_a_time, Cursor::new(file.to_vec()));
    let mut recording = open(Box::new(input), format, side, &[80, 1863]);
    let mut records = Vec::new();
    while let Some(record) = recording.next_record().expect("memory does not fail") {
        records.push(record);
        // A packet or a line may say several things; none says a hundred for each of its bytes.
        assert!(records.len() <= 64 + 100 * file.len(), "it has no end");
    }
    records
}

/// The places of a record are in the file. How many bytes of traffic it gives.
fn stands_within(record: &Record, end: u64) -> usize {
    let pieces = match record {
        Record::Piece { piece, .. } => vec![piece],
        Record::Exchange(exchange) => {
            let bodies = [&exchange.request_body, &exchange.response_body];
            let recorded = bodies.into_iter().filter_map(|body| match body {
                Body::Recorded(piece) => Some(piece),
                Body::Missing(_) => None,
            });
            recorded.collect()
        }
        Record::Gap { place, .. } | Record::UnreadEntry { place } | Record::Fault { place, .. } => {
            assert!(place.offset <= end, "{record:?}");
            vec![]
        }
        Record::Packets(packets) => {
            assert!(packets.is_balanced(), "{packets:?}");
            vec![]
        }
        _ => vec![],
    };
    let mut given = 0;
    for piece in pieces {
        for at in [0, piece.bytes().len()] {
            assert!(piece.place(at).offset <= end, "{piece:?} at {at}");
        }
        given += piece.bytes().len();
    }
    given
}
