//! The driver put through every duty of a driver.

mod drive;

use drive::Reqwest;

driver_conformance::suite!(
    Reqwest,
    Lacks {
        host_cookies: "keeps no cookies: the machine does",
        streams: "HTTP only",
        suite_clock: "reads the system's clock",
    },
    Known {
        the_driver_holds_no_event: EVENTS,
        the_machine_is_drained_after_an_event_was_taken: EVENTS,
        a_stream_that_is_refused_is_not_sent: ASKS,
        a_stream_to_no_name_is_not_sent: ASKS,
        a_stream_that_hangs_ends_at_its_deadline: ASKS,
        a_stream_whose_deadline_has_passed_is_not_made: ASKS,
        a_stream_is_made_or_refused_at_once: ASKS,
    },
);

const EVENTS: &str = "the driver takes events before the application does";
const ASKS: &str = "the driver does not ask for streams";
