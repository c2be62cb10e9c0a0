//! Reading the lists (soap.md 5.3).

use crate::address_book::{AddressBookHeaders, ServiceHeaders};
use crate::call::{Guid, Timestamp, service, shape};
use crate::membership::member::{Membership, ServiceInfo};
use crate::ns;

shape! {
    /// Read the lists.
    pub struct FindMembership {
        /// Of which services.
        pub filter: Option<ServiceFilter> = "serviceFilter",
        /// `Full`.
        pub view: Option<String> = "View",
        /// Whether only what changed is wanted. Escargot answers that with the fault `FullSyncRequired`.
        pub deltas_only: Option<bool> = "deltasOnly",
        /// Since when.
        pub last_change: Option<Timestamp> = "lastChange",
    }

    /// Which services.
    pub struct ServiceFilter {
        /// `Messenger`, and what else the official client asked for.
        pub types: Vec<String> = "Types" / "ServiceType" as always,
    }

    /// The answer to [`FindMembership`].
    pub struct FindMembershipReply {
        /// The lists.
        pub result: Option<FindMembershipResult> = "FindMembershipResult",
    }

    /// The lists.
    pub struct FindMembershipResult {
        /// By service.
        pub services: Vec<Service> = "Services" / "Service" as always,
        /// Whose they are.
        pub owner: Option<OwnerNamespace> = "OwnerNamespace",
    }

    /// The lists of one service.
    pub struct Service {
        /// The lists.
        pub memberships: Vec<Membership> = "Memberships" / "Membership" as always,
        /// Which service.
        pub info: Option<ServiceInfo> = "Info",
        /// Empty in every answer that was seen.
        pub changes: Option<String> = "Changes",
        /// When anything in them last changed; to be given back with the next request for changes.
        pub last_change: Option<Timestamp> = "LastChange",
        /// Whether the service is gone.
        pub deleted: Option<bool> = "Deleted",
    }

    /// Whose the lists are.
    pub struct OwnerNamespace {
        /// Whose.
        pub info: Option<NamespaceInfo> = "Info",
        /// Empty in every answer that was seen.
        pub changes: Option<String> = "Changes",
        /// Since when they exist.
        pub created: Option<Timestamp> = "CreateDate",
        /// When they last changed.
        pub last_change: Option<Timestamp> = "LastChange",
    }

    /// Whose the lists are.
    pub struct NamespaceInfo {
        /// By number.
        pub handle: Option<NamespaceHandle> = "Handle",
        /// The account's number.
        pub creator_puid: Option<i64> = "CreatorPuid",
        /// The account's other number.
        pub creator_cid: Option<i64> = "CreatorCID",
        /// The account.
        pub creator_passport_name: Option<String> = "CreatorPassportName",
        /// What it is as a circle.
        pub circle: Option<CircleAttributes> = "CircleAttributes",
        /// Whether Messenger created its service.
        pub messenger_service_created: Option<bool> = "MessengerApplicationServiceCreated",
    }

    /// The number of an owner.
    pub struct NamespaceHandle {
        /// Zero for an account.
        pub id: Option<Guid> = "Id",
        /// Whether to hide the account.
        pub is_passport_name_hidden: Option<bool> = "IsPassportNameHidden",
        /// 0.
        pub cid: Option<i64> = "CID",
    }

    /// What an owner is as a circle.
    pub struct CircleAttributes {
        /// Whether it has a presence.
        pub is_presence_enabled: Option<bool> = "IsPresenceEnabled",
        /// `WindowsLive`.
        pub domain: Option<String> = "Domain",
    }
}

service! {
    path "/abservice/SharingService.asmx", namespaces [ns::ADDRESS_BOOK], headers AddressBookHeaders => ServiceHeaders;
    FindMembership -> FindMembershipReply,
}

impl FindMembership {
    /// All lists of Messenger (soap.md 5.3).
    pub fn full() -> Self {
        Self {
            filter: Some(ServiceFilter {
                types: vec!["Messenger".to_owned()],
                ..ServiceFilter::default()
            }),
            ..Self::default()
        }
    }
}

impl FindMembershipResult {
    /// The service of this name, such as `Messenger`.
    pub fn service(&self, name: &str) -> Option<&Service> {
        let name_of = |it: &Service| it.info.as_ref()?.handle.as_ref()?.service_type.clone();
        let is_it = |it: &&Service| name_of(it).is_some_and(|found| found.trim() == name);
        self.services.iter().find(is_it)
    }
}
