//! MSNP2 to MSNP22, the dialects before MSNP24: every command of both sides, typed.

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
