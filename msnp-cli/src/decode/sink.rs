//! `Sink`: takes what is found in a recording, and what became of every byte of it.

use msnp_proto::{Dialect, Frame, Side};

use super::problem::{Label, Problem};
use super::soap::SoapMeaning;
use super::talk::Referrals;
use super::typed::Meaning;
use crate::recording::Place;

/// A frame and where it stands.
#[derive(Debug)]
pub(super) struct Cut<'a> {
    pub(super) label: &'a Label,
    pub(super) side: Side,
    /// Byte of the stream at which it starts.
    pub(super) offset: u64,
    pub(super) place: Place,
    pub(super) frame: &'a Frame,
    /// Of the connection, if it is known.
    pub(super) dialect: Option<Dialect>,
    pub(super) meaning: &'a Meaning,
}

/// Something that is told without being a frame or wrong: a reply of a gateway that carries no MSNP, a SOAP message.
#[derive(Debug)]
pub(super) struct Note<'a> {
    pub(super) label: &'a Label,
    pub(super) side: Side,
    pub(super) place: Place,
    pub(super) kind: NoteKind,
    /// In one line what it is.
    pub(super) what: String,
    /// A document, to be shown to who wants payloads.
    pub(super) document: &'a [u8],
}

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoteKind {
    /// A reply of a gateway without MSNP.
    BareReply,
    Soap(SoapMeaning),
    /// Headers of Passport 1.4, and whether they could be read.
    Passport(bool),
    /// A message for who is away, inside of SOAP, and whether it could be read.
    Letter(bool),
}

/// What became of bytes that came in. Each byte has exactly one share.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Share {
    /// In frames, which are shown.
    Frames,
    /// In what is told to be wrong.
    Unreadable,
    /// Heads of HTTP, lengths of chunks, trailers.
    Heads,
    /// Bodies that carry no MSNP, of exchanges that are counted.
    Bodies,
    /// SOAP, which is shown.
    Soap,
    /// Neither MSNP nor HTTP: TLS and the like.
    Opaque,
    /// Packed; what came out of them came in once more.
    Packed,
}

/// What an HTTP exchange is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum ExchangeKind {
    Gateway,
    Soap,
    /// The sign-in of MSNP8 to 14.
    Passport,
    Other,
}

/// Takes what is found.
pub(super) trait Sink: Referrals {
    fn frame(&mut self, cut: &Cut<'_>);
    fn note(&mut self, note: &Note<'_>);
    fn problem(&mut self, problem: Problem);
    /// An HTTP exchange, known by its request, or by its response if that is all there is.
    fn exchange(&mut self, kind: ExchangeKind);
    /// The response to an exchange that was counted.
    fn answered(&mut self);
    /// A request whose response is not in the recording.
    fn unanswered(&mut self);
    /// A reply of a gateway that carries no MSNP.
    fn bare_reply(&mut self);
    /// Bytes came in.
    fn seen(&mut self, bytes: u64);
    /// Bytes that came in have come to this.
    fn settled(&mut self, share: Share, bytes: u64);
}
