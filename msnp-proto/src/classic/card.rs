//! A contact in the list of `SYN` and in `ADC`: positional up to MSNP9, with a letter before each value since.

use crate::Guid;
use crate::classic::account::{Account, Name};
use crate::classic::form::Kind;
use crate::classic::grammar;
use crate::classic::line::{Line, Parameter, Words};
use crate::classic::word::Word;

/// `account name`, or since MSNP10 any of `N=account F=name C=guid` (msnp8-18.md 7.1, 7.2).
///
/// `C` is said of contacts on the forward list only, and is enough there to name one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Card {
    /// Who; up to MSNP9 it has to be there.
    pub account: Option<Account>,
    /// The name that is shown.
    pub name: Option<Name>,
    /// The contact's GUID, since MSNP10.
    pub id: Option<Word>,
}

impl Card {
    /// A contact of this account.
    pub const fn of(account: Account) -> Self {
        Self {
            account: Some(account),
            name: None,
            id: None,
        }
    }

    /// The GUID, if `id` is one.
    pub fn guid(&self) -> Option<Guid> {
        core::str::from_utf8(self.id.as_ref()?.as_bytes())
            .ok()?
            .parse()
            .ok()
    }
}

impl Parameter for Card {
    const KIND: Kind = Kind::Card;

    fn read(words: &mut Words<'_>) -> Option<Self> {
        if !words.dialect().has_contact_guids() {
            let account = Some(Account::read(words)?);
            let name = words.recognised(Name::read);
            return Some(Self {
                account,
                name,
                id: None,
            });
        }
        let mut card = Self::default();
        // The letters come in any order and number; what follows them has none.
        while let Some((letter, value)) = words.peek(0).and_then(grammar::tagged) {
            // `F=` alone is an empty name, which no word can say; it counts as none.
            let value = if value.is_empty() {
                None
            } else {
                Some(Word::of_line(words, value)?)
            };
            words.next();
            match letter {
                b'N' => card.account = value.map(Account::from),
                b'F' => card.name = value.map(Name),
                _ => card.id = value,
            }
        }
        (card != Self::default()).then_some(card)
    }

    fn write(&self, line: &mut Line) {
        if !line.dialect().has_contact_guids() {
            match &self.account {
                Some(account) => account.write(line),
                None => line.word(b"0"),
            }
            line.filled(self.name.as_ref());
            return;
        }
        if let Some(account) = &self.account {
            line.word(b"N=");
            line.more_account(account.as_word().as_bytes());
        }
        if let Some(name) = &self.name {
            line.word(b"F=");
            line.more(name.0.as_bytes());
        }
        if let Some(id) = &self.id {
            line.word(b"C=");
            line.more(id.as_bytes());
        }
    }
}
