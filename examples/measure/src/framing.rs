//! Section 1: frames cut, and frames typed, per second of processor time.

use bytes::Bytes;
use msnp_proto::Dialect;

use crate::clock::{median, thread_time};
use crate::readers::{
    Depth, Grammar, decoder, floor, line_feeds, naive, naive_headers, naive_in_pieces,
};
use crate::scale::{Failure, Scale};
use crate::table::{Table, ratio};
use crate::traffic::{self, Counts, Traffic};

/// Sizes of bodies: what one TCP segment carries, and a body of a client that fell behind.
const PIECES: [(&str, usize); 2] = [("1.4 KB", 1400), ("64 KB", 65_536)];

/// One way to read a stream, and how long it took in each round.
struct Contender<'a> {
    name: String,
    read: Box<dyn Fn() -> Option<Counts> + 'a>,
    seconds: Vec<f64>,
}

pub(crate) fn run(scale: &Scale) -> Result<(), Failure> {
    println!("1. Frames per second of processor time, one thread");
    println!(
        "   {} MB of generated server-to-client traffic per dialect, median of {} interleaved rounds. `naive` splits into owned\n   \
         strings; `floor` finds line end, verb and length and keeps nothing; `memchr` finds all line feeds. All counts are checked.",
        scale.traffic_bytes / 1_000_000,
        scale.rounds
    );
    for (make, grammar) in [
        (
            traffic::msnp8 as fn(usize) -> Traffic,
            Grammar::Classic(Dialect::MSNP8),
        ),
        (traffic::msnp12, Grammar::Classic(Dialect::MSNP12)),
        (traffic::msnp15, Grammar::Classic(Dialect::MSNP15)),
        (traffic::msnp18, Grammar::Classic(Dialect::MSNP18)),
        (traffic::msnp21, Grammar::Classic(Dialect::MSNP21)),
        (traffic::msnp24, Grammar::Msnp24),
        (traffic::msnp24_talk, Grammar::Msnp24),
    ] {
        let traffic = make(scale.traffic_bytes);
        compare(&traffic, grammar, scale.rounds)?;
    }
    println!(
        "   `typed` of MSNP24 checks every header and reads every document. Of the older dialects it reads every line into its command, and\n   \
         `typed with payloads` reads MIME, layers and documents as well. `naive with headers` splits headers and leaves documents alone.\n"
    );
    Ok(())
}

fn compare(traffic: &Traffic, grammar: Grammar, rounds: usize) -> Result<(), Failure> {
    let whole = vec![traffic.bytes.clone()];
    let pieces = PIECES.map(|(name, size)| (name, in_pieces(&traffic.bytes, size)));
    let depths: &[(Depth, &str)] = match grammar {
        Grammar::Classic(_) => &[
            (Depth::Cut, "cut"),
            (Depth::Params, "parameters"),
            (Depth::Typed, "typed"),
            (Depth::TypedPayloads, "typed with payloads"),
        ],
        Grammar::Msnp24 => &[(Depth::Cut, "cut"), (Depth::Typed, "typed")],
    };
    let stream = &traffic.bytes;
    let mut contenders = vec![
        contender("memchr", move || {
            std::hint::black_box(line_feeds(stream));
            None
        }),
        contender("floor", move || Some(floor(stream, grammar))),
        contender("naive", move || Some(naive(stream, grammar))),
    ];
    let read = move || Some(naive_headers(stream, grammar));
    contenders.push(contender("naive with headers", read));
    let sizes = [("whole", &whole)]
        .into_iter()
        .chain(pieces.iter().map(|(name, pieces)| (*name, pieces)));
    for (name, pieces) in sizes.clone().skip(1) {
        let read = move || Some(naive_in_pieces(pieces, grammar));
        contenders.push(contender(format!("naive, {name}"), read));
    }
    for (name, pieces) in sizes {
        for &(depth, what) in depths {
            let read = move || Some(decoder(pieces, grammar, depth));
            contenders.push(contender(format!("{what}, {name}"), read));
        }
    }
    for round in 0..=rounds {
        for contender in &mut contenders {
            let start = thread_time();
            let counts = (contender.read)();
            let took = thread_time().saturating_sub(start).as_secs_f64();
            if counts.is_some_and(|counts| counts != traffic.counts) {
                let name = &contender.name;
                return Err(format!(
                    "{name} counted {counts:?}, but {:?} are there",
                    traffic.counts
                )
                .into());
            }
            // The first round warms the caches.
            if round > 0 {
                contender.seconds.push(took);
            }
        }
    }
    print(traffic, contenders);
    Ok(())
}

fn contender<'a>(name: impl Into<String>, read: impl Fn() -> Option<Counts> + 'a) -> Contender<'a> {
    Contender {
        name: name.into(),
        read: Box::new(read),
        seconds: Vec::new(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn print(traffic: &Traffic, contenders: Vec<Contender<'_>>) {
    let (frames, payload_bytes) = (traffic.counts.frames(), traffic.counts.payload_bytes());
    let size = traffic.bytes.len();
    println!(
        "\n   {}: {frames} frames, {} bytes each on average, {:.0} % of the bytes in payloads",
        traffic.name,
        size as u64 / frames.max(1),
        100.0 * payload_bytes as f64 / size as f64,
    );
    let medians: Vec<_> = contenders
        .into_iter()
        .map(|mut contender| (contender.name, median(&mut contender.seconds)))
        .collect();
    let of = |name: &str| {
        let found = medians.iter().find(|(contender, _)| contender == name);
        found.map_or(f64::NAN, |(_, seconds)| *seconds)
    };
    let mut table = Table::new([
        "reader",
        "of naive",
        "of floor",
        "of memchr",
        "M frames/s",
        "MB/s",
    ]);
    for (name, seconds) in &medians {
        // Pieces against the naive reader of the same pieces.
        let peer = match name.split_once(", ") {
            Some((_, pieces)) if pieces != "whole" => of(&format!("naive, {pieces}")),
            _ => of("naive"),
        };
        table.row([
            name.clone(),
            ratio(peer / seconds),
            ratio(of("floor") / seconds),
            ratio(of("memchr") / seconds),
            format!("{:.2}", frames as f64 / seconds / 1e6),
            format!("{:.0}", size as f64 / seconds / 1e6),
        ]);
    }
    table.print();
}

/// Each piece in memory of its own, as HTTP bodies are.
fn in_pieces(stream: &Bytes, size: usize) -> Vec<Bytes> {
    stream.chunks(size).map(Bytes::copy_from_slice).collect()
}
