//! What drives a machine: orders out, outcomes and time in, events out.
#![expect(
    unsafe_code,
    reason = "the functions take pointers, which they hand to `border.rs` for what the header says they are"
)]

use std::ffi::c_char;
use std::ptr;

use bytes::Bytes;
use machine_contract::Failure;
use machine_driver::Order as Ordered;

use crate::border::{bytes, fail, fail_plainly, on, put, text};
use crate::error::{Error, Problem};
use crate::held::{Request, View};
use crate::machine::{Machine, response};
use crate::status::Status;

/// What is to be done.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum OrderKind {
    /// A request is to be sent.
    Send = 1,
    /// A request is to be dropped.
    Cancel = 2,
}

/// Something to do.
#[derive(Debug)]
#[repr(C)]
pub struct Order {
    kind: OrderKind,
    id: u64,
    method: *const c_char,
    uri: *const c_char,
    headers: *const *const c_char,
    header_count: usize,
    body: View,
    host_cookies: bool,
}

/// The next thing to do. `Nothing`: there is none for now.
///
/// # Safety
/// `machine` is one that was made here, used by nobody else meanwhile; `order` leads to room for one. Each or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn msnp_machine_poll_order(
    machine: *mut Machine,
    now: u64,
    order: *mut Order,
) -> Status {
    if order.is_null() {
        return Status::Null;
    }
    let poll = |machine: &mut Machine| {
        let (kind, id, host_cookies, request) = loop {
            match machine.poll_order(now) {
                Some(Ordered::Send(transmit)) => {
                    let (id, kept) = (transmit.id, transmit.host_cookies);
                    break (OrderKind::Send, id, kept, machine.held().request(transmit));
                }
                Some(Ordered::Cancel(id)) => break (OrderKind::Cancel, id, false, Request::NONE),
                // The runner refuses streams by itself.
                Some(Ordered::Connect(..) | Ordered::Drop(_)) => {}
                None => return Status::Nothing,
            }
        };
        let Request {
            method,
            uri,
            headers,
            header_count,
            body,
        } = request;
        let made = Order {
            kind,
            id: id.get(),
            method,
            uri,
            headers,
            header_count,
            body,
            host_cookies,
        };
        // SAFETY: as of the caller.
        unsafe { put(order, made) };
        Status::Ok
    };
    // SAFETY: as of the caller.
    unsafe { on(machine, poll) }
}

/// A whole response has arrived.
///
/// # Safety
/// `machine` as above; `head` and `body` lead to as many bytes as are named.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn msnp_machine_handle_response(
    machine: *mut Machine,
    id: u64,
    status: u16,
    head: *const c_char,
    head_len: usize,
    body: *const u8,
    body_len: usize,
    now: u64,
) -> Status {
    // SAFETY: as of the caller.
    let given = unsafe { (bytes(head.cast(), head_len), bytes(body, body_len)) };
    let (Some(head), Some(body)) = given else {
        return Status::Null;
    };
    let handle = |machine: &mut Machine| {
        // What nobody can read has come back all the same.
        match response(status, head, Bytes::copy_from_slice(body)) {
            Some(response) => machine.handle_response(id, response, now),
            None => machine.handle_failure(id, Failure::Unknown, now),
        }
        Status::Ok
    };
    // SAFETY: as of the caller.
    unsafe { on(machine, handle) }
}

/// A request has ended without a whole response.
///
/// # Safety
/// `machine` as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn msnp_machine_handle_failure(
    machine: *mut Machine,
    id: u64,
    sent: bool,
    now: u64,
) -> Status {
    let failure = if sent {
        Failure::Unknown
    } else {
        Failure::NotSent
    };
    let handle = |machine: &mut Machine| {
        machine.handle_failure(id, failure, now);
        Status::Ok
    };
    // SAFETY: as of the caller.
    unsafe { on(machine, handle) }
}

/// The host was asleep, and its clock did not count it.
///
/// # Safety
/// `machine` as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn msnp_machine_handle_suspended(machine: *mut Machine, now: u64) -> Status {
    let handle = |machine: &mut Machine| {
        machine.handle_suspended(now);
        Status::Ok
    };
    // SAFETY: as of the caller.
    unsafe { on(machine, handle) }
}

/// When to ask for orders again at the latest; the end of time if never, or if there is no machine.
///
/// # Safety
/// `machine` as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn msnp_machine_poll_timeout(machine: *mut Machine) -> u64 {
    let mut due = u64::MAX;
    let poll = |machine: &mut Machine| {
        due = machine.poll_timeout().unwrap_or(u64::MAX);
        Status::Ok
    };
    // SAFETY: as of the caller.
    unsafe { on(machine, poll) };
    due
}

/// The next event, as JSON, and the bytes beside it. `Nothing`: there is none.
///
/// # Safety
/// `machine` as above; `json` and `data` lead to room for what they are to hold, or are null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn msnp_machine_poll_event(
    machine: *mut Machine,
    json: *mut *const c_char,
    data: *mut View,
) -> Status {
    let poll = |machine: &mut Machine| {
        let Some((event, bytes)) = machine.poll_event() else {
            return Status::Nothing;
        };
        let (event, bytes) = machine.held().event(&event, bytes);
        // SAFETY: as of the caller.
        unsafe {
            put(json, event);
            put(data, bytes);
        }
        Status::Ok
    };
    // What is not told is nothing, and not what stood there before.
    // SAFETY: as of the caller.
    unsafe {
        put(json, ptr::null());
        put(data, View::of(&[]));
        on(machine, poll)
    }
}

/// A call by name.
///
/// # Safety
/// `machine` as above; `name` and `fields` are texts; `answer` and `error` lead to room for one, or are null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn msnp_machine_call(
    machine: *mut Machine,
    name: *const c_char,
    fields: *const c_char,
    now: u64,
    answer: *mut *const c_char,
    error: *mut Error,
) -> Status {
    // SAFETY: as of the caller.
    let (name, fields) = unsafe { (text(name), text(fields)) };
    let Some(name) = name else {
        // SAFETY: as of the caller.
        return unsafe {
            put(answer, ptr::null());
            fail_plainly(error, Status::Null)
        };
    };
    let name = String::from_utf8_lossy(name);
    let call = |machine: &mut Machine| {
        // Without fields is with none.
        let answered = machine.call(&name, fields.unwrap_or_default(), now);
        let answered = match answered {
            Ok(answered) => answered,
            // SAFETY: as of the caller.
            Err(problem) => return unsafe { fail(error, Status::Wrong, &problem) },
        };
        let refused = Problem::refused(&answered);
        let shown = machine.held().answer(&answered);
        // SAFETY: as of the caller.
        unsafe { put(answer, shown) };
        match refused {
            // SAFETY: as of the caller.
            Some(problem) => unsafe { fail(error, Status::Refused, &problem) },
            None => Status::Ok,
        }
    };
    // Where a call fails there is no answer of another.
    // SAFETY: as of the caller.
    unsafe {
        put(answer, ptr::null());
        match on(machine, call) {
            wrong @ (Status::Null | Status::Panicked) => fail_plainly(error, wrong),
            other => other,
        }
    }
}
