//! Proving who one is to the web sign-in: one file per method, and the cookies they give.

mod cookies;
mod page;
pub mod web;

pub use cookies::{Cookies, InvalidCookies};
