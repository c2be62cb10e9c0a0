use std::collections::BTreeMap;
use std::io::Cursor;

use msnp_proto::Side;
use proptest::prelude::*;

use super::wire::{ACK, FILES, FIN, File, LINKS, Link, PSH, RST, SYN, capture, tcp};
use super::*;
use crate::recording::Fault;

const ALL: usize = usize::MAX;

fn client() -> SocketAddr {
    "10.0.0.1:5000".parse().expect("an address")
}

fn server() -> SocketAddr {
    "10.0.0.2:1863".parse().expect("an address")
}

/// What was read: opened and closed connections, gaps, faults and other counts in words, and each side's bytes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Read {
    told: Vec<String>,
    bytes: BTreeMap<(String, bool), Vec<u8>>,
}

impl Read {
    fn said(&self, side: Side) -> &[u8] {
        let found = self
            .bytes
            .iter()
            .find(|((_, is_client), _)| *is_client == (side == Side::Client));
        found.map_or(&[], |(_, bytes)| bytes)
    }
}

fn read(file: &[u8]) -> Read {
    let mut capture = PacketCapture::new(Box::new(Cursor::new(file.to_vec())), &[80, 1863]);
    let mut found = Read::default();
    while let Some(record) = capture.next_record().expect("memory does not fail") {
        match record {
            Record::Opened(name) => found.told.push(format!("open {name}")),
            Record::Closed(name) => found.told.push(format!("close {name}")),
            Record::Piece {
                connection,
                side,
                piece,
            } => {
                let at = usize::try_from(piece.place(0).offset).expect("within the file");
                assert_eq!(file[at..at + piece.bytes().len()], piece.bytes()[..]);
                let key = (connection.to_string(), side == Side::Client);
                found.bytes.entry(key).or_default().extend(piece.bytes());
            }
            Record::Gap { side, missing, .. } => {
                found
                    .told
                    .push(format!("gap of {missing:?} by the {side:?}"));
            }
            Record::Fault { fault, .. } => found.told.push(fault.to_string()),
            Record::Packets(packets) => {
                assert!(packets.is_balanced(), "{packets:?}");
                let counts = packets
                    .told()
                    .into_iter()
                    .filter(|(_, it)| *it != "packets");
                found
                    .told
                    .extend(counts.map(|(count, what)| format!("{count} {what}")));
            }
            other => panic!("{other:?}"),
        }
    }
    found
}

fn read_packets(packets: &[Vec<u8>]) -> Read {
    read(&capture(File::Pcap, Link::Ethernet, ALL, packets))
}

#[test]
fn every_kind_of_file_link_and_address_gives_the_same_stream() {
    for (from, to) in [
        ("10.0.0.1:5000", "10.0.0.2:80"),
        ("[2001:db8::1]:5000", "[2001:db8::2]:80"),
    ] {
        let (from, to): (SocketAddr, SocketAddr) = (
            from.parse().expect("an address"),
            to.parse().expect("an address"),
        );
        let packets = [
            tcp(from, to, 99, SYN, b""),
            tcp(to, from, 499, SYN | ACK, b""),
            tcp(from, to, 100, ACK | PSH, b"VER 1 MSNP8\r\n"),
            tcp(to, from, 500, ACK | PSH, b"VER 1 MSNP8 CVR0\r\n"),
            tcp(from, to, 113, ACK | FIN, b""),
            tcp(to, from, 518, ACK | FIN, b""),
        ];
        for file in FILES {
            for link in LINKS {
                let found = read(&capture(file, link, ALL, &packets));
                let name = format!("{from}-{to}");
                assert_eq!(
                    found.told,
                    [format!("open {name}"), format!("close {name}")],
                    "{file:?} {link:?}"
                );
                assert_eq!(found.said(Side::Client), b"VER 1 MSNP8\r\n");
                assert_eq!(found.said(Side::Server), b"VER 1 MSNP8 CVR0\r\n");
            }
        }
    }
}

#[test]
fn what_is_missing_is_a_gap_and_the_rest_is_there() {
    let (from, to) = (client(), server());
    let found = read_packets(&[
        tcp(from, to, 9, SYN, b""),
        tcp(from, to, 10, ACK, b"PNG\r\n"),
        tcp(from, to, 22, ACK, b"OUT\r\n"),
        tcp(from, to, 27, ACK | RST, b""),
    ]);
    assert_eq!(found.said(Side::Client), b"PNG\r\nOUT\r\n");
    assert!(
        found
            .told
            .contains(&"gap of Some(7) by the Client".to_owned())
    );
}

#[test]
fn packets_that_were_cut_say_how_much_is_missing() {
    let (from, to) = (client(), server());
    let packets = [
        tcp(from, to, 9, SYN, b""),
        tcp(from, to, 10, ACK, b"0123456789"),
        tcp(from, to, 20, ACK, b"x"),
    ];
    let found = read(&capture(
        File::PcapNg,
        Link::Ethernet,
        14 + 20 + 20 + 4,
        &packets,
    ));
    assert_eq!(found.said(Side::Client), b"0123x");
    assert!(
        found
            .told
            .contains(&"gap of Some(6) by the Client".to_owned())
    );
}

#[test]
fn a_capture_that_begins_in_the_middle_says_so() {
    let found = read_packets(&[
        tcp(server(), client(), 70, ACK, b"QNG 5\r\n"),
        tcp(client(), server(), 33, ACK, b"PNG\r\n"),
    ]);
    assert_eq!(
        found.told,
        [
            "open 10.0.0.1:5000-10.0.0.2:1863",
            "gap of None by the Server",
            "gap of None by the Client",
            "close 10.0.0.1:5000-10.0.0.2:1863",
        ]
    );
    assert_eq!(found.said(Side::Server), b"QNG 5\r\n");
}

#[test]
fn the_same_ports_may_be_used_again() {
    let (from, to) = (client(), server());
    let found = read_packets(&[
        tcp(from, to, 9, SYN, b""),
        tcp(from, to, 10, ACK, b"one"),
        tcp(from, to, 9000, SYN, b""),
        tcp(from, to, 9001, ACK, b"two"),
        // The same SYN again is no new connection.
        tcp(from, to, 9000, SYN, b""),
    ]);
    let opened = found.told.iter().filter(|it| it.starts_with("open"));
    assert_eq!(opened.count(), 2);
    assert_eq!(found.said(Side::Client), b"onetwo");
}

#[test]
fn what_is_not_followed_is_counted_by_its_reason() {
    let other = SocketAddr::new(server().ip(), 443);
    let mut udp = tcp(client(), server(), 1, 0, b"");
    udp[9] = 17;
    let mut fragment = tcp(client(), server(), 1, 0, b"");
    fragment[6] = 0x20;
    let mut short = tcp(client(), server(), 1, 0, b"");
    short.truncate(30);
    short[3] = 30;
    let found = read_packets(&[tcp(client(), other, 1, SYN, b""), udp, fragment, short]);
    assert_eq!(
        found.told,
        [
            "1 packets of other ports",
            "1 packets that are not TCP",
            "1 fragments of IP packets",
            "1 packets without whole headers",
        ]
    );
    let mut file = capture(File::Pcap, Link::Ethernet, ALL, &[vec![0x45; 60]]);
    file[20] = 147;
    assert_eq!(read(&file).told, ["1 packets of other kinds of links"]);
}

#[test]
fn a_file_cut_at_any_byte_says_so_and_gives_what_is_there() {
    let (from, to) = (client(), server());
    let packets = [
        tcp(from, to, 9, SYN, b""),
        tcp(from, to, 10, ACK, b"PNG\r\n"),
        tcp(to, from, 70, ACK, b"QNG 5\r\n"),
    ];
    for file in FILES {
        let whole = capture(file, Link::Raw, ALL, &packets);
        let mut clean = 0;
        for cut in 1..whole.len() {
            let found = read(&whole[..cut]);
            let is_told = found.told.contains(&Fault::CutCapture.to_string());
            clean += usize::from(!is_told);
        }
        // Between two blocks nothing can be told.
        assert!(clean <= 5, "{file:?}: {clean}");
    }
}

#[test]
fn what_is_no_capture_is_told_once() {
    assert_eq!(read(&[7; 100]).told, [Fault::BadBlock.to_string()]);
    let mut large = capture(File::Pcap, Link::Raw, ALL, &[]);
    large.extend_from_slice(&[
        0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 127, 255, 255, 255, 127,
    ]);
    assert_eq!(read(&large).told, [Fault::CutCapture.to_string()]);
}

proptest! {
    /// However a stream is cut into segments, and in whatever order they come, again and overlapping: it is the same.
    #[test]
    fn segments_do_not_matter(
        cuts in proptest::collection::vec((1usize..30, any::<u64>(), 0usize..4, 0usize..10), 1..25),
        start in prop_oneof![any::<u32>(), Just(u32::MAX - 40), Just(u32::MAX)],
    ) {
        let text: Vec<u8> = (0..=255u8).cycle().take(cuts.iter().map(|cut| cut.0).sum()).collect();
        let (from, to) = (client(), server());
        let mut segments = Vec::new();
        let mut at = 0;
        for (length, order, copies, more) in cuts {
            let end = (at + length + more).min(text.len());
            let offset = u32::try_from(at).expect("short");
            let sequence = start.wrapping_add(1).wrapping_add(offset);
            for copy in 0..=copies as u64 {
                let packet = tcp(from, to, sequence, ACK, &text[at..end]);
                segments.push((order.wrapping_mul(copy + 1), packet));
            }
            at += length;
        }
        segments.sort();
        let mut packets = vec![tcp(from, to, start, SYN, b"")];
        packets.extend(segments.into_iter().map(|(_, packet)| packet));
        let found = read_packets(&packets);
        prop_assert_eq!(found.said(Side::Client), &text[..]);
        prop_assert!(!found.told.iter().any(|it| it.starts_with("gap")), "{:?}", found.told);
    }

    #[test]
    fn nothing_breaks_it(
        file in 0..FILES.len(),
        link in 0..LINKS.len(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
    ) {
        let (from, to) = (client(), server());
        let packets = [
            tcp(from, to, 9, SYN, b""),
            tcp(from, to, 10, ACK, b"PNG\r\n"),
            tcp(to, from, 70, ACK, b"QNG 5\r\n"),
            tcp(from, to, 15, FIN, b"OUT\r\n"),
        ];
        let mut bytes = capture(FILES[file], LINKS[link], ALL, &packets);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        read(&bytes);
    }
}
