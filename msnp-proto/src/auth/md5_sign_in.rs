//! The sign-in of MSNP2 to MSNP7: a salt, and the MD5 of salt and password.

use machine_contract::Secret;
use md5::{Digest, Md5};

use super::answer::Answer;

/// What `USR n MD5 S` carries back: lower-case hex of MD5(salt ‖ password), the salt as the text that it came as
/// (msnp8-18.md 5.1).
///
/// Whoever has it can guess passwords, so it is a secret too.
///
/// ```
/// use msnp_proto::auth::md5_sign_in;
/// let answer = md5_sign_in::respond("b43a4ce5873c51f", "123456");
/// assert_eq!(answer.expose().as_str(), "1632a4f0e6d9f3cba2c4b4e7aeae532c");
/// assert!(md5_sign_in::verify("b43a4ce5873c51f", "123456", b"1632A4F0E6D9F3CBA2C4B4E7AEAE532C"));
/// ```
pub fn respond(salt: &str, password: &str) -> Secret<Answer> {
    let digest = Md5::new()
        .chain_update(salt)
        .chain_update(password)
        .finalize();
    Secret::new(Answer::of(digest.into()))
}

/// The server's side: whether a client knows the password.
pub fn verify(salt: &str, password: &str, response: &[u8]) -> bool {
    respond(salt, password).expose().matches(response)
}
