//! Proofs of identity: pure arithmetic, checked against published values.
//!
//! | dialect | asked with | answered with | here |
//! |---|---|---|---|
//! | MSNP2 to 7 | `USR n MD5 S salt` | `USR n MD5 S digits` | [`md5_sign_in`] |
//! | MSNP8 to 14 | `USR n TWN S text`, two HTTP headers | `USR n TWN S ticket` | [`passport`], [`Ticket`] |
//! | MSNP15 to 21 | `USR n SSO S policy nonce` | `USR n SSO S ticket blob` | [`mbi_key`], [`Ticket`] |
//! | MSNP6 on | `CHL 0 digits`, a nonce of MSNP24 | `QRY n product 32` | [`challenge`] |
//! | offline messages | `LockKeyChallenge` | `lockkey` | [`lock_key`] |
//!
//! Nothing here draws random numbers: where a proof wants some, they are an argument. Passwords, secrets and
//! tickets do not show in `Debug`.

mod answer;
pub mod challenge;
pub mod mbi_key;
pub mod md5_sign_in;
pub mod passport;
mod ticket;

pub use answer::Answer;
pub use ticket::{Ticket, TicketError};

/// The `lockkey` of an offline message: the answer of MSNP11 to the `LockKeyChallenge` of the refusal that the first
/// try got, with the product that `appid` names, whatever its age (msnp8-18.md 10).
///
/// ```
/// use msnp_proto::auth::{challenge, lock_key};
/// let product = challenge::product("PROD0119GSJUC$18").expect("in the table");
/// assert_eq!(lock_key("1850937852", product).as_str(), "844559b18ac25f3affb9281fd729203c");
/// ```
pub fn lock_key(lock_key_challenge: &str, product: &challenge::Product) -> Answer {
    challenge::respond(lock_key_challenge, product.id, product.key)
}
