//! MSNP2 to MSNP22, the dialects before MSNP24: every command of both sides, typed.
//!
//! A [`Frame`](crate::Frame) becomes a [`ClientCommand`] or a [`ServerCommand`], for a [`Dialect`](crate::Dialect) and on one of two
//! kinds of connection ([`ServerKind`]); a command becomes a frame of any dialect that has it. Both sides are parsed and written
//! here, so that client and server cannot disagree.
//!
//! # A client of MSNP12
//!
//! ```
//! use msnp_proto::classic::{Account, ClientCommand, OwnStatus, ServerBody, ServerCommand, ServerKind, TwnAccount, Version};
//! use msnp_proto::payload::presence::{Capabilities, Status};
//! use msnp_proto::{Dialect, FrameDecoder, PayloadTable, Side, TrId};
//!
//! let dialect = Dialect::MSNP12;
//! let account = Account::new("alice@example.com");
//! let status = OwnStatus { status: Status::NLN, capabilities: Some(Capabilities::default()), object: None };
//! let mut out = Vec::new();
//! ClientCommand::new(TrId(1), Version::offer([dialect])).to_frame(dialect)?.encode(&mut out);
//! ClientCommand::new(TrId(2), TwnAccount { account }).to_frame(dialect)?.encode(&mut out);
//! // … and once signed in:
//! ClientCommand::new(TrId(9), status).to_frame(dialect)?.encode(&mut out);
//! assert_eq!(out, b"VER 1 MSNP12 CVR0\r\nUSR 2 TWN I alice@example.com\r\nCHG 9 NLN 0\r\n");
//!
//! let mut decoder = FrameDecoder::new(PayloadTable::sent_by(Side::Server));
//! decoder.push("NLN AWY bob@example.com Bob%20B. 2788999228 0\r\nUBX bob@example.com 2\r\nhi217 3\r\n");
//! while let Some(frame) = decoder.next_frame()? {
//!     match ServerCommand::parse(&frame, dialect, ServerKind::Notification)?.body {
//!         ServerBody::ContactStatus(contact) => assert_eq!(contact.name.expect("a name").text(), "Bob B."),
//!         ServerBody::ContactData(data) => assert_eq!(&data.payload[..], b"hi"),
//!         ServerBody::Error(error) => assert_eq!(error.code.number(), 217),
//!         // A verb without a name here, or one that MSNP12 does not have: nothing is wrong.
//!         ServerBody::Other(frame) => drop(frame),
//!         _ => {}
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is kept, what is not
//!
//! - Words are slices of their frame, percent-coding included ([`Word`]); nothing is copied, decoded or allocated before it is asked
//!   for. Payloads are what follows the line, unread.
//! - Read is what peers write (msnp8-18.md 15): any blanks between words and behind them, lines that end before their last words, more
//!   words than are known, names that are left out in the middle. A word that is there has to be of its kind, else
//!   a [`CommandError`] says which and where, and gives the frame back.
//! - Written is what the notes say of the dialect, no more: what it has no place for is left out, and what it must have and the
//!   command has not is filled (`0`, the account in place of a name, network 1). A command that the dialect does not have is
//!   refused with [`NotInDialect`]. So a line that was read is written again to the byte, but for blanks, extra words and leading zeros.
//! - A dialect's verb on another dialect's connection, and a form of it that nobody has described, is `Other`, with its frame.
//!
//! # What is `Other` in every dialect
//!
//! | what | who writes it | why |
//! |---|---|---|
//! | `RFS`, `GSB`, `LKP` | server, server, client | named in a list of novelties; no syntax, no capture (msnp8-18.md 17) |
//! | `CVQ` | server | the reply was never captured; the request, in the words of `CVR`, is typed |
//! | `NOT`, `BYE`, `MSG` on the notification server | client | some readers know the verb; nobody is known to write it |
//! | `DEL`, `GET`, `PUT` without `OK` | server | listed as payload commands of MSNP21; the lines are not known (msnp24.md 2.1, 20.4) |
//! | `USR` with another package, `XFR` to anything but `SB` and `NS` | both | refused by servers (911, 201) |
//! | a verb that is not in upper case | both | the server of today loses its framing at some (msnp8-18.md 2.5) |
//!
//! # The table
//!
//! Which verb a client (`c`) or a server (`s`) writes in which dialect; below, what a dialect has, and each form with its words. The
//! forms are the rows [`ClientBody::FORMS`] and [`ServerBody::FORMS`], which commands are read and written by. In quotes, a word that stands there as
//! it is; in brackets, one that may be missing; in parentheses, the dialects that have it, if those are not all of the form.
//! *Id*: `Seen` is a transaction id that is missing within the list of `SYN`.
//!
#![doc = include_str!("classic/table.md")]

mod account;
mod address_book;
mod bodies;
mod capability;
mod card;
mod client_command;
mod command_error;
mod commands;
mod contacts;
mod error_reply;
mod form;
mod grammar;
mod groups;
mod host;
mod layered;
pub mod limits;
mod line;
mod page_mode;
mod presence;
mod server_command;
mod session;
mod setting;
mod sign_in;
mod switchboard;
mod synchronization;
mod transfer;
mod version;
mod word;

pub use account::{Account, Endpoint, Name, Principal};
pub use address_book::{
    AddMembers, AddedByOthers, MembersAdded, MembersRemoved, NetworkQuery, RemoveMembers,
    RemovedByOthers,
};
pub use capability::ClientGeneration;
pub use card::Card;
pub use client_command::{ClientBody, ClientCommand};
pub use command_error::{CommandError, CommandErrorKind, NotInDialect};
pub use contacts::{
    AddContact, ContactAdded, ContactCard, ContactRemoved, ContactSetting, RemoveContact, Rename,
    Renamed,
};
pub use error_reply::ErrorReply;
pub use form::{Field, Form, Kind, Presence, ServerKind, Servers, TrIdRule, Writer};
pub use groups::{
    AddGroup, GroupAdded, GroupRemoved, GroupRenamed, NamedGroup, RemoveGroup, RenameGroup,
};
pub use host::ServerAddress;
pub use layered::{Datagram, Notification, Publish, Published, Withdraw};
pub use page_mode::{
    DirectoryEntry, DirectoryQuery, EndpointNotice, InviteByMail, InviteWithText, InvitedByMail,
    InvitedWithText, NoticeSent, Page, PageDevice, PageTelephone, SendNotice, SendPage,
    TelephonePage,
};
pub use presence::{
    ContactData, ContactOffline, ContactStatus, InitialStatus, OwnData, OwnDataReply, OwnStatus,
};
pub use server_command::{ServerBody, ServerCommand};
pub use session::{
    Balance, Challenge, ChallengeAccepted, ChallengeRequest, ChallengeResponse, ConfigurationPush,
    ConfigurationReply, ConfigurationRequest, Fsl, FslAccepted, FslReply, Invitations,
    InvitationsReply, Notice, Ping, Pong, Report, SignOut, SignedOut, UrlReply, UrlRequest,
};
pub use setting::{
    Acknowledgement, Carrier, Change, List, ListBits, OutReason, Privacy, Prompt, Property,
    ReferralFlag, Switch,
};
pub use sign_in::{
    CircleTicket, Md5Account, Md5Response, Md5Salt, SignedIn, SsoAccount, SsoChallenge, SsoTicket,
    TwnAccount, TwnChallenge, TwnTicket, WebEndpoint,
};
pub use switchboard::{
    Answer, Answered, Call, ContactJoined, ContactLeft, Delivered, Join, Joined, Message, Ringing,
    RosterEntry, SendMessage, Undelivered,
};
pub use synchronization::{
    ContactProperty, GroupEntry, GroupsRequest, ListEntry, ListRequest, ListedContact, ListedGroup,
    PrivacySet, PromptSet, PropertySet, SetPrivacy, SetPrompt, SetProperty, Synchronize,
    SynchronizeReply,
};
pub use transfer::{Referral, Ring, SwitchboardReferral, SwitchboardRequest};
pub use version::{
    Choice, ClientVersion, ClientVersionReply, Packages, PackagesQuery, UpgradeQuery, Version,
    VersionReply,
};
pub use word::{Word, WordError, WordList};
