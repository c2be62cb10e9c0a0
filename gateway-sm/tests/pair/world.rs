//! A client, a gateway and an application behind it, over the simulated network.

use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{CloseReason, Config, EndReason, Event, SendId, ServerConfig};
use machine_contract::{Failure, UnixTime};
use simulation_kit::{Peer, Plan, Simulation};

use crate::app::App;
use crate::watched::Watched;

const CLIENT: Peer = Peer(0);

/// What the two applications do next.
#[derive(Copy, Clone, Debug)]
pub(crate) enum Step {
    ClientSends,
    ServerSends,
    Pass(Duration),
}

/// The network's future.
#[derive(Clone, Debug)]
pub(crate) struct Weather {
    pub(crate) plan: Plan,
    /// Whether the open may be lost too.
    pub(crate) spare_open: bool,
}

pub(crate) struct World {
    simulation: Simulation<App, Watched>,
    /// What is not yet in force: the open is spared.
    later: Option<Plan>,
    calm: Plan,
    said: u32,
    /// How many frames the server's application has sent.
    pub(crate) told: u32,
    /// Frames that the server's application got back.
    pub(crate) returned: Vec<Bytes>,
    pub(crate) heard: Vec<u8>,
    pub(crate) ends: Vec<EndReason>,
    pub(crate) sends: Vec<(SendId, String)>,
    pub(crate) sent: Vec<SendId>,
    pub(crate) unsent: Vec<(SendId, Failure)>,
    pub(crate) received: Vec<u8>,
    pub(crate) gaps: usize,
    pub(crate) closed: Vec<CloseReason>,
    /// What arrived by replies to polls, and to anything else.
    pub(crate) by_poll: Vec<u8>,
    pub(crate) by_post: Vec<u8>,
    pub(crate) most_in_flight: usize,
    /// Polls and other requests that the client has made.
    pub(crate) made: (usize, usize),
}

impl World {
    pub(crate) fn new(client: Config, server: ServerConfig, weather: Weather) -> Self {
        let Weather { plan, spare_open } = weather;
        let app = App::new(server, plan.delays.clone());
        let mut simulation = Simulation::new(app, 0, UnixTime::from_secs(0));
        simulation.add(Watched::new(client));
        let calm = Plan {
            fates: Vec::new(),
            ..plan.clone()
        };
        let first = if spare_open { &calm } else { &plan };
        simulation.set_plan(first.clone());
        Self {
            simulation,
            later: spare_open.then_some(plan),
            calm,
            said: 0,
            told: 0,
            returned: Vec::new(),
            heard: Vec::new(),
            ends: Vec::new(),
            sends: Vec::new(),
            sent: Vec::new(),
            unsent: Vec::new(),
            received: Vec::new(),
            gaps: 0,
            closed: Vec::new(),
            by_poll: Vec::new(),
            by_post: Vec::new(),
            most_in_flight: 0,
            made: (0, 0),
        }
    }

    pub(crate) fn walk(&mut self, steps: &[Step]) {
        for &step in steps {
            match step {
                Step::ClientSends => self.client_sends(),
                Step::ServerSends => self.server_sends(),
                Step::Pass(time) => self.pass(time),
            }
        }
    }

    /// The network behaves from now on, for long enough that everything arrives.
    pub(crate) fn calm_down(&mut self) {
        self.simulation.set_plan(self.calm.clone());
        self.pass(Duration::from_secs(300));
    }

    pub(crate) fn client_sends(&mut self) {
        self.said += 1;
        let frame = format!("C{:05}\r\n", self.said);
        let bytes = Bytes::from(frame.clone());
        let send = |client: &mut Watched, _| client.session_mut().send(bytes);
        if let Ok(id) = self.simulation.call(CLIENT, send) {
            self.sends.push((id, frame));
        }
        if let Some(plan) = self.later.take() {
            self.simulation.set_plan(plan);
        }
        self.collect();
    }

    pub(crate) fn client_signs_out(&mut self) {
        let out = Bytes::from_static(b"OUT\r\n");
        let _ = self
            .simulation
            .call(CLIENT, |client, _| client.session_mut().close_with(out));
        self.collect();
    }

    pub(crate) fn server_closes(&mut self) {
        self.simulation.call_host(App::close);
        self.collect();
    }

    pub(crate) fn server_sends(&mut self) {
        self.simulation.call_host(App::send);
        self.collect();
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        self.simulation.advance(time);
        self.collect();
    }

    fn collect(&mut self) {
        for (_, event) in self.simulation.take_events(CLIENT) {
            assert!(self.closed.is_empty(), "{event:?} after Closed");
            match event {
                Event::Received(bytes) => self.received.extend_from_slice(&bytes),
                Event::Sent(id) => self.sent.push(id),
                Event::Unsent { id, fate } => self.unsent.push((id, fate)),
                Event::Gap => self.gaps += 1,
                Event::Closed(reason) => self.closed.push(reason),
                Event::Opened(_) => {}
                Event::HostRefused(host) => panic!("refused {host}"),
            }
        }
        let client = self.simulation.machine(CLIENT);
        (self.by_poll, self.by_post) = (client.by_poll().to_vec(), client.by_post().to_vec());
        self.most_in_flight = client.most_in_flight();
        self.made = client.made();
        let app = self.simulation.host();
        self.told = app.told();
        self.returned = app.returned().to_vec();
        self.heard = app.heard().to_vec();
        self.ends = app.ends().to_vec();
    }
}
