//! What a session has beside lists and presence: keep-alive, challenge, configuration, notices, services, its end.

use crate::classic::commands::commands;
use crate::classic::setting::{OutReason, Switch};
use crate::classic::word::{Word, WordList};

commands! {
    /// `OUT`: good-bye.
    SignOut = OUT Client Either Never 2 - 22 {}

    /// `OUT OTH`: the server ends the session.
    SignedOut = OUT Server Either Never 2 - 22 {
        /// Why.
        reason: Option<OutReason> = optional 2 - 22;
        /// Behind `RCT`: after how many minutes to come back.
        minutes: Option<u32> = optional 11 - 22;
    }

    /// `PNG`: is anybody there?
    Ping = PNG Client Notification Never 2 - 22 {}

    /// `QNG 60`
    Pong = QNG Server Notification Never 2 - 22 {
        /// When the next ping is due.
        seconds: Option<u32> = optional 9 - 22;
    }

    /// `CHL 0 15570131571988941333`: asks for a proof of the product.
    Challenge = CHL Server Notification Always 2 - 22 {
        /// What is to be hashed.
        challenge: Word = required 2 - 22;
    }

    /// `CHL 6`: asks to be asked; of a telephone (msnp24.md 14.6).
    ChallengeRequest = CHL Client Notification Always 21 - 22 {}

    /// `QRY 5 PROD0120PW!CCV9@ 32`, and the answer behind it.
    ChallengeResponse = QRY Client Notification Always 6 - 22 {
        /// The product id whose key was used.
        product: Word = required 6 - 22;
    } + payload

    /// `QRY 5`: the answer is right.
    ChallengeAccepted = QRY Server Notification Always 6 - 22 {}

    /// `GCF 6 Shields.xml`: asks for a file of the configuration.
    ConfigurationRequest = GCF Client Notification Always 11 - 12 {
        /// Which.
        file: Word = required 11 - 12;
    }

    /// `GCF 6 Shields.xml 151`
    ConfigurationReply = GCF Server Notification Always 11 - 12 {
        /// Which.
        file: Word = required 11 - 12;
    } + payload

    /// `GCF 0 1187`: the policies, before the sign-in is answered.
    ConfigurationPush = GCF Server Notification Always 13 - 22 {} + payload

    /// `SBS 0 null`, behind the sign-in; once a balance of credits.
    Balance = SBS Server Notification Always 11 - 22 {
        /// `null`.
        balance: Word = required 11 - 22;
    }

    /// `NOT 656`: an XML notification; from MSNP13 on also that the address book has changed.
    Notice = NOT Server Notification Never 2 - 22 {} + payload

    /// `URL 8 INBOX`: asks where a page is.
    UrlRequest = URL Client Notification Always 2 - 18 {
        /// `INBOX`, `COMPOSE`, `PROFILE` and the like.
        service: Word = required 2 - 18;
        /// What the page is about, an account perhaps.
        arguments: Option<WordList> = optional 2 - 18;
    }

    /// `URL 8 /unused1 /unused2 1`
    UrlReply = URL Server Notification Always 2 - 18 {
        /// The page, as a path.
        path: Word = required 2 - 18;
        /// Where to sign in to it.
        login: Word = required 2 - 18;
        /// The site's number for the sign-in.
        site: Word = required 2 - 18;
    }

    /// `IMS 9 ON`: whether others may open conversations.
    Invitations = IMS Client Notification Always 2 - 18 {
        /// Whether.
        state: Switch = required 2 - 18;
    }

    /// `IMS 9 0 ON`
    InvitationsReply = IMS Server Notification Always 2 - 18 {
        /// 0 in what was seen.
        serial: u32 = required 2 - 18;
        /// Whether.
        state: Switch = required 2 - 18;
    }

    /// `FSL 5 1025 3`, after the sign-in of the last clients; what for is not known (msnp24.md 14.1).
    Fsl = FSL Client Notification Always 21 - 22 {
        /// 1025 and 579 were seen.
        first: Option<u32> = optional 21 - 22;
        /// 3 and 0 were seen.
        second: Option<u32> = optional 21 - 22;
    }

    /// `FSL 5 OK 0`, the reply that telephones take.
    FslAccepted = FSL Server Notification Always 21 - 22 {
        = "OK";
    } + payload

    /// `FSL 5`, the other reply.
    FslReply = FSL Server Notification Always 21 - 22 {}

    /// `VAS 9 bob@example.com .. .. 12`: reports somebody.
    Report = VAS Client Notification Always 18 - 18 {
        /// Whom.
        account: Word = required 18 - 18;
        /// Not known.
        first: Word = required 18 - 18;
        /// Not known.
        second: Word = required 18 - 18;
    } + payload
}
