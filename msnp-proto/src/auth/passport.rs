//! The HTTP headers of Passport 1.4, both directions: how MSNP8 to MSNP14 get their ticket (msnp8-18.md 5.2, 6.1).
//!
//! ```text
//! client                                                   server
//! GET nexus                                                PassportURLs: DALogin=…              PassportUrls
//! GET login, Authorization: Passport1.4 sign-in=…,pwd=…    Authentication-Info: …from-PP='…'    Credentials, Reply
//!                                                          401, WWW-Authenticate: …failed       Reply
//! ```
//!
//! ```
//! use msnp_proto::auth::passport::{Credentials, PassportUrls, Reply};
//! let urls: PassportUrls = "DARealm=Passport.Net,DALogin=login.passport.com/login2.srf".parse()?;
//! assert_eq!(urls.login_url(), "https://login.passport.com/login2.srf");
//! let header = Credentials::new("alice@example.com", "100%,=").to_header("ct=1,rver=1,id=1");
//! assert!(header.expose().ends_with(",sign-in=alice%40example.com,pwd=100%25%2C%3D,ct=1,rver=1,id=1"));
//! let reply: Reply = "Passport1.4 da-status=success,from-PP='a5c03c59c7895e1d3fcb'".parse()?;
//! assert_eq!(reply.ticket().expect("granted").t().expose(), &"a5c03c59c7895e1d3fcb");
//! # Ok::<(), msnp_proto::auth::passport::PassportError>(())
//! ```

mod credentials;
mod error;
mod pairs;
mod reply;
mod urls;

pub use credentials::Credentials;
pub use error::PassportError;
pub use reply::{Reply, Status};
pub use urls::PassportUrls;

/// The header of the nexus' answer; peers spell it in any case.
pub const PASSPORT_URLS: &str = "PassportURLs";
/// The header that carries [`Credentials`].
pub const AUTHORIZATION: &str = "Authorization";
/// The header of a granted [`Reply`].
pub const AUTHENTICATION_INFO: &str = "Authentication-Info";
/// The header of a refused [`Reply`], beside the status 401.
pub const WWW_AUTHENTICATE: &str = "WWW-Authenticate";
