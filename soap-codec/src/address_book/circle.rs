//! Circles, and the connections of Windows Live (soap.md 5.7). Known from two programs' sources alone.

use crate::address_book::contact::{Annotation, Contact, ContactInfo};
use crate::address_book::find::AddressBookHandle;
use crate::address_book::headers::{AddressBookHeaders, ServiceHeaders};
use crate::call::{Done, Guid, service, shape};
use crate::ns;

shape! {
    /// Create a circle.
    pub struct CreateCircle {
        /// What it is to be.
        pub properties: Option<CircleProperties> = "properties",
        /// Who creates it.
        pub caller: Option<CallerInfo> = "callerInfo",
    }

    /// What a circle is.
    pub struct CircleProperties {
        /// 1.
        pub domain: Option<i64> = "Domain",
        /// `live.com`.
        pub hosted_domain: Option<String> = "HostedDomain",
        /// 2.
        pub circle_type: Option<i64> = "Type",
        /// 0.
        pub membership_access: Option<i64> = "MembershipAccess",
        /// Whether it has a presence.
        pub is_presence_enabled: Option<bool> = "IsPresenceEnabled",
        /// 2.
        pub request_membership_option: Option<i64> = "RequestMembershipOption",
        /// Its name.
        pub display_name: Option<String> = "DisplayName",
    }

    /// Who creates a circle.
    pub struct CallerInfo {
        /// The name to show.
        pub public_display_name: Option<String> = "PublicDisplayName",
    }

    /// The answer to [`CreateCircle`].
    pub struct CreateCircleReply {
        /// The new circle.
        pub result: Option<CircleId> = "CreateCircleResult",
    }

    /// The id of a circle.
    pub struct CircleId {
        /// It.
        pub id: Option<Guid> = "Id",
    }

    /// Add a contact to the address book of a circle, or the account's own.
    pub struct CreateContact {
        /// Which address book.
        pub handle: Option<AddressBookHandle> = "abHandle",
        /// Which account.
        pub contact: Option<ContactHandle> = "contactHandle",
        /// What is known of it.
        pub info: Option<ContactInfo> = "contactInfo",
    }

    /// Which account.
    pub struct ContactHandle {
        /// Its address.
        pub email: Option<String> = "Email",
        /// Its number.
        pub puid: Option<i64> = "Puid",
        /// Its other number.
        pub cid: Option<i64> = "Cid",
        /// The circle.
        pub circle_id: Option<Guid> = "CircleId",
    }

    /// The answer to [`CreateContact`].
    pub struct CreateContactReply {
        /// The contact.
        pub contact: Option<Contact> = "CreateContactResult",
    }

    /// Make, accept or refuse a connection.
    pub struct ManageWLConnection {
        /// Which address book.
        pub handle: Option<AddressBookHandle> = "abHandle",
        /// The contact.
        pub contact_id: Option<Guid> = "contactId",
        /// Whether it is to be connected.
        pub connection: Option<bool> = "connection",
        /// Whether it is to see when the account is there.
        pub presence: Option<bool> = "presence",
        /// What to do.
        pub action: Option<i64> = "action",
        /// 3 for a contact, 5 for a circle.
        pub relationship_type: Option<i64> = "relationshipType",
        /// As what.
        pub relationship_role: Option<i64> = "relationshipRole",
        /// Remarks.
        pub annotations: Vec<Annotation> = "annotations" / "Annotation",
    }

    /// The answer to [`ManageWLConnection`].
    pub struct ManageWLConnectionReply {
        /// The contact.
        pub contact: Option<Contact> = "ManageWLConnectionResult",
    }

    /// End a connection.
    pub struct BreakConnection {
        /// Which address book.
        pub handle: Option<AddressBookHandle> = "abHandle",
        /// The contact.
        pub contact_id: Option<Guid> = "contactId",
        /// Whether it goes from the address book.
        pub delete_contact: Option<bool> = "deleteContact",
        /// Whether it is blocked.
        pub block_contact: Option<bool> = "blockContact",
    }
}

service! {
    path "/abservice/abservice.asmx", namespaces [ns::ADDRESS_BOOK], headers AddressBookHeaders => ServiceHeaders;
    CreateContact -> CreateContactReply,
    ManageWLConnection -> ManageWLConnectionReply,
    BreakConnection -> Done,
}

service! {
    path "/abservice/SharingService.asmx", namespaces [ns::ADDRESS_BOOK], headers AddressBookHeaders => ServiceHeaders;
    CreateCircle -> CreateCircleReply,
}
