//! The sizes that peers keep to (msnp8-18.md 2.3). Nothing here enforces them: the ends do. What a stream may hold at all is
//! [`Limits`](crate::Limits).

/// Bytes of a switchboard message's payload; with one more, the server closes.
pub const SWITCHBOARD_PAYLOAD: usize = 1664;
/// Bytes of the header in front of a part of peer-to-peer data.
pub const P2P_HEADER: usize = 48;
/// Bytes of peer-to-peer data in one message.
pub const P2P_DATA: usize = 1202;
/// Bytes behind a part of peer-to-peer data.
pub const P2P_FOOTER: usize = 4;
/// Bytes of text that clients put into one message before they cut it into chunks.
pub const MESSAGE_TEXT: usize = 1400;
/// Bytes of an account.
pub const ACCOUNT: usize = 129;
/// Bytes of an encoded display name.
pub const DISPLAY_NAME: usize = 387;
/// Characters of a display name in the official client.
pub const DISPLAY_NAME_CHARACTERS: usize = 129;
/// Bytes of an encoded group name; with one more, error 229.
pub const GROUP_NAME: usize = 61;
/// Groups of one user; with one more, error 223.
pub const GROUPS: usize = 30;
/// Characters of a phone number; with one more, the server closes.
pub const PHONE_NUMBER: usize = 95;
/// Contacts on the forward list; with one more, error 210.
pub const FORWARD_LIST: usize = 1000;
/// Contacts on the allow list; with one more, error 210.
pub const ALLOW_LIST: usize = 1500;
/// Contacts on the block list; with one more, error 210.
pub const BLOCK_LIST: usize = 1200;
/// Contacts in one `ADL`: what careful clients keep to. The official limit was 150.
pub const ADL_CONTACTS: usize = 140;
/// Hexadecimal digits of a switchboard session's id, on the server of today.
pub const SESSION_ID: usize = 31;
/// Hexadecimal digits of a token in `XFR`, `RNG` or of a login page's ticket, on the server of today.
pub const TOKEN: usize = 20;
/// Seconds within which such a token has to be used.
pub const TOKEN_SECONDS: u64 = 120;
