//! The rules of the IM web service, as a machine: sessions, their IM accounts, and what waits to be
//! fetched.
//!
//! [`Desk`] does no IO. It is asked what callers ask ([`Desk::login`], [`Desk::login_im`] …), is told
//! what the IM accounts' clients say ([`Desk::handle_report`]) and what time it is, and says what to
//! do upstream ([`Effect`]). Sources: soap.md 1, 2 and 6.
//!
//! # What callers may rely on
//!
//! * `LoginIM` answers at once; how the sign-in goes comes as events. A sign-in that fails, a wrong
//!   password for example, is an `OnLog` item (`Login failed: …`), and the account is gone after the
//!   fetch that told it.
//! * `ChangeStatus` and `SendMessage` for an account that is still being signed in are carried out
//!   when it is; for one that is not signed in at all they are faults. What becomes of them later is
//!   told only if it is bad, as an `OnLog` item.
//! * A fetch takes what waits. Of each buddy, status and nickname only the latest is kept; log lines
//!   and messages are kept up to [`Config::queued_entries`] and [`Config::queued_bytes`], then the
//!   oldest are dropped, and an `OnLog` item says how many.
//! * A session without a call for [`Config::silence`] is over, and its accounts are signed out.

mod config;
mod denied;
mod desk;
mod effect;
mod im;
mod local_time;
pub(crate) mod pages;
mod people;
mod queue;
mod session;

pub use config::Config;
pub use denied::Denied;
pub use desk::Desk;
pub use effect::{AccountKey, Effect, Report};
