//! What the client calls itself, in each dialect (`CVR`, msnp8-18.md 4, msnp24.md 14.1, 15).

use msnp_proto::Dialect;
use msnp_proto::classic::{Account, ClientVersion, Word};

/// What the client calls itself: the last version before there were several endpoints. Servers of today take any
/// (msnp8-18.md 4).
const CLIENT: [&str; 7] = [
    "0x0409", "winnt", "5.1", "i386", "MSNMSGR", "8.5.1302", "msmsgs",
];

/// The same since MSNP21 (msnp24.md 14.1, 16.1).
const LAST_CLIENT: [&str; 7] = [
    "0x0409",
    "winnt",
    "6.1.1",
    "i386",
    "MSNMSGR",
    "15.4.3538.0513",
    "MSNMSGR",
];

/// The same of the one program that was seen with MSNP22 (msnp24.md 15).
const WEB_CLIENT: [&str; 7] = [
    "0x0809",
    "winnt",
    "6.2.0",
    "i386",
    "MoShClient",
    "16.4.4206.0722",
    "MoShClient",
];

/// What stands there if no transfer has led here, since MSNP21 (msnp24.md 14.1).
const NO_HOP: &str = "0";

/// What is said of the client in a dialect. `hop` is what a transfer that led here wants to see again.
pub(super) fn of(dialect: Dialect, account: Account, hop: Option<Word>) -> ClientVersion {
    let is_last = dialect.has_layered_messages();
    let words = match is_last {
        true if dialect.has_web_sign_in() => WEB_CLIENT,
        true => LAST_CLIENT,
        false => CLIENT,
    };
    let word = |at: usize| Word::encode(words[at]);
    let none = is_last.then(|| Word::encode(NO_HOP));
    ClientVersion {
        locale: word(0),
        system: word(1),
        system_version: word(2),
        processor: word(3),
        program: word(4),
        program_version: word(5),
        brand: Some(word(6)),
        account: Some(account),
        hop: hop.or(none),
    }
}
