//! The membership lists: whom an account allows and blocks, who has it on a list, who waits (`SharingService.asmx`, soap.md 5.3).

mod edits;
mod find;
mod member;

pub use edits::{AddMember, DeleteMember};
pub use find::{
    CircleAttributes, FindMembership, FindMembershipReply, FindMembershipResult, NamespaceHandle,
    NamespaceInfo, OwnerNamespace, Service, ServiceFilter,
};
pub use member::{Handle, Member, MemberClass, MemberRole, MemberType, Membership, ServiceInfo};
