//! What a server says: which verbs have which forms, nothing else.

use crate::classic::address_book::{
    AddedByOthers, MembersAdded, MembersRemoved, NetworkQuery, RemovedByOthers,
};
use crate::classic::bodies::{Attempts, bodies};
use crate::classic::command_error::{CommandError, NotInDialect};
use crate::classic::contacts::{
    ContactAdded, ContactCard, ContactRemoved, ContactSetting, Renamed,
};
use crate::classic::error_reply::ErrorReply;
use crate::classic::form::ServerKind;
use crate::classic::groups::{GroupAdded, GroupRemoved, GroupRenamed};
use crate::classic::layered::{Datagram, Notification, Published};
use crate::classic::page_mode::{
    DirectoryEntry, EndpointNotice, InvitedByMail, InvitedWithText, NoticeSent, Page, TelephonePage,
};
use crate::classic::presence::{
    ContactData, ContactOffline, ContactStatus, InitialStatus, OwnDataReply, OwnStatus,
};
use crate::classic::session::{
    Balance, Challenge, ChallengeAccepted, ConfigurationPush, ConfigurationReply, FslAccepted,
    FslReply, InvitationsReply, Notice, Pong, SignedOut, UrlReply,
};
use crate::classic::sign_in::{Md5Salt, SignedIn, SsoChallenge, TwnChallenge};
use crate::classic::switchboard::{
    Answered, ContactJoined, ContactLeft, Delivered, Joined, Message, Ringing, RosterEntry,
    Undelivered,
};
use crate::classic::synchronization::{
    ContactProperty, GroupEntry, ListEntry, ListedContact, ListedGroup, PrivacySet, PromptSet,
    PropertySet, SynchronizeReply,
};
use crate::classic::transfer::{Referral, Ring, SwitchboardReferral};
use crate::classic::version::{ClientVersionReply, Packages, VersionReply};
use crate::{Dialect, ErrorCode, Frame, TrId};

/// A command of a server of MSNP2 to MSNP22: a reply, or what it says by itself.
///
/// A server writes these and a client reads them.
///
/// ```
/// use msnp_proto::classic::{ServerBody, ServerCommand, ServerKind};
/// use msnp_proto::{Dialect, FrameDecoder, PayloadTable, Side};
/// let mut decoder = FrameDecoder::new(PayloadTable::sent_by(Side::Server));
/// decoder.push("NLN AWY bob@example.com 1 Bob%20B. 2788999228\r\n");
/// let frame = decoder.next_frame()?.expect("a whole frame");
/// let command = ServerCommand::parse(&frame, Dialect::MSNP15, ServerKind::Notification)?;
/// let ServerBody::ContactStatus(status) = &command.body else { unreachable!() };
/// assert_eq!(status.status.as_str(), "AWY");
/// assert_eq!(status.name.as_ref().expect("a name").text(), "Bob B.");
/// // The same for a client of another dialect.
/// let frame = command.to_frame(Dialect::MSNP18)?;
/// assert_eq!(&frame.as_bytes()[..], b"NLN AWY 1:bob@example.com Bob%20B. 2788999228:0\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerCommand {
    /// The request's, or 0 in what the server says by itself; many commands have none.
    pub trid: Option<TrId>,
    /// The command.
    pub body: ServerBody,
}

bodies! {
    /// One command of a server, by verb and form (commands.tsv, msnp24.md 14).
    ServerBody {
        MSG => Message;
        NLN => ContactStatus;
        UBX => ContactData;
        FLN => ContactOffline;
        ILN => InitialStatus;
        ACK => Delivered;
        QNG => Pong;
        SDG => Datagram;
        NFY => Notification;
        PUT => Published;
        CHG => OwnStatus;
        UUX => OwnDataReply;
        ADL => MembersAdded | AddedByOthers;
        RML => MembersRemoved | RemovedByOthers;
        FQY => NetworkQuery;
        JOI => ContactJoined;
        IRO => RosterEntry;
        BYE => ContactLeft;
        NAK => Undelivered;
        ANS => Answered;
        CAL => Ringing;
        RNG => Ring;
        XFR => SwitchboardReferral | Referral;
        USR => Md5Salt | TwnChallenge | SsoChallenge | SignedIn | Joined;
        VER => VersionReply;
        CVR => ClientVersionReply;
        INF => Packages;
        OUT => SignedOut;
        CHL => Challenge;
        QRY => ChallengeAccepted;
        GCF => ConfigurationReply | ConfigurationPush;
        SBS => Balance;
        NOT => Notice;
        URL => UrlReply;
        IMS => InvitationsReply;
        FSL => FslAccepted | FslReply;
        SYN => SynchronizeReply;
        LST => ListEntry | ListedContact;
        LSG => GroupEntry | ListedGroup;
        BPR => ContactProperty;
        PRP => PropertySet;
        GTC => PromptSet;
        BLP => PrivacySet;
        ADD => ContactAdded;
        ADC => ContactCard;
        REM => ContactRemoved;
        REA => Renamed;
        SBP => ContactSetting;
        ADG => GroupAdded;
        REG => GroupRenamed;
        RMG => GroupRemoved;
        UUN => NoticeSent;
        UBN => EndpointNotice;
        UBM => Page;
        IPG => TelephonePage;
        SND => InvitedByMail;
        SDC => InvitedWithText;
        FND => DirectoryEntry;
    }
    /// Three digits, in place of a reply.
    Error(ErrorReply) by ErrorReply::write;
    /// A verb or a form without a name here, or one that this dialect or this server does not have.
    Other(Frame) by |frame: &Frame, _, _| frame.clone();
}

impl ServerCommand {
    /// A reply, or with id 0 what the server says by itself.
    pub fn new(trid: impl Into<TrId>, body: impl Into<ServerBody>) -> Self {
        Self {
            trid: Some(trid.into()),
            body: body.into(),
        }
    }

    /// A command that has no transaction id, such as `NLN`.
    pub fn without_id(body: impl Into<ServerBody>) -> Self {
        Self {
            trid: None,
            body: body.into(),
        }
    }

    /// Reads a command; its words and its payload are slices of the frame.
    ///
    /// Words that are not known behind the known ones are passed over, and a line that ends early is understood
    /// (msnp8-18.md 15).
    ///
    /// # Errors
    /// [`CommandError`] if the verb is known, and no form that it has in this dialect and on this server fits.
    pub fn parse(
        frame: &Frame,
        dialect: Dialect,
        server: ServerKind,
    ) -> Result<Self, CommandError> {
        if let Some(code) = ErrorCode::of_verb(frame.verb()) {
            let mut attempts = Attempts::new(frame);
            match ErrorReply::read(code, frame, dialect) {
                Ok((trid, error)) => {
                    let body = ServerBody::Error(error);
                    return Ok(Self { trid, body });
                }
                Err(fault) => attempts.failed(fault),
            }
            attempts.end()?;
        }
        let read = ServerBody::read(frame, dialect, server)?;
        let (trid, body) = read.unwrap_or_else(|| (frame.trid(), ServerBody::Other(frame.clone())));
        Ok(Self { trid, body })
    }

    /// Writes the command as the dialect has it; `Other` is written as the frame that it holds.
    ///
    /// # Errors
    /// [`NotInDialect`] if the dialect has no such command.
    pub fn to_frame(&self, dialect: Dialect) -> Result<Frame, NotInDialect> {
        self.body.write(self.trid, dialect)
    }
}

impl From<ErrorReply> for ServerBody {
    fn from(error: ErrorReply) -> Self {
        Self::Error(error)
    }
}
