//! `Directory`: who is at which address, as far as it was asked for.
//!
//! Identities never change, so a hit may be remembered. A miss never is: accounts are made beside a running
//! server.

use std::collections::BTreeMap;

use std::sync::Arc;

use crate::identity::{Address, Who};

/// Addresses remembered at once; beyond it all are asked for anew.
const MOST: usize = 100_000;

/// The addresses that were found.
#[derive(Debug, Default)]
pub(super) struct Directory {
    found: BTreeMap<Address, (Who, Arc<str>)>,
}

impl Directory {
    pub(super) fn get(&self, address: &Address) -> Option<&(Who, Arc<str>)> {
        self.found.get(address)
    }

    pub(super) fn insert(&mut self, address: Address, who: Who, name: Arc<str>) {
        if self.found.len() >= MOST {
            self.found.clear();
        }
        self.found.insert(address, (who, name));
    }

    /// Somebody is called so from now on.
    pub(super) fn rename(&mut self, who: &Who, name: &Arc<str>) {
        let skype = Address::Skype(who.skype_id().clone());
        let email = Address::Email(who.email().clone());
        for address in [skype, email] {
            if let Some((_, known)) = self.found.get_mut(&address) {
                *known = name.clone();
            }
        }
    }
}
