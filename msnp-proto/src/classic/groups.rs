//! Groups of contacts up to MSNP12 (msnp8-18.md 7.3). Since MSNP10 servers differ in where the GUID stands.

use crate::Guid;
use crate::classic::commands::commands;
use crate::classic::line::{Parameter, Words};
use crate::classic::word::Word;

commands! {
    /// `ADG 11 Friends 0`
    AddGroup = ADG Client Notification Always 7 - 12 {
        /// Its name.
        name: Word = required 7 - 12;
        ~ "0" 7 - 12;
    }

    /// `ADG 10 5 Friends 1 0`, since MSNP10 `ADG 11 Friends <guid> 0`
    GroupAdded = ADG Server Notification Always 7 - 12 {
        /// The list's serial number. Some servers write one since MSNP10 too, and one client waits for it
        /// (real-clients.md 1).
        serial: Option<u32> = recognised 7 - 12 by serial_of_group;
        /// Its name.
        name: Word = required 7 - 12;
        /// Its number or GUID.
        id: Word = required 7 - 12;
        ~ "0" 7 - 12;
    }

    /// `REG 13 <id> Friends 0`
    RenameGroup = REG Client Notification Always 7 - 12 {
        /// Which: its number or GUID.
        id: Word = required 7 - 12;
        /// To what.
        name: Word = required 7 - 12;
        ~ "0" 7 - 12;
    }

    /// `REG 12 7 1 Friends 0`, since MSNP10 `REG 13 1 Friends <guid> 0`
    GroupRenamed = REG Server Notification Always 7 - 12 {
        /// The list's serial number.
        serial: Option<u32> = recognised 7 - 12 by serial_of_group;
        /// Which group, and its name.
        group: NamedGroup = required 7 - 12;
        ~ "0" 7 - 12;
    }

    /// `RMG 21 <id>`
    RemoveGroup = RMG Client Notification Always 7 - 12 {
        /// Which: its number or GUID.
        id: Word = required 7 - 12;
    }

    /// `RMG 16 11 1`, since MSNP10 `RMG 21 1 <guid>`
    GroupRemoved = RMG Server Notification Always 7 - 12 {
        /// The list's serial number.
        serial: Option<u32> = recognised 7 - 12 by serial_of_removed;
        /// Which: its number or GUID.
        id: Word = required 7 - 12;
    }
}

/// `id name` up to MSNP9; since then `name guid` of one server, `guid name` of the documents. The GUID is known by its
/// shape, and written behind the name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NamedGroup {
    /// Its number or GUID.
    pub id: Word,
    /// Its name.
    pub name: Word,
}

impl Parameter for NamedGroup {
    const KIND: crate::classic::form::Kind = crate::classic::form::Kind::NamedGroup;

    fn read(words: &mut Words<'_>) -> Option<Self> {
        // A group may be called like a GUID; then the order is the one that is written here.
        let guid_first = !words.dialect().has_contact_guids()
            || (is_guid(words.peek(0)) && !is_guid(words.peek(1)));
        let (first, second) = (Word::read(words)?, Word::read(words)?);
        Some(if guid_first {
            Self {
                id: first,
                name: second,
            }
        } else {
            Self {
                id: second,
                name: first,
            }
        })
    }

    fn write(&self, line: &mut crate::classic::line::Line) {
        if line.dialect().has_contact_guids() {
            self.name.write(line);
            self.id.write(line);
        } else {
            self.id.write(line);
            self.name.write(line);
        }
    }
}

fn is_guid(word: Option<&[u8]>) -> bool {
    let text = word.and_then(|word| core::str::from_utf8(word).ok());
    text.is_some_and(|text| text.parse::<Guid>().is_ok())
}

/// Up to MSNP9 always there. Since then a number in front of name and GUID; a group may be called by a number.
fn serial_of_group(words: &mut Words<'_>) -> Option<u32> {
    let is_serial = !words.dialect().has_contact_guids()
        || is_guid(words.peek(2))
        || (is_guid(words.peek(1)) && words.peek(2).is_some_and(|word| word != b"0"));
    is_serial.then(|| u32::read(words)).flatten()
}

fn serial_of_removed(words: &mut Words<'_>) -> Option<u32> {
    words.peek(1)?;
    u32::read(words)
}
