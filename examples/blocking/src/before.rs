//! Marks what fails before a request can have left: then it is certain that it did not.

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport,
};
use ureq::{Agent, Error};

/// An agent whose resolver fails as [`Error::HostNotFound`] only, and whose connector as
/// [`Error::ConnectionFailed`] only; nothing else does.
pub(crate) fn agent(config: Config) -> Agent {
    let connector = Before(DefaultConnector::default());
    Agent::with_parts(config, connector, Before(DefaultResolver::default()))
}

#[derive(Debug)]
struct Before<T>(T);

impl Resolver for Before<DefaultResolver> {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let resolved = self.0.resolve(uri, config, timeout);
        resolved.map_err(|_| Error::HostNotFound)
    }
}

impl Connector for Before<DefaultConnector> {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        let connected = self.0.connect(details, chained);
        connected.map_err(|_| Error::ConnectionFailed)
    }
}
