//! What a client says: which verbs have which forms, nothing else.

use crate::classic::address_book::{AddMembers, NetworkQuery, RemoveMembers};
use crate::classic::bodies::bodies;
use crate::classic::command_error::{CommandError, NotInDialect};
use crate::classic::contacts::{AddContact, ContactCard, ContactSetting, RemoveContact, Rename};
use crate::classic::form::ServerKind;
use crate::classic::groups::{AddGroup, RemoveGroup, RenameGroup};
use crate::classic::layered::{Datagram, Publish, Withdraw};
use crate::classic::page_mode::{
    DirectoryQuery, InviteByMail, InviteWithText, PageDevice, PageTelephone, SendNotice, SendPage,
};
use crate::classic::presence::{OwnData, OwnStatus};
use crate::classic::session::{
    ChallengeRequest, ChallengeResponse, ConfigurationRequest, Fsl, Invitations, Ping, Report,
    SignOut, UrlRequest,
};
use crate::classic::sign_in::{
    CircleTicket, Md5Account, Md5Response, SsoAccount, SsoTicket, TwnAccount, TwnTicket,
    WebEndpoint,
};
use crate::classic::switchboard::{Answer, Call, Join, SendMessage};
use crate::classic::synchronization::{
    GroupsRequest, ListRequest, SetPrivacy, SetPrompt, SetProperty, Synchronize,
};
use crate::classic::transfer::SwitchboardRequest;
use crate::classic::version::{ClientVersion, PackagesQuery, UpgradeQuery, Version};
use crate::{Dialect, Frame, TrId};

/// A command of a client of MSNP2 to MSNP22.
///
/// A client writes these and a server reads them.
///
/// ```
/// use msnp_proto::classic::{Account, ClientCommand, ServerKind, TwnAccount};
/// use msnp_proto::{Dialect, TrId};
/// let account = Account::new("alice@example.com");
/// let command = ClientCommand::new(TrId(3), TwnAccount { account });
/// let frame = command.to_frame(Dialect::MSNP12)?;
/// assert_eq!(&frame.as_bytes()[..], b"USR 3 TWN I alice@example.com\r\n");
/// assert_eq!(ClientCommand::parse(&frame, Dialect::MSNP12, ServerKind::Notification)?, command);
/// // MSNP15 signs in another way.
/// assert!(command.to_frame(Dialect::MSNP15).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCommand {
    /// Counts up from 1 on each connection; the reply carries it. `PNG` and `OUT` have none.
    pub trid: Option<TrId>,
    /// The command.
    pub body: ClientBody,
}

bodies! {
    /// One command of a client, by verb and form (commands.tsv, msnp24.md 14).
    ClientBody {
        MSG => SendMessage;
        PNG => Ping;
        CHG => OwnStatus;
        UUX => OwnData;
        ADL => AddMembers;
        RML => RemoveMembers;
        FQY => NetworkQuery;
        SDG => Datagram;
        PUT => Publish;
        DEL => Withdraw;
        XFR => SwitchboardRequest;
        ANS => Answer;
        CAL => Call;
        USR => Md5Account | Md5Response | TwnAccount | TwnTicket | SsoAccount | SsoTicket | CircleTicket | WebEndpoint | Join;
        VER => Version;
        CVR => ClientVersion;
        CVQ => UpgradeQuery;
        INF => PackagesQuery;
        OUT => SignOut;
        CHL => ChallengeRequest;
        QRY => ChallengeResponse;
        GCF => ConfigurationRequest;
        URL => UrlRequest;
        IMS => Invitations;
        FSL => Fsl;
        VAS => Report;
        SYN => Synchronize;
        LST => ListRequest;
        LSG => GroupsRequest;
        PRP => SetProperty;
        GTC => SetPrompt;
        BLP => SetPrivacy;
        ADD => AddContact;
        ADC => ContactCard;
        REM => RemoveContact;
        REA => Rename;
        SBP => ContactSetting;
        ADG => AddGroup;
        REG => RenameGroup;
        RMG => RemoveGroup;
        UUN => SendNotice;
        UUM => SendPage;
        PAG => PageTelephone;
        PGD => PageDevice;
        SND => InviteByMail;
        SDC => InviteWithText;
        FND => DirectoryQuery;
    }
    /// A verb or a form without a name here, or one that this dialect or this server does not have.
    Other(Frame) by |frame: &Frame, _, _| frame.clone();
}

impl ClientCommand {
    /// A command with a transaction id.
    pub fn new(trid: impl Into<TrId>, body: impl Into<ClientBody>) -> Self {
        Self {
            trid: Some(trid.into()),
            body: body.into(),
        }
    }

    /// A command that has none: `PNG`, `OUT`.
    pub fn without_id(body: impl Into<ClientBody>) -> Self {
        Self {
            trid: None,
            body: body.into(),
        }
    }

    /// Reads a command; its words and its payload are slices of the frame.
    ///
    /// Words that are not known behind the known ones are passed over (msnp8-18.md 15).
    ///
    /// # Errors
    /// [`CommandError`] if the verb is known, and no form that it has in this dialect and on this server fits.
    pub fn parse(
        frame: &Frame,
        dialect: Dialect,
        server: ServerKind,
    ) -> Result<Self, CommandError> {
        let read = ClientBody::read(frame, dialect, server)?;
        let (trid, body) = read.unwrap_or_else(|| (frame.trid(), ClientBody::Other(frame.clone())));
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
