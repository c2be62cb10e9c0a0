//! What every world begins with: people, their names, and a network in which nobody is.

use machine_contract::{Secret, UnixTime};
use msnp_proto::Guid;
use msnp_server::identity::{Address, EmailAddress, HomeId, SkypeId, Who};
use msnp_server::network::{Config, Network, Subscription};
use msnp_server::{Memory, NewAccount, Now};

/// 2015-05-17T17:11:33.260Z.
pub const START: UnixTime = UnixTime::from_millis(1_431_882_693_260);

/// Everything that a connection can be told.
pub const ALL: Subscription = Subscription {
    roster: true,
    presence: true,
    messages: true,
    rooms: true,
};

/// The people who have an account in every world.
pub const PEOPLE: [&str; 4] = ["alice", "bob", "carol", "dave"];

/// The endpoint `n`.
pub const fn endpoint(n: u8) -> Guid {
    Guid::from_bytes([n; 16])
}

/// The name of somebody on MSNP24.
///
/// # Panics
/// If it cannot be one.
pub fn address(name: &str) -> Address {
    Address::Skype(SkypeId::parse(name).expect("a name"))
}

/// The e-mail address of somebody.
///
/// # Panics
/// If it cannot be one.
pub fn email(name: &str) -> Address {
    let email = EmailAddress::parse(&format!("{name}@example.org"));
    Address::Email(email.expect("an address"))
}

/// One more.
pub(crate) fn add(store: &mut Memory, name: &str) -> Who {
    let account = NewAccount {
        skype_id: SkypeId::parse(name).expect("a name"),
        email: EmailAddress::parse(&format!("{name}@example.org")).expect("an address"),
        name: name.to_uppercase().into(),
        password_hash: Secret::new(String::new()),
    };
    store.add_account(account).expect("a new name")
}

/// A network of what is in the store.
pub(crate) fn network(config: &Config, store: &Memory, seed: Option<u64>, now: Now) -> Network {
    let last = store.last_name(HomeId::default());
    let network = Network::new(config.clone(), HomeId::default(), last, [7; 32], now);
    match seed {
        Some(seed) => network.interleaved(seed),
        None => network,
    }
}
