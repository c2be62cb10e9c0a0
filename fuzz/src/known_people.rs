//! Who has an account in the house, and with which password.

use machine_contract::Secret;
use msnp_server::identity::{Address, EmailAddress, SkypeId};
use msnp_server::{Account, Claimant, Memory, NewAccount, PasswordCheck, Verdict};
use simulation::{HOST, PASSWORD, accounts};

/// The people of the simulation, and one who is known by the addresses that the generators write.
pub(crate) fn known_people() -> Memory {
    let mut memory = accounts();
    let known = NewAccount {
        skype_id: SkypeId::parse("live:b").expect("a name"),
        email: EmailAddress::parse(&format!("b@{HOST}")).expect("an address"),
        name: "b".into(),
        password_hash: Secret::new(PASSWORD.to_owned()),
    };
    memory.add_account(known).expect("a new name");
    memory
}

/// The hash of a password is the password.
pub(crate) fn verdict(memory: &Memory, check: &PasswordCheck) -> Verdict {
    let is_right = |hash: &str| hash == check.password.expose();
    match &check.account {
        Claimant::Person(address) => {
            let account = memory.account_by_address(&Address::Email(address.clone()));
            let account = account.filter(|it: &&Account| is_right(it.password_hash.expose()));
            account.map_or(Verdict::Wrong, |it| Verdict::Right(it.who.clone()))
        }
        Claimant::ServiceUser(_) if is_right(PASSWORD) => Verdict::RightUser { is_on_trial: false },
        Claimant::ServiceUser(_) => Verdict::Wrong,
    }
}
