//! Adding, changing and removing groups, and what is in them (soap.md 5.4; the shapes of the requests: soap.md 5.7).

use crate::address_book::contact::Contact;
use crate::address_book::contact_edits::GuidResult;
use crate::address_book::group::{Group, GroupInfo};
use crate::address_book::headers::{AddressBookHeaders, ServiceHeaders};
use crate::call::{Done, Guid, service, shape};
use crate::ns;

shape! {
    /// Add a group.
    pub struct ABGroupAdd {
        /// The address book.
        pub id: Option<Guid> = "abId",
        /// How.
        pub options: Option<GroupAddOptions> = "groupAddOptions",
        /// The group.
        pub group: Option<GroupInfoList> = "groupInfo",
    }

    /// How to add a group.
    pub struct GroupAddOptions {
        /// Whether it gets another name if there is one of its name.
        pub rename_on_conflict: Option<bool> = "fRenameOnMsgrConflict",
    }

    /// The group to be added.
    pub struct GroupInfoList {
        /// What is known of it.
        pub info: Option<GroupInfo> = "GroupInfo",
    }

    /// The answer to [`ABGroupAdd`].
    pub struct ABGroupAddReply {
        /// The new group.
        pub result: Option<GuidResult> = "ABGroupAddResult",
    }

    /// Change groups: which members of each, its `properties_changed` says.
    pub struct ABGroupUpdate {
        /// The address book.
        pub id: Option<Guid> = "abId",
        /// The groups.
        pub groups: Vec<Group> = "groups" / "Group" as always,
    }

    /// Remove groups.
    pub struct ABGroupDelete {
        /// The address book.
        pub id: Option<Guid> = "abId",
        /// Which.
        pub filter: Option<GroupFilter> = "groupFilter",
    }

    /// Which groups.
    pub struct GroupFilter {
        /// Their ids.
        pub ids: Vec<Guid> = "groupIds" / "guid" as always,
    }

    /// Put contacts into groups. libpurple adds a contact by this call when it is given a group: then the contact has no id, but
    /// an account.
    pub struct ABGroupContactAdd {
        /// The address book.
        pub id: Option<Guid> = "abId",
        /// The groups.
        pub filter: Option<GroupFilter> = "groupFilter",
        /// The contacts.
        pub contacts: Vec<Contact> = "contacts" / "Contact" as always,
        /// How.
        pub options: Option<GroupContactAddOptions> = "groupContactAddOptions",
    }

    /// How to put a contact into a group that is not in the address book yet.
    pub struct GroupContactAddOptions {
        /// Whether a name is to be made if none is given.
        pub generate_missing_quick_name: Option<bool> = "fGenerateMissingQuickName",
        /// Whether the contact goes onto the list Allow as well.
        pub enable_allow_list_management: Option<bool> = "EnableAllowListManagement",
    }

    /// The answer to [`ABGroupContactAdd`].
    pub struct ABGroupContactAddReply {
        /// The contact.
        pub result: Option<GuidResult> = "ABGroupContactAddResult",
    }

    /// Take contacts out of groups.
    pub struct ABGroupContactDelete {
        /// The address book.
        pub id: Option<Guid> = "abId",
        /// The contacts.
        pub contacts: Vec<Contact> = "contacts" / "Contact" as always,
        /// The groups.
        pub filter: Option<GroupFilter> = "groupFilter",
    }
}

service! {
    path "/abservice/abservice.asmx", namespaces [ns::ADDRESS_BOOK], headers AddressBookHeaders => ServiceHeaders;
    ABGroupAdd -> ABGroupAddReply,
    ABGroupUpdate -> Done,
    ABGroupDelete -> Done,
    ABGroupContactAdd -> ABGroupContactAddReply,
    ABGroupContactDelete -> Done,
}
