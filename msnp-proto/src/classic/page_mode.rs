//! What is said outside of a conversation: between endpoints, to other networks, to the absent, to telephones.

use crate::Network;
use crate::classic::account::{Account, Endpoint};
use crate::classic::commands::commands;
use crate::classic::word::Word;

commands! {
    /// `UUN 7 bob@example.com 4 14`: a notice to an endpoint; enums.tsv has the types.
    SendNotice = UUN Client Notification Always 13 - 18 {
        /// To whom.
        user: Endpoint = required 13 - 18;
        /// Of which type; 4 signs the endpoint out.
        kind: u32 = required 13 - 18;
    } + payload

    /// `UUN 7 OK`
    NoticeSent = UUN Server Notification Always 13 - 18 {
        = "OK";
    }

    /// `UBN alice@example.com 4 14`: a notice of an endpoint.
    EndpointNotice = UBN Server Notification Never 13 - 18 {
        /// Of whom.
        user: Endpoint = required 13 - 18;
        /// Of which type.
        kind: u32 = required 13 - 18;
    } + payload

    /// `UUM 19 bob@example.com 1 1 164`: a message without a conversation; no reply.
    SendPage = UUM Client Notification Always 14 - 18 {
        /// To whom.
        account: Account = required 14 - 18;
        /// On which network.
        network: Network = required 14 - 18;
        /// 1 text, 2 typing, 3 nudge (enums.tsv).
        kind: u32 = required 14 - 18;
    } + payload

    /// `UBM bob@example.org 32 alice@example.com 1 1 164`: the same, received.
    Page = UBM Server Notification Never 14 - 18 {
        /// Of whom.
        sender: Account = required 14 - 18;
        /// On which network.
        sender_network: Network = required 14 - 18;
        /// To whom.
        receiver: Account = required 14 - 18;
        /// On which network.
        receiver_network: Network = required 14 - 18;
        /// Of which type.
        kind: u32 = required 14 - 18;
    } + payload

    /// `IPG 320`: a page of a telephone.
    TelephonePage = IPG Server Notification Never 2 - 22 {} + payload

    /// `PAG 9 tel:+15551234567 12`: pages a telephone.
    PageTelephone = PAG Client Notification Always 2 - 8 {
        /// Which.
        telephone: Account = required 2 - 8;
    } + payload

    /// `PGD 9 tel:+15551234567 1 12`: pages a telephone. Servers of today lose their framing at it (msnp8-18.md 2.5).
    PageDevice = PGD Client Notification Always 9 - 18 {
        /// Which.
        telephone: Account = required 9 - 18;
        /// 1 a mobile, 2 a web watch.
        device: u32 = required 9 - 18;
    } + payload

    /// `SND 8 bob@example.com 0x0409`: invites somebody by e-mail.
    InviteByMail = SND Client Notification Always 2 - 12 {
        /// Whom.
        account: Account = required 2 - 12;
        /// In which language.
        locale: Option<Word> = optional 2 - 12;
        /// With which library.
        library: Option<Word> = optional 2 - 12;
        /// With which program.
        program: Option<Word> = optional 2 - 12;
    }

    /// `SND 8 OK`; once the request's words.
    InvitedByMail = SND Server Notification Always 2 - 12 {
        /// `OK`, or whom.
        outcome: Word = required 2 - 12;
        /// In which language.
        locale: Option<Word> = optional 2 - 12;
        /// With which library.
        library: Option<Word> = optional 2 - 12;
        /// With which program.
        program: Option<Word> = optional 2 - 12;
    }

    /// `SDC 8 bob@example.com 0x0409 MSMSGS MSMSGS X X Alice 0`: the same with a text of one's own.
    InviteWithText = SDC Client Notification Always 5 - 12 {
        /// Whom.
        account: Account = required 5 - 12;
        /// In which language.
        locale: Word = required 5 - 12;
        /// With which library.
        library: Word = required 5 - 12;
        /// With which program.
        program: Word = required 5 - 12;
        /// `X`
        first: Word = required 5 - 12;
        /// `X`
        second: Word = required 5 - 12;
        /// Who invites.
        name: Word = required 5 - 12;
    } + payload

    /// `SDC 8 OK`
    InvitedWithText = SDC Server Notification Always 5 - 12 {
        = "OK";
    }

    /// `FND 8 fname=Bob lname=* city=* state=* country=US`: looks somebody up.
    DirectoryQuery = FND Client Notification Always 2 - 7 {
        /// What is known, as `key=value`.
        terms: crate::classic::word::WordList = required 2 - 7;
    }

    /// `FND 8 1 4 fname=Bob ..`: one of those who were found.
    DirectoryEntry = FND Server Notification Always 2 - 7 {
        /// Which, from 1.
        number: u32 = required 2 - 7;
        /// Of how many.
        total: u32 = required 2 - 7;
        /// What is known, as `key=value`.
        terms: Option<crate::classic::word::WordList> = optional 2 - 7;
    }
}
