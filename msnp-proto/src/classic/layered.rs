//! The commands with layered bodies: circles in MSNP18, everything in MSNP21 and 22 (msnp8-18.md 13, msnp24.md 14).

use crate::classic::commands::commands;
use crate::classic::setting::Change;

commands! {
    /// `PUT 8 637`: publishes a document.
    Publish = PUT Client Notification Always 18 - 22 {} + payload

    /// `PUT 8 OK 132`, or with a length of 0.
    Published = PUT Server Notification Always 18 - 22 {
        = "OK";
    } + payload

    /// `DEL 44 298`: withdraws a document, leaves a group.
    Withdraw = DEL Client Notification Always 18 - 22 {} + payload

    /// `NFY PUT 412`, `NFY DEL 233`: a document of somebody else.
    Notification = NFY Server Notification Never 18 - 22 {
        /// Whether it is published or withdrawn.
        change: Change = required 18 - 22;
    } + payload

    /// `SDG 9 314`, of the server `SDG 0 347`: a message.
    Datagram = SDG Either Notification Always 18 - 22 {} + payload
}
