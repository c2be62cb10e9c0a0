//! `USR` on the notification server: every way in, step by step (msnp8-18.md 5, msnp24.md 14.1, 15).

use crate::Secret;
use crate::classic::account::{Account, Name};
use crate::classic::commands::commands;
use crate::classic::line::{Parameter, Words};
use crate::classic::word::{Word, WordList};
use crate::frame::parse_number;

commands! {
    /// `USR 3 MD5 I alice@example.com`
    Md5Account = USR Client Notification Always 2 - 7 {
        = "MD5";
        = "I";
        /// Who signs in.
        account: Account = required 2 - 7;
    }

    /// `USR 3 MD5 S 65929e116a69123`
    Md5Salt = USR Server Notification Always 2 - 7 {
        = "MD5";
        = "S";
        /// To be hashed before the password, as text.
        salt: Word = required 2 - 7;
    }

    /// `USR 4 MD5 S e3553dc934b2e671626a52af79e96213`
    Md5Response = USR Client Notification Always 2 - 7 {
        = "MD5";
        = "S";
        /// MD5 of salt and password, in lower-case hexadecimal digits.
        hash: Secret<Word> = required 2 - 7;
    }

    /// `USR 3 TWN I alice@example.com`
    TwnAccount = USR Client Notification Always 8 - 14 {
        = "TWN";
        = "I";
        /// Who signs in. The server of today compares case at the end; the spelling that was registered is sent.
        account: Account = required 8 - 14;
    }

    /// `USR 3 TWN S ct=1,rver=1,wp=FS_40SEC_0_COMPACT,lc=1,id=1`
    TwnChallenge = USR Server Notification Always 8 - 14 {
        = "TWN";
        = "S";
        /// For the login page, verbatim: all that is left of the line.
        challenge: WordList = required 8 - 14;
    }

    /// `USR 4 TWN S a5c03c59c7895e1d3fcb`
    TwnTicket = USR Client Notification Always 8 - 14 {
        = "TWN";
        = "S";
        /// What the login page gave in `from-PP`.
        ticket: Secret<Word> = required 8 - 14;
    }

    /// `USR 3 SSO I alice@example.com`
    SsoAccount = USR Client Notification Always 15 - 21 {
        = "SSO";
        = "I";
        /// Who signs in.
        account: Account = required 15 - 21;
    }

    /// `USR 3 SSO S MBI_KEY_OLD <nonce>`
    SsoChallenge = USR Server Notification Always 15 - 21 {
        = "SSO";
        = "S";
        /// For the token request, verbatim.
        policy: Word = required 15 - 21;
        /// To be proved with the token's secret; used as text, not decoded.
        nonce: Word = required 15 - 21;
    }

    /// `USR 4 SSO S t=..&p= <blob> {guid}`
    SsoTicket = USR Client Notification Always 15 - 21 {
        = "SSO";
        = "S";
        /// `t=..&p=..`, raw.
        ticket: Secret<Word> = required 15 - 21;
        /// The proof; the server of today does without in MSNP15.
        proof: Option<Secret<Word>> = optional 15 - 21;
        /// The endpoint, in braces; without it the server of today says nothing at all.
        endpoint: Option<Word> = optional 16 - 21;
    }

    /// `USR 5 SHA A <base64>`: joins the circles of the address book.
    CircleTicket = USR Client Notification Always 17 - 22 {
        = "SHA";
        = "A";
        /// The signed ticket of the address book, in base64.
        ticket: Secret<Word> = required 17 - 22;
    }

    /// `USR 3 WEB {epid}`: the ticket is in the request's header `X-MSN-SslAuthToken`.
    WebEndpoint = USR Client Notification Always 22 - 22 {
        = "WEB";
        /// The endpoint, in braces.
        endpoint: Word = required 22 - 22;
    }

    /// `USR 4 OK alice@example.com 1 0`, up to MSNP9 with the name behind the account.
    SignedIn = USR Server Notification Always 2 - 22 {
        = "OK";
        /// Who signed in.
        account: Account = required 2 - 22;
        /// The display name.
        name: Option<Name> = filled 2 - 9;
        /// The name again where no name belongs: of some successors (msnp8-18.md 15).
        successor_name: Option<Name> = recognised 10 - 22 by name_before_flags;
        /// Whether the e-mail address is verified.
        verified: Option<bool> = filled 6 - 22;
        /// Whether it is a child's account.
        restricted: Option<bool> = filled 8 - 22;
    }
}

/// `1 0` is no name, `Name 1 0` has one, and so has `Name` alone.
fn name_before_flags(words: &mut Words<'_>) -> Option<Name> {
    let first = words.peek(0)?;
    if words.count(3) < 3 && parse_number(first).is_some() {
        return None;
    }
    Name::read(words)
}
