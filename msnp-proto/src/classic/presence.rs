//! Status and personal message, one's own and others' (msnp8-18.md 8).

use crate::classic::account::{Name, Principal};
use crate::classic::commands::commands;
use crate::classic::grammar::looks_like_capabilities;
use crate::classic::line::{Parameter, Words};
use crate::classic::word::Word;
use crate::payload::presence::{Capabilities, Status};

commands! {
    /// `CHG 6 NLN 2788999228:48 <object>`: one's own status. The server replies in the same words, and encodes the object anew.
    OwnStatus = CHG Either Notification Always 2 - 18 {
        /// The status.
        status: Status = required 2 - 18;
        /// What the client can do; servers of today say nothing without it.
        capabilities: Option<Capabilities> = filled 8 - 18;
        /// The display picture, as one word, or `0`.
        object: Option<Word> = optional 9 - 18;
    }

    /// `ILN 6 NLN alice@example.com 1 Alice 2788999228 <object>`: a status from before, with the transaction id of what asked for it.
    InitialStatus = ILN Server Notification Always 2 - 17 {
        /// The status.
        status: Status = required 2 - 17;
        /// Whose.
        contact: Principal = required 2 - 17;
        /// The name.
        name: Option<Name> = filled 2 - 17 by name_before_capabilities;
        /// What the client can do.
        capabilities: Option<Capabilities> = filled 8 - 17;
        /// The display picture, as one word.
        object: Option<Word> = optional 9 - 17;
        /// The address of a small picture.
        icon: Option<Word> = optional 14 - 17;
    }

    /// `NLN AWY 1:bob@example.com Bob 2788999228:48 <object>`: a status, said whole at each change and sometimes again.
    ContactStatus = NLN Server Notification Never 2 - 18 {
        /// The status.
        status: Status = required 2 - 18;
        /// Whose; one's own too since MSNP16.
        contact: Principal = required 2 - 18;
        /// The name.
        name: Option<Name> = filled 2 - 18 by name_before_capabilities;
        /// What the client can do.
        capabilities: Option<Capabilities> = filled 8 - 18;
        /// The display picture, as one word.
        object: Option<Word> = optional 9 - 18;
        /// The address of a small picture.
        icon: Option<Word> = optional 14 - 18;
    }

    /// `FLN 1:bob@example.com 0:0`: a contact went away, or hid.
    ContactOffline = FLN Server Notification Never 2 - 18 {
        /// Who.
        contact: Principal = required 2 - 18;
        /// Zeros.
        capabilities: Option<Capabilities> = filled 14 - 18;
    }

    /// `UUX 10 67`: one's own personal message, or the data of an endpoint; an XML document.
    OwnData = UUX Client Notification Always 11 - 22 {} + payload

    /// `UUX 10 0`: a length, and nothing behind it.
    OwnDataReply = UUX Server Notification Always 11 - 22 {} + payload

    /// `UBX 1:bob@example.com 317`: a contact's personal message; an XML document, or nothing.
    ContactData = UBX Server Notification Never 11 - 22 {
        /// Whose.
        contact: Principal = required 11 - 22;
    } + payload
}

/// A server leaves an unset name out, and all behind it shifts: it is missing where capabilities stand that none follow
/// (msnp8-18.md 8.4). A name that is a number has them behind it.
pub(super) fn name_before_capabilities(words: &mut Words<'_>) -> Option<Name> {
    let looks = |word: Option<&[u8]>| word.is_some_and(looks_like_capabilities);
    if words.dialect().has_capabilities() && looks(words.peek(0)) && !looks(words.peek(1)) {
        return None;
    }
    Name::read(words)
}
