//! Proving who one is to the web sign-in: one file per method, and the cookies they give.

mod admission;
mod cookies;
mod page;
pub mod web;

pub(crate) use admission::{Admission, Pass, Progress};
pub use cookies::{Cookies, InvalidCookies};
