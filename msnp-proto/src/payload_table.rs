//! Which lines are followed by a payload: data, not code, because it depends on who wrote the
//! line, on the dialect, and on the peer's extensions.

use alloc::vec::Vec;
use core::fmt;

use crate::frame::{Params, is_separator, parse_number};
use crate::verb::Verb;

/// Who wrote the bytes.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "there are two ends")]
pub enum Side {
    /// The program a person uses, or a bot.
    Client,
    /// The notification server or switchboard.
    Server,
}

/// Whether bytes follow the line of one verb.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a table decides on every rule")]
pub enum PayloadRule {
    /// Nothing follows.
    None,
    /// As many bytes as the last word says.
    LastWord,
    /// As many bytes as the last word says, unless the second word is `OK` with nothing behind it, or there is none
    /// (`ADL 6 OK` and `UUX 8` are bare replies, `ADL 6 62` and `PUT 3 OK 165` carry a payload).
    LastWordUnlessOk,
}

/// The payload rules of one sender.
///
/// The tables split every recording of MSNP7 to MSNP18 without remainder (msnp8-18.md 2.2). A verb
/// that is not in the table has no payload: guessing from what follows would make the frames
/// depend on how the stream was cut.
///
/// ```
/// use msnp_proto::{FrameDecoder, PayloadRule, PayloadTable, Side, Verb};
/// let mut table = PayloadTable::sent_by(Side::Server);
/// table.set(Verb::new(*b"XYZ").expect("three letters"), PayloadRule::LastWord);
/// let decoder = FrameDecoder::new(table);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PayloadTable {
    /// Open-addressed by the verb; a power of two long, at least a quarter empty. No slots at all
    /// in MSNP24, of whose tables a server keeps one per connection.
    slots: Vec<Option<(u32, PayloadRule)>>,
    used: usize,
    numeric_errors: bool,
    lines: Lines,
}

/// Slots of a table with rules, at first: the verbs of one side fill a third of them.
const SLOTS: usize = 64;

/// Which of the two line grammars the stream speaks.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Lines {
    /// MSNP8–22: the verb decides.
    ByVerb,
    /// MSNP24: `CMD TrID TYPE len`, always a length.
    Enveloped,
    /// Either, told apart line by line.
    Either,
}

/// What a line announces.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Announced {
    Nothing,
    Payload(u32),
    /// A verb that must have a length stands on a line without one: the stream's framing is lost.
    BadLength,
}

impl PayloadTable {
    /// The rules of MSNP2 to MSNP22 for what `side` writes, on notification servers and
    /// switchboards alike.
    pub fn sent_by(side: Side) -> Self {
        use PayloadRule::{LastWord, LastWordUnlessOk};
        let mut table = Self {
            slots: alloc::vec![None; SLOTS],
            used: 0,
            numeric_errors: side == Side::Server,
            lines: Lines::ByVerb,
        };
        // Replies were seen as a bare `OK` or a bare transaction id and with a document under the same verb (msnp8-18.md 2.2);
        // what a client writes under these verbs has its payload always.
        let (last, unless_ok): (&[Verb], &[Verb]) = match side {
            Side::Server => (
                &[
                    Verb::MSG,
                    Verb::UBX,
                    Verb::GCF,
                    Verb::NOT,
                    Verb::UBN,
                    Verb::UBM,
                    Verb::IPG,
                    Verb::NFY,
                ],
                &[
                    Verb::ADL,
                    Verb::RML,
                    Verb::UUN,
                    Verb::PUT,
                    Verb::FSL,
                    Verb::FQY,
                    Verb::SDG,
                    Verb::UUX,
                    Verb::DEL,
                    Verb::GET,
                ],
            ),
            Side::Client => (
                &[
                    Verb::UUX,
                    Verb::QRY,
                    Verb::ADL,
                    Verb::RML,
                    Verb::FQY,
                    Verb::UUN,
                    Verb::UUM,
                    Verb::PUT,
                    Verb::DEL,
                    Verb::SDG,
                    Verb::VAS,
                    Verb::SDC,
                    Verb::NOT,
                    Verb::MSG,
                    Verb::PGD,
                    Verb::PAG,
                    Verb::GET,
                ],
                &[],
            ),
        };
        for verb in last {
            table.set(*verb, LastWord);
        }
        for verb in unless_ok {
            table.set(*verb, LastWordUnlessOk);
        }
        table
    }

    /// The rule of MSNP24, the same for both sides: every line is `CMD TrID TYPE[\SUB] len`, and
    /// the rule of a verb does not matter.
    ///
    /// Lines of older dialects come here too: clients were seen to send MSNP21's `PNG`, `ADL 8 56` and `RML`
    /// (msnp24.md 6.14). One that ends in a length carries its payload, so that it can be refused whole and
    /// nothing behind it is lost. Few verbs of the older dialects end in a number that is no length.
    pub fn msnp24() -> Self {
        Self {
            lines: Lines::Enveloped,
            slots: Vec::new(),
            used: 0,
            numeric_errors: false,
        }
    }

    /// For tools that read recordings: a line of MSNP24's shape follows its rule, any other the
    /// rules of [`sent_by`](Self::sent_by). No line of MSNP8–22 was seen to have that shape and one
    /// of MSNP24's verbs.
    pub fn either(side: Side) -> Self {
        Self {
            lines: Lines::Either,
            ..Self::sent_by(side)
        }
    }

    /// Sets the rule of one verb, for a peer's extensions.
    pub fn set(&mut self, verb: Verb, rule: PayloadRule) {
        if (self.used + 1) * 4 > self.slots.len() * 3 {
            let mut larger = Self {
                slots: alloc::vec![None; (self.slots.len() * 2).max(SLOTS)],
                used: 0,
                ..*self
            };
            for (key, rule) in self.slots.iter().flatten() {
                larger.insert(*key, *rule);
            }
            *self = larger;
        }
        self.insert(verb.key(), rule);
    }

    /// The rule of one verb in MSNP8–22.
    pub fn rule(&self, verb: Verb) -> PayloadRule {
        if self.slots.is_empty() {
            return PayloadRule::None;
        }
        let mut at = self.home(verb.key());
        while let Some((key, rule)) = self.slots[at] {
            if key == verb.key() {
                return rule;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
        PayloadRule::None
    }

    fn insert(&mut self, key: u32, rule: PayloadRule) {
        let mut at = self.home(key);
        while let Some((present, _)) = self.slots[at] {
            if present == key {
                break;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
        if self.slots[at].is_none() {
            self.used += 1;
        }
        self.slots[at] = Some((key, rule));
    }

    fn home(&self, key: u32) -> usize {
        (key.wrapping_mul(0x9E37_79B1) >> 16) as usize & (self.slots.len() - 1)
    }

    /// What `line`, without its line end, announces.
    pub(crate) fn announced(&self, verb: Verb, line: &[u8]) -> Announced {
        match self.lines {
            Lines::ByVerb => self.announced_by_verb(verb, line),
            Lines::Enveloped => match FourWords::of(line) {
                Some(words) if words.is_messenger() => length(words.last),
                // The type is unknown, or it is another dialect's line: what it carries is told by its shape.
                _ => foreign_length(verb, line),
            },
            Lines::Either => match FourWords::of(line) {
                Some(words) if is_enveloped(verb) && words.is_messenger() => length(words.last),
                _ => self.announced_by_verb(verb, line),
            },
        }
    }

    fn announced_by_verb(&self, verb: Verb, line: &[u8]) -> Announced {
        if verb.error_code().is_some() {
            return if self.numeric_errors {
                error_length(verb, line)
            } else {
                Announced::Nothing
            };
        }
        match self.rule(verb) {
            PayloadRule::None => Announced::Nothing,
            PayloadRule::LastWord => length(last_word(line)),
            PayloadRule::LastWordUnlessOk => {
                let mut words = Params::of_line(line).skip(2);
                match (words.next(), words.next()) {
                    (Some(b"OK"), None) | (None, _) => Announced::Nothing,
                    _ => length(last_word(line)),
                }
            }
        }
    }
}

impl fmt::Debug for PayloadTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PayloadTable({:?}, {} verbs)", self.lines, self.used)
    }
}

/// `911 4` has no payload, `241 8 25` has: decided by the number of words (msnp24.md 7.1).
fn error_length(verb: Verb, line: &[u8]) -> Announced {
    let mut words = Params::of_line(line).skip(2);
    match (words.next(), verb.error_code()) {
        (Some(_), Some(200..)) => match parse_number(last_word(line)) {
            Some(length) => Announced::Payload(length),
            None => Announced::Nothing,
        },
        _ => Announced::Nothing,
    }
}

/// The verbs of MSNP24. Older lines have its shape too: a group called `CON` is `ADG 5 CON 12`.
fn is_enveloped(verb: Verb) -> bool {
    matches!(
        verb,
        Verb::CNT
            | Verb::ATH
            | Verb::BND
            | Verb::PUT
            | Verb::GET
            | Verb::DEL
            | Verb::NFY
            | Verb::SDG
            | Verb::ACK
            | Verb::PNG
            | Verb::OUT
            | Verb::XFR
    ) || verb.error_code().is_some()
}

/// `CMD TrID TYPE[\SUB] len`
struct FourWords<'a> {
    kind: &'a [u8],
    last: &'a [u8],
}

impl<'a> FourWords<'a> {
    fn of(line: &'a [u8]) -> Option<Self> {
        let (rest, last) = split_last_word(line);
        let (rest, kind) = split_last_word(rest);
        let (rest, trid) = split_last_word(rest);
        let (rest, verb) = split_last_word(rest);
        let four = !verb.is_empty() && !trid.is_empty() && last_word(rest).is_empty();
        four.then_some(Self { kind, last })
    }

    /// Whether the type is one of MSNP24's two.
    fn is_messenger(&self) -> bool {
        let name = self.kind.split(|b| *b == b'\\').next();
        matches!(name, Some(b"CON" | b"MSGR"))
    }
}

/// What a line carries that is not one of MSNP24's. Two words are a command with a transaction id, as
/// `PNG 7`; behind more stands a length, if there is a number and the verb is known to have one or not known
/// to have another.
fn foreign_length(verb: Verb, line: &[u8]) -> Announced {
    let words = Params::of_line(line).take(5).count();
    // No dialect has more words behind a verb of MSNP24: what its last one is, nobody knows.
    if words < 3 || words > 4 && is_enveloped(verb) || ends_in_another_number(verb) {
        return Announced::Nothing;
    }
    parse_number(last_word(line)).map_or(Announced::Nothing, Announced::Payload)
}

/// The verbs of MSNP8 to MSNP18 that carry nothing, and whose lines can end in a number: capabilities, a
/// group, a version, a telephone number, or a name that happens to be one (msnp8-18.md 2.2, 7).
fn ends_in_another_number(verb: Verb) -> bool {
    const VERBS: [[u8; 3]; 18] = [
        *b"CHG", *b"SYN", *b"PRP", *b"SBP", *b"ADC", *b"ADD", *b"REM", *b"ADG", *b"RMG", *b"REG",
        *b"REA", *b"LSG", *b"LST", *b"USR", *b"CVR", *b"VER", *b"ANS", *b"CAL",
    ];
    VERBS.contains(verb.as_bytes())
}

fn length(word: &[u8]) -> Announced {
    match parse_number(word) {
        Some(length) => Announced::Payload(length),
        None => Announced::BadLength,
    }
}

/// The last word of a line; empty only if the line is blank.
fn last_word(line: &[u8]) -> &[u8] {
    split_last_word(line).1
}

/// What stands before the last word, and that word without the separators behind it.
fn split_last_word(line: &[u8]) -> (&[u8], &[u8]) {
    let mut end = line.len();
    while end > 0 && is_separator(line[end - 1]) {
        end -= 1;
    }
    let mut start = end;
    while start > 0 && !is_separator(line[start - 1]) {
        start -= 1;
    }
    (&line[..start], &line[start..end])
}
