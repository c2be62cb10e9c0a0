//! The blocking driver put through every duty of a driver.

mod drive;

use drive::Blocking;

driver_conformance::suite!(
    Blocking,
    Lacks {
        host_cookies: "keeps no cookies: the machine does",
        streams: "HTTP only",
        background: "works in the thread that asks for events",
        suite_clock: "reads the system's clock",
        body_limit: "has one limit for all",
        cancel_closes: "a thread in ureq cannot be stopped from outside",
    },
    Known {
        a_request_cancelled_at_once_is_not_sent: CANCEL,
        a_server_that_speaks_no_tls_is_not_sent: "ureq's word for it is not known to be one",
        the_deadline_ends_a_request_that_nobody_answers: NOW,
        a_body_that_is_too_slow_for_the_deadline_is_unknown: NOW,
        a_deadline_that_has_passed_sends_nothing: NOW,
        each_request_has_its_own_deadline: NOW,
        two_requests_are_in_flight_together: NOW,
        the_machine_is_drained_after_a_failure: NOW,
        a_stream_that_is_refused_is_not_sent: ASKS,
        a_stream_to_no_name_is_not_sent: ASKS,
        a_stream_that_hangs_ends_at_its_deadline: ASKS,
        a_stream_whose_deadline_has_passed_is_not_made: ASKS,
        a_stream_is_made_or_refused_at_once: ASKS,
    },
);

const CANCEL: &str = "requests are begun before cancels are looked at";
const NOW: &str = "a deadline is told with a later time than the time-out after it";
const ASKS: &str = "the driver does not ask for streams";
