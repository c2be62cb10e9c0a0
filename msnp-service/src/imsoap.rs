//! The rules of the IM web service, as a machine: sessions, their IM accounts, and what waits to be
//! fetched.
//!
//! [`Desk`] does no IO. It is asked what callers ask ([`Desk::login`], [`Desk::login_im`] …), is told
//! what the IM accounts' clients say ([`Desk::handle_report`]) and what time it is, and says what to
//! do upstream ([`Effect`]). Sources: soap.md 1, 2 and 6.
//!
//! # The service around it
//!
//! [`Service`](crate::Service) serves it at `/imsoap/BSIMService.asmx` and at `/imsoap/`, with its WSDL
//! at `?wsdl`, as ASP.NET did where callers can tell (soap.md 2.9), and signs the IM accounts in with
//! real clients, where [`Upstream`](crate::Upstream) says. Service accounts are not IM accounts:
//!
//! ```
//! # async fn example(service: msnp_service::Service) -> Result<(), msnp_service::AccountError> {
//! service.add_service_account("testing", "a password").await?;
//! println!("{}?wsdl", service.imsoap_url());
//! # Ok(())
//! # }
//! ```
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
//! * People are named as the network names them: an e-mail address, or `8:live:bob`. Messages can be
//!   sent to either. Passwords with white space at both ends are taken without it, since requests were
//!   printed like that.
//! * What was fetched is gone, also if the answer is lost on its way: the protocol has no receipt.
//! * A session without a call for [`Config::silence`] is over, and its accounts are signed out.

mod config;
mod denied;
mod desk;
mod effect;
mod im;
pub(crate) mod pages;
mod people;
mod queue;
mod session;

pub use config::Config;
pub use denied::Denied;
pub use desk::Desk;
pub use effect::{AccountKey, Effect, Report};
