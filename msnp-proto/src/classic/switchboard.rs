//! A conversation on its switchboard (msnp8-18.md 9).

use crate::Secret;
use crate::classic::account::{Account, Endpoint, Name};
use crate::classic::commands::commands;
use crate::classic::line::Words;
use crate::classic::presence::name_before_capabilities;
use crate::classic::setting::Acknowledgement;
use crate::classic::word::Word;
use crate::payload::presence::Capabilities;

commands! {
    /// `USR 1 alice@example.com <token>`: enters a switchboard that one asked for.
    Join = USR Client Switchboard Always 2 - 18 {
        /// Who.
        user: Endpoint = required 2 - 18;
        /// Of the referral.
        token: Secret<Word> = required 2 - 18;
    }

    /// `USR 1 OK alice@example.com Alice`
    Joined = USR Server Switchboard Always 2 - 18 {
        = "OK";
        /// Who.
        user: Endpoint = required 2 - 18;
        /// The own name.
        name: Option<Name> = filled 2 - 18;
    }

    /// `ANS 1 bob@example.com <token> <session>`: enters a switchboard that one was invited to.
    Answer = ANS Client Switchboard Always 2 - 18 {
        /// Who.
        user: Endpoint = required 2 - 18;
        /// Of the invitation.
        token: Secret<Word> = required 2 - 18;
        /// Of the invitation.
        session: Word = required 2 - 18;
    }

    /// `ANS 1 OK`, behind those who are there.
    Answered = ANS Server Switchboard Always 2 - 18 {
        = "OK";
    }

    /// `IRO 1 1 2 alice@example.com Alice 2788999228`: who is there already.
    RosterEntry = IRO Server Switchboard Always 2 - 18 {
        /// Which, from 1.
        number: u32 = required 2 - 18;
        /// Of how many.
        total: u32 = required 2 - 18;
        /// Who; since MSNP16 each endpoint, and the account once more.
        user: Endpoint = required 2 - 18;
        /// The name.
        name: Option<Name> = filled 2 - 18 by name_in_conversation;
        /// What the client can do.
        capabilities: Option<Capabilities> = filled 12 - 18;
    }

    /// `CAL 2 bob@example.com`: invites somebody.
    Call = CAL Client Switchboard Always 2 - 18 {
        /// Whom; oneself is allowed since MSNP16.
        user: Endpoint = required 2 - 18;
    }

    /// `CAL 2 RINGING <session>`
    Ringing = CAL Server Switchboard Always 2 - 18 {
        = "RINGING";
        /// The conversation's.
        session: Word = required 2 - 18;
    }

    /// `JOI bob@example.com Bob 2788999228`: somebody came.
    ContactJoined = JOI Server Switchboard Never 2 - 18 {
        /// Who.
        user: Endpoint = required 2 - 18;
        /// The name.
        name: Option<Name> = filled 2 - 18 by name_in_conversation;
        /// What the client can do.
        capabilities: Option<Capabilities> = filled 12 - 18;
    }

    /// `MSG 3 N 131`: says something to all who are there.
    SendMessage = MSG Client Switchboard Always 2 - 18 {
        /// What the sender wants to hear of it.
        acknowledgement: Acknowledgement = required 2 - 18;
    } + payload

    /// `MSG alice@example.com Alice 131`: somebody says something; on the notification server, `Hotmail` does.
    Message = MSG Server Either Never 2 - 22 {
        /// Who.
        sender: Account = required 2 - 22;
        /// The name; some senders have none.
        name: Option<Name> = filled 2 - 22;
    } + payload

    /// `ACK 4`: all who are there got the message.
    Delivered = ACK Server Switchboard Always 2 - 18 {}

    /// `NAK 4`: somebody did not.
    Undelivered = NAK Server Switchboard Always 2 - 18 {}

    /// `BYE bob@example.com`: somebody left.
    ContactLeft = BYE Server Switchboard Never 2 - 18 {
        /// Who; since MSNP16 each endpoint, and the account once more.
        user: Endpoint = required 2 - 18;
        /// Whether the conversation ends because nobody spoke.
        idle: Option<bool> = optional 2 - 18;
    }
}

/// Capabilities stand here since MSNP12; before, a number is a name.
fn name_in_conversation(words: &mut Words<'_>) -> Option<Name> {
    if words.dialect().has_switchboard_capabilities() {
        name_before_capabilities(words)
    } else {
        crate::classic::line::Parameter::read(words)
    }
}
