//! An embedded MSN Messenger service: web gateway, notification server, sign-in pages.

pub mod accounts;
mod config;
mod engine;
mod http;
pub mod imsoap;
pub mod notification;
mod service;
pub mod store;
mod upstream;

pub use config::{Database, Limits, ServiceConfig, Timings};
pub use service::{AccountError, Service, StartError};
pub use upstream::Upstream;
