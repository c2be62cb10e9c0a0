//! The contact list since MSNP13: announced in pieces of XML, kept elsewhere (msnp8-18.md 7.4, msnp24.md 14.2).

use crate::classic::commands::commands;

commands! {
    /// `ADL 7 113`: whom the user wants to see, lets see and blocks; an `<ml>` document.
    AddMembers = ADL Client Notification Always 13 - 22 {} + payload

    /// `ADL 7 OK`
    MembersAdded = ADL Server Notification Always 13 - 22 {
        = "OK";
    }

    /// `ADL 0 77`: somebody added the user; an `<ml>` document.
    AddedByOthers = ADL Server Notification Always 13 - 22 {} + payload

    /// `RML 7 57`
    RemoveMembers = RML Client Notification Always 13 - 22 {} + payload

    /// `RML 7 OK`
    MembersRemoved = RML Server Notification Always 13 - 22 {
        = "OK";
    }

    /// `RML 0 57`: somebody removed the user.
    RemovedByOthers = RML Server Notification Always 13 - 22 {} + payload

    /// `FQY 16 46`: asks which network an account belongs to; the reply is the document with `t` in it.
    NetworkQuery = FQY Either Notification Always 14 - 22 {} + payload
}
