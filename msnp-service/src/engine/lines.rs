//! `Lines`: what the server machine wants of its streams, on the way to the tasks that serve them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use machine_contract::{StreamAsk, StreamId};
use msnp_server::Server;

/// What a stream's task is to do.
#[derive(Debug)]
pub(crate) enum Order {
    /// Write this, and say when all of it is taken. The next comes after that.
    Send(Bytes),
    /// Read again.
    Read,
    /// Nothing more is said.
    Finish,
    /// Let go of the stream at once.
    Drop,
}

/// The task's end of it.
#[derive(Debug)]
pub(crate) struct Line(Arc<Shared>);

/// The engine's.
#[derive(Debug)]
struct Far {
    shared: Arc<Shared>,
    /// The task was told not to read.
    deaf: bool,
}

/// Of each order there is at most one, so this is all that ever waits.
#[derive(Debug, Default)]
struct Shared(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    send: Option<Bytes>,
    read: bool,
    finish: bool,
    drop: bool,
    task: Option<Waker>,
}

impl Line {
    /// The next order. What is to be said comes before the end.
    pub(crate) fn poll(&self, cx: &mut Context<'_>) -> Poll<Order> {
        let mut waiting = self.0.lock();
        let order = if waiting.drop {
            Order::Drop
        } else if let Some(bytes) = waiting.send.take() {
            Order::Send(bytes)
        } else if std::mem::take(&mut waiting.read) {
            Order::Read
        } else if waiting.finish {
            Order::Finish
        } else {
            if !waiting
                .task
                .as_ref()
                .is_some_and(|task| task.will_wake(cx.waker()))
            {
                waiting.task = Some(cx.waker().clone());
            }
            return Poll::Pending;
        };
        Poll::Ready(order)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, order: Order) {
        let mut waiting = self.lock();
        match order {
            Order::Send(bytes) => waiting.send = Some(bytes),
            Order::Read => waiting.read = true,
            Order::Finish => waiting.finish = true,
            Order::Drop => waiting.drop = true,
        }
        let task = waiting.task.take();
        drop(waiting);
        if let Some(task) = task {
            task.wake();
        }
    }
}

/// All streams that are not over.
#[derive(Debug, Default)]
pub(super) struct Lines {
    open: BTreeMap<StreamId, Far>,
    orders: Vec<Ordered>,
}

/// An order that is on its way.
#[derive(Debug)]
pub(super) struct Ordered(Arc<Shared>, Order);

impl Ordered {
    /// Hands it out.
    pub(super) fn tell(self) {
        self.0.tell(self.1);
    }
}

impl Lines {
    /// There is one more.
    pub(super) fn open(&mut self, id: StreamId) -> Line {
        let shared = Arc::<Shared>::default();
        let far = Far {
            shared: Arc::clone(&shared),
            deaf: false,
        };
        self.open.insert(id, far);
        Line(shared)
    }

    /// Its task is told so when it has said something.
    pub(super) fn set_deaf(&mut self, id: StreamId, deaf: bool) {
        if let Some(far) = self.open.get_mut(&id) {
            far.deaf = deaf;
        }
    }

    /// It is over.
    pub(super) fn close(&mut self, id: StreamId) {
        self.open.remove(&id);
    }

    /// Takes what the server wants.
    pub(super) fn take(&mut self, server: &mut Server) {
        while let Some(id) = server.poll_ready() {
            let Some(far) = self.open.get_mut(&id) else {
                continue;
            };
            let shared = || Arc::clone(&far.shared);
            if let Some(bytes) = server.poll_send(id) {
                self.orders.push(Ordered(shared(), Order::Send(bytes)));
            }
            if far.deaf && server.wants_read(id) {
                self.orders.push(Ordered(shared(), Order::Read));
                far.deaf = false;
            }
        }
        while let Some(ask) = server.poll_stream() {
            let (id, order) = match ask {
                StreamAsk::Finish(id) => (id, Order::Finish),
                StreamAsk::Drop(id) => (id, Order::Drop),
                // A server makes none.
                StreamAsk::Connect { .. } => continue,
            };
            // From here on it is the task's alone.
            if let Some(far) = self.open.remove(&id) {
                self.orders.push(Ordered(Arc::clone(&far.shared), order));
            }
        }
    }

    /// What was taken, to be handed out.
    pub(super) fn take_orders(&mut self) -> Vec<Ordered> {
        std::mem::take(&mut self.orders)
    }

    /// Whether to each of them all was said.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }
}

impl Drop for Lines {
    /// The engine is no more: neither are its streams.
    fn drop(&mut self) {
        for far in self.open.values() {
            far.shared.tell(Order::Drop);
        }
    }
}
