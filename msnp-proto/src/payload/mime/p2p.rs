//! `application/x-msnmsgrp2p`: pieces of pictures and files, as bytes.

use alloc::string::String;
use alloc::vec::Vec;
use bytes::{Buf, BufMut, Bytes};
use core::fmt;

use super::Mime;
use super::error::ContentError;

/// A piece of a transfer between two endpoints: a header of 48 bytes, data, a footer of 4 (content-types.tsv). What the
/// transfer is about stands in pieces of session 0 and is nothing of this crate.
///
/// Clients of 2009 and later have a second version, whose header begins otherwise; its pieces are mostly refused as of
/// another length, and are passed on as the [`Mime`] that they came in.
#[derive(Clone, PartialEq, Eq)]
pub struct P2pMessage {
    /// `P2P-Dest`: an account, from MSNP16 on perhaps with `;{guid}`.
    pub destination: Option<String>,
    /// `P2P-Src`, from MSNP16 on.
    pub source: Option<String>,
    /// The header; its `length` is written from the data.
    pub header: P2pHeader,
    /// At most [`MAX_DATA`](Self::MAX_DATA) bytes.
    pub data: Bytes,
    /// The application's number.
    pub footer: u32,
}

/// The 48 bytes in front of the data, all numbers little-endian.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct P2pHeader {
    /// The transfer, 0 for the talk about one.
    pub session: u32,
    /// This message.
    pub id: u32,
    /// Where the data belongs.
    pub offset: u64,
    /// The length of the whole message.
    pub total: u64,
    /// The length of the data in this piece.
    pub length: u32,
    /// What it is: 0 talk, 2 acknowledgement, 0x20 data.
    pub flags: u32,
    /// The message that is acknowledged.
    pub ack_id: u32,
    /// The `ack_id` of that message.
    pub ack_unique: u32,
    /// Its length.
    pub ack_size: u64,
}

impl P2pHeader {
    /// The length of the header.
    pub const SIZE: usize = 48;
}

impl P2pMessage {
    /// The most data of one piece on a switchboard (msnp8-18.md 2.3).
    pub const MAX_DATA: usize = 1202;

    /// Reads header and footer. The data is what lies between; a length that says otherwise is a fault.
    pub(super) fn read(mime: &Mime) -> Result<Self, ContentError> {
        let body = mime.body_bytes();
        let found = body.len();
        let framing = P2pHeader::SIZE + FOOTER;
        let Some(room) = found.checked_sub(framing) else {
            return Err(ContentError::Length {
                found,
                expected: framing,
            });
        };
        let mut head = &body[..P2pHeader::SIZE];
        // Forty-eight bytes: 4 + 4 + 8 + 8 + 4 + 4 + 4 + 4 + 8.
        let header = P2pHeader {
            session: head.get_u32_le(),
            id: head.get_u32_le(),
            offset: head.get_u64_le(),
            total: head.get_u64_le(),
            length: head.get_u32_le(),
            flags: head.get_u32_le(),
            ack_id: head.get_u32_le(),
            ack_unique: head.get_u32_le(),
            ack_size: head.get_u64_le(),
        };
        let length = usize::try_from(header.length).unwrap_or(usize::MAX);
        if length != room {
            return Err(ContentError::Length {
                found,
                expected: length.saturating_add(framing),
            });
        }
        let data_end = P2pHeader::SIZE + room;
        Ok(Self {
            destination: mime.value("P2P-Dest"),
            source: mime.value("P2P-Src"),
            header,
            data: body.slice(P2pHeader::SIZE..data_end),
            footer: (&body[data_end..]).get_u32(),
        })
    }

    /// Writes the message.
    #[must_use]
    pub fn to_mime(&self) -> Mime {
        let header = &self.header;
        let mut body = Vec::with_capacity(P2pHeader::SIZE + self.data.len() + FOOTER);
        body.put_u32_le(header.session);
        body.put_u32_le(header.id);
        body.put_u64_le(header.offset);
        body.put_u64_le(header.total);
        // The data goes into one frame, whose length is a number of 32 bits.
        body.put_u32_le(u32::try_from(self.data.len()).unwrap_or(u32::MAX));
        body.put_u32_le(header.flags);
        body.put_u32_le(header.ack_id);
        body.put_u32_le(header.ack_unique);
        body.put_u64_le(header.ack_size);
        body.put_slice(&self.data);
        body.put_u32(self.footer);
        Mime::build("application/x-msnmsgrp2p")
            .header_if("P2P-Dest", self.destination.as_ref())
            .header_if("P2P-Src", self.source.as_ref())
            .finish(&body)
    }
}

const FOOTER: usize = 4;

/// Prints sizes only.
impl fmt::Debug for P2pMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "P2pMessage({:?}, {} bytes)",
            self.header,
            self.data.len()
        )
    }
}
