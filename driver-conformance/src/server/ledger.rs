//! `Ledger`: what a server has seen.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::head::Request;

/// What a server has seen, written by the threads of its connections.
#[derive(Default)]
pub(super) struct Ledger {
    requests: Mutex<Vec<Request>>,
    connections: Mutex<Vec<Connection>>,
    abandoned: AtomicUsize,
    flooded: AtomicUsize,
    stopped: AtomicBool,
}

/// What a server knows about one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connection {
    /// What it has read from it, byte for byte.
    pub read: Vec<u8>,
    /// Whether the client has closed it.
    pub closed_by_client: bool,
}

impl Ledger {
    /// A connection has come. They are counted from 0.
    pub(super) fn new_connection(&self) {
        lock(&self.connections).push(Connection::default());
    }

    pub(super) fn has_read(&self, number: usize, bytes: &[u8]) {
        if let Some(connection) = lock(&self.connections).get_mut(number) {
            connection.read.extend(bytes);
        }
    }

    pub(super) fn is_closed_by_client(&self, number: usize) {
        if let Some(connection) = lock(&self.connections).get_mut(number) {
            connection.closed_by_client = true;
        }
    }

    pub(super) fn request(&self, request: Request) {
        lock(&self.requests).push(request);
    }

    /// A client went away while its reply was being waited for.
    pub(super) fn is_abandoned(&self) {
        self.abandoned.fetch_add(1, Ordering::SeqCst);
    }

    /// So many bytes more of a flood were taken.
    pub(super) fn has_flooded(&self, bytes: usize) {
        self.flooded.fetch_add(bytes, Ordering::SeqCst);
    }

    /// Everything is to end.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        lock(&self.requests).clone()
    }

    pub(super) fn connections(&self) -> Vec<Connection> {
        lock(&self.connections).clone()
    }

    pub(super) fn abandoned(&self) -> usize {
        self.abandoned.load(Ordering::SeqCst)
    }

    pub(super) fn flooded(&self) -> usize {
        self.flooded.load(Ordering::SeqCst)
    }
}

// What a panicking hook leaves behind is whole: nothing is changed while it runs.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
