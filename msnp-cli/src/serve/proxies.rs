//! The options about proxies in front.

use msnp_service::{ForwardedBy, Network, Proxies, Trusted};

/// What is known of the proxies.
#[derive(Debug, clap::Args)]
pub(crate) struct InFront {
    /// Address or network (192.0.2.0/24) of a proxy in front, whose word about its clients counts; can be given
    /// several times. Without one, peers at loopback and private addresses have only the limits per account and for all
    #[arg(long, value_name = "NETWORK")]
    trusted_proxy: Vec<Network>,
    /// Header by which the proxies name the client of a request; the other one is not looked at
    #[arg(long, value_enum, default_value_t, requires = "trusted_proxy")]
    forwarded_by: Header,
    /// The proxies begin each connection with a header of the PROXY protocol, version 1 or 2
    #[arg(long, requires = "trusted_proxy")]
    proxy_protocol: bool,
}

/// How proxies name their clients.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Header {
    /// As most do
    #[default]
    XForwardedFor,
    /// RFC 7239
    Forwarded,
}

impl InFront {
    /// As the service has it.
    pub(crate) fn proxies(&self) -> Proxies {
        Proxies {
            trusted: Trusted::new(self.trusted_proxy.iter().copied()),
            forwarded_by: match self.forwarded_by {
                Header::XForwardedFor => ForwardedBy::XForwardedFor,
                Header::Forwarded => ForwardedBy::Forwarded,
            },
            proxy_protocol: self.proxy_protocol,
        }
    }
}
