//! How ureq is set up: it leaves every decision to the machine.

use std::sync::Arc;
use std::time::Duration;

use machine_contract::{HttpMachine, StreamMachine};
use machine_driver::{SystemClock, threads};
use ureq::Agent;
use ureq::unversioned::transport::DefaultConnector;

use crate::lookup::Lookup;

/// A machine at work over ureq.
pub type Driver<M> = threads::Driver<M, Ureq>;

/// Runs this machine over ureq.
pub fn driver<M: HttpMachine + StreamMachine + Send + 'static>(machine: M) -> Driver<M> {
    Driver::new(machine, Ureq::new(), Arc::new(SystemClock))
}

/// A network over ureq; plain http only, whose `rustls` feature would add https.
#[derive(Clone, Debug)]
pub struct Ureq {
    agent: Agent,
    /// The longest response body in bytes.
    body_limit: u64,
}

impl Ureq {
    /// Any status is a response, no redirect is followed, nothing is added to a request; bodies of up to
    /// 8 MiB, 10 seconds to connect.
    pub fn new() -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .accept("")
            .accept_encoding("")
            .user_agent("")
            .timeout_connect(Some(Duration::from_secs(10)));
        Self {
            agent: Agent::with_parts(
                config.build(),
                DefaultConnector::default(),
                Lookup::default(),
            ),
            body_limit: 8 << 20,
        }
    }

    /// Another limit for response bodies, in bytes.
    #[must_use]
    pub fn body_limit(self, body_limit: u64) -> Self {
        Self { body_limit, ..self }
    }

    pub(crate) const fn agent(&self) -> &Agent {
        &self.agent
    }

    pub(crate) const fn longest_body(&self) -> u64 {
        self.body_limit
    }
}

impl Default for Ureq {
    fn default() -> Self {
        Self::new()
    }
}
