//! Putting somebody on a list and taking somebody off it (soap.md 5.3; the shapes of the requests: soap.md 5.7).

use crate::address_book::{AddressBookHeaders, ServiceHeaders};
use crate::call::{Done, service, shape};
use crate::membership::member::{Handle, Member, MemberRole, Membership};
use crate::ns;

shape! {
    /// Put members on lists.
    pub struct AddMember {
        /// Of which service.
        pub service: Option<Handle> = "serviceHandle",
        /// Whom, by list.
        pub memberships: Vec<Membership> = "memberships" / "Membership" as always,
    }

    /// Take members off lists.
    pub struct DeleteMember {
        /// Of which service.
        pub service: Option<Handle> = "serviceHandle",
        /// Whom, by list: by account, or by the number that the list gives a member.
        pub memberships: Vec<Membership> = "memberships" / "Membership" as always,
    }
}

service! {
    path "/abservice/SharingService.asmx", namespaces [ns::ADDRESS_BOOK], headers AddressBookHeaders => ServiceHeaders;
    AddMember -> Done,
    DeleteMember -> Done,
}

fn one(role: MemberRole, member: Member) -> Vec<Membership> {
    vec![Membership {
        role: Some(role),
        members: vec![member],
        ..Membership::default()
    }]
}

impl AddMember {
    /// Put one member on one list of Messenger.
    pub fn of(role: MemberRole, member: Member) -> Self {
        Self {
            service: Some(Handle::messenger()),
            memberships: one(role, member),
            ..Self::default()
        }
    }
}

impl DeleteMember {
    /// Take one member off one list of Messenger.
    pub fn of(role: MemberRole, member: Member) -> Self {
        Self {
            service: Some(Handle::messenger()),
            memberships: one(role, member),
            ..Self::default()
        }
    }
}
