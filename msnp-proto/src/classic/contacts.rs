//! Changes of the contact list up to MSNP12 (msnp8-18.md 7.3).

use crate::classic::account::{Account, Name};
use crate::classic::card::Card;
use crate::classic::commands::commands;
use crate::classic::setting::{List, Property};
use crate::classic::word::Word;

commands! {
    /// `ADD 7 FL bob@example.com Bob 0`
    AddContact = ADD Client Notification Always 2 - 9 {
        /// To which list.
        list: List = required 2 - 9;
        /// Whom.
        account: Account = required 2 - 9;
        /// Under which name; often the account again.
        name: Option<Name> = filled 2 - 9;
        /// Into which group.
        group: Option<Word> = optional 2 - 9;
    }

    /// `ADD 7 FL 2 bob@example.com Bob 0`; with transaction id 0, somebody added the user.
    ContactAdded = ADD Server Notification Always 2 - 9 {
        /// To which list.
        list: List = required 2 - 9;
        /// The list's serial number.
        serial: Option<u32> = filled 2 - 9;
        /// Whom.
        account: Account = required 2 - 9;
        /// Under which name.
        name: Option<Name> = filled 2 - 9;
        /// Into which group.
        group: Option<Word> = optional 2 - 9;
    }

    /// `ADC 7 FL N=bob@example.com F=Bob`, and `ADC 12 FL C=<guid> <group>`; the server replies in the same form, and with
    /// transaction id 0 says that somebody added the user.
    ContactCard = ADC Either Notification Always 10 - 12 {
        /// To which list.
        list: List = required 10 - 12;
        /// Whom.
        contact: Card = required 10 - 12;
        /// Into which group.
        group: Option<Word> = optional 10 - 12;
    }

    /// `REM 17 AL bob@example.com`, `REM 20 FL <guid> [group]`
    RemoveContact = REM Client Notification Always 2 - 12 {
        /// From which list.
        list: List = required 2 - 12;
        /// Whom: the account; since MSNP10 the GUID on the forward list.
        contact: Account = required 2 - 12;
        /// From this group alone.
        group: Option<Word> = optional 2 - 12;
    }

    /// `REM 15 FL 10 bob@example.com 1`; with transaction id 0, somebody removed the user.
    ContactRemoved = REM Server Notification Always 2 - 12 {
        /// From which list.
        list: List = required 2 - 12;
        /// The list's serial number.
        serial: Option<u32> = filled 2 - 9;
        /// Whom: the account; since MSNP10 the GUID on the forward list.
        contact: Account = required 2 - 12;
        /// From this group alone.
        group: Option<Word> = optional 2 - 12;
    }

    /// `REA 13 bob@example.com Bobby`: another name for a contact, or for oneself.
    Rename = REA Client Notification Always 2 - 9 {
        /// Whom.
        account: Account = required 2 - 9;
        /// To what.
        name: Name = required 2 - 9;
    }

    /// `REA 13 8 bob@example.com Bobby`
    Renamed = REA Server Notification Always 2 - 9 {
        /// The list's serial number.
        serial: Option<u32> = filled 2 - 9;
        /// Whom.
        account: Account = required 2 - 9;
        /// To what.
        name: Name = required 2 - 9;
    }

    /// `SBP 14 <guid> MFN Bobby`: sets a property of a contact; the server replies in the same words.
    ContactSetting = SBP Either Notification Always 10 - 12 {
        /// The contact's GUID.
        contact: Word = required 10 - 12;
        /// Which property.
        key: Property = required 10 - 12;
        /// To what.
        value: Option<Word> = optional 10 - 12;
    }
}
