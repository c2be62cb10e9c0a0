//! A whole client under the driver, behind the faults of `scenarios.rs`: what it says of every message
//! against what the other side has really received from the real service.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a scenario is a test: it panics when something is wrong"
)]

mod flood;
mod losses;
mod numbered;
mod person;
mod scenarios;
mod setting;
mod stream_network;
mod world;

use crate::Drive;

pub use msnp_client::Client;

/// Hands the list of scenarios to a macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __each_client_scenario {
    ([$($then:tt)*] $args:tt) => {
        $($then)* ! { $args
            a_server_that_never_holds_polls
            session_ids_that_change_with_every_reply
            frames_that_are_split_over_replies
            a_post_whose_reply_is_cut_off
            a_post_whose_reply_comes_too_late
            a_poll_whose_reply_is_cut_off
            every_third_reply_is_cut_off
            a_connection_closed_before_anything_was_read
            a_server_that_answers_a_page
            a_server_that_answers_400
            a_server_that_answers_500_once
            a_server_that_answers_500_for_a_while
            a_server_that_answers_500_for_ever
            a_server_that_answers_nothing
            a_server_that_answers_nothing_for_a_while
            a_sign_in_with_trouble_at_every_step
            a_sign_in_page_that_wants_a_person
            a_sign_out_in_the_middle
            an_application_that_takes_nothing
            a_network_that_is_reached_by_a_stream
            a_storm
        }
    };
}

macro_rules! list {
    ([$driver:ident] $($name:ident)*) => {
        vec![$((stringify!($name), scenarios::$name::<$driver> as fn()),)*]
    };
}

/// Every scenario, with its name. Each panics if something is wrong.
pub fn scenarios<D: Drive<Client>>() -> Vec<(&'static str, fn())> {
    __each_client_scenario!([list][D])
}

/// Runs the scenario of this name.
///
/// # Panics
///
/// If something is wrong, or if there is none of this name.
pub fn run<D: Drive<Client>>(name: &str) {
    let scenario = scenarios::<D>()
        .into_iter()
        .find(|(other, _)| *other == name);
    let (_, run) = scenario.expect("a scenario of this name");
    run();
}
