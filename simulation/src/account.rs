//! Who has an account, and where.

use machine_contract::Secret;
use msnp_server::identity::{EmailAddress, SkypeId};
use msnp_server::{Memory, NewAccount};

/// Where the simulated service is.
pub const HOST: &str = "msn.example";

/// The people who have an account, in the order of their numbers. Their sign-in addresses are of [`HOST`]. The last
/// is the one of the recordings.
pub const NAMES: [&str; 4] = ["alice", "bob", "carol", "live:alice"];

/// Everybody's password.
pub const PASSWORD: &str = "secret";

/// The sign-in address of somebody.
///
/// # Panics
/// If there is nobody of that number.
pub fn login(who: usize) -> String {
    format!("{}@{HOST}", NAMES[who].replace(':', "."))
}

/// A store in which they all are, and nothing else.
///
/// # Panics
/// Never: all names are good.
pub fn accounts() -> Memory {
    let mut memory = Memory::new();
    for (who, name) in NAMES.iter().enumerate() {
        let account = NewAccount {
            skype_id: SkypeId::parse(name).expect("a name"),
            email: EmailAddress::parse(&login(who)).expect("an address"),
            name: (*name).into(),
            password_hash: Secret::new(PASSWORD.to_owned()),
        };
        memory.add_account(account).expect("a new name");
    }
    memory
}
