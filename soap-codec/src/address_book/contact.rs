//! A contact, and what is known of it (soap.md 5.4).

use crate::call::{Guid, Timestamp, shape, words};

words! {
    /// What a contact is.
    pub enum ContactType {
        /// The account itself.
        Me = "Me",
        /// A contact.
        Regular = "Regular",
        /// A contact that has agreed.
        Live = "Live",
        /// A contact that has not agreed yet.
        LivePending = "LivePending",
        /// A circle.
        Circle = "Circle",
    }
}

shape! {
    /// A contact.
    pub struct Contact {
        /// Its id.
        pub id: Option<Guid> = "contactId",
        /// What is known of it.
        pub info: Option<ContactInfo> = "contactInfo",
        /// In an edit: which of its members count, separated by spaces, such as `DisplayName`.
        pub properties_changed: Option<String> = "propertiesChanged",
        /// Whether it is gone; in answers that tell changes alone.
        pub deleted: Option<bool> = "fDeleted",
        /// When it last changed.
        pub last_change: Option<Timestamp> = "lastChange",
    }

    /// What is known of a contact.
    pub struct ContactInfo {
        /// Mail addresses other than the account's: those of Yahoo contacts for one.
        pub emails: Vec<ContactEmail> = "emails" / "ContactEmail",
        /// Telephone numbers.
        pub phones: Vec<ContactPhone> = "phones" / "ContactPhone",
        /// Remarks by name: `AB.NickName`, and of the account itself `MSN.IM.BLP`, `MSN.IM.GTC`, `MSN.IM.MPOP`.
        pub annotations: Vec<Annotation> = "annotations" / "Annotation",
        /// What it is.
        pub contact_type: Option<ContactType> = "contactType",
        /// First name.
        pub first_name: Option<String> = "firstName",
        /// Family name.
        pub last_name: Option<String> = "lastName",
        /// The name to show where there is little room.
        pub quick_name: Option<String> = "quickName",
        /// The account, an e-mail address.
        pub passport_name: Option<String> = "passportName",
        /// Whether to hide it.
        pub is_passport_name_hidden: Option<bool> = "IsPassportNameHidden",
        /// The name to show.
        pub display_name: Option<String> = "displayName",
        /// The account's number.
        pub puid: Option<i64> = "puid",
        /// The groups it is in.
        pub group_ids: Vec<Guid> = "groupIds" / "guid",
        /// The account's other number.
        pub cid: Option<i64> = "CID",
        /// Whether mobile devices leave it out.
        pub is_not_mobile_visible: Option<bool> = "IsNotMobileVisible",
        /// Whether it gets messages on a telephone.
        pub is_mobile_im_enabled: Option<bool> = "isMobileIMEnabled",
        /// Whether it is one for Messenger, and so belongs on the list of the notification server (msnp8-18.md 7.4).
        pub is_messenger_user: Option<bool> = "isMessengerUser",
        /// Whether it is a favourite.
        pub is_favorite: Option<bool> = "isFavorite",
        /// Whether it is a mail address alone.
        pub is_smtp: Option<bool> = "isSmtp",
        /// Whether it has a page.
        pub has_space: Option<bool> = "hasSpace",
        /// `NoDevice`.
        pub spot_watch_state: Option<String> = "spotWatchState",
        /// Its birthday.
        pub birthdate: Option<Timestamp> = "birthdate",
        /// `ContactEmailPersonal`.
        pub primary_email_type: Option<String> = "primaryEmailType",
        /// `ContactLocationPersonal`.
        pub primary_location: Option<String> = "PrimaryLocation",
        /// `ContactPhonePersonal`.
        pub primary_phone: Option<String> = "PrimaryPhone",
        /// Whether others see it.
        pub is_private: Option<bool> = "IsPrivate",
        /// `Unspecified`.
        pub gender: Option<String> = "Gender",
        /// `None`.
        pub time_zone: Option<String> = "TimeZone",
        /// In an addition: how the one who adds is shown to the one who is added.
        pub member_info: Option<MemberInfo> = "MessengerMemberInfo",
        /// What other networks say of it.
        pub networks: Vec<NetworkInfo> = "NetworkInfoList" / "NetworkInfo",
    }

    /// A remark.
    pub struct Annotation {
        /// Its name, such as `AB.NickName`.
        pub name: Option<String> = "Name",
        /// What it says.
        pub value: Option<String> = "Value",
    }

    /// A mail address.
    pub struct ContactEmail {
        /// `ContactEmailPersonal`, `Messenger2` (Yahoo), …
        pub email_type: Option<String> = "contactEmailType",
        /// The address.
        pub email: Option<String> = "email",
        /// Whether it can be talked to.
        pub is_messenger_enabled: Option<bool> = "isMessengerEnabled",
        /// Its network: 1 is MSN, 32 is Yahoo.
        pub capability: Option<i64> = "Capability",
        /// Whether that changed from outside.
        pub messenger_enabled_externally: Option<bool> = "MessengerEnabledExternally",
        /// In an edit: which of its members count.
        pub properties_changed: Option<String> = "propertiesChanged",
    }

    /// A telephone number.
    pub struct ContactPhone {
        /// `ContactPhoneMobile`, …
        pub phone_type: Option<String> = "contactPhoneType",
        /// The number.
        pub number: Option<String> = "number",
        /// Whether it gets messages.
        pub is_messenger_enabled: Option<bool> = "isMessengerEnabled",
        /// In an edit: which of its members count.
        pub properties_changed: Option<String> = "propertiesChanged",
    }

    /// How the one who adds is shown to the one who is added.
    pub struct MemberInfo {
        /// Remarks: `MSN.IM.InviteMessage` is the text that goes with it.
        pub annotations: Vec<Annotation> = "PendingAnnotations" / "Annotation",
        /// The name.
        pub display_name: Option<String> = "DisplayName",
    }

    /// What another network says of a contact.
    pub struct NetworkInfo {
        /// Which network.
        pub domain_id: Option<i64> = "DomainId",
        /// Its word for it, such as `WL`.
        pub source_id: Option<String> = "SourceId",
        /// The contact's name there.
        pub domain_tag: Option<String> = "DomainTag",
        /// The name to show.
        pub display_name: Option<String> = "DisplayName",
        /// How it is connected.
        pub relationship_type: Option<i64> = "RelationshipType",
        /// How far that is.
        pub relationship_state: Option<i64> = "RelationshipState",
        /// Since when.
        pub relationship_state_date: Option<Timestamp> = "RelationshipStateDate",
        /// As what.
        pub relationship_role: Option<i64> = "RelationshipRole",
        /// When it last changed.
        pub last_changed: Option<Timestamp> = "LastChanged",
    }
}

impl Contact {
    /// What is known of it, if it is the account itself.
    pub fn me(&self) -> Option<&ContactInfo> {
        let is_me = |it: &&ContactInfo| it.contact_type == Some(ContactType::Me);
        self.info.as_ref().filter(is_me)
    }
}

impl ContactInfo {
    /// What the remark of this name says.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        let is_it = |it: &&Annotation| it.name.as_deref() == Some(name);
        self.annotations.iter().find(is_it)?.value.as_deref()
    }
}
