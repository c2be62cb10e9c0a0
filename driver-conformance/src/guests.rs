#![doc = include_str!("guests/guide.md")]

mod alarms;
mod bare;
mod cancel;
mod deadline;
mod events;
mod fate;
mod gateway;
mod guest;
mod kept;
mod parallel;
mod program;
mod request;
mod response;
mod run;
mod scene;

use std::fmt;

use crate::duty::judge;
use crate::lacks::Excuse;
use crate::{Judgement, Lacks, Verdict};
use scene::Scene;

pub use guest::{Arguments, Claims, Guest, Launch};
pub use program::Program;
pub use run::{InThread, run};

/// One thing that a driver owes and that can be seen from the wire.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Duty {
    /// Its name, a sentence.
    pub name: &'static str,
    /// What it is about: the name of a group of duties.
    pub family: &'static str,
    excuse: Option<Excuse>,
    run: fn(&Scene<'_>) -> Verdict,
}

impl Duty {
    /// Puts a driver through the duty.
    pub fn judge(&self, guests: &dyn Launch, claims: &Claims) -> Judgement {
        judge(self.name, self.excuse, &claims.lacks, |expected| {
            (self.run)(&Scene::new(guests, claims, expected))
        })
    }
}

impl fmt::Debug for Duty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Duty")
            .field("family", &self.family)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Hands the list of duties to a macro: for [`duties`] here and for [`guest_suite!`](crate::guest_suite) outside.
#[doc(hidden)]
#[macro_export]
macro_rules! __each_guest_duty {
    ([$($then:tt)*] $args:tt) => {
        $($then)* ! { $args
            parallel {
                a_post_does_not_wait_for_a_held_poll,
                a_poll_does_not_wait_for_a_held_post,
            }
            cancel {
                a_cancelled_request_closes_its_connection unless cancel_closes,
                a_cancel_disturbs_nothing_that_comes_after,
            }
            deadline {
                the_deadline_ends_a_request_that_nobody_answers,
                a_body_that_is_too_slow_for_the_deadline_is_unknown,
                a_request_that_is_given_up_closes_its_connection,
            }
            fate {
                a_refused_connection_is_not_sent unless not_sent_when_refused,
                a_connection_closed_after_the_request_is_unknown,
                a_connection_closed_in_the_head_is_unknown,
                a_connection_closed_in_the_body_is_unknown,
                a_chunked_body_without_its_end_is_unknown,
                an_unreadable_head_is_unknown,
            }
            kept {
                a_connection_that_the_server_ends_is_not_used_again,
                what_meets_a_dead_connection_is_never_sent_twice,
            }
            bare {
                no_redirect_is_followed,
                no_status_makes_it_try_again,
                no_demand_for_credentials_is_answered,
                cookies_are_those_of_the_host_or_none,
                nothing_is_expected_before_a_body,
                nothing_is_added_to_a_request,
                no_compression_is_asked_for unless chosen_headers,
                compression_is_not_half_undone,
            }
            request {
                a_body_arrives_byte_for_byte,
                an_empty_post_says_that_it_is_empty,
                path_and_query_stay_as_they_are,
                escapes_keep_their_letters,
                the_host_is_named_once,
                headers_arrive_as_they_were_chosen unless chosen_headers,
            }
            response {
                every_byte_of_a_body_arrives,
                a_slow_body_arrives_whole,
                a_chunked_body_arrives_whole,
                a_body_may_end_with_its_connection,
                a_continue_is_passed_over,
                interim_responses_are_passed_over,
                header_names_have_no_case,
                a_response_without_a_body_has_none,
                an_odd_status_is_a_status,
                an_endless_body_is_not_read_to_its_end,
                an_endless_head_is_not_read_to_its_end,
            }
            alarms {
                polls_are_made_when_the_machine_wants_them,
                a_held_poll_does_not_make_it_spin,
            }
            events {
                an_application_that_takes_nothing_stops_the_polls,
            }
        }
    };
}

macro_rules! list {
    ([] $($family:ident { $($name:ident $(unless $lack:ident)?,)* })*) => {
        vec![$($(Duty {
            family: stringify!($family),
            name: stringify!($name),
            excuse: list!(@ $($lack)?),
            run: $family::$name,
        },)*)*]
    };
    (@) => { None };
    (@ $lack:ident) => { Some(|lacks: &Lacks| lacks.$lack) };
}

/// Every duty that can be seen from the wire.
pub fn duties() -> Vec<Duty> {
    __each_guest_duty!([list][])
}
