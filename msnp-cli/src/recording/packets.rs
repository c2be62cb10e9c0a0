//! Packet captures, pcap and pcapng: TCP streams put together again from the packets that carried them.

mod blocks;
mod segment;
mod stream;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod wire;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io::{self, BufRead};
use std::net::SocketAddr;

use self::blocks::{Block, Blocks};
use self::segment::Segment;
use self::stream::Stream;
use super::packet_counts::{OtherPacket, Packets};
use super::record::{Record, Recording};

/// The most connections that are followed at a time, ended ones included; above, the oldest is forgotten.
const CONNECTIONS: usize = 65_536;

/// The reader.
pub(crate) struct PacketCapture {
    blocks: Blocks,
    /// A connection is followed if one of its ends has one of these.
    ports: Vec<u16>,
    connections: HashMap<Ends, Stream>,
    /// By number, in the order in which they began.
    order: BTreeMap<u64, Ends>,
    opened: u64,
    pending: VecDeque<Record>,
    packets: Packets,
    is_over: bool,
}

/// The two ends of a connection, the smaller address first.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
struct Ends(SocketAddr, SocketAddr);

impl PacketCapture {
    /// Reads `input`, and follows the connections of these ports.
    pub(crate) fn new(input: Box<dyn BufRead>, ports: &[u16]) -> Self {
        Self {
            blocks: Blocks::new(input),
            ports: ports.to_vec(),
            connections: HashMap::new(),
            order: BTreeMap::new(),
            opened: 0,
            pending: VecDeque::new(),
            packets: Packets::default(),
            is_over: false,
        }
    }

    fn follow(&mut self, segment: &Segment) {
        if !self.is_followed(segment.source) && !self.is_followed(segment.destination) {
            self.packets.pass_over(OtherPacket::OtherPort);
            return;
        }
        let ends = if segment.source <= segment.destination {
            Ends(segment.source, segment.destination)
        } else {
            Ends(segment.destination, segment.source)
        };
        let known = self.connections.get(&ends);
        // The same two ends may speak again later: the first SYN after a good-bye, or one with another number.
        if known.is_some_and(|stream| stream.is_succeeded_by(segment)) {
            self.close(ends);
        }
        if !self.connections.contains_key(&ends) {
            self.open(ends, segment);
        }
        if let Some(stream) = self.connections.get_mut(&ends) {
            self.packets.follow(segment.payload.len() as u64);
            stream.push(segment, &mut self.pending, &mut self.packets);
        }
    }

    fn is_followed(&self, end: SocketAddr) -> bool {
        self.ports.contains(&end.port())
    }

    fn open(&mut self, ends: Ends, segment: &Segment) {
        if self.connections.len() >= CONNECTIONS
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.close(oldest);
        }
        // Whoever begins it is the client; where the beginning is missing, it is the side without a service's port.
        let is_from_client = if segment.is_syn {
            !segment.is_ack
        } else {
            self.is_followed(segment.destination)
        };
        let (client, server) = if is_from_client {
            (segment.source, segment.destination)
        } else {
            (segment.destination, segment.source)
        };
        self.opened += 1;
        let stream = Stream::new(self.opened, client, server);
        self.pending.push_back(Record::Opened(stream.name()));
        self.connections.insert(ends, stream);
        self.order.insert(self.opened, ends);
    }

    fn close(&mut self, ends: Ends) {
        if let Some(stream) = self.connections.remove(&ends) {
            self.order.remove(&stream.number());
            stream.finish(&mut self.pending, &mut self.packets);
        }
    }
}

impl Recording for PacketCapture {
    fn next_record(&mut self) -> io::Result<Option<Record>> {
        loop {
            if let Some(record) = self.pending.pop_front() {
                return Ok(Some(record));
            }
            if self.is_over {
                return Ok(None);
            }
            match self.blocks.next()? {
                Some(Block::Packet(packet)) => {
                    self.packets.see();
                    match segment::read(&packet) {
                        Ok(segment) => self.follow(&segment),
                        Err(other) => self.packets.pass_over(other),
                    }
                }
                Some(Block::Fault { place, fault }) => {
                    self.pending.push_back(Record::Fault { place, fault });
                }
                None => {
                    while let Some((_, oldest)) = self.order.pop_first() {
                        self.close(oldest);
                    }
                    self.pending
                        .push_back(Record::Packets(Box::new(self.packets)));
                    self.is_over = true;
                }
            }
        }
    }
}
