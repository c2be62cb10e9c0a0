//! Proving who one is to the web sign-in: one file per method, and the order of what is asked for.

mod flow;
mod form;
pub mod oauth;
mod page;
pub mod web;

pub use crate::cookies::{Cookies, InvalidCookies};
pub(crate) use flow::{AuthTokens, SignIn, SignInEvent};
