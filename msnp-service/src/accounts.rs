//! Who may have an account: names, sign-in addresses, and password hashes.
//!
//! Hashing is slow on purpose; call [`hash_password`] and [`verify_password`] where blocking is
//! allowed. Neither reads a clock or a random source: the salt is an argument.

use std::fmt;
use std::sync::Arc;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use machine_contract::{Secret, UnixTime};
use msnp_server::AccessToken;
pub use msnp_server::UserId;
pub use msnp_server::identity::{EmailAddress, NameError, SkypeId};

/// A password could not be hashed.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Shorter than [`PASSWORD_BYTES`] allows.
    #[error("the password is empty")]
    Empty,
    /// Longer than [`PASSWORD_BYTES`], which would only serve to keep the hasher busy.
    #[error("the password is longer than {PASSWORD_BYTES} bytes")]
    TooLong,
    /// The cost is outside what argon2 allows.
    #[error("the hashing cost is not one that argon2 allows")]
    Cost,
}

/// The longest password, in bytes.
pub const PASSWORD_BYTES: usize = 1024;

/// What a hash costs to compute, and to guess.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct HashCost {
    /// Memory in KiB. Default 19 MiB, argon2's own recommendation.
    pub memory_kib: u32,
    /// Passes over the memory. Default 2.
    pub passes: u32,
}

impl Default for HashCost {
    fn default() -> Self {
        Self {
            memory_kib: Params::DEFAULT_M_COST,
            passes: Params::DEFAULT_T_COST,
        }
    }
}

/// Hashes a password with argon2id, as a self-describing string (`$argon2id$v=19$m=…`).
///
/// # Errors
/// [`PasswordError`] for a password or a cost that is refused.
pub fn hash_password(
    password: &str,
    salt: [u8; 16],
    cost: HashCost,
) -> Result<String, PasswordError> {
    hash_password_in(&mut Workspace::default(), password, salt, cost)
}

/// The same, in memory that is there already or stays for the next time.
///
/// # Errors
/// [`PasswordError`] for a password or a cost that is refused.
pub fn hash_password_in(
    workspace: &mut Workspace,
    password: &str,
    salt: [u8; 16],
    cost: HashCost,
) -> Result<String, PasswordError> {
    if password.is_empty() {
        return Err(PasswordError::Empty);
    }
    if password.len() > PASSWORD_BYTES {
        return Err(PasswordError::TooLong);
    }
    let params =
        Params::new(cost.memory_kib, cost.passes, 1, None).map_err(|_| PasswordError::Cost)?;
    hash(workspace, password, salt, params).ok_or(PasswordError::Cost)
}

/// `None`: argon2 does not work with these parameters.
fn hash(
    workspace: &mut Workspace,
    password: &str,
    salt: [u8; 16],
    params: Params,
) -> Option<String> {
    let mut found = [0; Params::DEFAULT_OUTPUT_LEN];
    let hash = PasswordHash {
        algorithm: Algorithm::default().ident(),
        version: Some(Version::default().into()),
        params: ParamsString::try_from(&params).ok()?,
        salt: Some(Salt::new(&salt).ok()?),
        hash: None,
    };
    let blocks = workspace.blocks(&params);
    Argon2::from(params)
        .hash_password_into_with_memory(password.as_bytes(), &salt, &mut found, blocks)
        .ok()?;
    let hash = PasswordHash {
        hash: Some(Output::new(&found).ok()?),
        ..hash
    };
    Some(hash.to_string())
}

/// The memory that a password is hashed in, or checked, kept from one to the next: 19 MiB at the
/// [default cost](HashCost). Made anew for each, it would be fresh pages each time, which an allocator keeps.
#[derive(Default)]
pub struct Workspace(Vec<Block>);

impl Workspace {
    /// As many blocks as these parameters need; what stands in them does not matter.
    fn blocks(&mut self, params: &Params) -> &mut [Block] {
        self.0.resize(params.block_count(), Block::default());
        &mut self.0
    }
}

impl fmt::Debug for Workspace {
    /// How large it is; what stands in it was made from passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Workspace({} blocks)", self.0.len())
    }
}

/// Whether `password` is the one that `hash` was made from. The comparison takes the same time
/// wherever the two differ; a hash that cannot be read, or that asks for more than 1 GiB, matches
/// nothing.
///
/// Nor does that of a disabled account, which has a `!` in front; to find that out takes as long.
pub fn verify_password(password: &str, hash: &str) -> bool {
    verify_password_in(&mut Workspace::default(), password, hash)
}

/// The same, in memory that is there already or stays for the next time.
pub fn verify_password_in(workspace: &mut Workspace, password: &str, hash: &str) -> bool {
    matches(workspace, password, hash).unwrap_or(false)
}

/// `None` if the hash cannot be read, or used.
fn matches(workspace: &mut Workspace, password: &str, hash: &str) -> Option<bool> {
    let (is_enabled, hash) = match hash.strip_prefix('!') {
        Some(hash) => (false, hash),
        None => (true, hash),
    };
    let hash = PasswordHash::new(hash).ok()?;
    let params = Params::try_from(&hash).ok()?;
    // argon2 allocates what the hash names: a damaged store must not be able to end the process.
    if params.m_cost() > 1024 * 1024 || password.len() > PASSWORD_BYTES {
        return None;
    }
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
    let version = hash
        .version
        .map_or(Ok(Version::default()), Version::try_from);
    let (salt, expected) = (hash.salt?, hash.hash?);
    let blocks = workspace.blocks(&params);
    let mut found = vec![0; expected.len()];
    Argon2::new(algorithm, version.ok()?, params)
        .hash_password_into_with_memory(password.as_bytes(), salt.as_ref(), &mut found, blocks)
        .ok()?;
    // Compares in constant time.
    Some(Output::new(&found).is_ok_and(|found| found == expected) && is_enabled)
}

/// Access tokens that one account may have.
pub const ACCESS_TOKENS: usize = 16;

/// Why an access token was not made.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefused {
    /// There is no such account.
    #[error("there is no such account")]
    Nobody,
    /// The account has [`ACCESS_TOKENS`].
    #[error("the account has {ACCESS_TOKENS} access tokens already")]
    TooMany,
}

/// The longest label of an access token, in bytes.
pub const LABEL_BYTES: usize = 100;

/// An [access token](AccessToken) that is to be made.
#[derive(Clone, Debug)]
pub struct NewAccessToken {
    label: Arc<str>,
    made: UnixTime,
    token: Secret<String>,
}

impl NewAccessToken {
    /// A token of these random bytes: 16 characters, which is as many as old clients let one type as a password
    /// (soap.md 5.2), of 32 that nobody takes for others. Those are the 80 bits of the ten bytes.
    pub fn new(label: &str, made: UnixTime, random: [u8; 10]) -> Self {
        const CHARACTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
        let bits = random
            .iter()
            .fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
        let character = |at: u32| {
            // Five bits, so it is one of them.
            let five = usize::try_from(bits >> (5 * at) & 31).unwrap_or_default();
            char::from(CHARACTERS[five])
        };
        let mut end = label.len().min(LABEL_BYTES);
        while !label.is_char_boundary(end) {
            end -= 1;
        }
        Self {
            label: label[..end].into(),
            made,
            token: Secret::new((0..16).map(character).collect()),
        }
    }

    /// The token, to be shown to whoever wants it, once.
    pub const fn token(&self) -> &Secret<String> {
        &self.token
    }

    /// Under the number that the store gives it.
    pub fn numbered(&self, number: u64) -> AccessToken {
        AccessToken {
            number,
            label: Arc::clone(&self.label),
            made: self.made,
            token: self.token.clone(),
        }
    }
}

/// Whether an account with this password hash is disabled: nobody can sign in to it.
pub fn is_disabled(hash: &str) -> bool {
    hash.starts_with('!')
}

/// A hash that no password matches, as costly to check as a real one: verify against it when the
/// account does not exist, so that the time taken does not tell.
pub fn decoy_hash(cost: HashCost) -> Result<String, PasswordError> {
    decoy_hash_in(&mut Workspace::default(), cost)
}

/// The same, in memory that stays for the next time.
pub(crate) fn decoy_hash_in(
    workspace: &mut Workspace,
    cost: HashCost,
) -> Result<String, PasswordError> {
    let mut hash = hash_password_in(workspace, "decoy", [0; 16], cost)?;
    // The last character of the digest: still base64, no longer what any known password gives.
    let last = if hash.ends_with('A') { 'E' } else { 'A' };
    hash.pop();
    hash.push(last);
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: HashCost = HashCost {
        memory_kib: 8,
        passes: 1,
    };

    const DEAR: HashCost = HashCost {
        memory_kib: 64,
        passes: 2,
    };

    #[test]
    fn only_the_right_password_matches() {
        let hash = hash_password("correct horse", [7; 16], CHEAP).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{hash}");
        assert!(verify_password("correct horse", &hash));
        assert!(!verify_password("correct horsf", &hash));
        assert!(!verify_password("", &hash));
    }

    /// Case D8: 1,500 sign-ins left 638 MB behind.
    #[test]
    fn checks_share_one_piece_of_memory_whatever_each_has_left_in_it() {
        let hashes = [DEAR, CHEAP, DEAR].map(|cost| hash_password("x", [7; 16], cost).unwrap());
        let mut workspace = Workspace::default();
        for (hash, blocks) in hashes.iter().zip([64, 8, 64]) {
            assert!(verify_password_in(&mut workspace, "x", hash));
            assert!(!verify_password_in(&mut workspace, "y", hash));
            assert_eq!(
                format!("{workspace:?}"),
                format!("Workspace({blocks} blocks)")
            );
        }
    }

    /// Case D8, by accounts that are made: 240 made in the process left 240 MiB behind.
    #[test]
    fn hashes_are_made_in_the_memory_of_those_before_and_are_the_same() {
        let mut workspace = Workspace::default();
        for cost in [DEAR, CHEAP, DEAR] {
            let hash = hash_password_in(&mut workspace, "x", [7; 16], cost).unwrap();
            let blocks = cost.memory_kib;
            let expected = format!("Workspace({blocks} blocks)");
            assert_eq!(format!("{workspace:?}"), expected);
            assert_eq!(hash, hash_password("x", [7; 16], cost).unwrap());
            let decoy = decoy_hash_in(&mut workspace, cost).unwrap();
            assert_eq!(decoy, decoy_hash(cost).unwrap());
        }
        let hash = hash_password("correct horse", *b"0123456789abcdef", CHEAP);
        // What the reference makes of it, asked by argon2-cffi.
        let expected = "$argon2id$v=19$m=8,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$M7jw0GQI4Kfcxf+xPldfNRYttP89scc9XVAYAcaZ0U0";
        assert_eq!(hash.unwrap(), expected);
    }

    #[test]
    fn the_salt_makes_equal_passwords_differ() {
        assert_ne!(
            hash_password("x", [1; 16], CHEAP),
            hash_password("x", [2; 16], CHEAP)
        );
    }

    #[test]
    fn an_unreadable_hash_matches_nothing() {
        for hash in [
            "",
            "x",
            "$argon2id$",
            "$argon2id$v=19$m=4294967295,t=1,p=1$AAAAAAAAAAA$AAAA",
        ] {
            assert!(!verify_password("", hash) && !verify_password("x", hash));
        }
    }

    #[test]
    fn a_disabled_account_has_no_right_password() {
        let hash = hash_password("x", [1; 16], CHEAP).unwrap();
        assert!(verify_password("x", &hash));
        assert!(!verify_password("x", &format!("!{hash}")));
        assert!(!verify_password("x", "!"));
    }

    #[test]
    fn an_access_token_is_what_old_clients_can_type() {
        let made = UnixTime::from_millis(1);
        let token = |random| NewAccessToken::new("x", made, random).token().clone();
        assert_eq!(token([0; 10]).expose(), "aaaaaaaaaaaaaaaa");
        assert_eq!(token([255; 10]).expose(), "9999999999999999");
        for at in 0..80_usize {
            let mut random = [0; 10];
            random[at / 8] = 1 << (at % 8);
            assert_ne!(token(random), token([0; 10]), "bit {at} counts");
        }
        let long = NewAccessToken::new(&"\u{e9}".repeat(60), made, [0; 10]);
        assert_eq!(long.numbered(1).label.len(), LABEL_BYTES);
        assert!(!format!("{long:?}").contains("aaaa"));
    }

    #[test]
    fn the_decoy_matches_nothing_likely() {
        let decoy = decoy_hash(CHEAP).unwrap();
        assert!(PasswordHash::new(&decoy).is_ok());
        assert!(!verify_password("decoy", &decoy));
    }

    #[test]
    fn empty_and_huge_passwords_are_refused() {
        assert_eq!(hash_password("", [0; 16], CHEAP), Err(PasswordError::Empty));
        assert_eq!(
            hash_password(&"x".repeat(1025), [0; 16], CHEAP),
            Err(PasswordError::TooLong)
        );
    }
}
