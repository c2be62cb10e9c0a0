//! The ticket office of a client without the feature `tickets`: nobody is ever there. No access needs one then (`Network::speaks`).

use std::time::Duration;

use gateway_sm::HostPolicy;
use machine_contract::Instant;
use msnp_proto::msnp24::Authenticate;

use crate::event::Reason;
use crate::opening::Passport;
use crate::web_calls::WebCalls;

/// Nobody.
#[derive(Debug)]
pub(super) enum TicketOffice {}

impl TicketOffice {
    pub(super) const fn new(_: Passport<'_>, _: &HostPolicy, _: Duration) -> Option<Self> {
        None
    }

    pub(super) const fn calls(&mut self) -> &mut WebCalls {
        match *self {}
    }

    pub(super) const fn ask(&mut self) -> Result<(), Reason> {
        match *self {}
    }

    pub(super) const fn poll(&mut self) -> Option<Result<Authenticate, Reason>> {
        match *self {}
    }

    pub(super) const fn abandon(&mut self) {
        match *self {}
    }

    pub(super) const fn poll_timeout(&self) -> Option<Instant> {
        match *self {}
    }
}
