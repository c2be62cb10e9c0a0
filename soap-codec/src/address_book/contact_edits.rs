//! Adding, changing and removing contacts (soap.md 5.4; the shapes of the requests: soap.md 5.7).

use crate::address_book::contact::Contact;
use crate::address_book::headers::{AddressBookHeaders, ServiceHeaders};
use crate::call::{Done, Guid, Timestamp, service, shape};
use crate::ns;

shape! {
    /// Add contacts; one, in every request that was seen.
    pub struct ABContactAdd {
        /// The address book.
        pub id: Option<Guid> = "abId",
        /// The contacts.
        pub contacts: Vec<Contact> = "contacts" / "Contact" as always,
        /// How.
        pub options: Option<ContactAddOptions> = "options",
    }

    /// How to add a contact.
    pub struct ContactAddOptions {
        /// Whether a name is to be made if none is given.
        pub generate_missing_quick_name: Option<bool> = "fGenerateMissingQuickName",
        /// Whether the contact goes onto the list Allow as well.
        pub enable_allow_list_management: Option<bool> = "EnableAllowListManagement",
    }

    /// The answer to [`ABContactAdd`].
    pub struct ABContactAddReply {
        /// The new contact.
        pub result: Option<GuidResult> = "ABContactAddResult",
    }

    /// The id of something new.
    pub struct GuidResult {
        /// Its id.
        pub id: Option<Guid> = "guid",
    }

    /// Change contacts: which members of each, its `properties_changed` says.
    pub struct ABContactUpdate {
        /// The address book.
        pub id: Option<Guid> = "abId",
        /// The contacts.
        pub contacts: Vec<Contact> = "contacts" / "Contact" as always,
    }

    /// Remove contacts.
    pub struct ABContactDelete {
        /// The address book.
        pub id: Option<Guid> = "abId",
        /// The contacts, by id.
        pub contacts: Vec<Contact> = "contacts" / "Contact" as always,
    }

    /// Tell contacts that something is new. Escargot refuses it (msnp8-18.md 7.4).
    pub struct UpdateDynamicItem {
        /// The address book.
        pub id: Option<Guid> = "abId",
        /// What is new.
        pub items: Vec<DynamicItem> = "dynamicItems" / "DynamicItem" as always,
    }

    /// News of an account.
    pub struct DynamicItem {
        /// `PassportDynamicItem`.
        pub class: Option<String> = "xsi:type" as attribute,
        /// `Passport`.
        pub item_type: Option<String> = "Type",
        /// The account.
        pub passport_name: Option<String> = "PassportName",
        /// What is new.
        pub notifications: Vec<NotificationData> = "Notifications" / "NotificationData",
        /// Which of its members count: `Notifications`.
        pub changes: Option<String> = "Changes",
    }

    /// What is new.
    pub struct NotificationData {
        /// In which service.
        pub service: Option<StoreService> = "StoreService",
        /// `Exist Access`.
        pub status: Option<String> = "Status",
        /// Whether there is a star beside the name.
        pub gleam: Option<bool> = "Gleam",
        /// 0.
        pub instance_id: Option<i64> = "InstanceId",
    }

    /// A service in which something is new. Which one is in `other`, as `Info`.
    pub struct StoreService {
        /// Empty.
        pub changes: Option<String> = "Changes",
        /// Since when.
        pub last_change: Option<Timestamp> = "LastChange",
        /// Whether it is gone.
        pub deleted: Option<bool> = "Deleted",
    }
}

service! {
    path "/abservice/abservice.asmx", namespaces [ns::ADDRESS_BOOK], headers AddressBookHeaders => ServiceHeaders;
    ABContactAdd -> ABContactAddReply,
    ABContactUpdate -> Done,
    ABContactDelete -> Done,
    UpdateDynamicItem -> Done,
}
