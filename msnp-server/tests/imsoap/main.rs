//! The IM web service without HTTP.

mod embedded;
mod receipts;
mod server;
mod told;
