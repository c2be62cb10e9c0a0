//! The address book: contacts, groups, and the edits of both (`abservice.asmx`, soap.md 5.4).

mod book;
mod circle;
mod contact;
mod contact_edits;
mod find;
mod group;
mod group_edits;
mod headers;

pub use book::{ABAdd, ABAddReply, AddressBook, AddressBookInfo};
pub use circle::{
    BreakConnection, CallerInfo, CircleId, CircleProperties, ContactHandle, CreateCircle,
    CreateCircleReply, CreateContact, CreateContactReply, ManageWLConnection,
    ManageWLConnectionReply,
};
pub use contact::{
    Annotation, Contact, ContactEmail, ContactInfo, ContactPhone, ContactType, MemberInfo,
    NetworkInfo,
};
pub use contact_edits::{
    ABContactAdd, ABContactAddReply, ABContactDelete, ABContactUpdate, ContactAddOptions,
    DynamicItem, GuidResult, NotificationData, StoreService, UpdateDynamicItem,
};
pub use find::{
    ABFindAll, ABFindAllReply, ABFindAllResult, ABFindContactsPaged, ABFindContactsPagedReply,
    ABFindContactsPagedResult, AddressBookHandle, CircleResult, ContactFilter, FilterOptions,
    PageContext,
};
pub use group::{Group, GroupInfo};
pub use group_edits::{
    ABGroupAdd, ABGroupAddReply, ABGroupContactAdd, ABGroupContactAddReply, ABGroupContactDelete,
    ABGroupDelete, ABGroupUpdate, GroupAddOptions, GroupContactAddOptions, GroupFilter,
    GroupInfoList,
};
pub use headers::{
    AddressBookHeaders, ApplicationHeader, AuthHeader, ServiceHeader, ServiceHeaders,
};
