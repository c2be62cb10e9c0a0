//! The contact list as `SYN` brings it, and the settings that stand in it (msnp8-18.md 7.1, 7.2).

use crate::Network;
use crate::classic::account::{Account, Name};
use crate::classic::card::Card;
use crate::classic::commands::commands;
use crate::classic::line::{Parameter, Words};
use crate::classic::setting::{List, ListBits, Privacy, Prompt, Property};
use crate::classic::word::Word;

commands! {
    /// `SYN 5 0`, since MSNP10 `SYN 5 0 0`: asks for the list, if it has changed since.
    Synchronize = SYN Client Notification Always 2 - 12 {
        /// The serial number that the client has.
        serial: Option<u32> = filled 2 - 9;
        /// The first timestamp that the client has; `0` if none.
        first: Option<Word> = filled 10 - 12;
        /// The second.
        second: Option<Word> = filled 10 - 12;
    }

    /// `SYN 5 1 3 1`: the list follows, without a mark of its end: one counts. Without counts, it has not changed.
    SynchronizeReply = SYN Server Notification Always 2 - 12 {
        /// The list's serial number.
        serial: Option<u32> = filled 2 - 9;
        /// The first timestamp.
        first: Option<Word> = filled 10 - 12;
        /// The second.
        second: Option<Word> = filled 10 - 12;
        /// How many `LST` follow.
        contacts: Option<u32> = optional 8 - 12;
        /// How many `LSG` follow.
        groups: Option<u32> = optional 8 - 12;
    }

    /// `LST 5 FL`: asks for one list; gone since 2003.
    ListRequest = LST Client Notification Always 2 - 8 {
        /// Which.
        list: List = required 2 - 8;
    }

    /// `LST 5 FL 1 1 3 bob@example.com Bob 0`: one entry of one list, or `LST 5 BL 1 0 0` for an empty one.
    ListEntry = LST Server Notification Always 2 - 8 {
        /// Which list.
        list: List = required 2 - 8;
        /// The list's serial number.
        serial: u32 = required 2 - 8;
        /// Which entry, from 1.
        number: u32 = required 2 - 8;
        /// Of how many.
        total: u32 = required 2 - 8;
        /// Who.
        account: Option<Account> = optional 2 - 8;
        /// Under which name.
        name: Option<Name> = optional 2 - 8;
        /// The groups, between commas; on the forward list.
        groups: Option<Word> = optional 2 - 8;
    }

    /// `LST bob@example.com Bob 11 0`, since MSNP10 `LST N=.. F=.. C=.. 11`: one contact with all its lists.
    ListedContact = LST Server Notification Never 8 - 12 {
        /// Who.
        contact: Card = required 8 - 12;
        /// On which lists.
        lists: Option<ListBits> = filled 8 - 12;
        /// On which network.
        network: Option<Network> = filled 12 - 12 by network_before_groups;
        /// The groups, between commas; on the forward list.
        groups: Option<Word> = optional 8 - 12;
    }

    /// `LSG 5`: asks for the groups; gone since 2003.
    GroupsRequest = LSG Client Notification Always 7 - 8 {}

    /// `LSG 5 1 1 1 0 Other%20Contacts 0`: one group.
    GroupEntry = LSG Server Notification Always 7 - 7 {
        /// The list's serial number.
        serial: u32 = required 7 - 7;
        /// Which group, from 1.
        number: u32 = required 7 - 7;
        /// Of how many.
        total: u32 = required 7 - 7;
        /// Its number.
        id: u32 = required 7 - 7;
        /// Its name.
        name: Word = required 7 - 7;
        ~ "0" 7 - 7;
    }

    /// `LSG 0 Other%20Contacts 0`, since MSNP10 `LSG Friends <guid>`: one group.
    ListedGroup = LSG Server Notification Never 8 - 12 {
        /// Its number.
        id: Option<u32> = filled 8 - 9;
        /// Its name.
        name: Word = required 8 - 12;
        ~ "0" 8 - 9;
        /// Its GUID.
        guid: Option<Word> = filled 10 - 12;
    }

    /// `BPR MOB Y` of the contact in the `LST` before, or later `BPR 4 bob@example.com MOB Y`.
    ContactProperty = BPR Server Notification Never 5 - 12 {
        /// The list's serial number, later.
        serial: Option<u32> = recognised 5 - 9;
        /// Whose, later.
        account: Option<Account> = recognised 5 - 12 by account_with_domain;
        /// Which property.
        key: Property = required 5 - 12;
        /// Its value; none takes it away.
        value: Option<Word> = optional 5 - 12;
    }

    /// `PRP 9 MFN Alice`: sets a property of one's own.
    SetProperty = PRP Client Notification Always 5 - 18 {
        /// Which.
        key: Property = required 5 - 18;
        /// To what; none takes it away, which shifts words in the status that others see (msnp8-18.md 8.4).
        value: Option<Word> = optional 5 - 18;
    }

    /// `PRP 9 MFN Alice`, or `PRP MFN Alice` in the list.
    PropertySet = PRP Server Notification Seen 5 - 18 {
        /// The list's serial number, in a reply.
        serial: Option<u32> = recognised 5 - 9;
        /// Which.
        key: Property = required 5 - 18;
        /// To what.
        value: Option<Word> = optional 5 - 18;
    }

    /// `GTC 24 N`
    SetPrompt = GTC Client Notification Always 2 - 12 {
        /// Whether to ask.
        prompt: Prompt = required 2 - 12;
    }

    /// `GTC 24 N`, or `GTC A` in the list.
    PromptSet = GTC Server Notification Seen 2 - 12 {
        /// The list's serial number, in a reply.
        serial: Option<u32> = recognised 2 - 9;
        /// Whether to ask.
        prompt: Prompt = required 2 - 12;
    }

    /// `BLP 26 BL`
    SetPrivacy = BLP Client Notification Always 2 - 18 {
        /// Who may.
        privacy: Privacy = required 2 - 18;
    }

    /// `BLP 26 BL`, or `BLP AL` in the list.
    PrivacySet = BLP Server Notification Seen 2 - 18 {
        /// The list's serial number, in a reply.
        serial: Option<u32> = recognised 2 - 9;
        /// Who may.
        privacy: Privacy = required 2 - 18;
    }
}

/// A number is a network, anything else the groups.
fn network_before_groups(words: &mut Words<'_>) -> Option<Network> {
    Network::read(words)
}

/// Within the list there is no account, and the key stands first; keys have no `@`.
fn account_with_domain(words: &mut Words<'_>) -> Option<Account> {
    Account::read(words).filter(Account::has_domain)
}
