//! `VER`, `CVR`, `CVQ` and `INF`: which dialect, which program, which way to sign in (msnp8-18.md 4).

use crate::classic::account::Account;
use crate::classic::commands::commands;
use crate::classic::form::Kind;
use crate::classic::line::{Line, Parameter, Words};
use crate::classic::word::{Word, WordList};
use crate::{Dialect, dialect::Offer};

commands! {
    /// `VER 1 MSNP12 CVR0`: the dialects that the client speaks, by habit the newest first.
    Version = VER Client Notification Always 2 - 22 {
        /// `MSNP12`, `CVR0` and the like; [`offers`](Self::offers) reads them.
        words: WordList = required 2 - 22;
    }

    /// `VER 1 MSNP12`: the one that the server takes, or `VER 1 0` and the end.
    VersionReply = VER Server Notification Always 2 - 22 {
        /// Which one.
        choice: Choice = required 2 - 22;
    }

    /// `CVR 2 0x0409 winnt 5.1 i386 MSNMSGR 8.5.1302 MSMSGS alice@example.com`: the client's program and system.
    ClientVersion = CVR Client Notification Always 2 - 22 {
        /// The language, a hexadecimal LCID.
        locale: Word = required 2 - 22;
        /// The kind of operating system, `winnt`.
        system: Word = required 2 - 22;
        /// Its version.
        system_version: Word = required 2 - 22;
        /// The processor, `i386`.
        processor: Word = required 2 - 22;
        /// The program, `MSNMSGR`.
        program: Word = required 2 - 22;
        /// Its version.
        program_version: Word = required 2 - 22;
        /// Under which name it is sold, `MSMSGS`.
        brand: Option<Word> = optional 2 - 22;
        /// Who is about to sign in.
        account: Option<Account> = optional 8 - 22;
        /// What a transfer gave along, in base64, or `0`; of the last clients (msnp24.md 14.1).
        hop: Option<Word> = optional 13 - 22;
    }

    /// `CVR 2 8.5.1302 8.5.1302 8.5.1302 http://.. http://..`: which versions there are. Some successors send the three alone.
    ClientVersionReply = CVR Server Notification Always 2 - 22 {
        /// The version that the server recommends.
        recommended: Word = required 2 - 22;
        /// The same again.
        recommended_again: Option<Word> = optional 2 - 22;
        /// The oldest version that may sign in.
        minimum: Option<Word> = optional 2 - 22;
        /// Where the newest is to be had.
        download: Option<Word> = optional 2 - 22;
        /// Where it is described.
        details: Option<Word> = optional 2 - 22;
    }

    /// `CVQ`: asks for an upgrade, in the words of `CVR`; of clients that offer `CVR0` alone.
    UpgradeQuery = CVQ Client Notification Always 2 - 22 {
        /// The language, a hexadecimal LCID.
        locale: Word = required 2 - 22;
        /// The kind of operating system, `winnt`.
        system: Word = required 2 - 22;
        /// Its version.
        system_version: Word = required 2 - 22;
        /// The processor, `i386`.
        processor: Word = required 2 - 22;
        /// The program, `MSNMSGR`.
        program: Word = required 2 - 22;
        /// Its version.
        program_version: Word = required 2 - 22;
        /// Under which name it is sold, `MSMSGS`.
        brand: Option<Word> = optional 2 - 22;
        /// Who is about to sign in.
        account: Option<Account> = optional 8 - 22;
    }

    /// `INF 2`: asks how to sign in.
    PackagesQuery = INF Client Either Always 2 - 7 {}

    /// `INF 2 MD5`: how to sign in.
    Packages = INF Server Either Always 2 - 7 {
        /// `MD5`, once also `CTP`.
        packages: WordList = required 2 - 7;
    }
}

impl Version {
    /// Offers these dialects, and `CVR0` behind them as every client does.
    pub fn offer(dialects: impl IntoIterator<Item = Dialect>) -> Self {
        let words = dialects
            .into_iter()
            .map(|dialect| Word::encode(&alloc::format!("{dialect}")));
        Self {
            words: words.chain([Word::of_static("CVR0")]).collect(),
        }
    }

    /// What is offered, in the client's order.
    pub fn offers(&self) -> impl Iterator<Item = Offer<'_>> {
        self.words.iter().map(Offer::of)
    }
}

/// What the server takes of a client's offer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a client decides on every answer")]
pub enum Choice {
    /// This dialect.
    Dialect(Dialect),
    /// `0`: nothing of what was offered; the server closes.
    Nothing,
    /// Something that nobody here speaks.
    Other(Word),
}

impl Parameter for Choice {
    const KIND: Kind = Kind::Code;

    fn read(words: &mut Words<'_>) -> Option<Self> {
        let word = words.next()?;
        Some(match Offer::of(word) {
            Offer::Dialect(dialect) => Self::Dialect(dialect),
            _ if word == b"0" => Self::Nothing,
            _ => Self::Other(Word::of_line(words, word)?),
        })
    }

    fn write(&self, line: &mut Line) {
        match self {
            Self::Dialect(dialect) => {
                line.word(b"MSNP");
                line.more_digits(dialect.number().into());
            }
            Self::Nothing => line.word(b"0"),
            Self::Other(word) => word.write(line),
        }
    }
}
