//! The address book as a whole, and its creation: accounts that never had one get the fault `ABDoesNotExist` (soap.md 5.6).

use crate::address_book::headers::{AddressBookHeaders, ServiceHeaders};
use crate::call::{Guid, Timestamp, service, shape};
use crate::ns;

shape! {
    /// The address book as a whole.
    pub struct AddressBook {
        /// Its id: zero for the account's own.
        pub id: Option<Guid> = "abId",
        /// Whose it is.
        pub info: Option<AddressBookInfo> = "abInfo",
        /// When anything in it last changed; to be given back with the next request for changes.
        pub last_change: Option<Timestamp> = "lastChange",
        /// When news of contacts last changed.
        pub dynamic_item_last_changed: Option<Timestamp> = "DynamicItemLastChanged",
        /// Since when it exists.
        pub created: Option<Timestamp> = "createDate",
        /// Empty in every answer that was seen.
        pub properties_changed: Option<String> = "propertiesChanged",
    }

    /// Whose an address book is.
    pub struct AddressBookInfo {
        /// Its name; empty when it is created.
        pub name: Option<String> = "name",
        /// The account's number.
        pub owner_puid: Option<i64> = "ownerPuid",
        /// The account's other number.
        pub owner_cid: Option<i64> = "OwnerCID",
        /// The account.
        pub owner_email: Option<String> = "ownerEmail",
        /// Whether it is the account's own.
        pub is_default: Option<bool> = "fDefault",
        /// Whether it was joined.
        pub joined_namespace: Option<bool> = "joinedNamespace",
        /// Whether a program owns it.
        pub is_bot: Option<bool> = "IsBot",
        /// Whether a child owns it.
        pub is_parent_managed: Option<bool> = "IsParentManaged",
        /// When the account's kind last changed.
        pub account_tier_last_changed: Option<Timestamp> = "AccountTierLastChanged",
        /// The version of the profile.
        pub profile_version: Option<i64> = "ProfileVersion",
        /// Whether another network wants news.
        pub subscribe_external_partner: Option<bool> = "SubscribeExternalPartner",
        /// Whether another network gets news.
        pub notify_external_partner: Option<bool> = "NotifyExternalPartner",
        /// `Individual`, or `Group` for that of a circle.
        pub address_book_type: Option<String> = "AddressBookType",
    }

    /// Create the account's address book.
    pub struct ABAdd {
        /// Whose it is to be.
        pub info: Option<AddressBookInfo> = "abInfo",
    }

    /// The answer to [`ABAdd`].
    pub struct ABAddReply {
        /// Its id.
        pub id: Option<Guid> = "ABAddResult",
    }
}

service! {
    path "/abservice/abservice.asmx", namespaces [ns::ADDRESS_BOOK], headers AddressBookHeaders => ServiceHeaders;
    ABAdd -> ABAddReply,
}
