//! An embedded MSN Messenger service: web gateway, notification server, sign-in pages.

pub mod accounts;
pub mod notification;
pub mod store;
