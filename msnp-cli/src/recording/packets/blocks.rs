//! `Blocks`: the packets of a capture file one after the other, with the kind of link that each came from.

use std::io::{self, BufRead};

use bytes::{Bytes, BytesMut};
use pcap_parser::{
    Block as NgBlock, Linktype, PcapError, nom, parse_block_be, parse_block_le, parse_pcap_frame,
    parse_pcap_frame_be, parse_pcap_frame_modified, parse_pcap_header,
};

use super::super::place::Place;
use super::super::record::Fault;

/// The most bytes of one block.
const BLOCK_LIMIT: usize = 16 * 1024 * 1024;
/// The most interfaces of a section.
const INTERFACES: usize = 4096;

/// Reads block by block.
pub(super) struct Blocks {
    input: Box<dyn BufRead>,
    unread: BytesMut,
    /// Byte of the file at which `unread` starts.
    offset: u64,
    is_at_end: bool,
    form: Form,
}

/// What the blocks are.
enum Form {
    /// Nothing is read yet.
    Unknown,
    Classic {
        link: Linktype,
        order: Order,
    },
    /// pcapng, with the links of the section's interfaces.
    NextGeneration {
        is_big_endian: bool,
        links: Vec<Linktype>,
    },
    /// The rest cannot be read.
    Lost,
}

/// How the numbers of a classic file are written.
#[derive(Copy, Clone)]
enum Order {
    Little,
    Big,
    Modified,
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Block {
    Packet(CapturedPacket),
    Fault { place: Place, fault: Fault },
}

/// A packet as it was on its link, as far as it was captured.
#[derive(Debug)]
pub(super) struct CapturedPacket {
    pub(super) link: Linktype,
    pub(super) bytes: Bytes,
    /// Bytes at its end that were not captured.
    pub(super) missing: u32,
    pub(super) place: Place,
}

/// What one look at the unread bytes gave: how many are done with, and what they are.
enum Look {
    Block(usize, Option<Found>),
    /// There are more bytes to a block than are here.
    More,
    Bad,
}

/// A packet inside a block: where its bytes start, how many there are, and how many are missing.
struct Found {
    link: Linktype,
    start: usize,
    length: usize,
    missing: u32,
}

impl Blocks {
    /// Reads `input`.
    pub(super) fn new(input: Box<dyn BufRead>) -> Self {
        Self {
            input,
            unread: BytesMut::new(),
            offset: 0,
            is_at_end: false,
            form: Form::Unknown,
        }
    }

    /// The next packet, or what is wrong; `None` at the end of the file.
    pub(super) fn next(&mut self) -> io::Result<Option<Block>> {
        loop {
            if matches!(self.form, Form::Lost) || (self.is_at_end && self.unread.is_empty()) {
                return Ok(None);
            }
            match self.look() {
                Look::Block(size, found) => {
                    let offset = self.offset;
                    let block = self.take(size);
                    let Some(found) = found else { continue };
                    return Ok(Some(Block::Packet(CapturedPacket {
                        link: found.link,
                        bytes: block.slice(found.start..found.start + found.length),
                        missing: found.missing,
                        place: place(offset + found.start as u64),
                    })));
                }
                Look::More if self.is_at_end => return Ok(Some(self.lose(Fault::CutCapture))),
                Look::More if self.unread.len() >= BLOCK_LIMIT => {
                    return Ok(Some(self.lose(Fault::LongBlock { limit: BLOCK_LIMIT })));
                }
                Look::More => self.fill()?,
                Look::Bad => return Ok(Some(self.lose(Fault::BadBlock))),
            }
        }
    }

    /// Nothing behind a block that cannot be read can be found again.
    fn lose(&mut self, fault: Fault) -> Block {
        self.form = Form::Lost;
        Block::Fault {
            place: place(self.offset),
            fault,
        }
    }

    fn take(&mut self, size: usize) -> Bytes {
        self.offset += size as u64;
        self.unread.split_to(size).freeze()
    }

    fn fill(&mut self) -> io::Result<()> {
        let available = match self.input.fill_buf() {
            Ok(available) => available,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            Err(error) => return Err(error),
        };
        let count = available.len();
        self.is_at_end = count == 0;
        self.unread.extend_from_slice(available);
        self.input.consume(count);
        Ok(())
    }

    fn look(&mut self) -> Look {
        match &mut self.form {
            Form::Unknown => self.first(),
            Form::Classic { link, order } => classic(&self.unread, *link, *order),
            Form::NextGeneration {
                is_big_endian,
                links,
            } => next_generation(&self.unread, is_big_endian, links),
            Form::Lost => Look::Bad,
        }
    }

    fn first(&mut self) -> Look {
        let unread = &self.unread[..];
        if unread.len() < 24 {
            return Look::More;
        }
        if unread.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]) {
            self.form = Form::NextGeneration {
                is_big_endian: false,
                links: Vec::new(),
            };
            return Look::Block(0, None);
        }
        let Ok((rest, header)) = parse_pcap_header(unread) else {
            return Look::Bad;
        };
        let size = unread.len() - rest.len();
        let order = if header.is_modified_format() {
            Order::Modified
        } else if header.is_bigendian() {
            Order::Big
        } else {
            Order::Little
        };
        let link = header.network;
        self.form = Form::Classic { link, order };
        Look::Block(size, None)
    }
}

/// A record of a classic file: times, two lengths, then the packet.
fn classic(unread: &[u8], link: Linktype, order: Order) -> Look {
    let parsed = match order {
        Order::Little => parse_pcap_frame(unread),
        Order::Big => parse_pcap_frame_be(unread),
        Order::Modified => parse_pcap_frame_modified(unread),
    };
    let (rest, record) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return failed(&error),
    };
    let size = unread.len() - rest.len();
    let length = record.data.len();
    Look::Block(
        size,
        Some(Found {
            link,
            start: size - length,
            length,
            missing: record.origlen.saturating_sub(record.caplen),
        }),
    )
}

/// A block of pcapng. Interfaces are counted anew in each section; blocks that hold no packet are passed over.
fn next_generation(unread: &[u8], is_big_endian: &mut bool, links: &mut Vec<Linktype>) -> Look {
    let parsed = if *is_big_endian {
        parse_block_be(unread)
    } else {
        parse_block_le(unread)
    };
    let (rest, block) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return failed(&error),
    };
    let size = unread.len() - rest.len();
    let (interface, data, captured, original) = match block {
        NgBlock::SectionHeader(section) => {
            *is_big_endian = section.big_endian();
            links.clear();
            return Look::Block(size, None);
        }
        NgBlock::InterfaceDescription(interface) => {
            if links.len() < INTERFACES {
                links.push(interface.linktype);
            }
            return Look::Block(size, None);
        }
        NgBlock::EnhancedPacket(packet) => {
            (packet.if_id, packet.data, packet.caplen, packet.origlen)
        }
        NgBlock::SimplePacket(packet) => (0, packet.data, packet.origlen, packet.origlen),
        _ => return Look::Block(size, None),
    };
    // The data ends with padding.
    let length = data.len().min(captured as usize);
    let interface = usize::try_from(interface).unwrap_or(usize::MAX);
    let unknown = Linktype(-1);
    Look::Block(
        size,
        Some(Found {
            link: links.get(interface).copied().unwrap_or(unknown),
            start: data.as_ptr() as usize - unread.as_ptr() as usize,
            length,
            missing: original.saturating_sub(u32::try_from(length).unwrap_or(u32::MAX)),
        }),
    )
}

fn failed(error: &nom::Err<PcapError<&[u8]>>) -> Look {
    match error {
        nom::Err::Incomplete(_) => Look::More,
        nom::Err::Error(_) | nom::Err::Failure(_) => Look::Bad,
    }
}

const fn place(offset: u64) -> Place {
    Place { line: 0, offset }
}
