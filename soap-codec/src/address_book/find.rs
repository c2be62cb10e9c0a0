//! Reading the address book, whole or what changed (soap.md 5.4). The names in the two answers differ in their first letters.

use crate::address_book::book::AddressBook;
use crate::address_book::contact::Contact;
use crate::address_book::group::Group;
use crate::address_book::headers::{AddressBookHeaders, ServiceHeaders};
use crate::call::{Guid, Timestamp, Verbatim, service, shape};
use crate::ns;

shape! {
    /// Read the address book (MSNP13 to 15).
    pub struct ABFindAll {
        /// Which: zero is the account's own, and the only one that Escargot knows.
        pub id: Option<Guid> = "abId",
        /// `Full`.
        pub view: Option<String> = "abView",
        /// Whether only what changed is wanted. Escargot answers that with the fault `FullSyncRequired`.
        pub deltas_only: Option<bool> = "deltasOnly",
        /// Since when.
        pub last_change: Option<Timestamp> = "lastChange",
        /// `Gleam`, for news of contacts.
        pub dynamic_item_view: Option<String> = "dynamicItemView",
        /// Since when those.
        pub dynamic_item_last_change: Option<Timestamp> = "dynamicItemLastChange",
    }

    /// The answer to [`ABFindAll`].
    pub struct ABFindAllReply {
        /// The address book.
        pub result: Option<ABFindAllResult> = "ABFindAllResult",
    }

    /// The address book.
    pub struct ABFindAllResult {
        /// The groups.
        pub groups: Vec<Group> = "groups" / "Group" as always,
        /// The contacts, the account itself among them.
        pub contacts: Vec<Contact> = "contacts" / "Contact" as always,
        /// The address book as a whole.
        pub book: Option<AddressBook> = "ab",
    }

    /// Read the address book, or that of a circle (MSNP16 and later).
    pub struct ABFindContactsPaged {
        /// Which; without it the account's own.
        pub handle: Option<AddressBookHandle> = "abHandle",
        /// What is wanted of it.
        pub filter: Option<FilterOptions> = "filterOptions",
        /// `Full`, `MessengerClient8`.
        pub view: Option<String> = "abView",
        /// What else: `AB AllGroups CircleResult`.
        pub extended_content: Option<String> = "extendedContent",
        /// How much at once.
        pub page: Option<PageContext> = "pageContext",
    }

    /// Which address book.
    pub struct AddressBookHandle {
        /// Zero for the account's own, `00000000-0000-0000-0009-…` for a circle's.
        pub id: Option<Guid> = "ABId",
        /// The owner's number.
        pub puid: Option<i64> = "Puid",
        /// The owner's other number.
        pub cid: Option<i64> = "Cid",
    }

    /// What is wanted of an address book.
    pub struct FilterOptions {
        /// Whether only what changed.
        pub deltas_only: Option<bool> = "DeltasOnly",
        /// Since when.
        pub last_changed: Option<Timestamp> = "LastChanged",
        /// Which contacts.
        pub contacts: Option<ContactFilter> = "ContactFilter",
    }

    /// Which contacts are wanted.
    pub struct ContactFilter {
        /// Whether hidden ones too.
        pub include_hidden: Option<bool> = "IncludeHiddenContacts",
        /// Whether those of other networks too.
        pub include_shell: Option<bool> = "IncludeShellContacts",
    }

    /// How much at once.
    pub struct PageContext {
        /// Contacts in an answer.
        pub size: Option<i64> = "PageSize",
        /// `Forward`.
        pub direction: Option<String> = "Direction",
    }

    /// The answer to [`ABFindContactsPaged`].
    pub struct ABFindContactsPagedReply {
        /// The address book.
        pub result: Option<ABFindContactsPagedResult> = "ABFindContactsPagedResult",
    }

    /// The address book.
    pub struct ABFindContactsPagedResult {
        /// The groups.
        pub groups: Vec<Group> = "Groups" / "Group" as always,
        /// The contacts, the account itself among them.
        pub contacts: Vec<Contact> = "Contacts" / "Contact" as always,
        /// The circles.
        pub circles: Option<CircleResult> = "CircleResult",
        /// The address book as a whole.
        pub book: Option<AddressBook> = "Ab",
    }

    /// The circles. Which ones is in `other`: nothing that we have shows their form.
    pub struct CircleResult {
        /// A signed document, escaped: base64 of it is what `USR SHA A` wants (msnp8-18.md 6.2).
        pub ticket: Option<Verbatim> = "CircleTicket",
    }
}

service! {
    path "/abservice/abservice.asmx", namespaces [ns::ADDRESS_BOOK], headers AddressBookHeaders => ServiceHeaders;
    ABFindAll -> ABFindAllReply,
    ABFindContactsPaged -> ABFindContactsPagedReply,
}

impl ABFindAll {
    /// The account's own address book, whole: Escargot knows no other way (soap.md 5.4).
    pub fn full() -> Self {
        Self {
            id: Some(Guid::zero()),
            view: Some("Full".to_owned()),
            deltas_only: Some(false),
            last_change: Some(Timestamp::new("0001-01-01T00:00:00.0000000-08:00")),
            ..Self::default()
        }
    }
}

impl ABFindContactsPaged {
    /// The account's own address book, whole.
    pub fn full() -> Self {
        Self {
            view: Some("Full".to_owned()),
            extended_content: Some("AB AllGroups CircleResult".to_owned()),
            ..Self::default()
        }
    }
}
