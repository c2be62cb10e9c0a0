//! The header blocks of the address book and of the membership lists (soap.md 5.3).

use machine_contract::Secret;

use crate::call::{Guid, shape};

shape! {
    /// The header blocks of a request.
    pub struct AddressBookHeaders {
        /// Which program asks, and why.
        pub application: Option<ApplicationHeader> = "ABApplicationHeader",
        /// Who asks.
        pub auth: Option<AuthHeader> = "ABAuthHeader",
    }

    /// Which program asks, and why.
    pub struct ApplicationHeader {
        /// The program: `CFE80F9D-180F-4399-82AB-413F33A1FA11` is the official client (msnp8-18.md 6.2).
        pub application_id: Option<Guid> = "ApplicationId",
        /// Whether an old list is moved.
        pub is_migration: Option<bool> = "IsMigration",
        /// `Initial`, `Timer`, `ContactSave`, `BlockUnblock`, `GroupSave`, …
        pub partner_scenario: Option<String> = "PartnerScenario",
        /// What the last answer gave.
        pub cache_key: Option<Secret<String>> = "CacheKey",
    }

    /// Who asks.
    pub struct AuthHeader {
        /// Whether it is about children's accounts.
        pub managed_group_request: Option<bool> = "ManagedGroupRequest",
        /// The ticket of `contacts.msn.com`, `t=…&p=…`.
        pub ticket: Option<Secret<String>> = "TicketToken",
    }

    /// The header blocks of a response.
    pub struct ServiceHeaders {
        /// What to say next time.
        pub service: Option<ServiceHeader> = "ServiceHeader",
    }

    /// What to say next time.
    pub struct ServiceHeader {
        /// The service's version.
        pub version: Option<String> = "Version",
        /// To be sent with the next request if it changed.
        pub cache_key: Option<Secret<String>> = "CacheKey",
        /// Whether it did.
        pub cache_key_changed: Option<bool> = "CacheKeyChanged",
        /// The host to ask next time.
        pub preferred_host_name: Option<String> = "PreferredHostName",
        /// The service's own number of this exchange.
        pub session_id: Option<Guid> = "SessionId",
    }
}

impl AddressBookHeaders {
    /// The header blocks of a request for a reason such as `Initial`, by the official client's id.
    pub fn of(scenario: &str, ticket: Secret<String>) -> Self {
        Self {
            application: Some(ApplicationHeader {
                application_id: Some(Guid::from("CFE80F9D-180F-4399-82AB-413F33A1FA11")),
                is_migration: Some(false),
                partner_scenario: Some(scenario.to_owned()),
                ..ApplicationHeader::default()
            }),
            auth: Some(AuthHeader {
                managed_group_request: Some(false),
                ticket: Some(ticket),
                ..AuthHeader::default()
            }),
            ..Self::default()
        }
    }

    /// The ticket, if there is one.
    pub fn ticket(&self) -> Option<&Secret<String>> {
        self.auth.as_ref()?.ticket.as_ref()
    }
}
