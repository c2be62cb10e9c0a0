//! Reads a command's line word by word and writes it; knows no command.

use alloc::vec::Vec;

use bytes::Bytes;

use crate::classic::command_error::{CommandErrorKind, Fault, NotInDialect};
use crate::classic::form::{Form, Kind, ServerKind, TrIdRule};
use crate::classic::grammar;
use crate::frame::{is_separator, parse_number, push_decimal};
use crate::{Dialect, Frame, TrId, Verb};

/// A command of one form; implemented by the macro `commands` alone.
pub(super) trait Command: Sized {
    /// What its line looks like.
    const FORM: Form;

    /// Reads the words behind the transaction id.
    fn read(words: &mut Words<'_>, payload: Bytes) -> Result<Self, Fault>;

    /// Writes them.
    fn write(&self, line: &mut Line);

    /// The bytes behind the line.
    fn payload(&self) -> Option<&Bytes>;
}

/// One word of a line, or the few that are one value.
pub(super) trait Parameter: Sized {
    const KIND: Kind;

    /// Takes what it needs; `None` if that is not of its kind.
    fn read(words: &mut Words<'_>) -> Option<Self>;

    fn write(&self, line: &mut Line);

    /// Writes what stands for a value that is missing.
    fn fill(line: &mut Line) {
        line.word(b"0");
    }
}

/// The words of a line that are not read yet.
#[derive(Clone)]
pub(super) struct Words<'a> {
    frame: &'a Frame,
    rest: &'a [u8],
    /// Where `rest` ends: before the length of a payload.
    end: usize,
    dialect: Dialect,
    /// Whether no byte of the line can end a line to any reader.
    clean: bool,
}

impl<'a> Words<'a> {
    /// The words behind the verb.
    pub(super) fn of(frame: &'a Frame, dialect: Dialect) -> Self {
        let mut words = Self {
            frame,
            rest: frame.line(),
            end: frame.line().len(),
            dialect,
            clean: grammar::stays_in_line(frame.line()),
        };
        words.next();
        words
    }

    /// The next word; blanks around it do not matter (msnp8-18.md 2.1).
    pub(super) fn next(&mut self) -> Option<&'a [u8]> {
        let (rest, word) = grammar::next_word(self.rest)?;
        self.rest = rest;
        Some(word)
    }

    /// The word after `skipped` others, which stays.
    pub(super) fn peek(&self, skipped: usize) -> Option<&'a [u8]> {
        let mut ahead = self.clone();
        for _ in 0..skipped {
            ahead.next()?;
        }
        ahead.next()
    }

    /// Whether no word is left.
    fn is_done(&self) -> bool {
        self.rest.iter().all(|b| is_separator(*b))
    }

    /// How many words are left, counted up to `most`.
    pub(super) fn count(&self, most: usize) -> usize {
        let mut ahead = self.clone();
        (0..most).take_while(|_| ahead.next().is_some()).count()
    }

    /// All words that are left, with what is between them.
    pub(super) fn take_rest(&mut self) -> &'a [u8] {
        grammar::trim(core::mem::take(&mut self.rest))
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The word as a slice of the frame's buffer; `None` if it could end a line.
    pub(super) fn share(&self, word: &[u8]) -> Option<Bytes> {
        let fits = self.clean || grammar::stays_in_line(word);
        fits.then(|| self.frame.as_bytes().slice_ref(word))
    }

    /// Where the next word starts, in bytes from the start of the frame.
    fn offset(&self) -> usize {
        match grammar::next_word(self.rest) {
            Some((rest, word)) => self.end - rest.len() - word.len(),
            None => self.end,
        }
    }

    fn wrong(&self, kind: CommandErrorKind) -> Fault {
        Fault::Wrong(kind, self.offset())
    }

    /// A word that has to be there. Compared without case, as `OK` was read by some (msnp8-18.md 17).
    pub(super) fn literal(&mut self, literal: &str) -> Result<(), Fault> {
        match self.next() {
            Some(word) if word.eq_ignore_ascii_case(literal.as_bytes()) => Ok(()),
            _ => Err(Fault::OtherForm),
        }
    }

    /// A word that says nothing and that some leave out.
    pub(super) fn tail(&mut self, literal: &str) {
        let mut ahead = self.clone();
        if ahead.next() == Some(literal.as_bytes()) {
            *self = ahead;
        }
    }

    /// A value without which the line is no command.
    pub(super) fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Result<T, Fault> {
        match self.optional(name, read)? {
            Some(value) => Ok(value),
            None => Err(self.wrong(CommandErrorKind::Missing(name))),
        }
    }

    /// A value, unless the line ends before it.
    pub(super) fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Result<Option<T>, Fault> {
        if self.is_done() {
            return Ok(None);
        }
        let mut ahead = self.clone();
        match read(&mut ahead) {
            Some(value) => {
                *self = ahead;
                Ok(Some(value))
            }
            None => Err(self.wrong(CommandErrorKind::Parameter(name))),
        }
    }

    /// A value, if what comes looks like one.
    pub(super) fn recognised<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let mut ahead = self.clone();
        let value = read(&mut ahead)?;
        *self = ahead;
        Some(value)
    }

    fn trid(&mut self, rule: TrIdRule) -> Result<Option<TrId>, Fault> {
        let number = |words: &mut Self| words.next().and_then(parse_number).map(TrId);
        match rule {
            TrIdRule::Never => Ok(None),
            TrIdRule::Seen => Ok(self.recognised(number)),
            TrIdRule::Always => match self.recognised(number) {
                Some(trid) => Ok(Some(trid)),
                None => Err(self.wrong(CommandErrorKind::TransactionId)),
            },
        }
    }

    /// Takes length and payload, if the last word is a number.
    pub(super) fn announced_payload(&mut self) -> Result<Option<Bytes>, Fault> {
        let (_, last) = grammar::last_word(self.rest);
        if parse_number(last).is_none() {
            return Ok(None);
        }
        self.payload().map(Some)
    }

    /// Takes the length from the end of the line, and the payload.
    fn payload(&mut self) -> Result<Bytes, Fault> {
        let payload = self.frame.payload_bytes();
        let (before, last) = grammar::last_word(self.rest);
        match parse_number(last) {
            Some(length) if length as usize == payload.len() => {
                self.end -= self.rest.len() - before.len();
                self.rest = before;
                Ok(payload)
            }
            // `UUX 8` and `PUT 7 OK` were documented without the 0 (msnp8-18.md 2.2).
            None if payload.is_empty() => Ok(payload),
            _ => {
                self.rest = &self.rest[before.len()..];
                Err(self.wrong(CommandErrorKind::Length))
            }
        }
    }
}

/// Reads a frame as a command of one form.
pub(super) fn read<T: Command>(
    frame: &Frame,
    dialect: Dialect,
    server: ServerKind,
) -> Result<(Option<TrId>, T), Fault> {
    if !T::FORM.is_in(dialect, server) {
        return Err(Fault::OtherForm);
    }
    let mut words = Words::of(frame, dialect);
    let trid = words.trid(T::FORM.trid)?;
    let payload = if T::FORM.payload {
        words.payload()?
    } else {
        Bytes::new()
    };
    Ok((trid, T::read(&mut words, payload)?))
}

/// Writes a command as the dialect has it.
pub(super) fn write<T: Command>(
    command: &T,
    trid: Option<TrId>,
    dialect: Dialect,
) -> Result<Frame, NotInDialect> {
    let verb = T::FORM.verb;
    if !T::FORM.era.contains(dialect) {
        return Err(NotInDialect { verb, dialect });
    }
    let mut line = Line::begun(verb, dialect, T::FORM.trid, trid);
    command.write(&mut line);
    Ok(line.finish(command.payload()))
}

/// A line that is being written. What is given to it are words, which cannot end the line.
pub(super) struct Line {
    verb: Verb,
    dialect: Dialect,
    bytes: Vec<u8>,
    /// Optional words that were missing since the last one written.
    skipped: usize,
    /// Where the last account stands.
    account: (usize, usize),
}

impl Line {
    pub(super) fn new(verb: Verb, dialect: Dialect) -> Self {
        let mut bytes = Vec::with_capacity(128);
        bytes.extend_from_slice(verb.as_bytes());
        Self {
            verb,
            dialect,
            bytes,
            skipped: 0,
            account: (0, 0),
        }
    }

    /// Verb and transaction id.
    fn begun(verb: Verb, dialect: Dialect, rule: TrIdRule, trid: Option<TrId>) -> Self {
        let mut line = Self::new(verb, dialect);
        match (rule, trid) {
            (TrIdRule::Never, _) => {}
            (TrIdRule::Seen, None) if dialect.has_list_without_ids() => {}
            (TrIdRule::Always | TrIdRule::Seen, trid) => line.number(trid.unwrap_or_default().0),
        }
        line
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn blank(&mut self) {
        for _ in 0..core::mem::take(&mut self.skipped) {
            self.bytes.extend_from_slice(b" 0");
        }
        self.bytes.push(b' ');
    }

    /// Appends a word.
    pub(super) fn word(&mut self, word: &[u8]) {
        self.blank();
        self.bytes.extend_from_slice(word);
    }

    /// Appends a number.
    pub(super) fn number(&mut self, number: u32) {
        self.blank();
        push_decimal(&mut self.bytes, number);
    }

    /// Appends to the last word.
    pub(super) fn more(&mut self, part: &[u8]) {
        self.bytes.extend_from_slice(part);
    }

    /// Appends a number to the last word.
    pub(super) fn more_digits(&mut self, number: u32) {
        push_decimal(&mut self.bytes, number);
    }

    /// Appends an account to the last word, and remembers it.
    pub(super) fn more_account(&mut self, account: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(account);
        self.account = (start, self.bytes.len());
    }

    /// Appends the last account again, where a name has to stand (msnp8-18.md 8.4).
    pub(super) fn account_again(&mut self) {
        self.blank();
        let (start, end) = self.account;
        if start == end {
            self.bytes.push(b'0');
        } else {
            self.bytes.extend_from_within(start..end);
        }
    }

    /// A word that is written always.
    pub(super) fn filled<T: Parameter>(&mut self, value: Option<&T>) {
        match value {
            Some(value) => value.write(self),
            None => T::fill(self),
        }
    }

    /// A word that may be missing at the end of the line; before another one, a 0 keeps its place.
    pub(super) fn optional<T: Parameter>(&mut self, value: Option<&T>) {
        match value {
            Some(value) => value.write(self),
            None => self.skipped += 1,
        }
    }

    /// A word that may be missing in the middle.
    pub(super) fn recognised<T: Parameter>(&mut self, value: Option<&T>) {
        if let Some(value) = value {
            value.write(self);
        }
    }

    pub(super) fn finish(mut self, payload: Option<&Bytes>) -> Frame {
        let payload = payload.map_or(&b""[..], |payload| {
            // A payload of 4 GiB cannot be announced; what was announced is what is sent.
            let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
            self.skipped = 0;
            self.number(length);
            &payload[..length as usize]
        });
        let line = self.bytes.len();
        self.bytes.reserve_exact(2 + payload.len());
        self.bytes.extend_from_slice(b"\r\n");
        self.bytes.extend_from_slice(payload);
        Frame::of_line(self.bytes, self.verb, line)
    }
}
