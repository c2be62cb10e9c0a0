//! A password that is to be set.

use msnp_proto::Secret;
use msnp_service::accounts::{HashCost, hash_password};

use super::failure::Failure;
use crate::password;

/// The hash of the password in `variable`, or of what is typed.
pub(super) fn new_password(variable: &str) -> Result<Secret<String>, Failure> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt)?;
    let password = password::read_new(variable)?;
    let hash = hash_password(&password, salt, HashCost::default())?;
    Ok(Secret::new(hash))
}
