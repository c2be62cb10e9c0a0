//! The IM web service without HTTP.

mod embedded;
mod server;
mod told;
