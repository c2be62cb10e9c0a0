//! The IM web service without HTTP.

mod server;
mod told;
