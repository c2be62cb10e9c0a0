//! The list of the duties. Each is a function in the family's file, judged by what the server has read and
//! what the probe was told.

mod alarms;
mod bare;
mod cancel;
mod cookies;
mod deadline;
mod drain;
mod events;
mod fate;
mod idle;
mod kept;
mod parallel;
mod request;
mod response;
mod streams;
mod time;

use crate::{Drive, Duty, Lacks, Probe};

/// Hands the list of duties to a macro: for [`duties`] here and for [`suite!`](crate::suite) outside.
#[doc(hidden)]
#[macro_export]
macro_rules! __each_duty {
    ([$($then:tt)*] $args:tt) => {
        $($then)* ! { $args
            parallel {
                two_requests_are_in_flight_together,
                a_post_does_not_wait_for_a_held_poll,
                a_poll_does_not_wait_for_a_held_post,
                many_requests_are_in_flight_together,
            }
            cancel {
                nothing_is_told_of_a_cancelled_request,
                a_cancelled_request_closes_its_connection unless cancel_closes,
                a_cancel_may_come_twice_or_too_late,
                a_request_cancelled_at_once_is_not_sent,
                an_answer_that_crosses_its_cancel_is_not_told,
            }
            deadline {
                the_deadline_ends_a_request_that_nobody_answers,
                a_body_that_is_too_slow_for_the_deadline_is_unknown,
                a_deadline_that_has_passed_sends_nothing,
                a_deadline_holds_by_the_clock_that_the_driver_was_given unless suite_clock,
                each_request_has_its_own_deadline,
            }
            fate {
                a_refused_connection_is_not_sent unless not_sent_when_refused,
                a_name_that_does_not_resolve_is_not_sent unless not_sent_when_refused,
                a_uri_that_is_not_http_is_not_sent,
                a_server_that_speaks_no_tls_is_not_sent unless not_sent_when_refused,
                a_connection_closed_unread_is_not_tried_again,
                what_was_read_in_part_is_unknown,
                a_connection_closed_after_the_request_is_unknown,
                a_connection_closed_in_the_head_is_unknown,
                a_connection_closed_in_the_body_is_unknown,
                a_chunked_body_without_its_end_is_unknown,
                an_unreadable_head_is_unknown,
            }
            kept {
                an_idle_connection_is_used_again unless kept_connections,
                a_connection_that_the_server_ends_is_not_used_again,
                what_meets_a_dead_connection_is_never_sent_twice,
                a_connection_that_died_before_is_no_doubt unless exact_not_sent_of_stale_connection,
            }
            bare {
                no_redirect_is_followed,
                a_redirect_shows_its_target unless redirect_target,
                no_status_makes_it_try_again,
                no_demand_for_credentials_is_answered,
                no_cookie_is_kept,
                nothing_is_expected_before_a_body,
                nothing_is_added_to_a_request,
                no_compression_is_asked_for unless bare_encoding,
                compression_is_not_half_undone,
            }
            request {
                a_body_arrives_byte_for_byte,
                an_empty_post_says_that_it_is_empty,
                a_get_has_no_body,
                other_methods_pass_as_well,
                path_and_query_stay_as_they_are,
                escapes_keep_their_letters,
                the_host_is_named_once,
                headers_arrive_as_they_were_chosen unless chosen_headers,
                header_values_beyond_ascii_arrive unless header_values_beyond_ascii,
            }
            response {
                a_response_arrives_whole_with_its_head,
                every_byte_of_a_body_arrives,
                a_slow_body_arrives_whole,
                a_chunked_body_arrives_whole,
                a_body_may_end_with_its_connection,
                a_continue_is_passed_over,
                interim_responses_are_passed_over unless interim_responses,
                header_names_have_no_case,
                repeated_headers_arrive_in_order unless repeated_headers,
                a_response_without_a_body_has_none,
                an_odd_status_is_a_status,
                a_body_is_read_up_to_the_limit unless body_limit,
                an_endless_body_is_not_read_to_its_end unless body_limit,
                an_endless_head_is_not_read_to_its_end,
            }
            alarms {
                the_machine_is_woken_when_it_asked_to_be,
                an_alarm_that_is_over_rings_at_once,
                an_alarm_can_be_moved_nearer,
                an_alarm_can_be_moved_further,
                an_alarm_taken_back_does_not_ring,
                alarms_ring_by_the_clock_that_the_driver_was_given unless suite_clock,
            }
            idle {
                an_idle_driver_does_not_spin,
                a_held_request_does_not_make_it_spin,
                a_near_alarm_does_not_make_it_spin,
                an_event_that_waits_does_not_make_it_spin,
            }
            time {
                now_never_goes_back,
                now_is_not_older_than_a_response,
                now_is_not_older_than_a_call,
            }
            drain {
                the_machine_is_drained_after_a_call,
                the_machine_is_drained_after_a_response,
                the_machine_is_drained_after_a_failure,
                the_machine_is_drained_after_an_alarm,
                the_machine_is_drained_after_an_event_was_taken,
                the_time_is_looked_at_after_an_event_was_taken,
                a_cancel_wanted_by_an_input_is_carried_out,
            }
            events {
                a_call_gives_its_result_back,
                events_come_in_order,
                the_driver_holds_no_event,
                work_goes_on_while_nobody_takes_events unless background,
                the_last_event_is_delivered,
                dropping_the_driver_ends_its_requests unless cancel_closes,
                dropping_the_driver_closes_kept_connections,
            }
            cookies {
                marked_requests_alone_carry_the_cookies_of_the_host,
            }
            streams {
                a_stream_that_is_refused_is_not_sent,
                a_stream_to_no_name_is_not_sent,
                a_stream_that_hangs_ends_at_its_deadline,
                a_stream_whose_deadline_has_passed_is_not_made,
                a_stream_is_made_or_refused_at_once,
                a_stream_dropped_at_once_is_not_heard_of unless streams,
                several_streams_and_requests_go_on_together unless streams,
                a_stream_carries_bytes_both_ways unless streams,
                chunks_are_sent_in_order unless streams,
                chunks_are_received_in_order unless streams,
                reading_stops_while_nothing_is_wanted unless streams,
                a_peer_that_does_not_read_stops_the_sending unless streams,
                the_machine_is_drained_after_bytes_were_received unless streams,
                no_stream_starves_another unless streams,
                reading_goes_on_after_a_finish unless streams,
                writing_goes_on_after_the_peer_has_finished unless streams,
                a_finish_waits_for_what_is_to_be_sent unless streams,
                a_finish_may_come_before_the_stream_is_there unless streams,
                a_stream_that_is_reset_is_unknown unless streams,
                unwritten_bytes_are_counted unless streams,
                a_dropped_stream_is_closed_and_nothing_is_told unless streams,
                dropping_the_driver_closes_its_streams unless streams,
            }
        }
    };
}

macro_rules! list {
    ([$driver:ident] $($family:ident { $($name:ident $(unless $lack:ident)?,)* })*) => {
        vec![$($(Duty::new(
            stringify!($family),
            stringify!($name),
            list!(@ $($lack)?),
            $family::$name::<$driver>,
        ),)*)*]
    };
    (@) => { None };
    (@ $lack:ident) => { Some(|lacks: &Lacks| lacks.$lack) };
}

/// Every duty, for this driver.
pub fn duties<D: Drive<Probe>>() -> Vec<Duty> {
    __each_duty!([list][D])
}
