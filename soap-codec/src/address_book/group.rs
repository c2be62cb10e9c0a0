//! A group of contacts (soap.md 5.4).

use crate::address_book::contact::Annotation;
use crate::call::{Guid, Timestamp, shape};

shape! {
    /// A group.
    pub struct Group {
        /// What contacts refer to.
        pub id: Option<Guid> = "groupId",
        /// What is known of it.
        pub info: Option<GroupInfo> = "groupInfo",
        /// In an edit: which of its members count: `GroupName `, with a space at the end from the official client.
        pub properties_changed: Option<String> = "propertiesChanged",
        /// Whether it is gone.
        pub deleted: Option<bool> = "fDeleted",
        /// When it last changed.
        pub last_change: Option<Timestamp> = "lastChange",
    }

    /// What is known of a group.
    pub struct GroupInfo {
        /// Remarks: `MSN.IM.Display` 1 for groups of Messenger.
        pub annotations: Vec<Annotation> = "annotations" / "Annotation",
        /// `C8529CE2-6EAD-434d-881F-341E17DB3FF8` for groups of Messenger.
        pub group_type: Option<Guid> = "groupType",
        /// Its name.
        pub name: Option<String> = "name",
        /// Whether mobile devices leave it out.
        pub is_not_mobile_visible: Option<bool> = "IsNotMobileVisible",
        /// Whether others see it.
        pub is_private: Option<bool> = "IsPrivate",
        /// Whether it is a favourite.
        pub is_favorite: Option<bool> = "IsFavorite",
        /// In an addition: whether it is one of Messenger.
        pub is_messenger: Option<bool> = "fMessenger",
    }
}

impl GroupInfo {
    /// The type of the groups of Messenger (soap.md 5.4).
    pub const MESSENGER: &'static str = "C8529CE2-6EAD-434d-881F-341E17DB3FF8";
}
