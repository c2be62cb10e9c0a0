//! The IM web service: how callers that speak SOAP chat on the network.
//!
//! [`Server`] has its rules: sessions, their IM accounts, and what waits to be fetched. It is asked what callers ask
//! ([`Server::login`], [`Server::login_im`] …), is told what the IM accounts' clients say
//! ([`Server::handle_upstream_event`]) and what time it is, and says what to do upstream ([`Effect`]). Sources:
//! soap.md 1, 2 and 6.
//!
//! # The server around it
//!
//! [`msnp_server::Server`](crate::Server) serves it at `/imsoap/BSIMService.asmx` and at `/imsoap/`, with its WSDL
//! at `?wsdl`, as ASP.NET did where callers can tell (soap.md 2.9), and signs the IM accounts in with
//! [clients](msnp_client::Client) of its own, where and in which dialect [`Upstream`] says, for each domain of their
//! addresses ([`Domains`]); `imType` is `msn` for all. Service accounts ([`UserId`](crate::UserId)) are not IM accounts.
//!
//! # What callers may rely on
//!
//! * `LoginIM` answers at once; how the sign-in goes comes as events. A sign-in that fails, a wrong
//!   password for example, is an `OnLog` item (`Login failed: …`), and the account is gone when the
//!   fetch that told it was read.
//! * `ChangeStatus` and `SendMessage` for an account that is still being signed in are carried out
//!   when it is; for one that is not signed in at all they are faults. What becomes of them later is
//!   told only if it is bad, as an `OnLog` item.
//! * A fetch gives what waits. Of each buddy, status and nickname only the latest is kept; log lines
//!   are kept up to [`Config::queued_entries`], then the oldest are dropped, and an `OnLog` item says
//!   how many. Messages stay in the network's store until the caller has read them; those of a switchboard, which the
//!   older dialects give once, are kept like log lines.
//! * The protocol has no receipt, so the rule is the gateway's: what a fetch gave has been read if the
//!   session's next fetch comes by the connection that carried the answer, or if that connection ends in
//!   order. A reset, a time-out, an answer not taken, a call of another kind and time show nothing: then
//!   the next fetch gives it again, and so does the next session, as far as messages go.
//! * People are named by their e-mail addresses, as in the published session (soap.md 2.3), where the IM accounts are
//!   this server's own, and in the older dialects; elsewhere as the network there names them, which may be
//!   `8:live:bob`. Messages can be sent to either, but in the older dialects to addresses alone.
//! * The groups of the contacts are told as they are at the sign-in, if there are any, and a buddy that is in several
//!   is told in the first. Of accounts that are signed in elsewhere a group's id follows from its name.
//! * Passwords with white space at both ends are taken without it, since requests were
//!   printed like that.
//! * A session without a call for [`Config::silence`] is over, and its accounts are signed out.

mod at_work;
mod buddy_list;
mod call;
mod clients;
mod config;
mod directory;
mod domains;
mod error;
mod given;
mod groups;
mod im_session;
mod lines;
mod log;
mod outgoing;
mod pages;
mod queue;
mod request;
mod responses;
mod server;
mod session;
mod upstream;
mod ways;
mod web_service;

pub use config::Config;
pub use domains::{Domains, InvalidDomain, Upstream};
pub use error::Error;
pub use given::Carrier;
pub use lines::{StreamNews, StreamOrder};
pub use log::Log;
pub use server::Server;
pub use upstream::{AccountKey, Effect, UpstreamEvent};
pub(crate) use ways::{OwnDoor, WayError, Ways};
pub use web_service::PATH;
pub(crate) use web_service::{Settings, WebService};
