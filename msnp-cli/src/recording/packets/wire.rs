//! Writes packet captures, for tests: every kind of file, link and address that is read.

use std::net::{IpAddr, SocketAddr};

/// How a capture file is written.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum File {
    Pcap,
    PcapBigEndian,
    PcapNanoseconds,
    PcapNg,
    PcapNgBigEndian,
}

/// Every one of them.
pub(crate) const FILES: [File; 5] = [
    File::Pcap,
    File::PcapBigEndian,
    File::PcapNanoseconds,
    File::PcapNg,
    File::PcapNgBigEndian,
];

/// The links that are read, by their numbers; the second of Ethernet with a VLAN's tag.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    Ethernet,
    Vlan,
    Loopback,
    LoopbackBigEndian,
    Raw,
    Cooked,
    Cooked2,
}

/// Every one of them.
pub(crate) const LINKS: [Link; 7] = [
    Link::Ethernet,
    Link::Vlan,
    Link::Loopback,
    Link::LoopbackBigEndian,
    Link::Raw,
    Link::Cooked,
    Link::Cooked2,
];

impl Link {
    const fn number(self) -> u32 {
        match self {
            Self::Ethernet | Self::Vlan => 1,
            Self::Loopback => 0,
            Self::LoopbackBigEndian => 108,
            Self::Raw => 101,
            Self::Cooked => 113,
            Self::Cooked2 => 276,
        }
    }

    fn header(self, is_v6: bool) -> Vec<u8> {
        let kind: [u8; 2] = if is_v6 { [0x86, 0xdd] } else { [0x08, 0x00] };
        let family: u32 = if is_v6 { 30 } else { 2 };
        match self {
            Self::Ethernet => [&[2u8; 12][..], &kind].concat(),
            Self::Vlan => [&[2u8; 12][..], &[0x81, 0x00, 0x00, 0x05], &kind].concat(),
            Self::Loopback => family.to_le_bytes().to_vec(),
            Self::LoopbackBigEndian => family.to_be_bytes().to_vec(),
            Self::Raw => Vec::new(),
            Self::Cooked => [&[0, 0, 0, 1, 0, 6, 2, 2, 2, 2, 2, 2, 0, 0][..], &kind].concat(),
            Self::Cooked2 => [&kind[..], &[0; 18]].concat(),
        }
    }
}

pub(crate) const FIN: u8 = 1;
pub(crate) const SYN: u8 = 2;
pub(crate) const RST: u8 = 4;
pub(crate) const PSH: u8 = 8;
pub(crate) const ACK: u8 = 16;

/// An IP packet with one TCP segment.
pub(crate) fn tcp(
    from: SocketAddr,
    to: SocketAddr,
    sequence: u32,
    flags: u8,
    payload: &[u8],
) -> Vec<u8> {
    let mut segment = Vec::new();
    segment.extend_from_slice(&from.port().to_be_bytes());
    segment.extend_from_slice(&to.port().to_be_bytes());
    segment.extend_from_slice(&sequence.to_be_bytes());
    segment.extend_from_slice(&[0, 0, 0, 1, 5 << 4, flags, 255, 255, 0, 0, 0, 0]);
    segment.extend_from_slice(payload);
    let length = u16::try_from(segment.len()).expect("a packet");
    let header = match (from.ip(), to.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let [high, low] = (length + 20).to_be_bytes();
            let start = [0x45, 0, high, low, 0, 0, 0x40, 0, 64, 6, 0, 0];
            [&start[..], &from.octets(), &to.octets()].concat()
        }
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            let [high, low] = length.to_be_bytes();
            let start = [0x60, 0, 0, 0, high, low, 6, 64];
            [&start[..], &from.octets(), &to.octets()].concat()
        }
        _ => panic!("two addresses of one kind"),
    };
    [header, segment].concat()
}

/// A file with these IP packets. Of each only `snap` bytes, its link's header included, were captured.
pub(crate) fn capture(file: File, link: Link, snap: usize, packets: &[Vec<u8>]) -> Vec<u8> {
    let is_big = matches!(file, File::PcapBigEndian | File::PcapNgBigEndian);
    let word = |number: u32| {
        if is_big {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    };
    let size = |bytes: &[u8]| u32::try_from(bytes.len()).expect("a packet");
    let is_ng = matches!(file, File::PcapNg | File::PcapNgBigEndian);
    let magic = match file {
        File::PcapNanoseconds => 0xa1b2_3c4d,
        _ => 0xa1b2_c3d4,
    };
    let version = if is_big { [0, 2, 0, 4] } else { [2, 0, 4, 0] };
    let block = |kind: u32, body: Vec<u8>| {
        let padded = body.len().next_multiple_of(4);
        let length = u32::try_from(padded + 12).expect("a block");
        let mut block = [word(kind), word(length)].concat();
        block.extend_from_slice(&body);
        block.resize(8 + padded, 0);
        block.extend_from_slice(&word(length));
        block
    };
    let mut out = if is_ng {
        let version = if is_big { [0, 1, 0, 0] } else { [1, 0, 0, 0] };
        let section = [word(0x1a2b_3c4d), version, word(u32::MAX), word(u32::MAX)].concat();
        let number = u16::try_from(link.number()).expect("a link");
        let number = if is_big {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        };
        let interface = [&number[..], &[0, 0], &word(0)].concat();
        [block(0x0a0d_0d0a, section), block(1, interface)].concat()
    } else {
        let zero = word(0);
        [
            word(magic),
            version,
            zero,
            zero,
            word(65_535),
            word(link.number()),
        ]
        .concat()
    };
    // The lengths tell what was captured and what there was; only pcapng pads.
    for packet in packets {
        let is_v6 = packet[0] >> 4 == 6;
        let whole = [link.header(is_v6), packet.clone()].concat();
        let kept = &whole[..whole.len().min(snap)];
        let lengths = [word(size(kept)), word(size(&whole))].concat();
        let times = [word(1), word(2)].concat();
        if is_ng {
            let body = [&word(0)[..], &times, &lengths, kept].concat();
            out.extend_from_slice(&block(6, body));
        } else {
            out.extend_from_slice(&[&times[..], &lengths, kept].concat());
        }
    }
    out
}
