use alloc::vec;

use super::*;
use crate::{Machine, Remote};

/// Says what it is told to say.
#[derive(Default)]
struct Scripted {
    asks: VecDeque<StreamAsk>,
    #[cfg(feature = "http")]
    transmits: VecDeque<Transmit>,
    #[cfg(feature = "http")]
    cancels: VecDeque<RequestId>,
}

impl Machine for Scripted {
    type Event = ();

    fn handle_timeout(&mut self, _: Instant) {}

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn poll_event(&mut self) -> Option<()> {
        None
    }
}

impl StreamMachine for Scripted {
    fn poll_stream(&mut self, _: Instant) -> Option<StreamAsk> {
        self.asks.pop_front()
    }
}

const NOW: Instant = Instant::ORIGIN;

fn connect(number: u64) -> StreamAsk {
    StreamAsk::Connect {
        id: StreamId::new(number),
        to: Remote::tcp("a.example", 1863).expect("a remote"),
        deadline: NOW,
    }
}

/// Everything that this machine asks for, through the mux.
fn asks(mux: &mut Mux<u8>, key: u8, asks: Vec<StreamAsk>) -> Vec<StreamAsk> {
    let mut machine = Scripted {
        asks: asks.into(),
        ..Scripted::default()
    };
    core::iter::from_fn(|| mux.poll_stream(key, &mut machine, NOW)).collect()
}

#[test]
fn streams_of_two_machines_get_ids_of_their_own() {
    let mut mux = Mux::new();
    let first = asks(&mut mux, 1, vec![connect(7)]);
    let second = asks(&mut mux, 2, vec![connect(7)]);
    assert_eq!((first, second), (vec![connect(1)], vec![connect(2)]));
    assert_eq!(mux.stream(StreamId::new(2)), Some((2, StreamId::new(7))));
    let finish = asks(&mut mux, 2, vec![StreamAsk::Finish(StreamId::new(7))]);
    assert_eq!(finish, vec![StreamAsk::Finish(StreamId::new(2))]);
}

#[test]
fn a_stream_that_has_ended_is_nobody_s() {
    let mut mux = Mux::new();
    asks(&mut mux, 1, vec![connect(7)]);
    let outer = StreamId::new(1);
    assert_eq!(mux.end_stream(outer), Some((1, StreamId::new(7))));
    assert_eq!(mux.end_stream(outer), None);
    assert_eq!(mux.stream(outer), None);
    let late = vec![
        StreamAsk::Finish(StreamId::new(7)),
        StreamAsk::Drop(StreamId::new(7)),
        connect(8),
    ];
    assert_eq!(asks(&mut mux, 1, late), vec![connect(2)]);
}

#[test]
fn a_removed_machine_takes_its_streams_along_and_no_others() {
    let mut mux = Mux::new();
    asks(&mut mux, 1, vec![connect(1), connect(2)]);
    asks(&mut mux, 2, vec![connect(1)]);
    let accepted = mux.accept(1, StreamId::new(3));
    mux.remove(1);
    let dropped: Vec<_> = core::iter::from_fn(|| mux.poll_dropped()).collect();
    let drop = |number| StreamAsk::Drop(StreamId::new(number));
    assert_eq!(dropped, vec![drop(1), drop(2), StreamAsk::Drop(accepted)]);
    assert_eq!(mux.stream(StreamId::new(3)), Some((2, StreamId::new(1))));
    // The key is free for another machine, whose ids may begin anew.
    assert_eq!(asks(&mut mux, 1, vec![connect(1)]), vec![connect(5)]);
}

#[cfg(feature = "http")]
mod requests {
    use bytes::Bytes;
    use http::{Request, Response};

    use super::*;
    use crate::Failure;

    impl HttpMachine for Scripted {
        fn handle_response(&mut self, _: RequestId, _: Response<Bytes>, _: Instant) {}

        fn handle_failure(&mut self, _: RequestId, _: Failure, _: Instant) {}

        fn poll_transmit(&mut self, _: Instant) -> Option<Transmit> {
            self.transmits.pop_front()
        }

        fn poll_cancel(&mut self) -> Option<RequestId> {
            self.cancels.pop_front()
        }
    }

    fn begin(mux: &mut Mux<u8>, key: u8, inner: u64) -> u64 {
        let mut machine = Scripted::default();
        machine.transmits.push_back(Transmit {
            id: RequestId::new(inner),
            request: Request::new(Bytes::new()),
            deadline: NOW,
            host_cookies: false,
        });
        let transmit = mux.poll_transmit(key, &mut machine, NOW);
        transmit.expect("it has a request").id.get()
    }

    #[test]
    fn an_answer_finds_its_machine_once() {
        let mut mux = Mux::new();
        let outer = [begin(&mut mux, 1, 0), begin(&mut mux, 2, 0)].map(RequestId::new);
        assert_ne!(outer[0], outer[1]);
        assert_eq!(mux.end_request(outer[1]), Some((2, RequestId::new(0))));
        assert_eq!(mux.end_request(outer[1]), None);
        assert_eq!(mux.end_request(outer[0]), Some((1, RequestId::new(0))));
    }

    #[test]
    fn what_has_ended_is_not_cancelled() {
        let mut mux = Mux::new();
        let ended = begin(&mut mux, 1, 4);
        let in_flight = begin(&mut mux, 1, 5);
        mux.end_request(RequestId::new(ended));
        let mut machine = Scripted {
            cancels: [4, 5].map(RequestId::new).into(),
            ..Scripted::default()
        };
        assert_eq!(
            mux.poll_cancel(1, &mut machine),
            Some(RequestId::new(in_flight))
        );
        assert_eq!(mux.poll_cancel(1, &mut machine), None);
        assert_eq!(mux.end_request(RequestId::new(in_flight)), None);
    }

    #[test]
    fn a_removed_machine_s_requests_are_cancelled() {
        let mut mux = Mux::new();
        let gone = begin(&mut mux, 1, 0);
        let stays = begin(&mut mux, 2, 0);
        mux.remove(1);
        assert_eq!(mux.poll_cancelled(), Some(RequestId::new(gone)));
        assert_eq!(mux.poll_cancelled(), None);
        assert_eq!(mux.end_request(RequestId::new(gone)), None);
        assert!(mux.end_request(RequestId::new(stays)).is_some());
    }
}
