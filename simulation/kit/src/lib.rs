//! Any [`HttpMachine`](machine_contract::HttpMachine)s against any [`Host`], on a clock that jumps, over a
//! network that fails as a seed says.
//!
//! * [`Simulation`]: the run loop of all of them, and the promises that it holds the machines to.
//! * [`Solo`]: one machine alone, for a test that says by hand what becomes of each request.
//! * [`Network`]: what becomes of a request and its reply. [`Faults`] says how often what goes wrong, a
//!   [`Disturbance`] what happens at which moment.
//! * [`Clock`]: the time that deadlines are made of, and the wall clock beside it, which may be set.
//! * [`each_seed`]: runs a test with many seeds; one that fails prints the command that replays it.
//! * [`Transcript`]: all that crossed the network. The same seed gives the same one.
//!
//! It knows machines and no protocol, so the tests of every machine can stand on it.
//!
//! ```
//! use std::collections::VecDeque;
//! use std::time::Duration;
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use machine_contract::Instant;
//! use simulation_kit::{ExchangeNumber, Host, Peer, Time};
//!
//! /// Says back what it is told.
//! #[derive(Default)]
//! struct Echo(VecDeque<(ExchangeNumber, Response<Bytes>)>);
//!
//! impl Host for Echo {
//!     fn handle_request(&mut self, exchange: ExchangeNumber, _: Peer, request: Request<Bytes>, _: Time) {
//!         self.0.push_back((exchange, Response::new(request.into_body())));
//!     }
//!     fn handle_reply_sent(&mut self, _: ExchangeNumber, _: Time) {}
//!     fn handle_reply_lost(&mut self, _: ExchangeNumber, _: Time) {}
//!     fn handle_timeout(&mut self, _: Time) {}
//!     fn poll_timeout(&self) -> Option<Instant> {
//!         None
//!     }
//!     fn poll_reply(&mut self, _: Time) -> Option<(ExchangeNumber, Response<Bytes>)> {
//!         self.0.pop_front()
//!     }
//! }
//! ```

mod air;
mod arrival;
mod clock;
mod driver;
mod fate;
mod faults;
mod host;
mod in_flight;
mod network;
mod outages;
mod seeds;
mod simulation;
mod slot;
mod solo;
mod transcript;
mod weather;

pub use arrival::Arrival;
pub use clock::{Clock, Time};
pub use driver::Driver;
pub use fate::Fate;
pub use faults::{Acknowledged, Cut, Disturbance, Faults, Plan};
pub use host::{ExchangeNumber, Host, Peer};
pub use network::Network;
pub use seeds::each_seed;
pub use simulation::Simulation;
pub use solo::Solo;
pub use transcript::{Entry, Transcript, What};
