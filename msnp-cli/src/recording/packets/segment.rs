//! `Segment`: a packet as far as TCP is concerned, whatever link it came over.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use etherparse::{EtherType, LaxNetSlice, LaxSlicedPacket, TransportSlice};
use pcap_parser::Linktype;

use super::super::packet_counts::OtherPacket;
use super::super::place::Place;
use super::blocks::CapturedPacket;

/// One TCP segment.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "the flags of a TCP header")]
pub(super) struct Segment {
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
    pub(super) sequence: u32,
    pub(super) is_syn: bool,
    pub(super) is_ack: bool,
    pub(super) is_fin: bool,
    pub(super) is_reset: bool,
    /// The sender wanted this much to be handed up at once: most often a whole message.
    pub(super) is_push: bool,
    pub(super) payload: Bytes,
    /// Bytes behind the payload that were not captured.
    pub(super) missing: u32,
    /// Where the payload stands.
    pub(super) place: Place,
}

/// The segment in a packet; else why there is none.
pub(super) fn read(packet: &CapturedPacket) -> Result<Segment, OtherPacket> {
    let bytes = &packet.bytes[..];
    let sliced = slice(packet.link, bytes)?;
    let (from, to, ip) = match &sliced.net {
        Some(LaxNetSlice::Ipv4(ip)) => (
            IpAddr::from(ip.header().source()),
            IpAddr::from(ip.header().destination()),
            ip.payload(),
        ),
        Some(LaxNetSlice::Ipv6(ip)) => (
            IpAddr::from(ip.header().source()),
            IpAddr::from(ip.header().destination()),
            ip.payload(),
        ),
        _ => return Err(OtherPacket::NotIp),
    };
    if ip.fragmented {
        return Err(OtherPacket::Fragment);
    }
    let Some(TransportSlice::Tcp(tcp)) = &sliced.transport else {
        let is_tcp = ip.ip_number.0 == 6;
        return Err(if is_tcp {
            OtherPacket::Malformed
        } else {
            OtherPacket::NotTcp
        });
    };
    let payload = tcp.payload();
    let start = payload.as_ptr() as usize - bytes.as_ptr() as usize;
    Ok(Segment {
        source: SocketAddr::new(from, tcp.source_port()),
        destination: SocketAddr::new(to, tcp.destination_port()),
        sequence: tcp.sequence_number(),
        is_syn: tcp.syn(),
        is_ack: tcp.ack(),
        is_fin: tcp.fin(),
        is_reset: tcp.rst(),
        is_push: tcp.psh(),
        payload: packet.bytes.slice(start..start + payload.len()),
        // What a link pads short packets with is not missed.
        missing: if ip.incomplete { packet.missing } else { 0 },
        place: Place {
            offset: packet.place.offset + start as u64,
            ..packet.place
        },
    })
}

/// Takes the link's header off: Ethernet's, the four bytes of a loopback (in the order of whatever machine wrote them),
/// none at all, or what Linux writes for "any" interface (<https://www.tcpdump.org/linktypes.html>).
fn slice(link: Linktype, bytes: &[u8]) -> Result<LaxSlicedPacket<'_>, OtherPacket> {
    let malformed = |_| OtherPacket::Malformed;
    let from_ip = |bytes| LaxSlicedPacket::from_ip(bytes).map_err(|_| OtherPacket::NotIp);
    let cooked = |kind: usize, header: usize| {
        let kind = bytes.get(kind..kind + 2).ok_or(OtherPacket::Malformed)?;
        let payload = bytes.get(header..).ok_or(OtherPacket::Malformed)?;
        let kind = EtherType(u16::from_be_bytes([kind[0], kind[1]]));
        Ok(LaxSlicedPacket::from_ether_type(kind, payload))
    };
    match link {
        Linktype::ETHERNET => LaxSlicedPacket::from_ethernet(bytes).map_err(malformed),
        Linktype::NULL | Linktype::LOOP => from_ip(bytes.get(4..).ok_or(OtherPacket::Malformed)?),
        // 12 is what some systems call raw IP in their own files.
        Linktype::RAW | Linktype::IPV4 | Linktype::IPV6 | Linktype(12) => from_ip(bytes),
        Linktype::LINUX_SLL => cooked(14, 16),
        Linktype::LINUX_SLL2 => cooked(0, 20),
        _ => Err(OtherPacket::OtherLink),
    }
}
