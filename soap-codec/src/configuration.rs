//! The client's configuration (`MsgrConfig.asmx`, msnp8-18.md 6.3): addresses of other services, and what to leave out. A document in a
//! document; whoever asks by `GET` gets the inner one alone.

use crate::call::{Verbatim, service, shape};
use crate::ns;
use crate::offline_messages::NoHeaders;

shape! {
    /// Read the configuration.
    pub struct GetClientConfig {
        /// For whom.
        pub client: Option<ClientInfo> = "clientinfo",
    }

    /// Which client asks.
    pub struct ClientInfo {
        /// Its country.
        pub country: Option<String> = "Country",
        /// Its language.
        pub language: Option<String> = "CLCID",
        /// The language of its program.
        pub program_language: Option<String> = "PLCID",
        /// Where it is.
        pub place: Option<String> = "GeoID",
    }

    /// The answer to [`GetClientConfig`].
    pub struct GetClientConfigReply {
        /// The document, as text.
        pub document: Option<Verbatim> = "GetClientConfigResult",
    }
}

service! {
    path "/Config/MsgrConfig.asmx", namespaces [ns::CLIENT_CONFIG], headers NoHeaders => NoHeaders;
    GetClientConfig -> GetClientConfigReply,
}
