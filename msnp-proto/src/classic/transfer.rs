//! `XFR` and `RNG`: the way to another server (msnp8-18.md 3, 9.1).

use crate::Secret;
use crate::classic::account::{Account, Name};
use crate::classic::commands::commands;
use crate::classic::host::ServerAddress;
use crate::classic::line::{Parameter, Words};
use crate::classic::setting::{Carrier, ReferralFlag};
use crate::classic::word::Word;

commands! {
    /// `XFR 7 SB`: asks for a switchboard.
    SwitchboardRequest = XFR Client Notification Always 2 - 18 {
        = "SB";
    }

    /// `XFR 7 SB 127.0.0.1:1864 CKI <token>`: a switchboard to go to.
    SwitchboardReferral = XFR Server Notification Always 2 - 18 {
        = "SB";
        /// Where.
        address: ServerAddress = required 2 - 18;
        = "CKI";
        /// Proves there who comes; good once, for two minutes.
        token: Secret<Word> = required 2 - 18;
        /// How.
        carrier: Option<Carrier> = filled 13 - 18;
        /// `messenger.msn.com`; what for is not known.
        domain: Option<Word> = filled 13 - 18;
        /// Whether the switchboard is reached without a detour; always 1 in what was seen.
        direct: Option<bool> = filled 14 - 18;
    }

    /// `XFR 3 NS 207.46.124.125:1863 U D <hop>`: another notification server to sign in at.
    Referral = XFR Server Notification Always 2 - 22 {
        = "NS";
        /// Where.
        address: ServerAddress = required 2 - 22;
        ~ "0" 3 - 12;
        /// Where one is.
        current: Option<ServerAddress> = optional 7 - 12;
        /// How.
        carrier: Option<Carrier> = filled 13 - 22;
        /// `D`; what for is not known.
        flag: Option<ReferralFlag> = filled 13 - 22;
        /// To be sent back in `CVR`, in base64 (msnp24.md 14.1).
        hop: Option<Word> = optional 15 - 22;
    }

    /// `RNG <session> 127.0.0.1:1864 CKI <token> alice@example.com Alice`: an invitation to a conversation.
    Ring = RNG Server Notification Never 2 - 18 {
        /// Which conversation.
        session: Word = required 2 - 18;
        /// Where it is.
        address: ServerAddress = required 2 - 18;
        = "CKI";
        /// Proves there who comes.
        token: Secret<Word> = required 2 - 18;
        /// Who invites.
        inviter: Account = required 2 - 18;
        /// The inviter's name; the server of today leaves an unset one out.
        name: Option<Name> = filled 2 - 18 by name_before_carrier;
        /// How it is reached.
        carrier: Option<Carrier> = filled 13 - 18;
        /// `messenger.hotmail.com`.
        domain: Option<Word> = filled 13 - 18;
        /// Whether without a detour.
        direct: Option<bool> = filled 14 - 18;
    }
}

/// Since MSNP13 a missing name shifts what follows: it is missing where the carrier stands, unless another carrier follows
/// (somebody is called `U`).
fn name_before_carrier(words: &mut Words<'_>) -> Option<Name> {
    let is_carrier = |word: Option<&[u8]>| matches!(word, Some(b"U" | b"G"));
    let dialect = words.dialect();
    if dialect.has_address_book() && is_carrier(words.peek(0)) && !is_carrier(words.peek(1)) {
        return None;
    }
    Name::read(words)
}
